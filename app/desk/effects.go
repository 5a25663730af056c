package desk

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/riverqueue/river/rivertype"
	"github.com/tidwall/gjson"

	"github.com/oioi-app/oioi/app/store"
	"github.com/oioi-app/oioi/app/telemetry"
	"github.com/oioi-app/oioi/templates"
	"github.com/oioi-app/oioi/workflow/effect"
)

// propose writes effects into the outbox and makes sure that a job carries them out. An effect that stands in the world
// already keeps its receipt, so that it is updated there and not made again.
func (d *Desk) propose(ctx context.Context, tx store.Tx, key, runID string, generation int64, effects []effect.Effect) error {
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
	seq := 0
	for _, e := range standing {
		seq = max(seq, e.Seq)
	}
	for _, e := range effects {
		e = withoutSecrets(e)
		seq++
		stored, err := tx.Effect(ctx, e.Key)
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return err
		}
		// A dropped one may have been under way when it was dropped.
		unsure := restored || stored.State == store.EffectAttempting || stored.State == store.EffectUnknown || stored.State == store.EffectDropped
		stored.Key, stored.TicketKey, stored.RunID, stored.Generation, stored.Seq = e.Key, key, runID, generation, seq
		stored.State, stored.Data, stored.Note, stored.UpdatedAt = store.EffectProposed, encode(e), "", d.Clock()
		if unsure {
			stored.State = store.EffectAttempting // an earlier attempt may have succeeded: look before making
		}
		if err := tx.PutEffect(ctx, stored); err != nil {
			return err
		}
	}
	return tx.Enqueue(ctx, EffectsArgs{TicketKey: key}, onePerTicket)
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

// planned reports whether the effect belongs to a run's plan, or is a reply that a person approved: a newer draft replaces
// both. Reactions and answers to commands stand for themselves, and what was begun after a reply is carried through.
func planned(stored store.Effect) bool {
	var e effect.Effect
	if err := json.Unmarshal(stored.Data, &e); err != nil {
		return false
	}
	switch e.Kind {
	case effect.KindReaction, effect.KindAssign, effect.KindStatus:
		return false
	case effect.KindComment:
		return strings.HasPrefix(e.Slot, "draft/") || strings.HasPrefix(e.Slot, effect.ReplySlot)
	}
	return !strings.HasPrefix(e.Slot, sentSlot)
}

// holds reports whether a hold keeps the effect back: all but reactions and answers to commands.
func holds(stored store.Effect) bool {
	var e effect.Effect
	if err := json.Unmarshal(stored.Data, &e); err != nil || e.Kind == effect.KindReaction {
		return false
	}
	slot, _, _ := strings.Cut(e.Slot, "/")
	return e.Kind != effect.KindComment || slot != "answer" && slot != "refused"
}

// proposePlan replaces what an older plan of this ticket has not begun yet, records what the gate refused, and proposes
// the new plan.
func (d *Desk) proposePlan(ctx context.Context, tx store.Tx, key, runID string, generation int64, p *Plan) error {
	err := d.dropPlan(ctx, tx, key, "a newer run replaced it before it began", func(e store.Effect) bool { return e.RunID != runID })
	if err != nil {
		return err
	}
	for _, refusal := range p.Refused {
		if err := d.tell(ctx, tx, key, runID, "refused", "", refusal.What+": "+refusal.Reason, 0); err != nil {
			return err
		}
	}
	return d.propose(ctx, tx, key, runID, generation, p.Effects)
}

// effects carries out a ticket's outbox, one effect after the other, and completes its job only in a transaction that
// finds nothing left to do.
func (d *Desk) effects(ctx context.Context, key string, job *rivertype.JobRow) error {
	gate := newLateGate(d)
	for {
		next, row, err := d.nextEffect(ctx, key)
		if err != nil {
			return err
		}
		if next != nil {
			if held, err := d.holdOf(ctx, row); err != nil {
				return err
			} else if held != "" {
				return d.rest(key, held)
			}
		}
		if next == nil {
			err := d.update(ctx, func(tx store.Tx) error {
				if err := tx.CompleteJob(ctx, job); err != nil {
					return err
				}
				row, data, err := d.remembered(ctx, tx, key)
				if err != nil {
					return err
				}
				outbox, err := tx.Effects(ctx, key)
				if err != nil {
					return err
				}
				if first(outbox, data.Held != nil) != nil {
					return errMore
				}
				if first(outbox, false) != nil {
					return d.showHeld(ctx, tx, row)
				}
				return d.finishRun(ctx, tx, key)
			})
			if errors.Is(err, errMore) {
				continue
			}
			return err
		}
		if err := d.carryOut(ctx, *next, row, gate, job); err != nil {
			return err
		}
	}
}

// first returns the first effect that waits to be carried out. On a ticket that is held only answers to people are.
func first(outbox []store.Effect, held bool) *store.Effect {
	for i, e := range outbox {
		if e.State.Ready() && !(held && holds(e)) {
			return &outbox[i]
		}
	}
	return nil
}

func (d *Desk) nextEffect(ctx context.Context, key string) (next *store.Effect, row store.Ticket, err error) {
	err = d.Store.View(ctx, func(r store.Reader) error {
		outbox, err := r.Effects(ctx, key)
		if err != nil {
			return err
		}
		var data ticketData
		if row, data, err = d.remembered(ctx, r, key); err != nil {
			return err
		}
		next = first(outbox, data.Held != nil)
		return nil
	})
	return next, row, err
}

// carryOut carries out one effect: it is marked as attempted and committed first, so that after a crash everybody knows
// to look before making it again.
func (d *Desk) carryOut(ctx context.Context, stored store.Effect, row store.Ticket, gate *lateGate, job *rivertype.JobRow) error {
	var e effect.Effect
	if err := json.Unmarshal(stored.Data, &e); err != nil {
		return fmt.Errorf("the stored effect %s is damaged: %w", stored.Key, err)
	}
	if e.Repository.ID == row.RepositoryID { // renamed or moved meanwhile: followed by its id
		e.Repository.Owner, e.Repository.Name = row.Owner, row.Name
	}
	place := Place{InstallationID: row.InstallationID, Repository: e.Repository}
	refused, held, err := gate.refuse(ctx, row, place, e)
	if err != nil {
		if wait := later(err); wait != nil {
			return wait
		}
		return err
	}
	lookFirst := stored.State == store.EffectAttempting
	var why *overtaken
	if refused == "" && held == "" && e.Comment != nil && e.Comment.Approval != nil {
		if why, err = d.stillApproved(ctx, place, e); err != nil {
			return err
		}
	}
	receipts, stale, err := d.attempt(ctx, &stored, lookFirst)
	if err != nil || stale {
		return err
	}
	began := d.Clock()
	switch {
	case held != "":
		stored.State, stored.Note = store.EffectDropped, held
		return d.settle(ctx, stored, e, effect.Receipt{}, 0)
	case why != nil && why.posted.ID != 0: // an earlier attempt succeeded
		stored.State, stored.Receipt = store.EffectDone, encode(why.posted)
		return d.settle(ctx, stored, e, why.posted, 0)
	case why != nil:
		stored.State, stored.Note = store.EffectFailed, "what was approved has changed since"
		return d.settle(ctx, stored, e, effect.Receipt{}, 0, why.answer)
	case refused != "":
		stored.State, stored.Note = store.EffectFailed, "the gate holds it back: "+refused
		return d.settle(ctx, stored, e, effect.Receipt{}, 0)
	}
	var prior effect.Receipt
	if len(stored.Receipt) > 0 {
		if err := json.Unmarshal(stored.Receipt, &prior); err != nil {
			return fmt.Errorf("the stored receipt of %s is damaged: %w", stored.Key, err)
		}
	}
	if e.Fold != nil {
		prior = receipts[e.Fold.TargetKey] // what is folded is another effect's comment
	}
	if e.Status != nil {
		prior = receipts[e.Status.TargetKey]
	}
	wanted := withWanted(ctx, func(ctx context.Context) error { return d.stillWanted(ctx, stored) })
	resolved := effect.Resolve(e, receipts)
	receipt, err := d.Publisher.Publish(wanted, place, resolved, prior, lookFirst)
	for try := 1; try < effectTries && passing(err) && pause(ctx, time.Duration(try)*d.RetryPause); try++ {
		// A reset or a timeout says nothing about what GitHub did: from now on it looks first.
		receipt, err = d.Publisher.Publish(wanted, place, resolved, prior, true)
	}
	switch {
	case err == nil:
		stored.State, stored.Receipt, stored.Note = store.EffectDone, encode(receipt), receipt.Skipped
	case errors.Is(err, errOvertaken):
		return nil
	case permanent(err):
		stored.State, stored.Note = store.EffectFailed, err.Error()
		d.log(stored.TicketKey, "effect", stored.Key).ErrorContext(ctx, "GitHub refused an effect for good", "error", err)
	default:
		if wait := later(err); wait != nil {
			return wait
		}
		if ctx.Err() != nil || job.Attempt < d.EffectAttempts || asksAPerson(e) {
			return fmt.Errorf("%s: %w", stored.Key, err)
		}
		stored.State, stored.Note = store.EffectUnknown, err.Error()
		d.log(stored.TicketKey, "effect", stored.Key).Error("nobody knows whether an effect reached GitHub; a person is asked", "error", err)
	}
	return d.settle(ctx, stored, e, receipt, d.Clock().Sub(began))
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

// attempt marks the effect as attempted, unless a newer run has replaced it, and returns the receipts of what stands.
func (d *Desk) attempt(ctx context.Context, stored *store.Effect, again bool) (receipts map[string]effect.Receipt, stale bool, err error) {
	receipts = map[string]effect.Receipt{}
	err = d.update(ctx, func(tx store.Tx) error {
		current, err := tx.Effect(ctx, stored.Key)
		if err != nil {
			return err
		}
		held := false
		if holds(current) { // a person may have said hold a moment ago
			_, data, err := d.remembered(ctx, tx, stored.TicketKey)
			if err != nil {
				return err
			}
			held = data.Held != nil
		}
		if current.Seq != stored.Seq || !current.State.Ready() || held {
			stale = true
			return nil
		}
		outbox, err := tx.Effects(ctx, stored.TicketKey)
		if err != nil {
			return err
		}
		for _, e := range outbox {
			var receipt effect.Receipt
			if len(e.Receipt) > 0 && json.Unmarshal(e.Receipt, &receipt) == nil {
				receipts[e.Key] = receipt
			} else if e.State == store.EffectFailed || e.State == store.EffectDropped {
				receipts[e.Key] = effect.Receipt{Skipped: e.Note}
			}
		}
		if again {
			return nil
		}
		current.State, current.UpdatedAt = store.EffectAttempting, d.Clock()
		*stored = current
		return tx.PutEffect(ctx, current)
	})
	return receipts, stale, err
}

func (d *Desk) settle(ctx context.Context, stored store.Effect, e effect.Effect, receipt effect.Receipt, took time.Duration, also ...effect.Effect) error {
	return d.update(ctx, func(tx store.Tx) error {
		current, err := tx.Effect(ctx, stored.Key)
		if err != nil {
			return err
		}
		if current.Seq != stored.Seq { // proposed anew meanwhile: keep the receipt, do the new one next
			current.Receipt = stored.Receipt
			if current.State == store.EffectAttempting {
				current.State = store.EffectProposed
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
			d.log(stored.TicketKey, "effect", stored.Key).Info("An effect was held back", "what", describe(e, receipt), "why", stored.Note)
			return d.tell(ctx, tx, stored.TicketKey, stored.RunID, "held", "", text, 0)
		}
		if stored.State == store.EffectUnknown {
			if err := d.askAPerson(ctx, tx, stored, e); err != nil {
				return err
			}
		}
		if e.Kind == effect.KindReaction || e.Kind == effect.KindStatus {
			return nil
		}
		if e.Assign != nil && e.Assign.Command != 0 && stored.State == store.EffectFailed {
			place := Place{Repository: e.Repository}
			also = append(also, comment(place, e.Number, fmt.Sprintf("answer/%d", e.Assign.Command), effect.Code("@"+e.Assign.Login)+" is not assigned: "+effect.SanitizeLine(stored.Note, effect.Allowed{})))
		}
		if err := d.propose(ctx, tx, stored.TicketKey, stored.RunID, stored.Generation, also); err != nil {
			return err
		}
		if stored.State == store.EffectDone && e.Comment != nil && e.Comment.Approval != nil {
			if err := d.carryThrough(ctx, tx, stored, e, receipt); err != nil {
				return err
			}
		}
		kind, text := "published", describe(e, receipt)
		switch stored.State {
		case store.EffectUnknown:
			kind, text = "unknown", describe(e, receipt)+": nobody knows whether it reached GitHub: "+stored.Note
		case store.EffectFailed:
			kind, text = "failed", describe(e, receipt)+": "+stored.Note
		}
		if err := d.tell(ctx, tx, stored.TicketKey, stored.RunID, kind, "", text, took); err != nil {
			return err
		}
		return d.showStatus(ctx, tx, stored.TicketKey)
	})
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
func (d *Desk) askAPerson(ctx context.Context, tx store.Tx, stored store.Effect, e effect.Effect) error {
	row, err := tx.Ticket(ctx, stored.TicketKey)
	if err != nil {
		return err
	}
	body, err := templates.Unknown(describe(e, effect.Receipt{}))
	if err != nil {
		return err
	}
	place := Place{InstallationID: row.InstallationID, Repository: e.Repository}
	notice := comment(place, row.Number, unsure+string(e.Kind)+"/"+e.Slot, body)
	return d.propose(ctx, tx, stored.TicketKey, stored.RunID, stored.Generation, []effect.Effect{notice})
}

func describe(e effect.Effect, receipt effect.Receipt) string {
	what := map[effect.Kind]string{
		effect.KindComment: "comment", effect.KindFold: "older draft folded", effect.KindLabel: "label",
		effect.KindIssue: "follow-up issue", effect.KindPull: "docs pull request", effect.KindReaction: "reaction",
		effect.KindAssign: "owner",
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
	if len(failed) == 0 && held > 0 {
		return fmt.Sprintf("Done; %d effects were held back as .github/oioi.yml says, and what they would have been is above", held)
	}
	if len(failed) == 0 {
		return "Everything is on the issue"
	}
	return fmt.Sprintf("Done, but for what did not succeed (%s). Put right what is named, then comment /oioi rerun", strings.Join(failed, "; "))
}
