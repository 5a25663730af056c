package desk

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/riverqueue/river/rivertype"

	"github.com/oioi-app/oioi/app/store"
	"github.com/oioi-app/oioi/workflow/effect"
	"github.com/oioi-app/oioi/workflow/ticket"
)

// A pass carries out what waits in one ticket's outbox, one effect after the other. The transaction that settles an effect
// also begins the next one, or completes the job where it finds nothing left to do: each commit is a wait for the disk.
type pass struct {
	desk *Desk
	key  string
	gate *lateGate
	job  *rivertype.JobRow
	next *begun // marked as attempted by the transaction before
	done bool
	turn int64 // the repository in which it is this pass's turn to open a docs pull request; 0: none
}

// begun is an effect whose attempt is committed, so that after a crash everybody knows to look before making it again.
type begun struct {
	stored    store.Effect
	effect    effect.Effect
	place     Place
	receipts  map[string]effect.Receipt // of what stands, by the effect's key
	lookFirst bool                      // an earlier attempt may have succeeded
}

// effects carries out a ticket's outbox.
func (d *Desk) effects(ctx context.Context, key string, job *rivertype.JobRow) error {
	p := &pass{desk: d, key: key, gate: newLateGate(d), job: job}
	defer p.leave(ctx)
	for !p.done {
		var err error
		if p.next != nil {
			err = p.carryOut(ctx, *p.next)
			p.leave(ctx)
		} else {
			err = p.begin(ctx)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// begin looks for the next effect, asks the gate, and marks the effect as attempted.
func (p *pass) begin(ctx context.Context) error {
	d := p.desk
	var next *store.Effect
	var row store.Ticket
	var why string
	err := d.Store.View(ctx, func(r store.Reader) (err error) {
		next, row, _, why, err = d.nextEffect(ctx, r, p.key)
		return err
	})
	if err != nil {
		return err
	}
	if why != "" {
		return d.rest(ctx, p.key, why)
	}
	if next == nil {
		return d.update(ctx, func(tx store.Tx) error { return p.open(ctx, tx) })
	}
	e, place, err := read(*next, row)
	if err != nil {
		return err
	}
	refused, held, err := p.gate.refuse(ctx, row, place, *next, e)
	if err != nil {
		if wait := later(err); wait != nil {
			return wait
		}
		return err
	}
	var after *overtaken
	if refused == "" && held == "" && (approved(e) || e.Approved != nil) {
		if after, err = d.stillCovered(ctx, place, *next, e); err != nil {
			return err
		}
	}
	var crowded string
	var instead []effect.Effect
	p.leave(ctx) // of one that was not carried out after all
	if refused == "" && held == "" && after == nil && e.Pull != nil {
		if err := p.turnFor(ctx, *next, e.Repository.ID); err != nil {
			return err
		}
		if crowded, instead, err = d.crowded(ctx, place, e, p.gate.config[e.Repository.ID].Docs.MaxOpen); err != nil {
			if wait := later(err); wait != nil {
				return wait
			}
			return err
		}
	}
	var mine *begun
	err = d.update(ctx, func(tx store.Tx) error {
		mine = nil
		again, _, outbox, why, err := d.nextEffect(ctx, tx, p.key)
		if err != nil || again == nil || again.Key != next.Key || again.Seq != next.Seq || why != "" {
			return err // it was replaced or held a moment ago
		}
		mine, err = d.attempt(ctx, tx, *again, outbox, p.gate.now(e), place)
		return err
	})
	if err != nil || mine == nil {
		return err
	}
	stored := mine.stored
	switch {
	case held != "":
		stored.State, stored.Note = store.EffectDropped, held
		return p.settle(ctx, stored, e, effect.Receipt{}, 0)
	case after != nil && after.posted.ID != 0: // an earlier attempt succeeded
		stored.State, stored.Receipt = store.EffectDone, encode(after.posted)
		return p.settle(ctx, stored, e, after.posted, 0)
	case after != nil && after.why != "":
		stored.State, stored.Note = store.EffectDropped, after.why
		return p.settle(ctx, stored, e, effect.Receipt{}, 0)
	case after != nil && e.Approved != nil: // it waits for another word
		e.Approved = nil
		stored.State, stored.Note, stored.Data = store.EffectWaiting, "", encode(e)
		return p.settle(ctx, stored, e, effect.Receipt{}, 0, after.answer)
	case after != nil:
		stored.State, stored.Note = store.EffectFailed, "what was approved has changed since"
		return p.settle(ctx, stored, e, effect.Receipt{}, 0, after.answer)
	case crowded != "":
		receipt, err := receiptOf(stored)
		if err != nil {
			return err
		}
		receipt.Skipped = crowded
		stored.State, stored.Receipt, stored.Note = store.EffectDone, encode(receipt), crowded
		return p.settle(ctx, stored, e, receipt, 0, instead...)
	case refused != "":
		stored.State, stored.Note = store.EffectFailed, "the gate holds it back: "+refused
		return p.settle(ctx, stored, e, effect.Receipt{}, 0)
	}
	p.next = mine
	return nil
}

// open begins the next effect inside a transaction, where nobody has to be asked for it: the gate knows the repository's
// configuration already, and no approval is looked at. With nothing left to do it completes the job.
func (p *pass) open(ctx context.Context, tx store.Tx) error {
	d := p.desk
	next, row, outbox, why, err := d.nextEffect(ctx, tx, p.key)
	if err != nil || why != "" {
		return err
	}
	if next == nil {
		if err := tx.CompleteJob(ctx, p.job); err != nil {
			return err
		}
		p.done = true
		if first(outbox, false) != nil {
			return d.showHeld(ctx, tx, row)
		}
		return d.finishRun(ctx, tx, p.key)
	}
	e, place, err := read(*next, row)
	if err != nil || approved(e) || e.Approved != nil || e.Pull != nil || !p.gate.knows(*next, e) {
		return err
	}
	if refused, held, err := p.gate.refuse(ctx, row, place, *next, e); err != nil || refused != "" || held != "" {
		return err
	}
	p.next, err = d.attempt(ctx, tx, *next, outbox, p.gate.now(e), place)
	return err
}

// settle writes down what became of an effect and goes on with the next one.
func (p *pass) settle(ctx context.Context, stored store.Effect, e effect.Effect, receipt effect.Receipt, took time.Duration, also ...effect.Effect) error {
	err := p.desk.update(ctx, func(tx store.Tx) error {
		p.next, p.done = nil, false
		if err := p.desk.settle(ctx, tx, p.job.Priority, stored, e, receipt, took, also...); err != nil {
			return err
		}
		return p.open(ctx, tx)
	})
	if err != nil {
		p.next, p.done = nil, false
	}
	return err
}

func read(stored store.Effect, row store.Ticket) (e effect.Effect, place Place, err error) {
	if e, err = effectOf(stored); err != nil {
		return e, place, err
	}
	if e.Repository.ID == row.RepositoryID { // renamed or moved meanwhile: followed by its id
		e.Repository.Owner, e.Repository.Name = row.Owner, row.Name
	}
	return e, Place{InstallationID: row.InstallationID, Repository: e.Repository}, nil
}

// placeOf is where a ticket lives, as far as its row says.
func placeOf(row store.Ticket) Place {
	return Place{InstallationID: row.InstallationID, Repository: ticket.Repository{ID: row.RepositoryID, Owner: row.Owner, Name: row.Name, Private: row.Private}}
}

func approved(e effect.Effect) bool { return e.Comment != nil && e.Comment.Approval != nil }

// first returns the first effect that waits to be carried out. On a ticket that is held only answers to people are.
func first(outbox []store.Effect, held bool) *store.Effect {
	for i, e := range outbox {
		if e.State.Ready() && !(held && holds(e)) {
			return &outbox[i]
		}
	}
	return nil
}

// nextEffect returns the effect to carry out next, or nil, and the whole outbox; why says that it has to wait, and for what.
func (d *Desk) nextEffect(ctx context.Context, r store.Reader, key string) (next *store.Effect, row store.Ticket, outbox []store.Effect, why string, err error) {
	if outbox, err = r.Effects(ctx, key); err != nil {
		return nil, row, nil, "", err
	}
	row, data, err := d.remembered(ctx, r, key)
	if err != nil {
		return nil, row, nil, "", err
	}
	if next = first(outbox, data.Held != nil); next != nil {
		why, err = onHold(ctx, r, key, row.InstallationID, row.RepositoryID)
	}
	return next, row, outbox, why, err
}

// attempt marks the effect as attempted.
func (d *Desk) attempt(ctx context.Context, tx store.Tx, stored store.Effect, outbox []store.Effect, e effect.Effect, place Place) (*begun, error) {
	receipts := map[string]effect.Receipt{}
	for _, e := range outbox {
		receipt, err := receiptOf(e)
		if err != nil {
			return nil, err
		}
		if len(e.Receipt) > 0 {
			receipts[e.Key] = receipt
		} else if e.State == store.EffectFailed || e.State == store.EffectDropped || e.State == store.EffectRejected {
			receipts[e.Key] = effect.Receipt{Skipped: e.Note}
		} else if e.State == store.EffectWaiting {
			receipts[e.Key] = effect.Receipt{Skipped: effect.ListedAbove}
		}
	}
	// What was approved may have been attempted before it waited.
	lookFirst := stored.State == store.EffectAttempting || stored.State == store.EffectApproved
	if stored.State != store.EffectAttempting {
		stored.State, stored.UpdatedAt = store.EffectAttempting, d.Clock()
		if err := tx.PutEffect(ctx, stored); err != nil {
			return nil, err
		}
	}
	return &begun{stored: stored, effect: e, place: place, receipts: receipts, lookFirst: lookFirst}, nil
}

// carryOut carries out one effect whose attempt is committed.
func (p *pass) carryOut(ctx context.Context, b begun) error {
	d, stored, e := p.desk, b.stored, b.effect
	p.next = nil
	started := d.Clock()
	prior, err := receiptOf(stored)
	if err != nil {
		return err
	}
	if e.Fold != nil {
		prior = b.receipts[e.Fold.TargetKey] // what is folded is another effect's comment
	}
	if e.Status != nil {
		prior = b.receipts[e.Status.TargetKey]
	}
	wanted := withWanted(ctx, func(ctx context.Context) error { return d.stillWanted(ctx, stored) })
	resolved := effect.Resolve(e, b.receipts)
	if resolved.In != nil && resolved.Number == 0 && e.Kind != effect.KindInternal {
		stored.State, stored.Note = store.EffectFailed, "the ticket's internal issue could not be opened"
		return p.settle(ctx, stored, e, effect.Receipt{}, 0)
	}
	receipt, err := d.Publisher.Publish(wanted, b.place, resolved, prior, b.lookFirst)
	for try := 1; try < effectTries && passing(err) && pause(ctx, time.Duration(try)*d.RetryPause); try++ {
		// A reset or a timeout says nothing about what GitHub did: from now on it looks first.
		receipt, err = d.Publisher.Publish(wanted, b.place, resolved, prior, true)
	}
	if elsewhere(err) || denied(err) {
		// What GitHub says no to may be all right under the repository's new name, or when a hold ends: then it is tried again.
		changed, askErr := d.followRepository(ctx, b.place)
		if askErr != nil {
			return fmt.Errorf("%s: %w", stored.Key, errors.Join(err, askErr))
		}
		if !changed && e.In != nil {
			now, _, askErr := d.GitHub.Standing(ctx, Place{InstallationID: b.place.InstallationID, Repository: *e.In})
			changed = askErr == nil && now.FullName() != e.In.FullName()
		}
		if changed {
			p.gate = newLateGate(d)
			return nil
		}
	}
	switch {
	case err == nil:
		stored.State, stored.Receipt, stored.Note = store.EffectDone, encode(receipt), receipt.Skipped
	case errors.Is(err, errOvertaken):
		return nil
	case permanent(err):
		stored.State, stored.Note = store.EffectFailed, err.Error()
		d.log(stored.TicketKey, "effect", stored.Key).ErrorContext(ctx, "GitHub refused an effect for good", "error", err)
		if denied(err) {
			if err := d.noteDenied(ctx, stored.Key, b.place.InstallationID); err != nil {
				return err
			}
		}
	default:
		if wait := later(err); wait != nil {
			return wait
		}
		if ctx.Err() != nil || p.job.Attempt < d.EffectAttempts || asksAPerson(e) {
			return fmt.Errorf("%s: %w", stored.Key, err)
		}
		stored.State, stored.Note = store.EffectUnknown, err.Error()
		d.log(stored.TicketKey, "effect", stored.Key).ErrorContext(ctx, "nobody knows whether an effect reached GitHub; a person is asked", "error", err)
	}
	return p.settle(ctx, stored, e, receipt, d.Clock().Sub(started))
}
