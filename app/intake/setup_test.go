package intake_test

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/riverqueue/river"

	"github.com/oioi-app/oioi/app/intake"
	"github.com/oioi-app/oioi/app/store"
)

const (
	secret = "It's a Secret to Everybody"
	guid   = "72d3162e-cc78-11e3-81ab-4c9367dc0958"
	opened = `{"action":"opened","issue":{"number":12,"title":"Help"},"repository":{"id":7},"installation":{"id":3},"sender":{"login":"ada"}}`
)

// handler is a go-githubapp handler that remembers what it was given.
type handler struct {
	events []string
	mu     sync.Mutex
	got    []string
	err    error
}

func (h *handler) Handles() []string { return h.events }

func (h *handler) Handle(_ context.Context, event, id string, payload []byte) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.got = append(h.got, event+" "+id+" "+string(payload))
	return h.err
}

type inboxFunc func(context.Context, store.Delivery, river.JobArgs) (bool, error)

func (f inboxFunc) Ingest(ctx context.Context, d store.Delivery, wake river.JobArgs) (bool, error) {
	return f(ctx, d, wake)
}

// recorder is an inbox that remembers, and knows duplicates.
type recorder struct {
	mu         sync.Mutex
	deliveries []store.Delivery
	jobs       []river.JobArgs
}

func (r *recorder) Ingest(_ context.Context, d store.Delivery, wake river.JobArgs) (bool, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, known := range r.deliveries {
		if known.ID == d.ID {
			return false, nil
		}
	}
	d.Payload = bytes.Clone(d.Payload)
	r.deliveries, r.jobs = append(r.deliveries, d), append(r.jobs, wake)
	return true, nil
}

func registry(t testing.TB, events ...string) *intake.Registry {
	t.Helper()
	r, err := intake.NewRegistry(&handler{events: events})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func options(t testing.TB, inbox intake.Inbox) intake.Options {
	return intake.Options{
		Secrets: []string{secret}, Inbox: inbox, Handlers: registry(t, "issues", "issue_comment", "installation"),
		Logger: slog.New(slog.DiscardHandler),
	}
}

func serve(t testing.TB, o intake.Options) http.Handler {
	t.Helper()
	h, err := intake.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func sign(secret string, body []byte) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write(body)
	return "sha256=" + hex.EncodeToString(mac.Sum(nil))
}

// delivery is a request as GitHub makes it.
func delivery(event, body string) *http.Request {
	r := httptest.NewRequest(http.MethodPost, intake.Path, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("X-GitHub-Event", event)
	r.Header.Set("X-GitHub-Delivery", guid)
	r.Header.Set("X-Hub-Signature-256", sign(secret, []byte(body)))
	return r
}

// send returns the status and the message of the answer, which must be JSON.
func send(t testing.TB, h http.Handler, r *http.Request) (int, string) {
	t.Helper()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	var a struct{ Message string }
	if err := json.Unmarshal(w.Body.Bytes(), &a); err != nil || a.Message == "" || w.Header().Get("Content-Type") != "application/json" {
		t.Errorf("the answer is not JSON with a message: %q (%v)", w.Body, err)
	}
	if strings.Contains(w.Body.String(), secret) {
		t.Errorf("the answer holds the secret: %s", w.Body)
	}
	return w.Code, a.Message
}
