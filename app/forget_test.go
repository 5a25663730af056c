package app

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/oioi-app/oioi/app/sandbox"
	"github.com/oioi-app/oioi/app/sandbox/forge"
	"github.com/oioi-app/oioi/app/store"
)

// When the App is removed from an account, its data stays for the time that the configuration says, and not longer. While
// GitHub does not answer, nobody takes that for a removal.
func TestTheDataOfARemovedInstallationIsDeleted(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	down := false
	w := newTown(t, townOptions{transport: roundTrip(func(r *http.Request) (*http.Response, error) {
		if down && strings.HasSuffix(r.URL.Path, "/app/installations") {
			return &http.Response{StatusCode: http.StatusBadGateway, Header: http.Header{}, Body: io.NopCloser(strings.NewReader("")), Request: r}, nil
		}
		return http.DefaultTransport.RoundTrip(r)
	})})
	ref := w.sample("rotate-token")
	w.settle(ref)
	repo, err := w.world.Forge.Repo(forge.As("jo-lindqvist"), ref.Repo)
	w.check(err)
	key := store.TicketKey(repo.ID, ref.Number)
	look := func() (state string, there bool) {
		w.check(w.oioi.Store.View(ctx, func(r store.Reader) error {
			_, err := r.Ticket(ctx, key)
			there = err == nil
			list, err2 := r.Installations(ctx)
			for _, in := range list {
				state = in.State
			}
			if errors.Is(err, store.ErrNotFound) {
				err = nil
			}
			return errors.Join(err, err2)
		}))
		return state, there
	}
	want := func(state string, there bool) {
		t.Helper()
		if s, l := look(); s != state || l != there {
			t.Errorf("the installation is %q and its ticket is there: %v; want %q, %v", s, l, state, there)
		}
	}
	down = true
	if err := w.oioi.forget(ctx, 0); err == nil {
		t.Error("GitHub did not answer, and nothing was said")
	}
	want("active", true)
	down = false
	w.check(w.oioi.forget(ctx, 0))
	want("active", true)
	w.check(w.world.Forge.Uninstall(w.world.Forge.Installations(sandbox.AppSlug)[0].ID))
	w.check(w.oioi.forget(ctx, time.Hour))
	want("removed", true)
	w.check(w.oioi.forget(ctx, 0))
	want("", false)
}
