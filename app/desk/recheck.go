package desk

import (
	"context"
	"errors"
	"fmt"

	"github.com/oioi-app/oioi/app/store"
	"github.com/oioi-app/oioi/workflow/ticket"
)

// A hold ends with a webhook that says so. Where that was never told, the look for what was missed ends it.

// listed follows a repository that GitHub has listed just now, where anything of it is other than it was known.
func (d *Desk) listed(ctx context.Context, installationID int64, now ticket.Repository, tickets []store.Ticket) error {
	hold := ""
	if now.Archived {
		hold = holdArchived
	}
	news := false
	err := d.Store.View(ctx, func(r store.Reader) error {
		was, err := value(ctx, r, holdKey(now.ID))
		for _, row := range tickets {
			news = news || was != hold || len(place(&row, now, installationID)) > 0
		}
		return err
	})
	if err != nil || !news {
		return err
	}
	return d.update(ctx, func(tx store.Tx) error { _, err := d.stands(ctx, tx, now, installationID, hold); return err })
}

// mostRechecked is how many locked issues are asked for in one look. Only those are that something waits for.
const mostRechecked = 50

// recheck asks for what no list has told: repositories that are not listed any more, and locked issues.
func (d *Desk) recheck(ctx context.Context, listed map[int64]map[int64]bool) error {
	var unlisted, locked []store.Ticket
	err := d.Store.View(ctx, func(r store.Reader) error {
		tickets, err := r.Tickets(ctx, 0)
		if err != nil {
			return err
		}
		asked := map[int64]bool{}
		for _, row := range tickets {
			reached, known := listed[row.InstallationID]
			why, err := value(ctx, r, holdKey(row.RepositoryID))
			if err != nil {
				return err
			}
			if known && !reached[row.RepositoryID] && !asked[row.RepositoryID] && why != holdUnreached {
				asked[row.RepositoryID] = true
				unlisted = append(unlisted, row)
			}
			if !reached[row.RepositoryID] || why != "" || len(locked) >= mostRechecked {
				continue
			}
			if why, err = value(ctx, r, ticketHoldKey(row.Key)); err != nil {
				return err
			}
			if why != holdLocked {
				continue
			}
			waits, err := d.waits(ctx, r, row)
			if err != nil {
				return err
			}
			if waits {
				locked = append(locked, row)
			}
		}
		return nil
	})
	errs := []error{err}
	for _, row := range unlisted {
		_, err := d.followRepository(ctx, placeOf(row))
		errs = append(errs, err)
	}
	for _, row := range locked {
		errs = append(errs, d.recheckIssue(ctx, row))
	}
	return errors.Join(errs...)
}

// waits reports whether a ticket has something to do.
func (d *Desk) waits(ctx context.Context, r store.Reader, row store.Ticket) (bool, error) {
	inbox, err := r.Inbox(ctx, row.Key)
	if err != nil || len(inbox) > 0 || under(row.Status) {
		return err == nil, err
	}
	outbox, err := r.Effects(ctx, row.Key)
	return first(outbox, false) != nil, err
}

// recheckIssue ends the hold of an issue that is not locked any more, and lets one that is gone go.
func (d *Desk) recheckIssue(ctx context.Context, row store.Ticket) error {
	now, err := d.GitHub.Ticket(ctx, placeOf(row), row.Number)
	if err != nil && !elsewhere(err) {
		return fmt.Errorf("ask whether an issue is locked: %w", err)
	}
	if err == nil && now.Locked {
		return nil
	}
	hold, text := "", "The issue was unlocked: work goes on"
	if err != nil {
		hold, text = holdDeleted, holdDeleted
	}
	return d.update(ctx, func(tx store.Tx) error {
		why, err := tx.Value(ctx, ticketHoldKey(row.Key))
		if err != nil || why != holdLocked {
			return err
		}
		if err := tx.PutValue(ctx, ticketHoldKey(row.Key), hold); err != nil {
			return err
		}
		if err := d.tell(ctx, tx, row.Key, "", "moved", "", text, 0); err != nil {
			return err
		}
		if hold != "" {
			return d.dropAll(ctx, tx, row.Key, hold)
		}
		return d.resume(ctx, tx, row)
	})
}
