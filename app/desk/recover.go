package desk

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/oioi-app/oioi/app/intake"
	"github.com/oioi-app/oioi/app/store"
	"github.com/oioi-app/oioi/workflow/ticket"
)

// Attempt is one line of the App's delivery log.
type Attempt struct {
	ID        int64
	GUID      string
	At        time.Time
	Delivered bool
	Refused   bool // OiOi understood it and said no: a 4xx
}

// Missable is what may have been missed while OiOi or GitHub's webhooks were down.
type Missable interface {
	Installed
	// Attempts reads the App's delivery log back to a time, newest first. It keeps three days.
	Attempts(ctx context.Context, since time.Time) ([]Attempt, error)
	// Redeliver asks for a delivery again.
	Redeliver(ctx context.Context, attempt int64) error
	// Repositories lists what an installation reaches.
	Repositories(ctx context.Context, installationID int64) ([]ticket.Repository, error)
	// Changes returns what changed on a tracker since a time in the form of deliveries, and the time of the newest change.
	// want says as which action of `issues` an issue is told, "" for none, and with which label; hears says of which issues comments
	// are told that do not address OiOi.
	Changes(ctx context.Context, place Place, since time.Time, want func(ticket.Ticket) (action, label string), hears func(number int) bool) ([]store.Delivery, time.Time, error)
}

const (
	logCursor = "recover/log"       // up to where the delivery log is dealt with
	logKeeps  = 3 * 24 * time.Hour  // https://docs.github.com/en/webhooks/testing-and-troubleshooting-webhooks/redelivering-webhooks
	overlap   = 15 * time.Minute    // for deliveries that are logged late
	refusals  = 3                   // after so many a delivery is given up: it is refused, not lost. The overlap holds as many looks
	firstLook = 4 * 24 * time.Hour  // how far back a tracker is read for which there is no cursor
	longAway  = 2 * 5 * time.Minute // since the last sweep: edits may have been missed, too
	cursorFmt = time.RFC3339Nano
)

// sweptID is what the ids of the deliveries begin with that a sweep makes.
const sweptID = "sweep-"

func sweepCursor(repositoryID int64) string { return fmt.Sprintf("recover/%d", repositoryID) }

const sweptAt = "recover/swept"

// Recover finds what OiOi has not been told: it asks for failed deliveries again, and reads every tracker since its cursor, so
// that what was never logged, or is no longer, is found as well. Whatever it finds goes the way of a webhook and is worked
// once, however often and in whatever order it is told. One repository that cannot be read does not hold up the others.
func (d *Desk) Recover(ctx context.Context, from Missable) error {
	errs := []error{d.redeliver(ctx, from)}
	installations, err := from.Installations(ctx)
	if err != nil {
		return errors.Join(append(errs, err)...)
	}
	last, _ := d.time(ctx, sweptAt)
	began := d.Clock()
	listed := map[int64]map[int64]bool{}  // by installation: the repositories that it reaches
	tickets := map[int64][]store.Ticket{} // by repository
	err = d.Store.View(ctx, func(r store.Reader) error {
		all, err := r.Tickets(ctx, 0)
		for _, row := range all {
			row.Data = nil // not needed, and there may be many
			tickets[row.RepositoryID] = append(tickets[row.RepositoryID], row)
		}
		return err
	})
	if err != nil {
		return errors.Join(append(errs, err)...)
	}
	for _, in := range installations {
		if err := d.follow(ctx, in); err != nil {
			return errors.Join(append(errs, err)...)
		}
		if in.State != "active" {
			continue
		}
		repositories, err := from.Repositories(ctx, in.ID)
		if errs = append(errs, err); err == nil {
			listed[in.ID] = map[int64]bool{}
		}
		for _, repository := range repositories {
			listed[in.ID][repository.ID] = true
			errs = append(errs, d.listed(ctx, in.ID, repository, tickets[repository.ID]))
			if repository.Archived {
				continue
			}
			errs = append(errs, d.sweep(ctx, from, in, Place{InstallationID: in.ID, Repository: repository}, !last.IsZero() && began.Sub(last) > longAway))
		}
	}
	if err := errors.Join(append(errs, d.recheck(ctx, listed))...); err != nil {
		return err
	}
	return d.keepTime(ctx, sweptAt, began)
}

// follow stores how an installation stands now, and its tickets say so. What waited for a suspended one, or for a permission,
// goes on when that ends.
func (d *Desk) follow(ctx context.Context, in store.Installation) error {
	return d.update(ctx, func(tx store.Tx) error {
		known, err := tx.Installation(ctx, in.ID)
		if errors.Is(err, store.ErrNotFound) {
			return nil // unknown: its first delivery stores it
		}
		if err != nil {
			return err
		}
		if err := d.granted(ctx, tx, in); err != nil || known.State == in.State {
			return err
		}
		d.Log.WarnContext(ctx, "an installation has changed", "installation", in.ID, "account", in.Account, "was", known.State, "is", in.State)
		known.State, known.RemovedAt = in.State, in.RemovedAt
		if err := tx.PutInstallation(ctx, known); err != nil {
			return err
		}
		text := map[string]string{
			"active": "The App may work here again: work goes on", "suspended": "The App was suspended: nothing is read or written until that ends",
			store.InstallationRemoved: "The App was removed: nothing is read or written any more",
		}[in.State]
		tickets, err := tx.Tickets(ctx, 0)
		if err != nil {
			return err
		}
		for _, row := range tickets {
			if row.InstallationID != in.ID {
				continue
			}
			if err := d.tell(ctx, tx, row.Key, "", "moved", "", text, 0); err != nil {
				return err
			}
			if in.State != "active" {
				continue
			}
			if err := d.resume(ctx, tx, row); err != nil {
				return err
			}
		}
		return nil
	})
}

// redeliver asks for the deliveries again that no attempt has brought here.
func (d *Desk) redeliver(ctx context.Context, from Missable) error {
	cursor, err := d.time(ctx, logCursor)
	if err != nil {
		return err
	}
	log, err := from.Attempts(ctx, cursor.Add(-overlap))
	if err != nil {
		return err
	}
	type state struct {
		newest    int64
		refused   int
		delivered bool
	}
	byGUID := map[string]*state{}
	var order []string
	newest := cursor
	for _, a := range log { // newest first
		s := byGUID[a.GUID]
		if s == nil {
			s = &state{newest: a.ID}
			byGUID[a.GUID] = s
			order = append(order, a.GUID)
		}
		s.delivered = s.delivered || a.Delivered
		if a.Refused { // a full disk, a restart or a network that is down say nothing about the delivery
			s.refused++
		}
		if a.At.After(newest) {
			newest = a.At
		}
	}
	var lost []int64
	for i := len(order) - 1; i >= 0; i-- { // oldest first
		guid, s := order[i], byGUID[order[i]]
		if s.delivered || s.refused >= refusals {
			continue
		}
		err := d.Store.View(ctx, func(r store.Reader) error { _, err := r.Delivery(ctx, guid); return err })
		if err == nil {
			continue // it came, but GitHub did not hear so
		}
		if !errors.Is(err, store.ErrNotFound) {
			return err
		}
		lost = append(lost, s.newest)
	}
	asked, err := AskAgain(ctx, from, lost)
	if asked > 0 {
		d.Log.WarnContext(ctx, "deliveries that did not arrive were asked for again", "deliveries", asked)
	}
	if err != nil {
		return err // the cursor stays, so that the next look asks for the rest
	}
	return d.keepTime(ctx, logCursor, newest)
}

// AskAgain asks for the deliveries of some attempts again and returns how many will come. One that GitHub does not send does not
// hold up the others, except where GitHub wants to be left alone. One that it will never send is not counted as an error.
func AskAgain(ctx context.Context, from interface {
	Redeliver(ctx context.Context, attempt int64) error
}, attempts []int64) (asked int, err error) {
	var errs []error
	for _, id := range attempts {
		switch err := from.Redeliver(ctx, id); {
		case err == nil:
			asked++
		case permanent(err): // the log does not hold it any more
		case later(err) != nil || ctx.Err() != nil:
			return asked, errors.Join(append(errs, err)...)
		default:
			errs = append(errs, err)
		}
	}
	return asked, errors.Join(errs...)
}

// sweep reads one tracker since its cursor.
func (d *Desk) sweep(ctx context.Context, from Missable, in store.Installation, place Place, away bool) error {
	key := sweepCursor(place.Repository.ID)
	since, err := d.time(ctx, key)
	if err != nil {
		return err
	}
	if since.IsZero() {
		if since = d.Clock().Add(-firstLook); in.InstalledAt.After(since) {
			since = in.InstalledAt.Truncate(time.Second)
		}
	}
	// Mostly nothing has changed, and then nobody needs to know the configuration.
	trigger := sync.OnceValues(func() (string, error) {
		settings, err := d.GitHub.Settings(ctx, place)
		if err != nil {
			return "", fmt.Errorf("read the configuration of %s: %w", place.Repository.FullName(), err)
		}
		return settings.Config.Triggers.TriggerLabel, nil
	})
	var failed error
	want := func(t ticket.Ticket) (action, label string) {
		trigger, err := trigger()
		if err == nil {
			action, label, err = d.missed(ctx, t, trigger, in.InstalledAt, away)
		}
		if err != nil {
			failed = err
		}
		return action, label
	}
	hears := func(number int) bool {
		asks, err := d.asks(ctx, store.TicketKey(place.Repository.ID, number))
		if err != nil {
			failed = err
		}
		return asks
	}
	found, newest, err := from.Changes(ctx, place, since, want, hears)
	if err = errors.Join(err, failed); err != nil {
		return err
	}
	for _, delivery := range found {
		if _, err := d.Store.Ingest(ctx, delivery, intake.Mailbox(delivery)); err != nil {
			return err
		}
	}
	return d.keepTime(ctx, key, newest)
}

// asks reports whether a ticket's customer is asked something, so that any comment may be the answer.
func (d *Desk) asks(ctx context.Context, key string) (yes bool, err error) {
	err = d.Store.View(ctx, func(r store.Reader) error {
		_, data, err := d.remembered(ctx, r, key)
		yes = data.Asked != nil
		if errors.Is(err, store.ErrNotFound) {
			return nil
		}
		return err
	})
	return yes, err
}

// missed says as what an issue that has changed must be told, "" where OiOi knows all that matters of it.
func (d *Desk) missed(ctx context.Context, t ticket.Ticket, trigger string, installedAt time.Time, away bool) (action, label string, err error) {
	key := store.TicketKey(t.Repository.ID, t.Number)
	err = d.Store.View(ctx, func(r store.Reader) error {
		row, err := r.Ticket(ctx, key)
		known := err == nil
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return err
		}
		if known {
			why, err := value(ctx, r, ticketHoldKey(key))
			if err != nil || gone(why) {
				return err
			}
			if t.Locked != (why != "") {
				action = map[bool]string{true: "locked", false: "unlocked"}[t.Locked]
				return nil
			}
			data, err := decode[ticketData](row.Data)
			if err != nil {
				return err
			}
			if action = toldClosed(t, data); action != "" {
				return nil
			}
		}
		outbox, err := r.Effects(ctx, key)
		if err != nil || under(row.Status) || first(outbox, false) != nil {
			return err
		}
		data, err := decode[ticketData](row.Data)
		if err != nil {
			return err
		}
		switch {
		case trigger != "" && t.HasLabel(trigger) && !data.LabelLeft:
			action, label = "labeled", trigger // OiOi takes it off when it has seen it
		case !known || data.RunID == "":
			if !t.CreatedAt.Before(installedAt.Truncate(time.Second)) {
				action = "opened"
			}
		case away:
			run, err := r.Run(ctx, data.RunID)
			if err != nil {
				return err
			}
			before, err := decode[Run](run.Data)
			if err != nil {
				return err
			}
			if before.Ticket.Title != t.Title || before.Ticket.Body != t.Body {
				action = "edited"
			}
		}
		return nil
	})
	return action, label, err
}

// time reads a cursor; zero where there is none.
func (d *Desk) time(ctx context.Context, key string) (at time.Time, err error) {
	err = d.Store.View(ctx, func(r store.Reader) error {
		text, err := r.Value(ctx, key)
		if err == nil {
			at, err = time.Parse(cursorFmt, text)
		}
		return err
	})
	if errors.Is(err, store.ErrNotFound) {
		err = nil
	}
	return at, err
}

func (d *Desk) keepTime(ctx context.Context, key string, at time.Time) error {
	text := at.UTC().Format(cursorFmt)
	return d.Store.Update(ctx, func(tx store.Tx) error { return tx.PutValue(ctx, key, text) })
}
