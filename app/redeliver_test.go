package app

import (
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/oioi-app/oioi/app/config"
	"github.com/oioi-app/oioi/app/intake"
	"github.com/oioi-app/oioi/app/sandbox"
	"github.com/oioi-app/oioi/app/sandbox/forge"
)

// refusing lets GitHub's webhooks end at a server that answers nothing but a status.
func (w *town) refusing(status int) {
	w.t.Helper()
	w.check(w.world.Forge.Drain(w.t.Context()))
	address := newServer(w.t, func(rw http.ResponseWriter, _ *http.Request) { rw.WriteHeader(status) })
	w.check(w.world.Forge.SetWebhook(sandbox.AppSlug, address+intake.Path, w.world.Secret))
}

func (w *town) hearing() {
	w.t.Helper()
	w.check(w.world.Forge.SetWebhook(sandbox.AppSlug, w.hooks+intake.Path, w.world.Secret))
}

// arrived counts the deliveries of an event that OiOi has taken.
func (w *town) arrived(event, action string) (n int) {
	w.t.Helper()
	log, err := w.world.Forge.Deliveries(sandbox.AppSlug)
	w.check(err)
	for _, d := range log {
		if d.Event == event && d.Action == action && d.OK() {
			n++
		}
	}
	return n
}

// While OiOi's own disk is full it answers 503, for as long as it takes: no delivery is given up for that. One that it refuses is.
func TestADeliveryIsGivenUpOnlyWhereItIsRefused(t *testing.T) {
	t.Parallel()
	for _, status := range []int{http.StatusServiceUnavailable, http.StatusBadRequest} {
		t.Run(fmt.Sprint(status), func(t *testing.T) {
			t.Parallel()
			w := newTown(t, townOptions{})
			ref := w.sample("rotate-token")
			w.settle(ref)
			w.refusing(status)
			w.check(w.world.Forge.LockIssue(forge.As("jo-lindqvist"), ref, ""))
			w.check(w.world.Forge.Drain(t.Context()))
			for range 2 * 5 {
				w.ahead.Add(int64(5 * time.Minute))
				w.check(w.oioi.Recover(t.Context()))
				w.check(w.world.Forge.Drain(t.Context()))
			}
			w.hearing()
			w.check(w.oioi.Recover(t.Context()))
			w.check(w.world.Forge.Drain(t.Context()))
			if n := w.arrived("issues", "locked"); (n == 1) != (status == http.StatusServiceUnavailable) {
				t.Errorf("after ten times %d the delivery arrived %d times", status, n)
			}
		})
	}
}

// A delivery that GitHub cannot send again holds up no other, neither in the look for what was missed nor in `oioi redeliver`.
func TestOneDeliveryHoldsUpNoOther(t *testing.T) {
	t.Parallel()
	for _, byHand := range []bool{false, true} {
		t.Run(fmt.Sprint("by hand: ", byHand), func(t *testing.T) {
			t.Parallel()
			var broken atomic.Int64 // the attempt that GitHub does not repeat
			transport := roundTrip(func(r *http.Request) (*http.Response, error) {
				if id := broken.Load(); id != 0 && strings.HasSuffix(r.URL.Path, fmt.Sprintf("/%d/attempts", id)) {
					return answer(r, http.StatusBadGateway, ""), nil
				}
				return http.DefaultTransport.RoundTrip(r)
			})
			w := newTown(t, townOptions{transport: transport})
			ref := w.sample("rotate-token")
			w.settle(ref)
			w.refusing(http.StatusServiceUnavailable)
			for range 2 {
				w.check(w.world.Forge.LockIssue(forge.As("jo-lindqvist"), ref, ""))
				w.check(w.world.Forge.UnlockIssue(forge.As("jo-lindqvist"), ref))
			}
			w.check(w.world.Forge.Drain(t.Context()))
			log, err := w.world.Forge.Deliveries(sandbox.AppSlug)
			w.check(err)
			for _, d := range log { // newest first
				if d.Action == "locked" {
					broken.Store(d.ID)
				}
			}
			w.hearing()
			look := func() (int, error) { return 4, w.oioi.Recover(t.Context()) }
			if byHand {
				look = func() (int, error) {
					c := config.DefaultServer()
					c.GitHub.WebURL, c.GitHub.APIURL, c.GitHub.AppID, c.GitHub.PrivateKey = w.webURL, w.webURL+"/api/v3", w.world.App.ID, w.world.PrivateKey
					return Redeliver(t.Context(), Options{Config: c, Transport: transport}, time.Now().Add(-time.Hour))
				}
			}
			if _, err := look(); err == nil || !strings.Contains(err.Error(), "502") {
				t.Errorf("what could not be asked for is not said: %v", err)
			}
			w.check(w.world.Forge.Drain(t.Context()))
			if n := w.arrived("issues", "locked") + w.arrived("issues", "unlocked"); n != 3 {
				t.Errorf("%d of 4 arrived beside one that could not be asked for", n)
			}
			broken.Store(0)
			asked, err := look()
			w.check(err)
			w.check(w.world.Forge.Drain(t.Context()))
			if n := w.arrived("issues", "locked") + w.arrived("issues", "unlocked"); n != 4 || byHand && asked != 1 {
				t.Errorf("%d of 4 arrived; %d were asked for", n, asked)
			}
			w.settle(ref)
		})
	}
}
