package app

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/oioi-app/oioi/app/sandbox/forge"
	"github.com/oioi-app/oioi/app/store"
)

// roundTrip is a transport made of a function.
type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// answer is what a double says instead of GitHub.
func answer(r *http.Request, status int, body string) *http.Response {
	return &http.Response{StatusCode: status, Header: http.Header{"Content-Type": {"application/json"}}, Request: r, Body: io.NopCloser(strings.NewReader(body))}
}

// timeline is what OiOi noted about a ticket, oldest first.
func (w *town) timeline(ref forge.Ref) []store.Event {
	w.t.Helper()
	repo, err := w.world.Forge.Repo(forge.As("jo-lindqvist"), ref.Repo)
	w.check(err)
	var events []store.Event
	w.check(w.oioi.Store.View(context.Background(), func(r store.Reader) error {
		events, err = r.Events(context.Background(), store.TicketKey(repo.ID, ref.Number))
		return err
	}))
	return events
}

// A permission that the App lacks fails one effect; the others are carried out, and the timeline says what is missing.
func TestAnEffectThatGitHubRefusesHoldsUpNothing(t *testing.T) {
	t.Parallel()
	refuse := roundTrip(func(r *http.Request) (*http.Response, error) {
		if r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/pulls") {
			return answer(r, http.StatusForbidden, `{"message":"Resource not accessible by integration"}`), nil
		}
		return http.DefaultTransport.RoundTrip(r)
	})
	w := newTown(t, townOptions{transport: refuse})
	ticket := w.sample("docs-error")
	drafts := w.comments(ticket)
	if len(drafts) != 1 {
		t.Fatalf("%d comments", len(drafts))
	}
	holds(t, drafts[0], "### Reply to customer", "not opened: ", "check that the App's permissions are granted")
	events := w.timeline(ticket)
	last := events[len(events)-1]
	if last.Kind != "finished" || !strings.Contains(last.Text, "did not succeed") || !strings.Contains(last.Text, "Resource not accessible") {
		t.Errorf("the timeline ends with %s: %s", last.Kind, last.Text)
	}
}
