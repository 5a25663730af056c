package desk

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"github.com/oioi-app/oioi/app/store"
	"github.com/oioi-app/oioi/workflow/effect"
	"github.com/oioi-app/oioi/workflow/ticket"
)

// errMore rolls a mailbox pass back: something came in while it was deciding.
var errMore = errors.New("the inbox has grown")

// mailbox handles everything that is new for one ticket in one pass. It decides with network reads first, then writes
// the decision in one transaction that begins by completing the job. If a delivery came in meanwhile, the transaction
// is rolled back and the pass starts again with all of them: a burst becomes one decision.
func (d *Desk) mailbox(ctx context.Context, key string, job *rivertype.JobRow) error {
	for {
		var inbox []store.Delivery
		var row store.Ticket
		var installation store.Installation
		var held string
		err := d.Store.View(ctx, func(r store.Reader) (err error) {
			if inbox, err = r.Inbox(ctx, key); err != nil || len(inbox) == 0 {
				return err
			}
			if row, err = r.Ticket(ctx, key); err != nil && !errors.Is(err, store.ErrNotFound) {
				return err
			}
			if installation, err = r.Installation(ctx, inbox[0].InstallationID); errors.Is(err, store.ErrNotFound) {
				err = nil
			}
			if err != nil || row.Key == "" {
				return err
			}
			held, err = onHold(ctx, r, key, row.InstallationID, row.RepositoryID)
			return err
		})
		all := len(inbox)
		if err == nil && gone(held) {
			return d.ignore(ctx, key, job, held)
		}
		if err == nil && held != "" && all > 0 {
			if inbox = lifeOf(inbox); len(inbox) == 0 {
				return d.rest(ctx, key, held)
			}
		}
		if err != nil {
			return fmt.Errorf("read the inbox of %s: %w", key, err)
		}
		if row.Key == "" && len(inbox) > 0 {
			if elsewhere, err := d.refile(ctx, key, job); elsewhere || err != nil {
				return err
			}
		}
		events, notes := d.openAll(ctx, inbox)
		verdict, err := d.decide(ctx, key, row, installation, events)
		if err != nil {
			if wait := later(err); wait != nil {
				return wait
			}
			if (elsewhere(err) || denied(err)) && row.Key != "" {
				if changed, err := d.followRepository(ctx, placeOf(row)); changed && err == nil {
					continue
				}
			}
			if permanent(err) { // it will be the same in a second; a change of the repository or the App wakes it
				d.log(key).ErrorContext(ctx, "deliveries wait: what they are about cannot be read", "deliveries", len(inbox), "error", err)
				return river.JobSnooze(heldAgain)
			}
			return fmt.Errorf("decide what %d deliveries mean for %s: %w", len(inbox), key, err)
		}
		if verdict.start != nil {
			verdict.start.Delivery = inbox[len(inbox)-1].ID
		}
		var generation int64
		err = d.update(ctx, func(tx store.Tx) error {
			if err := tx.CompleteJob(ctx, job); err != nil {
				return err
			}
			now, err := tx.Inbox(ctx, key)
			if err != nil {
				return err
			}
			if len(now) != all {
				return errMore
			}
			for _, delivery := range inbox {
				state, note := store.DeliveryDone, ""
				if problem, failed := notes[delivery.ID]; failed {
					state, note = store.DeliveryFailed, problem
				}
				if err := tx.MarkDelivery(ctx, delivery.ID, state, note); err != nil {
					return err
				}
			}
			generation, err = d.record(ctx, tx, key, verdict)
			return err
		})
		if errors.Is(err, errMore) {
			continue
		}
		if err == nil {
			d.turns.overtake(key, generation)
		}
		return err
	}
}

// ignore puts away what comes in for a ticket that there is no more.
func (d *Desk) ignore(ctx context.Context, key string, job *rivertype.JobRow, why string) error {
	return d.update(ctx, func(tx store.Tx) error {
		if err := tx.CompleteJob(ctx, job); err != nil {
			return err
		}
		inbox, err := tx.Inbox(ctx, key)
		for _, delivery := range inbox {
			if err := tx.MarkDelivery(ctx, delivery.ID, store.DeliveryIgnored, why); err != nil {
				return err
			}
		}
		return err
	})
}

// openAll reads the deliveries. One that cannot be read is noted and kept, and does not hold up the others.
func (d *Desk) openAll(ctx context.Context, inbox []store.Delivery) (events []ticket.Event, notes map[string]string) {
	notes = map[string]string{}
	for _, delivery := range inbox {
		found, err := d.Open(ctx, delivery)
		if err != nil {
			notes[delivery.ID] = err.Error()
			d.Log.ErrorContext(ctx, "a delivery cannot be read; it is kept", "delivery", delivery.ID, "event", delivery.Event, "error", err)
			continue
		}
		events = append(events, found...)
	}
	return events, notes
}

// verdict is what a mailbox pass decided.
type verdict struct {
	place        Place
	number       int
	title        string
	author       ticket.Person
	start        *Run         // a new run, or nil
	explain      func(string) // answers the command that a rerun begins with
	confirm      *Chosen      // what is done with the long prompt that waits
	rule         *Rule        // the repository's, from now on
	cancel       string       // who cancelled, or ""
	ended        string       // why a run that OiOi began by itself ends, or ""
	gone         string       // why there is nothing to work on any more, or ""
	lived        *string      // why the ticket waits from now on; "": it waits no more; nil: no change
	held         bool         // nothing begins by itself
	change       []func(*ticketData)
	decisions    []decision
	show         bool // the draft's status has something new to say
	judge        bool // whether a closed ticket's resolution can be proved is looked at
	wake         bool // the outbox has something to do again
	effects      []effect.Effect
	events       []store.Event
	waits        int                 // the priority of the most urgent person whom this pass answers; 0: it answers nobody
	touched      bool                // whether the ticket is ours at all: an event that means nothing leaves no row
	mistakes     string              // digest of the configuration mistakes that this pass reports
	privacy      string              // digest of what the reporter is asked to revoke and delete
	read         []string            // the comments with commands, and the closings of pull requests, that this pass has read
	installation *store.Installation // to be stored, where it was not known yet
}

// record writes a verdict and returns the ticket's generation after it. Everything of it commits, or nothing.
func (d *Desk) record(ctx context.Context, tx store.Tx, key string, v verdict) (int64, error) {
	if v.installation != nil {
		if err := tx.PutInstallation(ctx, *v.installation); err != nil {
			return 0, err
		}
	}
	for _, key := range v.read {
		if err := tx.PutValue(ctx, key, d.Clock().UTC().Format(time.RFC3339)); err != nil {
			return 0, err
		}
	}
	if !v.touched {
		return 0, nil
	}
	now := d.Clock()
	row, err := tx.Ticket(ctx, key)
	if errors.Is(err, store.ErrNotFound) {
		row = store.Ticket{Key: key, Number: v.number, Status: "seen"}
	} else if err != nil {
		return 0, err
	}
	data, err := decode[ticketData](row.Data)
	if err != nil {
		return 0, err
	}
	data.Shape = shape
	if v.author.ID != 0 {
		data.Author = v.author
	}
	if v.mistakes != "" {
		data.Mistakes = v.mistakes
	}
	if v.privacy != "" {
		data.Privacy = v.privacy
	}
	for _, change := range v.change {
		change(&data)
	}
	if row.RepositoryID == 0 {
		row.InstallationID, row.RepositoryID = v.place.InstallationID, v.place.Repository.ID
		row.Owner, row.Name, row.Private = v.place.Repository.Owner, v.place.Repository.Name, v.place.Repository.Private
	} else if v.start != nil { // a run begins with the repository as it was read just now
		for _, text := range place(&row, v.place.Repository, v.place.InstallationID) {
			v.events = append(v.events, store.Event{Kind: "moved", Text: text})
		}
	}
	row.UpdatedAt = now
	if v.title != "" {
		row.Title = v.title
	}

	if v.cancel != "" || v.ended != "" || v.gone != "" || v.start != nil {
		status, why := runSuperseded, "a newer run began"
		if v.ended != "" {
			status, why = runCancelled, v.ended
		}
		if v.cancel != "" {
			status, why = runCancelled, "cancelled by @"+v.cancel
		}
		if v.gone != "" {
			status, why = runCancelled, v.gone
		}
		if err := d.end(ctx, tx, &row, data.RunID, status, why); err != nil {
			return 0, err
		}
	}
	if v.gone != "" {
		if err := d.dropAll(ctx, tx, key, v.gone); err != nil {
			return 0, err
		}
	}
	if v.start != nil {
		row.Generation++
		data.RunID = fmt.Sprintf("%s/%d", key, row.Generation)
		v.start.Asked, data.Asked = data.WasAsked, nil
		v.start.Replied = data.Sent != nil && data.Sent.By == ""
		data.Skipped, data.LabelLeft = "", false
		if data.Alone++; v.start.By != "" {
			data.Alone, v.start.Anew = 0, data.RunID
		}
		if err := d.keepSettings(ctx, tx, v.start); err != nil {
			return 0, err
		}
		run := store.Run{ID: data.RunID, TicketKey: key, Generation: row.Generation, Status: v.start.begins(), StartedAt: now, Data: encode(v.start), Keeps: v.start.SettingsID}
		row.Status = run.Status
		if err := tx.PutRun(ctx, run); err != nil {
			return 0, err
		}
		when := v.start.urgency()
		if v.start.Reason == reasonEdited || v.start.Reason == reasonAnswered {
			when.ScheduledAt = now.Add(d.SettleTime)
		}
		if err := tx.Enqueue(ctx, StepArgs{RunID: run.ID, Generation: run.Generation}, when); err != nil {
			return 0, err
		}
		if err := d.tell(ctx, tx, key, run.ID, "started", "", startText(v.start), 0); err != nil {
			return 0, err
		}
	}
	if v.rule != nil {
		if err := tx.PutValue(ctx, ruleKey(row.RepositoryID), string(encode(v.rule))); err != nil {
			return 0, err
		}
	}
	if v.confirm != nil {
		if err := d.confirm(ctx, tx, &row, &data, *v.confirm); err != nil {
			return 0, err
		}
	}
	if err := d.decideOn(ctx, tx, key, v.decisions); err != nil {
		return 0, err
	}
	if v.wake && row.Status == ticketHeld {
		run, err := tx.Run(ctx, data.RunID)
		if err != nil {
			return 0, err
		}
		row.Status = run.Status
	}
	if v.wake {
		if err := tx.Enqueue(ctx, EffectsArgs{TicketKey: key}, onePerTicket); err != nil {
			return 0, err
		}
	}
	for _, e := range v.events {
		if e.At = now; e.TicketKey == "" {
			e.TicketKey, e.RunID = key, data.RunID
		} else if _, err := tx.Ticket(ctx, e.TicketKey); errors.Is(err, store.ErrNotFound) {
			continue // it was forgotten
		} else if err != nil {
			return 0, err
		}
		if err := tx.AddEvent(ctx, e); err != nil {
			return 0, err
		}
	}
	if err := d.proposeFor(ctx, tx, v.priority(), key, data.RunID, row.Generation, v.effects, nil); err != nil {
		return 0, err
	}
	row.Data = encode(data)
	if err := tx.PutTicket(ctx, row); err != nil {
		return 0, err
	}
	if len(v.decisions) > 0 || v.show {
		if err := d.showStatus(ctx, tx, forTeam, key); err != nil {
			return 0, err
		}
	}
	if v.judge {
		if err := tx.Enqueue(ctx, ResolutionArgs{TicketKey: key}, &river.InsertOpts{MaxAttempts: store.TryForDays}); err != nil {
			return 0, err
		}
	}
	if v.lived == nil {
		return row.Generation, nil
	}
	if err := tx.PutValue(ctx, ticketHoldKey(key), *v.lived); err != nil || *v.lived != "" {
		return row.Generation, err
	}
	return row.Generation, d.resume(ctx, tx, row)
}

func startText(run *Run) string {
	text := "Work begins: " + run.Reason
	if run.By != "" {
		text += " by @" + run.By
	}
	return text
}

// end closes the run that is under way, if there is one, and raises the generation so that its jobs find themselves stale.
func (d *Desk) end(ctx context.Context, tx store.Tx, row *store.Ticket, runID, status, why string) error {
	if runID == "" {
		return nil
	}
	run, err := tx.Run(ctx, runID)
	if err != nil {
		return err
	}
	if !under(run.Status) && run.Status != runParked {
		return nil
	}
	row.Generation++
	row.Status, run.Status, run.FinishedAt = status, status, d.Clock()
	if err := tx.PutRun(ctx, run); err != nil {
		return err
	}
	if err := d.dropPlan(ctx, tx, row.Key, why, func(e store.Effect) bool { return e.RunID == runID }); err != nil {
		return err
	}
	return d.tell(ctx, tx, row.Key, run.ID, status, "", why, 0)
}

// tell adds a line to the ticket's timeline.
func (d *Desk) tell(ctx context.Context, tx store.Tx, key, runID, kind, stepID, text string, took time.Duration) error {
	return tx.AddEvent(ctx, store.Event{TicketKey: key, RunID: runID, At: d.Clock(), Kind: kind, StepID: stepID, Text: text, Took: took})
}
