package desk

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/oioi-app/oioi/app/command"
	"github.com/oioi-app/oioi/app/config"
	"github.com/oioi-app/oioi/app/store"
	"github.com/oioi-app/oioi/templates"
	"github.com/oioi-app/oioi/workflow/effect"
)

// remembered reads a ticket's row with what the desk remembers of it.
func (d *Desk) remembered(ctx context.Context, r store.Reader, key string) (store.Ticket, ticketData, error) {
	row, err := r.Ticket(ctx, key)
	if err != nil {
		return row, ticketData{}, err
	}
	data, err := decode[ticketData](row.Data)
	return row, data, err
}

func (h Held) text() string {
	return fmt.Sprintf("This ticket is on hold since `@%s` said so. `/oioi resume` ends it.", h.By)
}

func (a answering) hold() {
	if a.data.Held != nil {
		a.no(a.data.Held.text())
		return
	}
	held := Held{By: a.e.Sender.Login, At: a.desk.Clock()}
	a.alter(func(d *ticketData) { d.Held = &held })
	a.react("+1")
	a.note("held", "On hold, by @"+held.By+": nothing more is written until somebody resumes it")
}

func (a answering) resume() {
	if a.data.Held == nil {
		a.no("This ticket is not on hold.")
		return
	}
	a.alter(func(d *ticketData) { d.Held = nil })
	a.v.wake = true
	a.react("+1")
	a.note("resumed", "The hold was ended by @"+a.e.Sender.Login)
}

// assign makes a person the owner. GitHub says whether it can be when the effect is carried out.
func (a answering) assign(cmd command.Command) {
	if a.data.Held != nil {
		a.no(a.data.Held.text())
		return
	}
	if !a.settings.Config.Wants(config.SwitchAssignees) {
		a.no("Owners are not assigned here: `effects.assignees` in `.github/oioi.yml`.")
		return
	}
	if a.late(cmd) {
		return
	}
	login := cmd.Who
	made := simple(a.v.place, a.v.number, effect.KindAssign, "owner")
	made.Assign = &effect.Assign{Login: login, Command: a.e.Comment.ID, CommandIn: a.e.Inside, Before: a.data.Owner}
	a.alter(func(d *ticketData) { d.Owner = login })
	a.v.effects = append(a.v.effects, made)
	a.react("+1")
	a.note("assigned", "@"+login+" is to be the owner, by @"+a.e.Sender.Login)
}

// escalate calls the next level of the policy's ladder. Each level is called once.
func (a answering) escalate(why string) error {
	ladder := a.settings.Config.Policy.Escalation
	switch {
	case a.data.Held != nil:
		a.no(a.data.Held.text())
		return nil
	case len(ladder) == 0:
		a.no("There is nobody to call: the escalation ladder is empty. A maintainer fills it in `.github/oioi.yml`, at `policy.escalation`.")
		return nil
	case !a.settings.Config.Wants(config.SwitchEscalations):
		a.no("Calls are switched off here: `effects.escalations` in `.github/oioi.yml`.")
		return nil
	case a.data.Level >= len(ladder):
		a.no(fmt.Sprintf("%s was called already, and the escalation ladder ends there.", effect.Code(ladder[len(ladder)-1].Name)))
		return nil
	}
	next := a.data.Level
	level := ladder[next]
	text := fmt.Sprintf("%s, this ticket needs you: %s calls.", level.Target, effect.Code("@"+a.e.Sender.Login))
	if a.v.place.Repository.Private || a.data.Inside != nil {
		text = fmt.Sprintf("%s, this ticket needs you: %s calls %s.", level.Target, effect.Code("@"+a.e.Sender.Login), effect.Code(level.Name))
	}
	if why != "" {
		text += "\n\n> " + effect.SanitizeLine(why, effect.Allowed{})
	}
	a.alter(func(d *ticketData) { d.Level = next + 1 })
	made := comment(a.v.place, a.v.number, escalationSlot(next+1), text).Inside(a.data.Inside) // wherever the command was written
	a.v.touched, a.v.effects = true, append(a.v.effects, made)
	a.react("+1")
	a.note("escalated", fmt.Sprintf("%s (%s) was called by @%s", level.Name, level.Target, a.e.Sender.Login))
	return nil
}

// decision is a person's word on an effect that waits.
type decision struct {
	key, id  string
	approved *effect.Approved // nil: it is rejected
	note     string
}

// waits is an effect that waits for a person, with the ID that people see.
type waits struct {
	store.Effect
	ID   string
	What string
}

// waiting lists the ticket's effects that wait for a person, in their order.
func (d *Desk) waiting(ctx context.Context, r store.Reader, key string) ([]waits, error) {
	outbox, err := r.Effects(ctx, key)
	var out []waits
	for _, stored := range outbox {
		if stored.State != store.EffectWaiting {
			continue
		}
		e, err := effectOf(stored)
		if err != nil {
			return nil, err
		}
		out = append(out, waits{stored, effect.ShortID(stored.Key, stored.Data), describe(e, effect.Receipt{})})
	}
	return out, err
}

// approve decides on effects that wait. All of them are decided on only where the person could see them: a draft that came
// after the command may show others.
func (a answering) approve(ctx context.Context, cmd command.Command) error {
	var list []waits
	err := a.desk.Store.View(ctx, func(r store.Reader) (err error) {
		list, err = a.desk.waiting(ctx, r, a.row.Key)
		return err
	})
	if err != nil {
		return err
	}
	if len(list) == 0 {
		a.no("Nothing waits for approval on this ticket.")
		return nil
	}
	if a.status == runPublishing && cmd.Spec.Name == "approve" {
		a.no("The draft is being posted. Approve what it shows when it is here.")
		return nil
	}
	chosen := list
	if cmd.ID != "" && cmd.ID != command.All {
		chosen = slices.DeleteFunc(slices.Clone(list), func(w waits) bool { return w.ID != cmd.ID })
		if len(chosen) == 0 {
			a.no(fmt.Sprintf("Nothing with the ID `%s` waits: it was decided on, or its content has changed since. These wait:\n\n%s", cmd.ID, listWaiting(list)))
			return nil
		}
	} else if fresh, err := a.newerThanCommand(ctx); err != nil || fresh {
		if err == nil {
			a.no("The draft is newer than your command, so you may not have seen what waits now. Approve with the IDs, or once more:\n\n" + listWaiting(list))
		}
		return err
	}
	var approved *effect.Approved
	verb := "rejected"
	if cmd.Spec.Name == "approve" {
		verb = "approved"
		var changes []templates.Change
		if approved, changes, err = a.knew(ctx, chosen[0].RunID); err != nil {
			return err
		}
		if len(changes) > 0 {
			text, err := templates.StaleEffects(changes)
			if err != nil {
				return err
			}
			a.no(text)
			a.note("refused", "Not approved: the ticket has changed since")
			return nil
		}
	}
	for _, w := range chosen {
		note := verb + " by @" + a.e.Sender.Login
		if cmd.Words != "" {
			note += ": " + cmd.Words
		}
		a.v.decisions = append(a.v.decisions, decision{key: w.Key, id: w.ID, approved: approved, note: note})
		a.note(verb, w.What+" "+note)
	}
	a.v.wake = true
	a.react("+1")
	return nil
}

// knew is what a person who approves effects of a run knows of the ticket, and what they cannot know of it: as with send, an
// approval covers what the customer said, as it stood when the command was written.
func (a answering) knew(ctx context.Context, runID string) (*effect.Approved, []templates.Change, error) {
	newest, err := a.desk.newestDraft(ctx, a.v.place, a.v.number, a.data.Drafts)
	if err != nil {
		return nil, nil, err
	}
	if newest != nil {
		runID = newest.runID // the draft that the person reads; what waits may be left from an earlier one
	}
	run, err := a.desk.runOf(ctx, runID)
	if err != nil {
		return nil, nil, err
	}
	now, err := a.desk.heard(ctx, a.v.place, a.v.number, run)
	if err != nil {
		return nil, nil, err
	}
	approved := effect.Approved{By: a.e.Sender.Login, Revision: now.Revision(), Command: a.e.Comment.ID, CommandIn: a.e.Inside}
	changes := standing{ticket: now}.since(*a.e.Comment, said(run.Ticket), "")
	if newest != nil && len(changes) == 0 && newest.effect.Comment.Refresh {
		changes = a.tooNew(*newest, run)
	}
	return &approved, changes, nil
}

func listWaiting(list []waits) string {
	lines := make([]string, len(list))
	for i, w := range list {
		lines[i] = fmt.Sprintf("- `%s` %s", w.ID, effect.SanitizeLine(w.What, effect.Allowed{}))
	}
	return strings.Join(lines, "\n")
}

// newerThanCommand reports whether the newest draft was posted after the command was written. GitHub numbers comments in
// the order in which they are made.
func (a answering) newerThanCommand(ctx context.Context) (bool, error) {
	draft, err := a.desk.newestDraft(ctx, a.v.place, a.v.number, a.data.Drafts)
	return draft != nil && draft.receipt.ID > a.e.Comment.ID, err
}

// decideOn moves effects from waiting to approved or rejected; one that has changed or was decided on meanwhile stays.
func (d *Desk) decideOn(ctx context.Context, tx store.Tx, key string, decisions []decision) error {
	for _, decision := range decisions {
		stored, err := tx.Effect(ctx, decision.key)
		if errors.Is(err, store.ErrNotFound) {
			continue
		}
		if err != nil {
			return err
		}
		if stored.State != store.EffectWaiting || effect.ShortID(stored.Key, stored.Data) != decision.id {
			continue
		}
		stored.State, stored.Note, stored.UpdatedAt = store.EffectRejected, decision.note, d.Clock()
		if decision.approved != nil {
			e, err := effectOf(stored)
			if err != nil {
				return err
			}
			e.Approved = decision.approved
			stored.State, stored.Data = store.EffectApproved, encode(e)
		}
		if err := tx.PutEffect(ctx, stored); err != nil {
			return err
		}
	}
	return nil
}
