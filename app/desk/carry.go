package desk

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/riverqueue/river/rivertype"

	"github.com/oioi-app/oioi/app/store"
	"github.com/oioi-app/oioi/templates"
	"github.com/oioi-app/oioi/workflow/effect"
	"github.com/oioi-app/oioi/workflow/evidence"
	"github.com/oioi-app/oioi/workflow/policy"
	"github.com/oioi-app/oioi/workflow/role"
	"github.com/oioi-app/oioi/workflow/ticket"
)

// sentSlot begins the slots of what follows a sent reply.
const sentSlot = "sent/"

// carryThrough begins to carry out the plan of a draft whose reply stands on the ticket, in the transaction that notes that.
func (d *Desk) carryThrough(ctx context.Context, tx store.Tx, priority int, stored store.Effect, e effect.Effect, receipt effect.Receipt) error {
	approval := e.Comment.Approval
	row, data, err := d.remembered(ctx, tx, stored.TicketKey)
	if err != nil {
		return err
	}
	draft, err := tx.Effect(ctx, effect.Key(e.Repository.ID, e.Number, effect.KindComment, fmt.Sprintf("draft/%d", approval.Draft)))
	if err != nil {
		return err
	}
	run, err := d.readRun(ctx, tx, draft.RunID)
	if err != nil {
		return err
	}
	if approval.By != "" {
		data.Alone = 0
	}
	data.Sent = &Sent{Draft: approval.Draft, Digest: approval.Digest, By: approval.By, At: d.Clock(), RunID: draft.RunID}
	if data.Asked, err = d.asked(ctx, tx, stored.TicketKey, approval.Digest, receipt.ID, run); err != nil {
		return err
	}
	data.WasAsked = data.WasAsked || data.Asked != nil
	outputs := run.State.Outputs()
	plan, understanding := outputs.HandlingPlan, outputs.Understanding
	place := Place{InstallationID: row.InstallationID, Repository: e.Repository}
	effects := d.sentLabels(place, e.Number, run)
	if data.Owner == "" && isUser(plan.Owner) {
		owner := simple(place, e.Number, effect.KindAssign, "owner")
		owner.Assign = &effect.Assign{Login: strings.TrimPrefix(plan.Owner, "@")}
		effects = append(effects, owner)
	}
	if call, level := d.escalation(place, e.Number, run, plan.Escalation); call != nil && level > data.Level {
		data.Level = level
		effects = append(effects, *call)
	}
	outbox, err := tx.Effects(ctx, stored.TicketKey)
	if err != nil {
		return err
	}
	drafted, err := effectOf(draft)
	if err != nil {
		return err
	}
	settled, err := closings(outbox, draft.RunID, drafted, place)
	if err != nil {
		return err
	}
	effects = append(effects, settled...)
	if plan.NextUpdateHours > 0 {
		due, err := run.Settings.Config.Policy.Due(data.Sent.At, plan.NextUpdateHours, understanding.Severity)
		if err != nil {
			return err
		}
		data.Sent.NextUpdate = due
		if err := tx.Enqueue(ctx, UpdateArgs{TicketKey: stored.TicketKey, Digest: approval.Digest}, d.dueAt(due)); err != nil {
			return err
		}
	}
	row.Data, row.UpdatedAt = encode(data), d.Clock()
	if err := tx.PutTicket(ctx, row); err != nil {
		return err
	}
	if err := d.tell(ctx, tx, row.Key, draft.RunID, "sent", "", "The reply was sent by "+who(approval.By)+" "+receipt.URL, 0); err != nil {
		return err
	}
	if err := d.dropDrafted(ctx, tx, e); err != nil {
		return err
	}
	return d.proposeFor(ctx, tx, priority, row.Key, stored.RunID, stored.Generation, effects, asksAfterSend(data.Approve))
}

func isUser(owner string) bool {
	return strings.HasPrefix(owner, "@") && !strings.Contains(owner, "/")
}

// sentLabels turns the label that says "drafted" into one that says "sent".
func (d *Desk) sentLabels(place Place, number int, run Run) []effect.Effect {
	prefix := run.Settings.Config.Labels.Prefix
	off := simple(place, number, effect.KindLabel, sentSlot+"drafted")
	off.Label = &effect.Label{Name: prefix + "drafted", Remove: true}
	on := simple(place, number, effect.KindLabel, sentSlot+"sent")
	on.Label = &effect.Label{Name: prefix + "sent", Color: "0e8a16", Description: "The reply was sent; the plan is carried out"}
	return []effect.Effect{off, on}
}

// escalation is the call to the target of the plan's escalation and its level, counted from 1; nil where nobody is called: on
// a public tracker the ladder stays private unless a maintainer asks.
func (d *Desk) escalation(place Place, number int, run Run, escalation *role.Escalation) (*effect.Effect, int) {
	if escalation == nil || !run.Ticket.Repository.Private && run.Inside == nil {
		return nil, 0
	}
	for i, level := range run.Settings.Config.Policy.Escalation {
		if level.Name != escalation.Level {
			continue
		}
		text := fmt.Sprintf("%s, this ticket needs you (%s).\n\n> %s", level.Target, effect.Code(level.Name), effect.SanitizeLine(escalation.Rule, effect.Allowed{}))
		call := comment(place, number, escalationSlot(i+1), text).Inside(run.Inside)
		call.Visibility = evidence.Repository
		return &call, i + 1
	}
	return nil, 0
}

// showStatus proposes the draft's status anew where it does not say what became of the plan so far. The status is always
// last in the outbox, so that it is written once when everything else is settled.
func (d *Desk) showStatus(ctx context.Context, tx store.Tx, priority int, key string) error {
	row, data, err := d.remembered(ctx, tx, key)
	if err != nil || data.Sent == nil && !data.Approve && data.ByHand == "" && data.Closed == nil {
		return err
	}
	outbox, err := tx.Effects(ctx, key)
	if err != nil {
		return err
	}
	if data.Sent == nil || data.Sent.Draft != data.Drafts && (data.Approve || data.ByHand != "" || data.Closed != nil) {
		return d.showWaiting(ctx, tx, priority, row, data, outbox)
	}
	run, err := d.readRun(ctx, tx, data.Sent.RunID)
	if err != nil {
		return err
	}
	place := Place{InstallationID: row.InstallationID, Repository: run.Ticket.Repository}
	status := simple(place, row.Number, effect.KindStatus, fmt.Sprintf("draft/%d", data.Sent.Draft)).Inside(run.Inside)
	text, err := d.statusText(run, data, outbox, !run.Ticket.Repository.Private && run.Inside == nil)
	if err == nil && data.Approve {
		var more string
		if more, err = decisions(outbox, data.Sent.RunID); more != "" {
			text += "\n\n" + strings.TrimSpace(strings.TrimPrefix(more, effect.Unsent))
		}
	}
	if err != nil {
		return err
	}
	status.Status = &effect.Status{TargetKey: effect.Key(run.Ticket.Repository.ID, row.Number, effect.KindComment, status.Slot), Text: text, Sent: true}
	if !run.Ticket.Repository.Private && run.Inside == nil {
		status.Visibility = evidence.Public
	} else {
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
	}
	return d.propose(ctx, tx, priority, row.Key, data.Sent.RunID, row.Generation, []effect.Effect{status})
}

// showHeld marks a ticket whose outbox waits for the end of a hold.
func (d *Desk) showHeld(ctx context.Context, tx store.Tx, row store.Ticket) error {
	if row.Status != runPublishing {
		return nil
	}
	row.Status, row.UpdatedAt = ticketHeld, d.Clock()
	return tx.PutTicket(ctx, row)
}

// statusText says what became of a plan. With open it is for readers who may not know the plan.
func (d *Desk) statusText(run Run, data ticketData, outbox []store.Effect, open bool) (string, error) {
	location, err := run.Settings.Config.Policy.Hours.Location()
	if err != nil {
		location = time.UTC
	}
	sent := data.Sent
	out := templates.Status{Reporter: run.Ticket.Author.Login, By: who(sent.By), At: sent.At.In(location)}
	rows, err := d.rows(run, data, outbox, location, open)
	if err != nil {
		return "", err
	}
	for _, row := range rows {
		if row.What == replyRow {
			out.URL = row.Note
			continue
		}
		out.Rows = append(out.Rows, row)
	}
	text, err := templates.SentStatus(out)
	if err != nil {
		return "", err
	}
	return withResolution(text, data, open)
}

// replyRow names the row of the reply itself, whose note is its address.
const replyRow = "reply"

// rows say of each planned action whether it is done, waits or failed, why, and what a person can do.
func (d *Desk) rows(run Run, data ticketData, outbox []store.Effect, location *time.Location, public bool) (out []templates.StatusRow, unread error) {
	find := func(kind effect.Kind, slot string) *store.Effect {
		key := effect.Key(run.Ticket.Repository.ID, run.Ticket.Number, kind, slot)
		for i := range outbox {
			if outbox[i].Key == key {
				return &outbox[i]
			}
		}
		return nil
	}
	add := func(what, state, note string) {
		out = append(out, templates.StatusRow{What: what, State: state, Note: note})
	}
	// of tells how far an effect is.
	of := func(what string, stored *store.Effect, advice string) {
		switch state, note := stateOf(stored); state {
		case "done":
			receipt, err := receiptOf(*stored)
			unread = errors.Join(unread, err)
			add(what, state, linked(receipt))
		case "failed":
			add(what, state, strings.TrimSuffix(note, ".")+". "+advice)
		default:
			add(what, state, note)
		}
	}
	outputs := run.State.Outputs()
	plan := outputs.HandlingPlan
	if stored := find(effect.KindComment, effect.ReplySlot+data.Sent.Digest); stored != nil {
		receipt, err := receiptOf(*stored)
		unread = errors.Join(unread, err)
		add(replyRow, "done", receipt.URL)
	}
	const byHand = "`/oioi assign @who` makes a person the owner"
	switch owner := find(effect.KindAssign, "owner"); {
	case owner != nil:
		e, err := effectOf(*owner)
		if err != nil {
			return nil, err
		}
		of("Owner @"+e.Assign.Login, owner, byHand)
	case plan.Owner == role.Unassigned:
		add("Owner", "waiting", "nobody is named; "+byHand)
	default:
		add("Owner "+plan.Owner, "waiting", "GitHub assigns no teams; "+byHand)
	}
	of("Label", find(effect.KindLabel, sentSlot+"sent"), "`/oioi rerun` tries again with a new draft")
	if e := plan.Escalation; e != nil {
		level := 1 + slices.IndexFunc(run.Settings.Config.Policy.Escalation, func(l policy.Level) bool { return l.Name == e.Level })
		called := find(effect.KindComment, escalationSlot(level))
		switch {
		case called != nil && public:
			of("Escalation", called, "Call them yourself")
		case called != nil:
			of("Escalation to "+e.Level+", "+e.Target, called, "Call them yourself")
		case public:
			add("Escalation", "waiting", "in public nobody is called by itself; `/oioi escalate` does")
		default:
			add("Escalation to "+e.Level+", "+e.Target, "waiting", "the level is not in the policy's ladder any more; call them yourself")
		}
	}
	if call := data.Called; call != nil && !public {
		switch stored := find(effect.KindComment, deputySlot(call.Level)); {
		case stored != nil:
			of("Deputy of level "+strconv.Itoa(call.Level), stored, "Call them yourself")
		case call.Over != "":
			add("Answer to the call", "done", call.Over)
		default:
			add("Answer to the call", "waiting", "until "+templates.Date(call.Due.In(location))+"; then the deputy is called")
		}
	}
	if !public {
		for _, action := range plan.Actions {
			note := "a person does it: " + owner(action.Owner)
			if due, err := run.Settings.Config.Policy.Due(data.Sent.At, action.DueHours, outputs.Understanding.Severity); err == nil {
				note += ", until " + templates.Date(due.In(location))
			}
			add(action.Text, "waiting", note)
		}
	}
	switch due := data.Sent.NextUpdate; {
	case due.IsZero():
	case data.Sent.Updated != "":
		add("Next update", "done", data.Sent.Updated)
	default:
		add("Next update", "waiting", "until "+templates.Date(due.In(location)))
	}
	return out, unread
}

func owner(name string) string {
	if name == role.Unassigned || name == "" {
		return "unassigned"
	}
	return effect.Code(name)
}

func stateOf(stored *store.Effect) (state, note string) {
	if stored == nil {
		return "waiting", "it was not begun"
	}
	switch stored.State {
	case store.EffectDone:
		return "done", ""
	case store.EffectFailed, store.EffectRefused, store.EffectUnknown, store.EffectDropped, store.EffectRejected:
		return "failed", effect.SanitizeLine(stored.Note, effect.Allowed{})
	case store.EffectWaiting:
		return "waiting", "`/oioi approve " + effect.ShortID(stored.Key, stored.Data) + "` lets it be carried out"
	}
	return "waiting", "it is being carried out"
}

func linked(receipt effect.Receipt) string {
	if strings.Contains(receipt.URL, "#issuecomment-") {
		return "[here](" + receipt.URL + ")"
	}
	return ""
}

// nextUpdate looks, when the next update to the customer is due, whether a person has given it, and reminds the owner once
// where nobody has.
func (d *Desk) nextUpdate(ctx context.Context, args UpdateArgs, job *rivertype.JobRow) error {
	look := look{args.TicketKey, job, func(_ store.Reader, data ticketData) (due time.Time, err error) {
		if data.Sent != nil && data.Sent.Digest == args.Digest && data.Sent.Updated == "" { // a newer reply has a date of its own
			due = data.Sent.NextUpdate
		}
		return due, nil
	}}
	row, data, ready, err := d.ready(ctx, look)
	if !ready {
		return err
	}
	run, err := d.runOf(ctx, data.Sent.RunID)
	if err != nil {
		return err
	}
	snapshot, err := d.GitHub.Ticket(ctx, placeOf(row), row.Number)
	if err != nil {
		return err
	}
	updated, remind := "a person has written since", []effect.Effect(nil)
	switch {
	case snapshot.State == "closed":
		updated = "the ticket is closed"
	case !answeredSince(snapshot, data.Sent.At):
		updated = "it was due, and the owner was reminded"
		place := Place{Repository: run.Ticket.Repository}
		place.Repository.Private = snapshot.Repository.Private
		remind = append(remind, comment(place, row.Number, "update/"+args.Digest, updateNote(run, data, snapshot)).Inside(run.Inside))
	}
	return d.looked(ctx, look, func(tx store.Tx, row store.Ticket, data ticketData) error {
		data.Sent.Updated = updated
		row.Data, row.UpdatedAt = encode(data), d.Clock()
		if err := tx.PutTicket(ctx, row); err != nil {
			return err
		}
		if err := d.tell(ctx, tx, row.Key, data.Sent.RunID, "update", "", "The next update was due: "+updated, 0); err != nil {
			return err
		}
		if err := d.propose(ctx, tx, run.priority(), row.Key, data.Sent.RunID, row.Generation, remind); err != nil {
			return err
		}
		return d.showStatus(ctx, tx, run.priority(), row.Key)
	})
}

// updateNote reminds of an update that was promised. On a ticket that everybody reads it names nobody: GitHub tells the assignee.
func updateNote(run Run, data ticketData, t ticket.Ticket) string {
	owner := ownerOf(run, data)
	switch {
	case run.Inside == nil && !t.Repository.Private:
		return "The next update on this ticket is due now."
	case owner == role.Unassigned:
		return effect.Code("@"+t.Author.Login) + " was promised an update by now, and nobody owns this ticket. `/oioi assign @who` changes that."
	}
	return fmt.Sprintf("%s, %s was promised an update by now.", owner, effect.Code("@"+t.Author.Login))
}

// ownerOf is who has to be told of a ticket: whom a person made the owner, else the plan's. A text may call only whom the policy
// names; another owner hears of it as the ticket's assignee.
func ownerOf(run Run, data ticketData) string {
	if name := "@" + data.Owner; name != "@" {
		if slices.ContainsFunc(run.Settings.Config.Policy.Owners(), func(o string) bool { return strings.EqualFold(o, name) }) {
			return name
		}
		return effect.Code(name)
	}
	return run.State.Outputs().HandlingPlan.Owner
}

// answeredSince reports whether a person of the team has told the customer something since.
func answeredSince(t ticket.Ticket, since time.Time) bool {
	for _, c := range said(t).Comments {
		if !c.Ours && c.Author.ID != t.Author.ID && c.Author.OnTeam() && c.CreatedAt.After(since) && !strings.HasPrefix(strings.TrimSpace(c.Body.Raw()), "/") {
			return true
		}
	}
	return false
}
