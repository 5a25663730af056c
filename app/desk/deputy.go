package desk

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"github.com/oioi-app/oioi/app/store"
	"github.com/oioi-app/oioi/workflow/effect"
	"github.com/oioi-app/oioi/workflow/ticket"
)

// Called is the newest call of a level of the escalation ladder.
type Called struct {
	Level int                `json:"level"` // counted from 1
	At    time.Time          `json:"at"`
	Due   time.Time          `json:"due"`          // until then the target has to answer
	In    *ticket.Repository `json:"in,omitempty"` // of the internal issue that it stands on
	Over  string             `json:"over,omitempty"`
}

// CalledArgs is the job that looks, when a level's time is up, whether somebody has answered its call, and calls its deputy once
// where nobody has.
type CalledArgs struct {
	TicketKey string `json:"ticket_key"`
	Level     int    `json:"level"`
}

// Kind names the job in the queue.
func (CalledArgs) Kind() string { return "called" }

type calledWorker struct {
	river.WorkerDefaults[CalledArgs]
	desk *Desk
}

func (w *calledWorker) Work(ctx context.Context, job *river.Job[CalledArgs]) (err error) {
	ctx, end := w.desk.begin(ctx, job.JobRow)
	defer func() { end(err) }()
	return waiting(w.desk.called(ctx, job.Args, job.JobRow))
}

// awaitAnswer begins to wait for the answer to a call that stands on GitHub, where its level has a deputy and a time.
func (d *Desk) awaitAnswer(ctx context.Context, tx store.Tx, stored store.Effect, e effect.Effect) error {
	number, _ := strings.CutPrefix(e.Slot, escalationSlots)
	level, err := strconv.Atoi(number)
	if err != nil {
		return nil // another comment, or a deputy's
	}
	row, data, err := d.remembered(ctx, tx, stored.TicketKey)
	if err != nil || data.RunID == "" || data.Called != nil && data.Called.Level >= level {
		return err
	}
	run, err := d.readRun(ctx, tx, data.RunID)
	if err != nil {
		return err
	}
	policy := run.Settings.Config.Policy
	if level > len(policy.Escalation) || policy.Escalation[level-1].Deputy == "" || policy.Escalation[level-1].Within <= 0 {
		return nil
	}
	due, err := policy.Hours.Add(d.Clock(), policy.Escalation[level-1].Within.Hours())
	if err != nil {
		return err
	}
	data.Called = &Called{Level: level, At: d.Clock(), Due: due, In: e.In}
	row.Data = encode(data)
	if err := tx.PutTicket(ctx, row); err != nil {
		return err
	}
	return tx.Enqueue(ctx, CalledArgs{TicketKey: row.Key, Level: level}, d.dueAt(due))
}

func (d *Desk) called(ctx context.Context, args CalledArgs, job *rivertype.JobRow) error {
	look := look{args.TicketKey, job, func(_ store.Reader, data ticketData) (due time.Time, err error) {
		if data.Called != nil && data.Called.Level == args.Level && data.Called.Over == "" {
			due = data.Called.Due
		}
		return due, nil
	}}
	row, data, ready, err := d.ready(ctx, look)
	if !ready {
		return err
	}
	place := placeOf(row)
	snapshot, err := d.GitHub.Ticket(ctx, place, row.Number)
	if err != nil {
		return err
	}
	inside, err := d.draftIn(ctx, place, data.Called.In, data.Issue)
	if err != nil {
		return err
	}
	settings, err := d.GitHub.Settings(ctx, place)
	if err != nil {
		return fmt.Errorf("read the repository's configuration: %w", err)
	}
	answered := snapshot.State == "closed" || answeredSince(snapshot, data.Called.At) ||
		answeredSince(ticket.Ticket{Author: ticket.Person{ID: -1}, Comments: inside}, data.Called.At)
	return d.looked(ctx, look, func(tx store.Tx, row store.Ticket, data ticketData) error {
		ladder := settings.Config.Policy.Escalation
		var call []effect.Effect
		switch {
		case answered:
			data.Called.Over = "somebody has answered"
		case args.Level > len(ladder) || ladder[args.Level-1].Deputy == "":
			data.Called.Over = "nobody has answered, and the level has no deputy any more"
		default:
			level := ladder[args.Level-1]
			data.Called.Over = "nobody has answered in time, so the deputy was called"
			text := level.Deputy + ", this ticket needs you."
			if row.Private || data.Called.In != nil {
				text = fmt.Sprintf("%s, this ticket needs you: %s was called, and nobody has answered in time.", level.Deputy, effect.Code(level.Name))
			}
			call = append(call, comment(place, row.Number, deputySlot(args.Level), text).Inside(data.Called.In))
		}
		row.Data, row.UpdatedAt = encode(data), d.Clock()
		if err := tx.PutTicket(ctx, row); err != nil {
			return err
		}
		if err := d.tell(ctx, tx, row.Key, data.RunID, "escalated", "", "The call of level "+strconv.Itoa(args.Level)+": "+data.Called.Over, 0); err != nil {
			return err
		}
		if err := d.proposeFor(ctx, tx, forTeam, row.Key, data.RunID, row.Generation, call, asksAfterSend(data.Approve)); err != nil {
			return err
		}
		return d.showStatus(ctx, tx, forTeam, row.Key)
	})
}

// escalationSlots begins the slots of the calls of the escalation ladder.
const escalationSlots = "escalation/"

// escalationSlot is where a level of the ladder is called, counted from 1.
func escalationSlot(level int) string { return escalationSlots + strconv.Itoa(level) }

// deputySlot is where its deputy is.
func deputySlot(level int) string { return escalationSlot(level) + "/deputy" }
