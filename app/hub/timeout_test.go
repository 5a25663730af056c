package hub_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/oioi-app/oioi/app/hub"
)

// heldRequests are the contexts of the requests for branches; slow makes their answers never end.
type heldRequests struct {
	mu   sync.Mutex
	held []context.Context
	slow bool
}

func (h *heldRequests) RoundTrip(r *http.Request) (*http.Response, error) {
	res, err := http.DefaultTransport.RoundTrip(r)
	if err != nil || !strings.Contains(r.URL.Path, "/git/ref/") {
		return res, err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.held = append(h.held, r.Context())
	if h.slow {
		_ = res.Body.Close()
		res.Body = io.NopCloser(endless{r.Context()})
	}
	return res, nil
}

// endless is an answer of which nothing comes.
type endless struct{ ctx context.Context }

func (e endless) Read([]byte) (int, error) { <-e.ctx.Done(); return 0, e.ctx.Err() }

// What a request holds is free when its answer is there, also when GitHub says no; and an answer that never ends is given up.
func TestARequestHoldsNothingLongerThanItTakes(t *testing.T) {
	b := setUp(t)
	log := &heldRequests{}
	ask := func(timeout time.Duration, branch string) error {
		t.Helper()
		h, err := hub.New(hub.Options{APIURL: b.web + "/api/v3", AppID: b.world.App.ID, PrivateKey: b.world.PrivateKey, Transport: log, Timeout: timeout})
		b.check(err)
		_, err = h.Head(t.Context(), b.world.Install.ID, b.repo, branch)
		return err
	}
	b.check(ask(time.Hour, "main"))
	if err := ask(time.Hour, "nowhere"); err == nil {
		t.Error("a branch that is not there is found")
	}
	for i, ctx := range log.held {
		if ctx.Err() == nil {
			t.Errorf("request %d is over and its context is not", i)
		}
	}
	if len(log.held) < 2 {
		t.Fatalf("%d requests were seen", len(log.held))
	}
	log.slow = true
	if err := ask(50*time.Millisecond, "main"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("an answer that never ends: %v", err)
	}
}
