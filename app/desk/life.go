package desk

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/riverqueue/river/rivertype"

	"github.com/oioi-app/oioi/app/store"
	"github.com/oioi-app/oioi/workflow/ticket"
)

// Issues are locked, deleted and moved; repositories are renamed, archived and made public; the App is suspended and removed.
// A ticket is followed by its repository's id, or it waits, says for what, and goes on when that ends.

// notice works one delivery that is not about an issue.
func (d *Desk) notice(ctx context.Context, id string, job *rivertype.JobRow) error {
	var delivery store.Delivery
	err := d.Store.View(ctx, func(r store.Reader) (err error) {
		delivery, err = r.Delivery(ctx, id)
		return err
	})
	if errors.Is(err, store.ErrNotFound) {
		return d.drop(ctx, job)
	}
	if err != nil {
		return err
	}
	events, problem := d.Open(ctx, delivery)
	if problem != nil {
		d.Log.ErrorContext(ctx, "a delivery cannot be read; it is kept", "delivery", id, "event", delivery.Event, "error", problem)
	}
	for _, e := range events {
		var err error
		switch e.Kind {
		case ticket.EventInstallation:
			err = d.installed(ctx, e)
		case ticket.EventRepository:
			_, err = d.followRepository(ctx, Place{InstallationID: e.InstallationID, Repository: e.Repository})
		}
		if err != nil {
			if wait := later(err); wait != nil {
				return wait
			}
			return err
		}
	}
	return d.update(ctx, func(tx store.Tx) error {
		if err := tx.CompleteJob(ctx, job); err != nil {
			return err
		}
		if problem != nil {
			return tx.MarkDelivery(ctx, id, store.DeliveryFailed, problem.Error())
		}
		return tx.MarkDelivery(ctx, id, store.DeliveryDone, "")
	})
}

// installed follows what became of an installation. How it stands is asked, since deliveries come in any order; one that was
// removed cannot be asked for any more.
func (d *Desk) installed(ctx context.Context, e ticket.Event) error {
	if e.Action == "deleted" {
		return d.follow(ctx, store.Installation{ID: e.InstallationID, State: store.InstallationRemoved, RemovedAt: d.Clock()})
	}
	in, err := d.GitHub.Installation(ctx, e.InstallationID)
	if err != nil {
		if permanent(err) {
			return nil // it is gone by now, and another delivery says so
		}
		return fmt.Errorf("ask how an installation stands: %w", err)
	}
	return d.follow(ctx, in)
}

// life are the events of an issue that are handled also while its ticket waits: one of them ends the wait.
var life = []ticket.EventKind{ticket.EventLocked, ticket.EventUnlocked, ticket.EventDeleted, ticket.EventTransferred}

// lifeOf returns the deliveries that tell what became of the issue itself.
func lifeOf(inbox []store.Delivery) []store.Delivery {
	var out []store.Delivery
	for _, delivery := range inbox {
		if delivery.Event == "issues" && slices.Contains(life, ticket.EventKind(delivery.Action)) {
			out = append(out, delivery)
		}
	}
	return out
}

// lived handles an event of the issue itself. A ticket that OiOi never worked on is left alone. Whether it is locked is asked:
// the newest delivery is not always the last one to arrive.
func (a asking) lived(ctx context.Context, e ticket.Event, v *verdict) error {
	if a.row.Key == "" {
		return nil
	}
	say := func(text string) { v.events = append(v.events, store.Event{Kind: "moved", Text: text}) }
	by := " by @" + e.Sender.Login
	if strings.HasPrefix(e.DeliveryID, sweptID) {
		by = "" // nobody told who it was
	}
	why := ""
	switch e.Kind {
	case ticket.EventLocked, ticket.EventUnlocked:
		was, err := a.desk.value(ctx, ticketHoldKey(a.row.Key))
		if err != nil || gone(was) {
			return err
		}
		snapshot, err := a.desk.GitHub.Ticket(ctx, v.place, v.number)
		if err != nil {
			return fmt.Errorf("ask whether the issue is locked: %w", err)
		}
		if snapshot.Locked {
			why = holdLocked
		}
		switch {
		case why == was:
			return nil
		case snapshot.Locked:
			say("The issue was locked" + by + ": nothing is written until it is unlocked")
		default:
			say("The issue was unlocked" + by + ": work goes on")
		}
	case ticket.EventDeleted:
		why, v.start, v.gone = holdDeleted, nil, holdDeleted+by
	case ticket.EventTransferred:
		why = holdMoved
		if e.MovedTo != "" {
			why += " to " + e.MovedTo
		}
		v.start, v.gone = nil, why+by
		say("Its work ends here. Where the App reads that repository too, `/oioi run` begins anew there")
	}
	v.touched, v.lived = true, &why
	return nil
}
