package desk

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/riverqueue/river/rivertype"

	"github.com/oioi-app/oioi/app/store"
	"github.com/oioi-app/oioi/workflow"
)

// step does the next short piece of a run. It reads where the run stands, works without any transaction open, and
// commits what came of it only if the ticket has not moved on meanwhile.
func (d *Desk) step(ctx context.Context, args StepArgs, job *rivertype.JobRow) error {
	run, row, err := d.load(ctx, args)
	if errors.Is(err, store.ErrStale) {
		return d.drop(ctx, job)
	}
	if err != nil {
		return err
	}
	data, err := decode[runData](run.Data)
	if err != nil {
		return err
	}
	if data.Seq != args.Seq {
		return d.drop(ctx, job) // this piece is done already
	}
	var out piece
	switch run.Status {
	case runGathering:
		out, err = d.gather(ctx, data)
	case runWorking:
		out, err = d.advance(ctx, row, data, job)
	default:
		return d.drop(ctx, job)
	}
	if err != nil {
		if wait := later(err); wait != nil {
			return wait
		}
		return err
	}
	err = d.update(ctx, func(tx store.Tx) error {
		// The answer is kept even where the run is stale by now: nobody pays for it again.
		if out.answer != nil {
			if err := tx.PutAnswer(ctx, *out.answer); err != nil {
				return err
			}
		}
		if err := tx.CompleteJob(ctx, job); err != nil {
			return err
		}
		current, err := tx.Ticket(ctx, run.TicketKey)
		if err != nil {
			return err
		}
		if current.Generation != args.Generation {
			return nil
		}
		return d.commit(ctx, tx, current, run, out)
	})
	return err
}

// piece is what one step job made: the run as it stands after it.
type piece struct {
	status string
	data   runData
	answer *store.Answer
	plan   *plan // set when the run is done and its effects are proposed
	events []store.Event
	notice string // a text for the issue, where the run parks
}

func (d *Desk) commit(ctx context.Context, tx store.Tx, row store.Ticket, run store.Run, out piece) error {
	out.data.Seq++
	run.Status, run.Data = out.status, encode(out.data)
	row.Status, row.UpdatedAt = out.status, d.Clock()
	for _, e := range out.events {
		e.TicketKey, e.RunID = row.Key, run.ID
		if e.At.IsZero() {
			e.At = d.Clock()
		}
		if err := tx.AddEvent(ctx, e); err != nil {
			return err
		}
	}
	switch out.status {
	case runGathering, runWorking:
		if err := tx.Enqueue(ctx, StepArgs{RunID: run.ID, Generation: run.Generation, Seq: out.data.Seq}, nil); err != nil {
			return err
		}
	case runParked:
		notice := comment(out.data.Place, row.Number, "notice", out.notice)
		if err := d.propose(ctx, tx, row.Key, run.ID, run.Generation, []effectValue{notice}); err != nil {
			return err
		}
	case runPublishing:
		ticket, err := decode[ticketData](row.Data)
		if err != nil {
			return err
		}
		ticket.Drafts = out.plan.draft
		row.Data = encode(ticket)
		if err := d.proposePlan(ctx, tx, row.Key, run.ID, run.Generation, out.plan); err != nil {
			return err
		}
	}
	if err := tx.PutRun(ctx, run); err != nil {
		return err
	}
	return tx.PutTicket(ctx, row)
}

// load reads the run and its ticket; ErrStale where the ticket has moved on.
func (d *Desk) load(ctx context.Context, args StepArgs) (run store.Run, row store.Ticket, err error) {
	err = d.Store.View(ctx, func(r store.Reader) error {
		if run, err = r.Run(ctx, args.RunID); err != nil {
			return err
		}
		row, err = r.Ticket(ctx, run.TicketKey)
		return err
	})
	if err == nil && row.Generation != args.Generation {
		err = store.ErrStale
	}
	return run, row, err
}

// drop completes a job that has nothing to do any more.
func (d *Desk) drop(ctx context.Context, job *rivertype.JobRow) error {
	return d.update(ctx, func(tx store.Tx) error { return tx.CompleteJob(ctx, job) })
}

func (d *Desk) gather(ctx context.Context, data runData) (piece, error) {
	began := d.Clock()
	gathered, err := d.Engine.Gather(ctx, data.Place, data.Ticket, data.Settings)
	if err != nil {
		return piece{}, fmt.Errorf("gather evidence: %w", err)
	}
	data.Evidence, data.Commit = gathered.Set, gathered.Commit
	text := fmt.Sprintf("%d pieces of evidence", len(gathered.Set.Items))
	for _, missing := range gathered.Set.Missing {
		text += fmt.Sprintf("; %s did not answer: %s", missing.Source, missing.Reason)
	}
	return piece{status: runWorking, data: data, events: []store.Event{
		{Kind: "gathered", Text: text, Took: d.Clock().Sub(began)},
	}}, nil
}

// modelAttempts is how often a call that failed for a passing reason is tried as a job of its own, beyond the client's
// own retries, before the playbook takes over.
const modelAttempts = 3

func (d *Desk) advance(ctx context.Context, row store.Ticket, data runData, job *rivertype.JobRow) (piece, error) {
	began := d.Clock()
	move := workflow.Next(data.Settings.Definition, data.State)
	switch move := move.(type) {
	case workflow.Ask:
		return d.ask(ctx, data, move, began, job)
	case workflow.Park:
		return d.park(data, move)
	case workflow.Finish:
		return d.finish(ctx, row, data, move, began)
	}
	return piece{}, fmt.Errorf("the workflow made a move that the desk does not know: %T", move)
}

func (d *Desk) ask(ctx context.Context, data runData, ask workflow.Ask, began time.Time, job *rivertype.JobRow) (piece, error) {
	question, err := d.Engine.Compile(data, ask)
	if err != nil {
		return piece{}, err
	}
	if park := workflow.Guard(question.Prompt, data.Settings.Config.Prompt.WarnAboveTokens, data.Confirmed); park != nil {
		return d.parkLong(data, *park, question.Prompt)
	}
	response, paid, err := d.answer(ctx, question, data.Fallback != "")
	if err != nil {
		if d.Engine.Fallback == nil || data.Fallback != "" {
			if job.Attempt < job.MaxAttempts && !permanent(err) {
				return piece{}, err
			}
			return d.park(data, workflow.Park{Kind: workflow.ParkModel, StepID: ask.Step.ID, Reason: err.Error()})
		}
		if job.Attempt < modelAttempts && !permanent(err) {
			return piece{}, err
		}
		data.Fallback = err.Error()
		return piece{status: runWorking, data: data, events: []store.Event{
			{Kind: "fallback", StepID: ask.Step.ID, Text: "The model does not answer, so the playbooks draft: " + err.Error(), Took: d.Clock().Sub(began)},
		}}, nil
	}
	events := d.Engine.Take(&data, ask, question, response)
	for i := range events {
		events[i].Took = d.Clock().Sub(began)
	}
	out := piece{status: runWorking, data: data, events: events}
	if paid {
		out.answer = &store.Answer{InputHash: question.Hash, Data: encode(response), CreatedAt: d.Clock()}
	}
	return out, nil
}

// answer returns the stored answer to this exact question, or asks the model.
func (d *Desk) answer(ctx context.Context, q Question, fallback bool) (response Response, paid bool, err error) {
	var stored store.Answer
	err = d.Store.View(ctx, func(r store.Reader) error {
		stored, err = r.Answer(ctx, q.Hash)
		return err
	})
	switch {
	case err == nil:
		response, err = decode[Response](stored.Data)
		return response, false, err
	case !errors.Is(err, store.ErrNotFound):
		return response, false, err
	}
	response, err = d.Engine.Complete(ctx, q, fallback)
	return response, err == nil, err
}

func (d *Desk) park(data runData, park workflow.Park) (piece, error) {
	data.Parked = &park
	body, err := d.Engine.ParkNotice(data, park)
	return piece{status: runParked, data: data, notice: body, events: []store.Event{
		{Kind: "parked", StepID: park.StepID, Text: park.Reason},
	}}, err
}

func (d *Desk) parkLong(data runData, park workflow.Park, prompt workflow.Prompt) (piece, error) {
	data.Parked = &park
	body, err := d.Engine.LongPromptNotice(data, prompt)
	return piece{status: runParked, data: data, notice: body, events: []store.Event{
		{Kind: "parked", StepID: park.StepID, Text: park.Reason},
	}}, err
}
