package web_test

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/oioi-app/oioi/app/store"
	"github.com/oioi-app/oioi/app/web"
)

// commits counts what a readiness check asks of a store.
type commits struct {
	n   int
	err error
}

func (c *commits) View(context.Context, func(store.Reader) error) error { return c.err }
func (c *commits) Update(context.Context, func(store.Tx) error) error   { c.n++; return c.err }

// Anybody may ask whether OiOi is ready, and each look is a commit: there is at most one a second.
func TestReadinessIsLookedAtOnceASecond(t *testing.T) {
	s := &commits{}
	now := time.Unix(1_800_000_000, 0)
	pages := web.Handler(web.Options{Store: s, Log: slog.New(slog.DiscardHandler), Clock: func() time.Time { return now }})
	ask := func() int {
		w := httptest.NewRecorder()
		pages.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/readyz", nil))
		return w.Code
	}
	for range 100 {
		if code := ask(); code != http.StatusOK {
			t.Fatal(code)
		}
	}
	once := s.n
	if once > 2 {
		t.Errorf("%d commits for a hundred requests", once)
	}
	s.err = errors.New("the disk is full")
	now = now.Add(time.Second)
	if code := ask(); code != http.StatusServiceUnavailable {
		t.Errorf("a second later: %d", code)
	}
}
