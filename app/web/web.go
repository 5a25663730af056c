// Package web serves what people and machines ask OiOi itself: is it alive, is it ready, and how far is a ticket.
package web

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/oioi-app/oioi/app/store"
)

// Store is what the pages read.
type Store interface {
	View(ctx context.Context, fn func(store.Reader) error) error
	// Update is called by the readiness check with an empty transaction: a store that cannot commit is not ready.
	Update(ctx context.Context, fn func(store.Tx) error) error
}

// Options are what the pages are made from.
type Options struct {
	Store Store
	Log   *slog.Logger
	Clock func() time.Time // default time.Now
}

// Handler returns the pages that anybody may see: /healthz and /readyz.
func Handler(o Options) http.Handler {
	if o.Clock == nil {
		o.Clock = time.Now
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, http.StatusOK, map[string]string{"status": "ok"})
	})
	mux.HandleFunc("GET /readyz", (&readiness{Options: o}).serve)
	return mux
}

// room is as much as a large delivery takes.
var room = strings.Repeat("room ", 4000)

// readyFor is how long an answer about readiness holds: anybody may ask, and each look is a commit.
const readyFor = time.Second

// readiness remembers the last look.
type readiness struct {
	Options
	mu     sync.Mutex
	looked time.Time
	err    error
}

func (o *readiness) serve(w http.ResponseWriter, r *http.Request) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.Clock().Sub(o.looked) >= readyFor {
		o.err = o.look(context.WithoutCancel(r.Context()))
		o.looked = o.Clock()
	}
	if o.err != nil {
		o.Log.ErrorContext(r.Context(), "the database cannot commit", "error", o.err)
		answer(w, http.StatusServiceUnavailable, map[string]string{"status": "the database cannot commit; the log says why"})
		return
	}
	answer(w, http.StatusOK, map[string]string{"status": "ready"})
}

func (o *readiness) look(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	put := func(value string) error {
		return o.Store.Update(ctx, func(tx store.Tx) error { return tx.PutValue(ctx, "ready", value) })
	}
	// A few bytes fit into a page that is there already, even on a disk that is full.
	err := put(room)
	if err == nil {
		err = put("checked")
	}
	return err
}

// Progress is how far a ticket is.
type Progress struct {
	Status string  `json:"status"` // of the newest run; "" when there was none
	Run    string  `json:"run"`
	Events []Event `json:"events"`
}

// Event is one line of the timeline.
type Event struct {
	At   time.Time `json:"at"`
	Run  string    `json:"run"`
	Kind string    `json:"kind"`
	Step string    `json:"step,omitempty"`
	Text string    `json:"text"`
	MS   float64   `json:"ms"` // how long it took, in milliseconds
}

// Timelines serves /progress/{repository id}/{number}, which can hold what only the team may know: it belongs behind what asks
// who is there.
func Timelines(o Options) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /progress/{repository}/{number}", o.progress)
	return mux
}

func (o Options) progress(w http.ResponseWriter, r *http.Request) {
	repository, err1 := strconv.ParseInt(r.PathValue("repository"), 10, 64)
	number, err2 := strconv.Atoi(r.PathValue("number"))
	if err := errors.Join(err1, err2); err != nil {
		http.NotFound(w, r)
		return
	}
	progress, err := Read(r.Context(), o.Store, repository, number)
	if err != nil {
		o.Log.ErrorContext(r.Context(), "a ticket's progress cannot be read", "error", err)
		http.Error(w, "The progress cannot be read; the log says why.", http.StatusInternalServerError)
		return
	}
	answer(w, http.StatusOK, progress)
}

// Read returns a ticket's progress; an unknown ticket has none.
func Read(ctx context.Context, s Store, repositoryID int64, number int) (Progress, error) {
	key := store.TicketKey(repositoryID, number)
	progress := Progress{Events: []Event{}}
	err := s.View(ctx, func(r store.Reader) error {
		runs, err := r.Runs(ctx, key)
		if err != nil {
			return err
		}
		if len(runs) > 0 {
			progress.Status, progress.Run = runs[0].Status, runs[0].ID
		}
		events, err := r.Events(ctx, key)
		for _, e := range events {
			progress.Events = append(progress.Events, Event{At: e.At, Run: e.RunID, Kind: e.Kind, Step: e.StepID, Text: e.Text, MS: float64(e.Took.Microseconds()) / 1000})
		}
		return err
	})
	return progress, err
}

func answer(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}
