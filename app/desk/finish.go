package desk

import (
	"context"
	"fmt"
	"slices"

	"github.com/oioi-app/oioi/app/store"
	"github.com/oioi-app/oioi/workflow"
	"github.com/oioi-app/oioi/workflow/effect"
	"github.com/oioi-app/oioi/workflow/ticket"
)

// Why no draft is made of a ticket, or posted of a finished run.
const (
	personIsOnIt = "A person of the team is on it already, or it is closed; no draft unless asked"
	nothingToAdd = "The ticket was edited, and the reply that was sent and its plan still hold: there is nothing to add"
)

// handled reports whether a person has the ticket in hand, so that OiOi drafts only when asked. A command is no answer to the
// customer, but who has given one has seen the ticket: an edit is theirs to look at.
func handled(t ticket.Ticket, reason string) bool {
	return t.State == "closed" || said(t).AnsweredByTeam() || reason == reasonEdited && t.AnsweredByTeam()
}

// finish plans what a finished run does. A run that nobody has asked for says nothing where a person was faster meanwhile, and
// nothing anew where it came to what stands there already.
func (d *Desk) finish(ctx context.Context, row store.Ticket, run Run, move workflow.Finish) (piece, error) {
	began := d.Clock()
	ours, err := decode[ticketData](row.Data)
	if err != nil {
		return piece{}, err
	}
	if run.By == "" {
		now, err := d.GitHub.Ticket(ctx, run.Place, row.Number)
		if err != nil {
			return piece{}, fmt.Errorf("read the ticket: %w", err)
		}
		if handled(now, run.Reason) {
			out := kept(run, personIsOnIt+". The plan that was made meanwhile is kept")
			out.closed = now.State == "closed"
			return out, nil
		}
	}
	var outbox []store.Effect
	err = d.Store.View(ctx, func(r store.Reader) (err error) {
		outbox, err = r.Effects(ctx, row.Key)
		return err
	})
	if err != nil {
		return piece{}, err
	}
	if run.Former, err = d.former(ctx, run, row.Number, ours.Drafts); err != nil {
		return piece{}, err
	}
	before := run
	plan, err := d.Engine.Plan(ctx, &run, move, ours.Drafts+1, outbox)
	if err != nil {
		return piece{}, fmt.Errorf("plan the effects: %w", err)
	}
	standing, err := standingDraft(row, run, ours, outbox)
	if err != nil {
		return piece{}, err
	}
	if run.By == "" && sameDraft(plan, standing) {
		if ours.Sent != nil && ours.Sent.Draft == ours.Drafts {
			return kept(before, nothingToAdd), nil
		}
		run, run.Former = before, nil
		if plan, err = d.Engine.Plan(ctx, &run, move, ours.Drafts, outbox); err != nil {
			return piece{}, fmt.Errorf("plan the effects: %w", err)
		}
		plan.refresh()
	}
	if err := d.askForReview(ctx, run, &plan); err != nil {
		return piece{}, err
	}
	return piece{status: runPublishing, data: run, plan: &plan, events: []store.Event{
		{Kind: "planned", Text: fmt.Sprintf("%d effects planned, %d held back", len(plan.Effects), len(plan.Refused)), Took: d.Clock().Sub(began)},
	}}, nil
}

// kept ends a run whose plan is stored and not shown.
func kept(run Run, why string) piece {
	return piece{status: runFinished, data: run, skipped: why, events: []store.Event{{Kind: "skipped", Text: why}}}
}

// standingDraft is the newest draft that stands on GitHub where this run would show its own; nil: there is none.
func standingDraft(row store.Ticket, run Run, ours ticketData, outbox []store.Effect) (*effect.Effect, error) {
	key := effect.Key(row.RepositoryID, row.Number, effect.KindComment, draftSlot(ours.Drafts))
	i := slices.IndexFunc(outbox, func(e store.Effect) bool { return e.Key == key && e.State == store.EffectDone && len(e.Receipt) > 0 })
	if ours.Drafts == 0 || i < 0 {
		return nil, nil
	}
	e, err := effectOf(outbox[i])
	if err != nil || e.Comment == nil || !sameRepository(e.In, run.Inside) {
		return nil, err
	}
	return &e, nil
}

func draftSlot(number int) string { return fmt.Sprintf("draft/%d", number) }

// sameDraft reports whether a plan's draft says what another one says: the same reply, the same handling plan and checks.
func sameDraft(plan Plan, other *effect.Effect) bool {
	mine := plan.draft()
	if mine == nil || other == nil {
		return false
	}
	is, _ := effect.ReplyOf(mine.Comment.Body)
	was, _ := effect.ReplyOf(other.Comment.Body)
	return is == was && mine.Comment.Plan == other.Comment.Plan && mine.Comment.Plan != ""
}

// draft is the plan's draft comment; nil where the gate holds it back.
func (p Plan) draft() *effect.Effect {
	for i, e := range p.Effects {
		if e.Kind == effect.KindComment && e.Slot == draftSlot(p.Draft) {
			return &p.Effects[i]
		}
	}
	return nil
}

// refresh makes the plan's draft one that is written into the comment that stands already, where nobody is notified.
func (p *Plan) refresh() {
	if e := p.draft(); e != nil {
		e.Comment.Refresh = true
	}
}

// older lists the drafts before a new one that stand, or may come to, and are not folded, the newest first: the last one, and those
// whose folding was dropped with a draft that never came.
func older(outbox []store.Effect, draft int) (out []int, err error) {
	stands, folded := map[string]effect.Receipt{}, map[string]effect.Receipt{}
	for _, stored := range outbox {
		e, receipt, err := recordOf(stored)
		if err != nil {
			return nil, err
		}
		switch {
		case e.Kind == effect.KindComment:
			stands[e.Slot] = receipt
		case e.Kind == effect.KindFold && stored.State == store.EffectDone:
			folded[e.Slot] = receipt
		}
	}
	for n := draft - 1; n > 0 && len(out) < effect.MostFolds; n-- {
		// One that was dropped may have been on its way, and stand a moment later.
		draft, planned := stands[draftSlot(n)]
		if fold, done := folded[draftSlot(n)]; planned && (!done || fold.ID != draft.ID) {
			out = append(out, n)
		}
	}
	return out, nil
}
