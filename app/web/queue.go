package web

import (
	"bytes"
	_ "embed"
	"html/template"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/oioi-app/oioi/app/config"
	"github.com/oioi-app/oioi/app/ops"
	"github.com/oioi-app/oioi/app/store"
)

//go:embed queue.html
var queueText string

var queuePage = template.Must(template.New("queue").Parse(queueText))

// queueStates are the states of jobs, as the page offers them: what needs a look first.
var queueStates = []string{"discarded", "retryable", "running", "available", "scheduled", "cancelled", "completed"}

const queueRows = 200 // as many jobs as the page shows

type queueLine struct {
	store.Job
	Due string // when it is tried, as a time from now
}

type queueView struct {
	State  string
	States []queueCount
	Jobs   []queueLine
	Most   int
	Now    string
	Spend  ops.Spend
}

type queueCount struct {
	State string
	N     int64
}

// Queue serves a page of the job queue, /queue?state=STATE, that shows and changes nothing. (River's own pages bring a
// PostgreSQL client and a validator with them, three megabytes of the program.) Whoever mounts it lets only operators in.
//
// Above the jobs it shows what was spent today.
func Queue(s Store, budget config.Budget, log *slog.Logger, clock func() time.Time) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		view := queueView{State: r.FormValue("state"), Most: queueRows, Now: clock().UTC().Format(time.RFC3339)}
		if view.State != "" && !slices.Contains(queueStates, view.State) {
			http.Error(w, "There is no such state; allowed: "+strings.Join(queueStates, ", "), http.StatusBadRequest)
			return
		}
		err := s.View(r.Context(), func(rows store.Reader) error {
			counts, err := rows.Counts(r.Context())
			if err != nil {
				return err
			}
			if view.Spend, err = ops.ReadSpend(r.Context(), rows, budget, clock()); err != nil {
				return err
			}
			by := map[string]int64{}
			for job, n := range counts.Jobs {
				by[job.State] += n
			}
			for _, state := range queueStates {
				view.States = append(view.States, queueCount{state, by[state]})
			}
			shown := queueStates[:len(queueStates)-2] // all that are not over
			if view.State != "" {
				shown = []string{view.State}
			}
			for _, state := range shown {
				jobs, err := rows.Jobs(r.Context(), state, queueRows)
				if err != nil {
					return err
				}
				for _, j := range jobs {
					view.Jobs = append(view.Jobs, queueLine{j, j.ScheduledAt.Sub(clock()).Round(time.Second).String()})
				}
			}
			return nil
		})
		var page bytes.Buffer
		if err == nil {
			err = queuePage.Execute(&page, view)
		}
		if err != nil {
			log.ErrorContext(r.Context(), "the job queue cannot be shown", "error", err)
			http.Error(w, "The job queue cannot be read; the log says why.", http.StatusInternalServerError)
			return
		}
		h := w.Header()
		h.Set("Content-Type", "text/html; charset=utf-8")
		h.Set("Cache-Control", "no-store")
		h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'")
		_, _ = w.Write(page.Bytes())
	})
}
