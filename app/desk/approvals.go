package desk

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/oioi-app/oioi/app/store"
	"github.com/oioi-app/oioi/templates"
	"github.com/oioi-app/oioi/workflow/effect"
	"github.com/oioi-app/oioi/workflow/evidence"
	"github.com/oioi-app/oioi/workflow/role"
)

// mode is how much happens without a person, for tickets of this run's category.
func (r Run) mode() string {
	var category role.Category
	if u := r.State.Outputs().Understanding; u != nil {
		category = u.Category
	}
	return r.Settings.Config.ModeFor(category)
}

// idOf is the ID that people see of an effect that is about to be proposed.
func idOf(e effect.Effect) string { return effect.ShortID(e.Key, encode(withoutSecrets(e))) }

// settled reports whether exactly this effect stands already, or a person has rejected it: nobody is asked again.
func settled(e effect.Effect, outbox []store.Effect) bool {
	return slices.ContainsFunc(outbox, func(s store.Effect) bool {
		return s.Key == e.Key && (s.State == store.EffectDone || s.State == store.EffectRejected) && bytes.Equal(unapproved(s.Data), encode(withoutSecrets(e)))
	})
}

// unapproved is a stored effect as it was before a person let it be carried out.
func unapproved(data json.RawMessage) json.RawMessage {
	e, err := decode[effect.Effect](data)
	if err != nil || e.Approved == nil {
		return data
	}
	e.Approved = nil
	return encode(e)
}

// asksIn says which effects of a plan wait for a person; nil: none.
func asksIn(approve bool) func(effect.Effect) bool {
	if !approve {
		return nil
	}
	return effect.Effect.Asks
}

// asksAfterSend says which effects that follow a sent reply wait: the owner and the call for help. What OiOi's own label says
// follows from the person's own command.
func asksAfterSend(approve bool) func(effect.Effect) bool {
	if !approve {
		return nil
	}
	return func(e effect.Effect) bool {
		return e.Assign != nil || e.Comment != nil && strings.HasPrefix(e.Slot, escalationSlots)
	}
}

// dropDrafted drops the label that says "drafted" where it still waits: the reply was sent since.
func (d *Desk) dropDrafted(ctx context.Context, tx store.Tx, e effect.Effect) error {
	stored, err := tx.Effect(ctx, effect.Key(e.Repository.ID, e.Number, effect.KindLabel, "drafted"))
	if errors.Is(err, store.ErrNotFound) || err == nil && stored.State != store.EffectWaiting {
		return nil
	}
	if err != nil {
		return err
	}
	stored.State, stored.Note, stored.UpdatedAt = store.EffectDropped, "the reply was sent", d.Clock()
	return tx.PutEffect(ctx, stored)
}

func countWaiting(outbox []store.Effect, runID string) (n int) {
	for _, e := range outbox {
		if e.RunID == runID && e.State == store.EffectWaiting {
			n++
		}
	}
	return n
}

// decisions lists the plan's effects that people decide on, each with what became of it; "" where there are none.
func decisions(outbox []store.Effect, runID string) (string, error) {
	var list []effect.Waiting
	for _, stored := range outbox {
		if stored.RunID != runID {
			continue
		}
		e, err := effectOf(stored)
		if err != nil {
			return "", err
		}
		if !e.Asks() || strings.HasPrefix(e.Slot, sentSlot) || e.Kind == effect.KindAssign {
			continue
		}
		line := effect.Waiting{What: e.Does()}
		note := strings.ReplaceAll(effect.SanitizeLine(stored.Note, effect.Allowed{}), "|", "\\|")
		switch stored.State {
		case store.EffectWaiting:
			line.ID, line.State = effect.ShortID(stored.Key, stored.Data), "waits"
		case store.EffectDone:
			line.State = "done"
			receipt, err := receiptOf(stored)
			if err != nil {
				return "", err
			}
			if receipt.URL != "" && e.Label == nil {
				line.State = "[done](" + receipt.URL + ")"
			}
			if note != "" {
				line.State = note // it was found that nothing should be written
			}
		case store.EffectRejected, store.EffectDropped:
			line.State = note
		case store.EffectFailed, store.EffectUnknown, store.EffectRefused:
			line.State = "failed: " + note
		default:
			line.State = "is carried out"
		}
		list = append(list, line)
	}
	if len(list) == 0 {
		return "", nil
	}
	return templates.Texts{}.Waiting(list)
}

// showWaiting proposes the draft's list of what waits anew where it does not say what became of it.
func (d *Desk) showWaiting(ctx context.Context, tx store.Tx, priority int, row store.Ticket, data ticketData, outbox []store.Effect) error {
	place := Place{InstallationID: row.InstallationID}
	place.Repository.ID, place.Repository.Owner, place.Repository.Name, place.Repository.Private = row.RepositoryID, row.Owner, row.Name, row.Private
	slot := fmt.Sprintf("draft/%d", data.Drafts)
	target := effect.Key(row.RepositoryID, row.Number, effect.KindComment, slot)
	draft, err := tx.Effect(ctx, target)
	if errors.Is(err, store.ErrNotFound) || err == nil && draft.State != store.EffectDone {
		return nil // it will say so itself
	}
	if err != nil {
		return err
	}
	drafted, err := effectOf(draft)
	if err != nil {
		return err
	}
	text := ""
	if data.Approve {
		text, err = decisions(outbox, draft.RunID)
	}
	if why := data.laidBy(); why != "" {
		by := "_" + strings.ToUpper(why[:1]) + why[1:] + ". This draft is kept and waits no more; `/oioi send` sends it all the same._"
		text = strings.TrimSpace(by + "\n\n" + strings.TrimPrefix(text, effect.Unsent))
	}
	if err == nil {
		text, err = withResolution(text, data, !row.Private && drafted.In == nil)
	}
	if err != nil || drafted.Comment == nil {
		return err
	}
	asDrafted := text == ""
	if asDrafted {
		text = effect.Unsent
	}
	status := simple(place, row.Number, effect.KindStatus, slot).Inside(drafted.In)
	status.Status = &effect.Status{TargetKey: target, Text: text}
	if row.Private || drafted.In != nil {
		status.Visibility = evidence.Repository
	}
	stored, err := tx.Effect(ctx, status.Key)
	if err == nil {
		before, err := effectOf(stored)
		if err != nil || before.Status != nil && *before.Status == *status.Status {
			return err
		}
	} else if !errors.Is(err, store.ErrNotFound) {
		return err
	} else if asDrafted || strings.Contains(drafted.Comment.Body, text) {
		return nil
	}
	return d.propose(ctx, tx, priority, row.Key, draft.RunID, row.Generation, []effect.Effect{status})
}
