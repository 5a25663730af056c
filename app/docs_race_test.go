package app

import (
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/oioi-app/oioi/app/sandbox/forge"
)

// signal closes its channel once a log says some words.
type signal struct {
	words string
	once  sync.Once
	said  chan struct{}
}

func (s *signal) Write(p []byte) (int, error) {
	if strings.Contains(string(p), s.words) {
		s.once.Do(func() { close(s.said) })
	}
	return len(p), nil
}

// Two tickets about one section, planned before either's pull request has opened: the second looks only once the first one's
// stands, and opens no rival.
func TestTwoTicketsOfOneInstantOpenOnePullRequest(t *testing.T) {
	t.Parallel()
	waits := &signal{words: "waits until another ticket's has opened", said: make(chan struct{})}
	var first sync.Once
	w := newTown(t, townOptions{log: waits, transport: roundTrip(func(r *http.Request) (*http.Response, error) {
		if r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/pulls") {
			first.Do(func() { // it opens when the other ticket is about to
				select {
				case <-waits.said:
				case <-time.After(patience):
					t.Error("the second ticket's pull request did not wait")
				}
			})
		}
		return http.DefaultTransport.RoundTrip(r)
	})})
	tickets := []forge.Ref{w.sample("docs-error"), w.sample("docs-error")}
	for _, ticket := range tickets {
		w.settle(ticket)
	}
	if n := w.pulls(supportRepo); n != 1 {
		t.Errorf("%d pull requests have opened", n)
	}
	drafts := w.comments(tickets[0])[0] + w.comments(tickets[1])[0]
	holds(t, drafts, "is about the same section and has opened meanwhile; `/oioi docs` adds this to it")
}

// However many tickets wait to open their docs pull request, they keep no worker from another ticket: its draft comes meanwhile.
func TestTicketsThatWaitToOpenKeepNobodyFromADraft(t *testing.T) {
	t.Parallel()
	begun, drafted := make(chan struct{}), make(chan struct{})
	var first sync.Once
	w := newTown(t, townOptions{transport: roundTrip(func(r *http.Request) (*http.Response, error) {
		if r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/pulls") {
			first.Do(func() {
				close(begun)
				select {
				case <-drafted:
				case <-time.After(patience):
				}
			})
		}
		return http.DefaultTransport.RoundTrip(r)
	})})
	tickets := []forge.Ref{w.sample("docs-error")}
	<-begun
	for range 9 { // one more than there are workers
		tickets = append(tickets, w.sample("docs-error"))
	}
	question := w.sample("rotate-token")
	w.settle(question)
	if n := w.pulls(supportRepo); n != 0 {
		t.Errorf("%d pull requests have opened before the draft came", n)
	}
	close(drafted)
	for _, ticket := range tickets {
		w.settle(ticket)
	}
	if n := w.pulls(supportRepo); n != 1 {
		t.Errorf("%d pull requests have opened", n)
	}
}

// Without the right to read pull requests there is a draft all the same, and the docs change becomes a follow-up with the patch.
func TestADraftNeedsNoPullRequests(t *testing.T) {
	t.Parallel()
	w := newTown(t, townOptions{transport: roundTrip(func(r *http.Request) (*http.Response, error) {
		if !strings.HasSuffix(r.URL.Path, "/pulls") {
			return http.DefaultTransport.RoundTrip(r)
		}
		no := `{"message": "Resource not accessible by integration"}`
		return &http.Response{StatusCode: http.StatusForbidden, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(no)), Request: r}, nil
	})})
	ref := w.sample("firewall")
	w.settle(ref)
	holds(t, w.show(ref), "### Reply to customer", "Docs change to finish by hand", "GitHub does not let OiOi read pull requests here", "diff --git a/docs/deliveries/sftp-and-slack.md")
}
