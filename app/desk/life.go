package desk

import (
	"context"
	"errors"
	"fmt"
	"slices"

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
		if e.Kind == ticket.EventInstallation {
			if err := d.installed(ctx, e); err != nil {
				return err
			}
		}
	}
	return d.update(ctx, func(tx store.Tx) error {
		if err := tx.CompleteJob(ctx, job); err != nil {
			return err
		}
		if problem != nil {
			return tx.MarkDelivery(ctx, id, store.DeliveryFailed, problem.Error())
		}
		for _, e := range events {
			if e.Kind == ticket.EventRepository {
				if err := d.moved(ctx, tx, e); err != nil {
					return err
				}
			}
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

// moved follows what became of a repository, for all of its tickets.
func (d *Desk) moved(ctx context.Context, tx store.Tx, e ticket.Event) error {
	hold := map[string]string{"archived": "the repository is archived", "deleted": "the repository was deleted"}[e.Action]
	switch e.Action {
	case "archived", "deleted", "unarchived":
		if err := tx.PutValue(ctx, holdKey(e.Repository.ID), hold); err != nil {
			return err
		}
	}
	text := map[string]string{
		"archived": "The repository was archived: nothing is written until that ends", "unarchived": "The repository is no longer archived: work goes on",
		"deleted": "The repository was deleted", "renamed": "The repository is " + e.Repository.FullName() + " now",
		"transferred": "The repository is " + e.Repository.FullName() + " now", "privatized": "The repository is private now",
		"publicized": "The repository is public now: nothing that is made from private evidence is written there any more",
	}[e.Action]
	tickets, err := tx.Tickets(ctx, 0)
	if err != nil {
		return err
	}
	for _, row := range tickets {
		if row.RepositoryID != e.Repository.ID {
			continue
		}
		if e.Repository.Name != "" && e.Repository.Owner != "" {
			row.Owner, row.Name = e.Repository.Owner, e.Repository.Name
		}
		row.Private, row.UpdatedAt = e.Repository.Private, d.Clock()
		if err := tx.PutTicket(ctx, row); err != nil {
			return err
		}
		if err := d.tell(ctx, tx, row.Key, "", "moved", "", text, 0); err != nil {
			return err
		}
		if hold == "" {
			if err := d.resume(ctx, tx, row); err != nil {
				return err
			}
		}
	}
	return nil
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

// lived handles an event of the issue itself. A ticket that OiOi never worked on is left alone.
func (a asking) lived(e ticket.Event, v *verdict) {
	if a.row.Key == "" {
		return
	}
	v.touched = true
	say := func(text string) { v.events = append(v.events, store.Event{Kind: "moved", Text: text}) }
	why := ""
	switch e.Kind {
	case ticket.EventLocked:
		why = "the issue is locked"
		say("The issue was locked by @" + e.Sender.Login + ": nothing is written until it is unlocked")
	case ticket.EventUnlocked:
		say("The issue was unlocked by @" + e.Sender.Login + ": work goes on")
	case ticket.EventDeleted:
		why, v.start, v.gone = "the issue was deleted", nil, "the issue was deleted by @"+e.Sender.Login
	case ticket.EventTransferred:
		why = "the issue was moved"
		if e.MovedTo != "" {
			why += " to " + e.MovedTo
		}
		v.start, v.gone = nil, why+" by @"+e.Sender.Login
		say("Its work ends here. Where the App reads that repository too, `/oioi run` begins anew there")
	}
	v.lived = &why
}
