package app

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/oioi-app/oioi/app/aside"
	"github.com/oioi-app/oioi/app/command"
	"github.com/oioi-app/oioi/app/desk"
	"github.com/oioi-app/oioi/app/hub"
	"github.com/oioi-app/oioi/app/store"
	"github.com/oioi-app/oioi/workflow/ticket"
)

// recoverWithin is how long one look for what was missed may take.
const recoverWithin = 10 * time.Minute

// Recover finds what OiOi has not been told and works it; see desk.Recover.
func (a *App) Recover(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, recoverWithin)
	defer cancel()
	return aside.Do(func() error { return a.recover(ctx) })
}

// startRecovering calls Recover now and then at each interval, until stop is called.
func (a *App) startRecovering(ctx context.Context, interval time.Duration) (stop func()) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	var done sync.WaitGroup
	if interval > 0 {
		done.Go(func() {
			ticker := time.NewTicker(interval)
			defer ticker.Stop()
			for {
				if err := a.Recover(ctx); err != nil && ctx.Err() == nil {
					a.log.WarnContext(ctx, "OiOi could not look for everything that it may have missed; it tries again", "error", err, "in", interval)
				}
				giveBack() // what the start, or the tickets since, needed for a moment
				select {
				case <-ctx.Done():
					return
				case <-ticker.C:
				}
			}
		})
	}
	return func() { cancel(); done.Wait() }
}

func (g github) Attempts(ctx context.Context, since time.Time) ([]desk.Attempt, error) {
	log, err := g.hub.Attempts(ctx, since)
	out := make([]desk.Attempt, len(log))
	for i, a := range log {
		out[i] = desk.Attempt{ID: a.ID, GUID: a.GUID, At: a.At, Delivered: a.Delivered, Refused: a.Status >= 400 && a.Status < 500}
	}
	return out, err
}

func (g github) Redeliver(ctx context.Context, attempt int64) error {
	return g.hub.Redeliver(ctx, attempt)
}

func (g github) Repositories(ctx context.Context, installationID int64) ([]ticket.Repository, error) {
	return g.hub.Repositories(ctx, installationID)
}

func (g github) Changes(ctx context.Context, p desk.Place, since time.Time, want func(ticket.Ticket) (action, label string), hears func(int) bool) ([]store.Delivery, time.Time, error) {
	found, newest, err := g.hub.Changes(ctx, p.InstallationID, p.Repository, since, command.Prefix, want, hears)
	out := make([]store.Delivery, len(found))
	for i, c := range found {
		out[i] = store.Delivery{ID: c.ID, Event: c.Event, Action: c.Action, InstallationID: p.InstallationID,
			TicketKey: store.TicketKey(p.Repository.ID, c.Number), Payload: c.Payload, State: store.DeliveryNew}
	}
	return out, newest, err
}

// Redeliver asks GitHub to send again what failed since a time and was not delivered by a later attempt. It returns how many
// deliveries that were. It needs no store, so that it works beside a running server.
func Redeliver(ctx context.Context, o Options, since time.Time) (asked int, err error) {
	c := o.Config.GitHub
	h, err := hub.New(hub.Options{APIURL: c.APIURL, AppID: c.AppID, PrivateKey: c.PrivateKey, UserAgent: "oioi/" + Version, Transport: o.Transport})
	if err != nil {
		return 0, err
	}
	log, err := h.Attempts(ctx, since)
	if err != nil {
		return 0, err
	}
	delivered, newest := map[string]bool{}, map[string]int64{}
	for _, a := range log {
		delivered[a.GUID] = delivered[a.GUID] || a.Delivered
	}
	var lost []int64
	for _, a := range slices.Backward(log) { // oldest first
		if !delivered[a.GUID] {
			newest[a.GUID] = a.ID
		}
	}
	for _, a := range log {
		if newest[a.GUID] == a.ID {
			lost = append(lost, a.ID)
		}
	}
	slices.Reverse(lost)
	return desk.AskAgain(ctx, github{hub: h}, lost)
}
