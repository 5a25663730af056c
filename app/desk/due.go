package desk

import (
	"context"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"github.com/oioi-app/oioi/app/store"
)

// look is a job that looks at a ticket when something is due there, and does what nobody has done until then.
type look struct {
	key string
	job *rivertype.JobRow
	// due says when; the zero time where it is settled, or a newer job's.
	due func(r store.Reader, data ticketData) (time.Time, error)
}

// dueAt is how a job is put into the queue that looks at a ticket at a time.
func (d *Desk) dueAt(at time.Time) *river.InsertOpts {
	return &river.InsertOpts{ScheduledAt: d.realTime(at), MaxAttempts: store.TryForDays}
}

// realTime is when the machine's clock shows what the desk's clock will show at a time; the queue counts by the former.
func (d *Desk) realTime(at time.Time) time.Time { return time.Now().Add(at.Sub(d.Clock())) }

// ready returns the ticket where it is time to look at it. Else the job is done with, or sleeps, as err says.
func (d *Desk) ready(ctx context.Context, l look) (row store.Ticket, data ticketData, ready bool, err error) {
	var due time.Time
	err = d.Store.View(ctx, func(r store.Reader) error {
		if row, data, err = d.remembered(ctx, r, l.key); err == nil {
			due, err = l.due(r, data)
		}
		return err
	})
	if err != nil {
		return row, data, false, err
	}
	if due.IsZero() {
		return row, data, false, d.drop(ctx, l.job)
	}
	if wait := due.Sub(d.Clock()); wait > 0 {
		return row, data, false, river.JobSnooze(wait)
	}
	over, err := d.sleeps(ctx, row, data, l.job)
	return row, data, !over && err == nil, err
}

// looked completes the job with what it found, where that is still due.
func (d *Desk) looked(ctx context.Context, l look, do func(tx store.Tx, row store.Ticket, data ticketData) error) error {
	return d.update(ctx, func(tx store.Tx) error {
		if err := tx.CompleteJob(ctx, l.job); err != nil {
			return err
		}
		row, data, err := d.remembered(ctx, tx, l.key)
		if err != nil {
			return err
		}
		if due, err := l.due(tx, data); err != nil || due.IsZero() {
			return err
		}
		return do(tx, row, data)
	})
}

// sleeps lets such a job wait while nothing can be done for its ticket; over where it is done with.
func (d *Desk) sleeps(ctx context.Context, row store.Ticket, data ticketData, job *rivertype.JobRow) (over bool, err error) {
	if data.Held != nil {
		return true, river.JobSnooze(heldAgain)
	}
	var why string
	err = d.Store.View(ctx, func(r store.Reader) (err error) {
		why, err = onHold(ctx, r, row.Key, row.InstallationID, row.RepositoryID)
		return err
	})
	switch {
	case err != nil:
		return false, err
	case gone(why):
		return true, d.drop(ctx, job)
	case why != "":
		return true, d.rest(ctx, row.Key, why)
	}
	return false, nil
}
