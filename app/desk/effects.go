package desk

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/tidwall/gjson"

	"github.com/oioi-app/oioi/app/store"
	"github.com/oioi-app/oioi/app/telemetry"
	"github.com/oioi-app/oioi/templates"
	"github.com/oioi-app/oioi/workflow/effect"
)

// propose writes effects into the outbox and makes sure that a job carries them out, with the priority of who waits for them. An
// effect that stands in the world already keeps its receipt, so that it is updated there and not made again.
func (d *Desk) propose(ctx context.Context, tx store.Tx, priority int, key, runID string, generation int64, effects []effect.Effect) error {
	return d.proposeFor(ctx, tx, priority, key, runID, generation, effects, nil)
}

// proposeFor is propose, but those effects that asks names wait for a person's approval; nil: none does.
func (d *Desk) proposeFor(ctx context.Context, tx store.Tx, priority int, key, runID string, generation int64, effects []effect.Effect, asks func(effect.Effect) bool) error {
	if len(effects) == 0 {
		return nil
	}
	standing, err := tx.Effects(ctx, key)
	if err != nil {
		return err
	}
	restored, err := d.restored(ctx, tx)
	if err != nil {
		return err
	}
	seq, known := 0, map[string]store.Effect{}
	for _, e := range standing {
		seq, known[e.Key] = max(seq, e.Seq), e
	}
	for _, e := range effects {
		e = withoutSecrets(e)
		waits := asks != nil && asks(e)
		if waits && settled(e, standing) {
			continue // nobody is asked twice for the same
		}
		seq++
		stored, here := known[e.Key]
		before, err := effectOf(stored)
		if err != nil {
			return err
		}
		same := before.In != nil && e.In != nil && before.In.ID == e.In.ID // the configuration may name another one since
		if e.Kind == effect.KindInternal && stored.State == store.EffectDone && same {
			continue // it is open already
		}
		if e.Kind == effect.KindInternal && len(stored.Receipt) > 0 && !same {
			stored.Receipt = encode(effect.Receipt{}) // the one that is open stands in another repository
		}
		if !here { // its key may be another ticket's, where an issue was moved
			if stored, err = tx.Effect(ctx, e.Key); err != nil && !errors.Is(err, store.ErrNotFound) {
				return err
			}
		}
		// A dropped one may have been under way when it was dropped.
		unsure := restored || stored.State == store.EffectAttempting || stored.State == store.EffectUnknown || stored.State == store.EffectDropped
		stored.Key, stored.TicketKey, stored.RunID, stored.Generation, stored.Seq = e.Key, key, runID, generation, seq
		stored.State, stored.Data, stored.Note, stored.UpdatedAt = store.EffectProposed, encode(e), "", d.Clock()
		if unsure {
			stored.State = store.EffectAttempting // an earlier attempt may have succeeded: look before making
		}
		if waits {
			stored.State = store.EffectWaiting // what is approved is looked for before it is made
		}
		if err := tx.PutEffect(ctx, stored); err != nil {
			return err
		}
		known[e.Key] = stored
	}
	return tx.Enqueue(ctx, EffectsArgs{TicketKey: key}, posting(priority))
}

// restoredFor is how long after a restore an effect is looked for before it is made: what stands in the world may come from
// the time between the backup and the restore, of which OiOi knows nothing.
const restoredFor = 30 * 24 * time.Hour

func (d *Desk) restored(ctx context.Context, r store.Reader) (bool, error) {
	text, err := r.Value(ctx, store.RestoredKey)
	if errors.Is(err, store.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	at, err := time.Parse(time.RFC3339, text)
	return err != nil || d.Clock().Sub(at) < restoredFor, nil
}

// dropPlan drops what an older plan has proposed and not done. What was under way may stand already: whoever proposes it
// anew looks first.
func (d *Desk) dropPlan(ctx context.Context, tx store.Tx, key, why string, which func(store.Effect) bool) error {
	standing, err := tx.Effects(ctx, key)
	if err != nil {
		return err
	}
	for _, e := range standing {
		if !e.State.Ready() && e.State != store.EffectWaiting || !planned(e) || !which(e) {
			continue
		}
		e.State, e.Note, e.UpdatedAt = store.EffectDropped, why, d.Clock()
		if err := tx.PutEffect(ctx, e); err != nil {
			return err
		}
	}
	return nil
}

// dropAll drops everything that is not done on a ticket that there is no more.
func (d *Desk) dropAll(ctx context.Context, tx store.Tx, key, why string) error {
	standing, err := tx.Effects(ctx, key)
	if err != nil {
		return err
	}
	for _, e := range standing {
		if !e.State.Ready() && e.State != store.EffectWaiting {
			continue
		}
		e.State, e.Note, e.UpdatedAt = store.EffectDropped, why, d.Clock()
		if err := tx.PutEffect(ctx, e); err != nil {
			return err
		}
	}
	return nil
}

// planned reports whether the effect belongs to a run's plan, or is a reply that a person approved: a newer draft replaces
// both. Reactions and answers to commands stand for themselves, and what was begun after a reply is carried through.
func planned(stored store.Effect) bool {
	e, err := effectOf(stored)
	if err != nil {
		return false // it stays, and whoever carries it out says why it cannot be read
	}
	switch e.Kind {
	case effect.KindReaction, effect.KindAssign, effect.KindStatus:
		return false
	case effect.KindComment:
		return strings.HasPrefix(e.Slot, "draft/") || strings.HasPrefix(e.Slot, effect.ReplySlot) || strings.HasPrefix(e.Slot, effect.SlotAnswered)
	}
	return !strings.HasPrefix(e.Slot, sentSlot)
}

// holds reports whether a hold keeps the effect back: all but reactions and answers to commands.
func holds(stored store.Effect) bool {
	e, err := effectOf(stored)
	if err != nil || e.Kind == effect.KindReaction {
		return false
	}
	slot, _, _ := strings.Cut(e.Slot, "/")
	return e.Kind != effect.KindComment || slot != "answer" && slot != "refused"
}

// proposePlan replaces what an older plan of this ticket has not begun yet, records what the gate refused, and proposes
// the new plan.
func (d *Desk) proposePlan(ctx context.Context, tx store.Tx, priority int, key, runID string, generation int64, p *Plan) error {
	err := d.dropPlan(ctx, tx, key, "a newer run replaced it before it began", func(e store.Effect) bool { return e.RunID != runID })
	if err != nil {
		return err
	}
	for _, refusal := range p.Refused {
		if err := d.tell(ctx, tx, key, runID, "refused", "", refusal.What+": "+refusal.Reason, 0); err != nil {
			return err
		}
	}
	return d.proposeFor(ctx, tx, priority, key, runID, generation, p.Effects, asksIn(p.Approve))
}

// effectTries is how often an effect is tried in a row before its job rests and tries again later.
const effectTries = 3

// passing reports whether trying again soon may help.
func passing(err error) bool {
	return err != nil && !permanent(err) && later(err) == nil && !errors.Is(err, errOvertaken)
}

// pause reports whether it could wait that long.
func pause(ctx context.Context, wait time.Duration) bool {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// settle writes down what became of an effect, and what follows from it, for whom the effect was carried out.
func (d *Desk) settle(ctx context.Context, tx store.Tx, priority int, stored store.Effect, e effect.Effect, receipt effect.Receipt, took time.Duration, also ...effect.Effect) error {
	current, err := tx.Effect(ctx, stored.Key)
	if err != nil {
		return err
	}
	if current.Seq != stored.Seq { // proposed anew meanwhile: keep the receipt, do the new one next
		current.Receipt = stored.Receipt
		if current.State == store.EffectAttempting && stored.State == store.EffectDone {
			current.State = store.EffectProposed // whatever else came of it, the new one looks first
		}
		return tx.PutEffect(ctx, current)
	}
	stored.UpdatedAt = d.Clock()
	if err := tx.PutEffect(ctx, stored); err != nil {
		return err
	}
	if stored.State == store.EffectDropped {
		text := "Would have been: " + describe(e, receipt) + " (" + stored.Note + ")"
		if words := wouldBe(e); words != "" {
			text += "\n\n" + words
		}
		d.log(stored.TicketKey, "effect", stored.Key).InfoContext(ctx, "An effect was held back", "what", describe(e, receipt), "why", stored.Note)
		if err := d.tell(ctx, tx, stored.TicketKey, stored.RunID, "held", "", text, 0); err != nil || e.Kind == effect.KindStatus {
			return err
		}
		return d.showStatus(ctx, tx, priority, stored.TicketKey)
	}
	if stored.State == store.EffectDone && e.Kind == effect.KindInternal {
		if err := d.opened(ctx, tx, stored.TicketKey, *e.In, receipt); err != nil {
			return err
		}
	}
	if stored.State == store.EffectDone && e.Pull != nil && receipt.Skipped == "" {
		follows, err := proposed(ctx, tx, stored.TicketKey, e, receipt)
		if err != nil {
			return err
		}
		also = append(also, follows...)
	}
	if stored.State == store.EffectUnknown {
		if err := d.askAPerson(ctx, tx, priority, stored, e); err != nil {
			return err
		}
	}
	if e.Kind == effect.KindReaction || e.Kind == effect.KindStatus {
		if stored.State != store.EffectFailed {
			return nil
		}
		return d.tell(ctx, tx, stored.TicketKey, stored.RunID, "failed", "", describe(e, receipt)+": "+stored.Note, took)
	}
	if e.Assign != nil && e.Assign.Command != 0 && stored.State == store.EffectFailed {
		answer, err := d.unassigned(ctx, tx, stored, e)
		if err != nil {
			return err
		}
		also = append(also, answer)
	}
	if err := d.propose(ctx, tx, priority, stored.TicketKey, stored.RunID, stored.Generation, also); err != nil {
		return err
	}
	if stored.State == store.EffectDone && e.Comment != nil && e.Comment.Approval != nil {
		if err := d.carryThrough(ctx, tx, priority, stored, e, receipt); err != nil {
			return err
		}
	}
	if stored.State == store.EffectDone && strings.HasPrefix(e.Slot, escalationSlots) {
		if err := d.awaitAnswer(ctx, tx, stored, e); err != nil {
			return err
		}
	}
	if stored.State == store.EffectDone && e.Comment != nil && e.Comment.Auto {
		if err := d.sendItself(ctx, tx, priority, stored, e, receipt); err != nil {
			return err
		}
	}
	kind, text := "published", describe(e, receipt)
	switch stored.State {
	case store.EffectWaiting:
		kind, text = "refused", describe(e, receipt)+": the ticket has changed since it was approved, so it waits on"
	case store.EffectUnknown:
		kind, text = "unknown", describe(e, receipt)+": nobody knows whether it reached GitHub: "+stored.Note
	case store.EffectFailed:
		kind, text = "failed", describe(e, receipt)+": "+stored.Note
	}
	if err := d.tell(ctx, tx, stored.TicketKey, stored.RunID, kind, "", text, took); err != nil {
		return err
	}
	return d.showStatus(ctx, tx, priority, stored.TicketKey)
}

// unassigned gives a ticket back to its owner before, where GitHub refuses the one whom a person named, and answers that person.
func (d *Desk) unassigned(ctx context.Context, tx store.Tx, stored store.Effect, e effect.Effect) (effect.Effect, error) {
	text := effect.Code("@"+e.Assign.Login) + " is not assigned: " + effect.SanitizeLine(stored.Note, effect.Allowed{})
	answer := comment(Place{Repository: e.Repository}, e.Number, fmt.Sprintf("answer/%d", e.Assign.Command), text).Inside(e.Assign.CommandIn)
	row, data, err := d.remembered(ctx, tx, stored.TicketKey)
	if err != nil || data.Owner != e.Assign.Login {
		return answer, err
	}
	data.Owner = e.Assign.Before
	row.Data, row.UpdatedAt = encode(data), d.Clock()
	return answer, tx.PutTicket(ctx, row)
}

// stillWanted returns errOvertaken where an effect was dropped or proposed anew since it was begun.
func (d *Desk) stillWanted(ctx context.Context, begun store.Effect) error {
	return d.Store.View(ctx, func(r store.Reader) error {
		current, err := r.Effect(ctx, begun.Key)
		if err == nil && (current.Seq != begun.Seq || current.State != store.EffectAttempting) {
			return errOvertaken
		}
		return err
	})
}

// unsure starts the slot of the comment that asks a person about an effect.
const unsure = "unsure/"

func asksAPerson(e effect.Effect) bool { return strings.HasPrefix(e.Slot, unsure) }

// askAPerson proposes a comment that says what nobody knows and what to do.
func (d *Desk) askAPerson(ctx context.Context, tx store.Tx, priority int, stored store.Effect, e effect.Effect) error {
	row, err := tx.Ticket(ctx, stored.TicketKey)
	if err != nil {
		return err
	}
	body, err := templates.Unknown(describe(e, effect.Receipt{}))
	if err != nil {
		return err
	}
	place := Place{InstallationID: row.InstallationID, Repository: e.Repository}
	data, err := decode[ticketData](row.Data)
	if err != nil {
		return err
	}
	notice := comment(place, row.Number, unsure+string(e.Kind)+"/"+e.Slot, body).Inside(data.Inside)
	return d.propose(ctx, tx, priority, stored.TicketKey, stored.RunID, stored.Generation, []effect.Effect{notice})
}

func describe(e effect.Effect, receipt effect.Receipt) string {
	what := map[effect.Kind]string{
		effect.KindComment: "comment", effect.KindFold: "older draft folded", effect.KindLabel: "label",
		effect.KindIssue: "follow-up issue", effect.KindPull: "docs pull request", effect.KindReaction: "reaction",
		effect.KindAssign: "owner", effect.KindStatus: "status in the draft", effect.KindInternal: "internal issue", effect.KindGap: "line in the list of docs gaps", effect.KindReview: "review of the docs pull request",
	}[e.Kind]
	switch {
	case e.Label != nil && e.Label.Remove:
		what += " " + e.Label.Name + " removed"
	case e.Label != nil:
		what += " " + e.Label.Name
	case e.Assign != nil:
		what += " @" + e.Assign.Login
	case e.Kind == effect.KindComment:
		what += " " + e.Slot
	}
	if receipt.Skipped != "" {
		what += " left as it is: " + receipt.Skipped
	} else if receipt.URL != "" {
		what += " " + receipt.URL
	}
	return what
}

// finishRun marks the run whose effects are all settled as finished.
func (d *Desk) finishRun(ctx context.Context, tx store.Tx, key string) error {
	row, err := tx.Ticket(ctx, key)
	if err != nil {
		return err
	}
	data, err := decode[ticketData](row.Data)
	if err != nil || data.RunID == "" {
		return err
	}
	run, err := tx.Run(ctx, data.RunID)
	if err != nil || run.Status != runPublishing {
		return err
	}
	run.Status, run.FinishedAt = runFinished, d.Clock()
	row.Status, row.UpdatedAt = runFinished, run.FinishedAt
	if err := tx.PutRun(ctx, run); err != nil {
		return err
	}
	if err := tx.PutTicket(ctx, row); err != nil {
		return err
	}
	about := telemetry.Work{Delivery: gjson.GetBytes(run.Data, "delivery").Str, Repository: row.Owner + "/" + row.Name, Issue: row.Number, Run: run.ID}
	d.Telemetry.Ran(ctx, about, run.Status, run.StartedAt, run.FinishedAt)
	outbox, err := tx.Effects(ctx, key)
	if err != nil {
		return err
	}
	return d.tell(ctx, tx, key, run.ID, "finished", "", outcome(outbox, run.ID), run.FinishedAt.Sub(run.StartedAt))
}

// outcome says what of a run's effects came to be.
func outcome(outbox []store.Effect, runID string) string {
	var failed []string
	held := 0
	for _, e := range outbox {
		if e.RunID == runID && e.State == store.EffectDropped && (e.Note == heldByMode || strings.HasPrefix(e.Note, "effects.")) {
			held++
		}
		if e.RunID == runID && (e.State == store.EffectFailed || e.State == store.EffectUnknown) {
			failed = append(failed, e.Key+": "+e.Note)
		}
	}
	if waiting := countWaiting(outbox, runID); len(failed) == 0 && waiting > 0 {
		return fmt.Sprintf("The draft is on the issue; %d effects wait for /oioi approve", waiting)
	}
	if len(failed) == 0 && held > 0 {
		return fmt.Sprintf("Done; %d effects were held back as .github/oioi.yml says, and what they would have been is above", held)
	}
	if len(failed) == 0 {
		return "Everything is on the issue"
	}
	return fmt.Sprintf("Done, but for what did not succeed (%s). Put right what is named, then comment /oioi rerun", strings.Join(failed, "; "))
}
