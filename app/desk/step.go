package desk

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"github.com/oioi-app/oioi/app/config"
	"github.com/oioi-app/oioi/app/model"
	"github.com/oioi-app/oioi/app/store"
	"github.com/oioi-app/oioi/workflow"
	"github.com/oioi-app/oioi/workflow/effect"
	"github.com/oioi-app/oioi/workflow/ticket"
)

// stepTurn is how long a job goes on with the next piece of its run. Pieces that take long are a job each, so that tickets
// take turns; the quick ones of a playbook are not worth a job each.
const stepTurn = time.Second

// step does the next short piece of a run, and the pieces after it while its turn lasts. It reads where the run stands,
// works without any transaction open, and commits what came of each piece only if the ticket has not moved on meanwhile.
func (d *Desk) step(ctx context.Context, args StepArgs, job *rivertype.JobRow) error {
	key := args.RunID[:max(0, strings.LastIndexByte(args.RunID, '/'))] // a run's id is its ticket's key and a generation
	mine, release, err := d.turns.take(ctx, key, args.Generation)
	if errors.Is(err, errOvertaken) {
		return d.drop(ctx, job)
	}
	if err != nil {
		return err
	}
	defer release()
	run, data, row, why, err := d.load(ctx, args)
	if errors.Is(err, store.ErrStale) {
		return d.drop(ctx, job)
	}
	if err != nil {
		return err
	}
	if data.Seq != args.Seq && data.Job != job.ID {
		return d.drop(ctx, job) // this piece is done already, and another job does the next
	}
	if why != "" {
		return d.rest(ctx, row.Key, why)
	}
	for until := d.Clock().Add(stepTurn); ; {
		out, err := d.piece(mine, run, data, row)
		if err != nil {
			return err
		}
		if out == nil {
			return d.drop(ctx, job)
		}
		// A job that had to be tried again leaves the next piece to a new one, whose attempts are counted anew.
		goOn := under(out.status) && out.plan == nil && out.wait == 0 && job.Attempt == 1 && d.Clock().Before(until)
		var stale bool
		ctx := context.WithoutCancel(ctx) // what is made is kept, also where its job's time is up
		err = d.update(ctx, func(tx store.Tx) error {
			// The answer is kept even where the run is stale by now: nobody pays for it again.
			if out.answer != nil {
				out.answer.TicketKey = run.TicketKey
				if err := tx.PutAnswer(ctx, *out.answer); err != nil {
					return err
				}
				if err := out.paid.settle(ctx, tx); err != nil {
					return err
				}
			}
			current, err := tx.Ticket(ctx, run.TicketKey)
			if err != nil {
				return err
			}
			stale = current.Generation != args.Generation
			if goOn && !stale {
				if why, err = onHold(ctx, tx, current.Key, current.InstallationID, current.RepositoryID); err != nil {
					return err
				}
			}
			sleeps := out.wait > 0 && !stale
			if goOn = goOn && !stale && why == ""; !goOn && !sleeps {
				if err := tx.CompleteJob(ctx, job); err != nil {
					return err
				}
			}
			if stale {
				return nil
			}
			if !sleeps {
				out.data.Seq++
			}
			if out.data.Job = 0; goOn || sleeps {
				out.data.Job = job.ID
			}
			run, row, err = d.commit(ctx, tx, current, run, *out)
			return err
		})
		if err == nil && out.wait > 0 && !stale {
			return river.JobSnooze(out.wait)
		}
		if err != nil || !goOn {
			return err
		}
		data = out.data
	}
}

// piece does one piece. It returns nil where there is nothing to do any more.
func (d *Desk) piece(mine context.Context, run store.Run, data Run, row store.Ticket) (*piece, error) {
	var out piece
	var err error
	switch run.Status {
	case runGathering:
		out, err = d.gather(mine, data)
	case runWorking:
		out, err = d.advance(mine, row, data)
	default:
		return nil, nil
	}
	if err == nil {
		return &out, nil
	}
	if movedOn(mine) {
		return nil, nil
	}
	if wait := later(err); wait != nil {
		return nil, wait
	}
	return nil, err
}

// piece is what one step job made: the run as it stands after it.
type piece struct {
	status string
	data   Run
	answer *store.Answer
	paid   *Paid // what the answer cost; nil for nothing
	plan   *Plan // set when the run is done and its effects are proposed
	events []store.Event
	notice string // a text for the issue, where the run parks

	skipped string        // why a finished run shows nothing
	closed  bool          // it is because the ticket is closed
	wait    time.Duration // until the same piece is tried again; 0 where it is done
}

// commit writes down what a piece made. The next piece is a job of its own, unless this one goes on with it.
func (d *Desk) commit(ctx context.Context, tx store.Tx, row store.Ticket, run store.Run, out piece) (store.Run, store.Ticket, error) {
	run.Status, run.Data = out.status, encode(out.data)
	row.Status, row.UpdatedAt = out.status, d.Clock()
	for _, e := range out.events {
		e.TicketKey, e.RunID = row.Key, run.ID
		if e.At.IsZero() {
			e.At = d.Clock()
		}
		if err := tx.AddEvent(ctx, e); err != nil {
			return run, row, err
		}
	}
	switch out.status {
	case runGathering, runWorking:
		if out.data.Job != 0 {
			break
		}
		if err := tx.Enqueue(ctx, StepArgs{RunID: run.ID, Generation: run.Generation, Seq: out.data.Seq}, out.data.urgency()); err != nil {
			return run, row, err
		}
	case runParked:
		slot := "notice"
		if out.data.Long != nil { // a question of its own, which somebody should hear of
			slot = fmt.Sprintf("notice/%d", run.Generation)
		}
		notices := []effect.Effect{comment(out.data.Place, row.Number, slot, out.notice).Inside(out.data.Inside)}
		if out.data.Inside != nil {
			notices = append([]effect.Effect{effect.Internal(out.data.Ticket, out.data.Inside, out.data.Settings.Config.Labels.Prefix)}, notices...)
		}
		if long := out.data.Long; long != nil {
			if err := tx.Enqueue(ctx, ExpireArgs{TicketKey: row.Key, RunID: run.ID}, d.dueAt(long.Expires)); err != nil {
				return run, row, err
			}
		}
		if err := d.proposeFor(ctx, tx, out.data.priority(), row.Key, run.ID, run.Generation, notices, nil); err != nil {
			return run, row, err
		}
	case runFinished:
		ticket, err := decode[ticketData](row.Data)
		if err != nil {
			return run, row, err
		}
		ticket.Skipped, run.FinishedAt = out.skipped, d.Clock()
		if out.closed {
			ticket.cutOff(d.Clock())
		}
		row.Data = encode(ticket)
	case runPublishing:
		ticket, err := decode[ticketData](row.Data)
		if err != nil {
			return run, row, err
		}
		if ticket.Alone++; out.data.By != "" {
			ticket.Alone = 0
		}
		ticket.Drafts, ticket.Approve, ticket.ByHand = out.plan.Draft, out.plan.Approve, ""
		row.Data = encode(ticket)
		if err := d.proposePlan(ctx, tx, out.data.priority(), row.Key, run.ID, run.Generation, out.plan); err != nil {
			return run, row, err
		}
	}
	if err := tx.PutRun(ctx, run); err != nil {
		return run, row, err
	}
	return run, row, tx.PutTicket(ctx, row)
}

// load reads the run and its ticket; ErrStale where the ticket has moved on. Why says that nothing can be done now.
func (d *Desk) load(ctx context.Context, args StepArgs) (run store.Run, data Run, row store.Ticket, why string, err error) {
	err = d.Store.View(ctx, func(r store.Reader) error {
		if run, err = r.Run(ctx, args.RunID); err != nil {
			return err
		}
		if row, err = r.Ticket(ctx, run.TicketKey); err != nil {
			return err
		}
		if row.Generation != args.Generation {
			return store.ErrStale
		}
		if data, err = decode[Run](run.Data); err != nil {
			return err
		}
		// A repository that was renamed or moved is followed by its id.
		data.Place.InstallationID, data.Place.Repository.Owner, data.Place.Repository.Name = row.InstallationID, row.Owner, row.Name
		data.Ticket.Repository.Owner, data.Ticket.Repository.Name = row.Owner, row.Name
		if data.Settings, err = d.settingsOf(ctx, r, data.SettingsID); err != nil {
			return err
		}
		why, err = onHold(ctx, r, row.Key, row.InstallationID, row.RepositoryID)
		return err
	})
	return run, data, row, why, err
}

// drop completes a job that has nothing to do any more.
func (d *Desk) drop(ctx context.Context, job *rivertype.JobRow) error {
	return d.update(ctx, func(tx store.Tx) error { return tx.CompleteJob(ctx, job) })
}

func (d *Desk) gather(ctx context.Context, data Run) (piece, error) {
	began := d.Clock()
	gathered, err := d.Engine.Gather(ctx, data.Place, data.Ticket, data.Settings, data.Inside != nil && data.Settings.Definition.AnyInside())
	if err != nil {
		return piece{}, fmt.Errorf("gather evidence: %w", err)
	}
	data.Evidence, data.ForTeam, data.Commit, data.Help, data.Pages, data.Playbooks = gathered.Set, gathered.ForTeam, gathered.Commit, gathered.Help, gathered.Pages, gathered.Playbooks
	data.Signals, data.Risk = gathered.Signals, ticket.Worst(gathered.Signals)
	text := fmt.Sprintf("%d pieces of evidence", len(gathered.Set.Items))
	if n := len(gathered.ForTeam.Items); n > 0 {
		text += fmt.Sprintf(", and %d for the team only", n)
	}
	for _, missing := range gathered.Set.Missing {
		text += fmt.Sprintf("; %s did not answer: %s", missing.Source, missing.Reason)
	}
	events := []store.Event{{Kind: "gathered", Text: text, Took: d.Clock().Sub(began)}}
	if warnings := data.warnings(); len(warnings) > 0 {
		events = append(events, store.Event{Kind: "warned", Text: "This looks like an attempt to give OiOi orders; read the draft with care. " + strings.Join(warnings, "; ")})
	}
	return piece{status: runWorking, data: data, events: events}, nil
}

func (d *Desk) advance(ctx context.Context, row store.Ticket, run Run) (piece, error) {
	began := d.Clock()
	move, before := d.Engine.Next(ctx, &run)
	var out piece
	var err error
	switch move := move.(type) {
	case workflow.Ask:
		out, err = d.ask(ctx, row.Key, run, move, began)
	case workflow.Park:
		out, err = d.park(run, move, workflow.Prompt{})
	case workflow.Finish:
		out, err = d.finish(ctx, row, run, move)
	default:
		err = fmt.Errorf("the workflow made a move that the desk does not know: %T", move)
	}
	out.events = append(before, out.events...)
	return out, err
}

func (d *Desk) ask(ctx context.Context, key string, run Run, ask workflow.Ask, began time.Time) (piece, error) {
	question, chosen, park, err := d.guarded(ctx, key, &run, ask)
	if err != nil {
		return piece{}, err
	}
	if park != nil {
		return d.park(run, *park, question.Request.Prompt)
	}
	response, known, paid, err := d.answer(ctx, run, question)
	if err != nil {
		return d.unanswered(ctx, run, ask, err, began)
	}
	run.Waiting = nil
	events := d.Engine.Take(&run, ask, question, response)
	for i := range events {
		events[i].Took = d.Clock().Sub(began)
		d.Telemetry.Took(events[i].Took, "oioi_step_seconds", "step", ask.Step.ID, "result", events[i].Kind)
	}
	out := piece{status: runWorking, data: run, events: append(chosen, events...)}
	if !known {
		out.paid = paid
		out.answer = &store.Answer{InputHash: question.Hash, Data: encode(response), CreatedAt: d.Clock()}
	}
	return out, nil
}

// limited decides where the budget does not allow the next call: the playbooks draft, or a person is waited for. Either says
// which limit it was and when it starts anew.
func (d *Desk) limited(ctx context.Context, run Run, ask workflow.Ask, reached *Reached, began time.Time) (piece, error) {
	d.Log.WarnContext(ctx, "a limit of the budget stops a run", "step", ask.Step.ID, "limit", reached)
	d.Telemetry.Count("oioi_budget_reached_total", "of", reached.Of, "unit", reached.Unit)
	run.Limit = reached
	if d.Engine.Fallback == nil || run.Fallback != "" || d.Budget.WhenSpent == config.SpentWait {
		return d.park(run, workflow.Park{Kind: workflow.ParkBudget, StepID: ask.Step.ID, Reason: reached.Error()}, workflow.Prompt{})
	}
	run.Fallback = reached.Error()
	return piece{status: runWorking, data: run, events: []store.Event{
		{Kind: "limited", StepID: ask.Step.ID, Text: "The playbooks draft: " + reached.Error(), Took: d.Clock().Sub(began)},
	}}, nil
}

// answer returns the stored answer to this exact question, or asks the model.
func (d *Desk) answer(ctx context.Context, run Run, q Question) (response model.Response, known bool, paid *Paid, err error) {
	if response, known, err = d.Recall(ctx, q.Hash); known || err != nil {
		return response, known, nil, err
	}
	response, paid, err = d.Engine.Complete(ctx, run, q)
	return response, false, paid, err
}

// Recall and Keep make the store the engine's memory.

// Recall returns the stored answer to a question.
func (d *Desk) Recall(ctx context.Context, hash string) (response model.Response, known bool, err error) {
	var stored store.Answer
	err = d.Store.View(ctx, func(r store.Reader) error {
		stored, err = r.Answer(ctx, hash)
		return err
	})
	if errors.Is(err, store.ErrNotFound) {
		return response, false, nil
	}
	if err == nil {
		response, err = decode[model.Response](stored.Data)
	}
	return response, err == nil, err
}

// Keep stores an answer and settles what it cost; it is deleted with the ticket.
func (d *Desk) Keep(ctx context.Context, ticketKey, hash string, response model.Response, paid *Paid) error {
	return d.Store.Update(ctx, func(tx store.Tx) error {
		if err := paid.settle(ctx, tx); err != nil {
			return err
		}
		return tx.PutAnswer(ctx, store.Answer{InputHash: hash, Data: encode(response), CreatedAt: d.Clock(), TicketKey: ticketKey})
	})
}

func (d *Desk) park(run Run, park workflow.Park, prompt workflow.Prompt) (piece, error) {
	run.Parked = &park
	body, err := d.Engine.Notice(run, park, prompt)
	return piece{status: runParked, data: run, notice: body, events: []store.Event{
		{Kind: "parked", StepID: park.StepID, Text: park.Reason},
	}}, err
}
