package desk

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/oioi-app/oioi/app/config"
	"github.com/oioi-app/oioi/app/store"
	"github.com/oioi-app/oioi/workflow"
	"github.com/oioi-app/oioi/workflow/effect"
	"github.com/oioi-app/oioi/workflow/role"
	"github.com/oioi-app/oioi/workflow/ticket"
)

// autoName is who sends replies in mode auto.
const autoName = "OiOi (mode auto)"

// withheld says in one line why the reply of a finished run waits for a person although its category is in mode auto; "" where
// it may go by itself. Nothing that a model says of itself counts: code looks at the citations, the sources and the ticket.
func withheld(run Run, done workflow.Finish) string {
	u, plan := done.Outputs.Understanding, done.Outputs.HandlingPlan
	is := func(kinds ...role.BlockKind) bool {
		return slices.ContainsFunc(u.Reply, func(b role.Block) bool { return slices.Contains(kinds, b.Kind) })
	}
	config := run.Settings.Config
	switch {
	case run.Risk != ticket.RiskNone:
		return "the ticket holds words that could be meant as orders to OiOi"
	case run.By != "":
		return "a person asked for this draft"
	case run.Replied:
		return "the newest reply was sent automatically; a second one takes a person"
	case len(u.Reply) == 0:
		return "there is no reply"
	case !speaks(run, u):
		return fmt.Sprintf("there is no prepared reply in the language %q", u.Language)
	case u.Severity == "S1" || u.Severity == "S2":
		return "the severity is " + string(u.Severity)
	case plan.Escalation != nil:
		return "the plan escalates"
	case is(role.Commitment):
		return "the reply promises something"
	case len(done.Cut)+len(done.Unverified) > 0:
		return "a claim was left out because no source says it"
	case len(done.Unmet) > 0:
		return "the plan misses something"
	case run.Asked && is(role.Question):
		return "the customer was asked before"
	case plan.Path == "ask" && !is(role.Fact, role.Instruction) && is(role.Question):
		return "" // it claims nothing
	case plan.Path != "answer":
		return "the plan is more than an answer"
	}
	if why := unproven(run, u.Reply); why != "" {
		return why
	}
	if have := confidence(run); have < config.AutoAbove {
		return fmt.Sprintf("the confidence is %.2f, and auto_above is %.2f", have, config.AutoAbove)
	}
	return ""
}

// speaks reports whether a playbook of the ticket's category has a reply in its language.
func speaks(run Run, u *role.Understanding) bool {
	base, _, _ := strings.Cut(u.Language, "-")
	for _, p := range run.Settings.Playbooks {
		if _, ok := p.Replies[base]; ok && p.Category == u.Category {
			return true
		}
	}
	return false
}

// unproven says which part of a reply no source bears out word for word.
func unproven(run Run, reply []role.Block) string {
	best, in := false, Engine{}.context(run)
	for _, b := range reply {
		if b.Kind == role.Fact && len(b.Citations) == 0 {
			return "a claim of the reply has no source"
		}
		for _, c := range b.Citations {
			if c.Evidence == role.TicketCitation || !in.Holds(c) {
				return "a source does not say what the reply quotes"
			}
			best = best || len(run.Evidence.Items) > 0 && c.Evidence == run.Evidence.Items[0].ID
		}
	}
	if !best {
		return "the reply does not use the best source"
	}
	return ""
}

// sendItself proposes the reply of a draft that stands on the ticket and needs no person, in the transaction that notes so.
func (d *Desk) sendItself(ctx context.Context, tx store.Tx, priority int, stored store.Effect, e effect.Effect, receipt effect.Receipt) error {
	_, data, err := d.remembered(ctx, tx, stored.TicketKey)
	if err != nil || data.Sent != nil && data.Sent.Draft == data.Drafts || e.Slot != fmt.Sprintf("draft/%d", data.Drafts) || receipt.ID == 0 {
		return err
	}
	reply, ok := effect.ReplyOf(e.Comment.Body)
	if !ok {
		return nil
	}
	place := Place{Repository: e.Repository}
	made := simple(place, e.Number, effect.KindComment, effect.ReplySlot+e.Comment.Digest)
	made.Visibility = e.ReplyVisibility()
	made.Comment = &effect.Comment{Marker: effect.Marker(made.Key), Approval: &effect.Approval{Auto: true, Digest: e.Comment.Digest, Plan: e.Comment.Plan,
		DraftID: receipt.ID, Draft: data.Drafts, Original: reply}}
	run, err := d.readRun(ctx, tx, stored.RunID)
	if err != nil {
		return err
	}
	made.Comment.Body = effect.SentAutomatically(reply, run.language()) + "\n\n" + made.Comment.Marker
	return d.propose(ctx, tx, priority, stored.TicketKey, stored.RunID, stored.Generation, []effect.Effect{made})
}

// stillAutomatic says why a reply that nobody approved is not posted after all: the team has changed its configuration, a person
// was faster, or something has changed since the draft. "" where it is.
func (d *Desk) stillAutomatic(ctx context.Context, place Place, run Run, now standing, approval effect.Approval) (string, error) {
	settings, err := d.GitHub.Settings(ctx, place)
	if err != nil {
		return "", fmt.Errorf("read the repository's configuration: %w", err)
	}
	run.Settings.Config = settings.Config
	switch {
	case run.mode() != config.ModeAuto:
		return "the category is not in mode auto any more", nil
	case now.ticket.AnsweredByTeam() || now.ticket.State == "closed":
		return "a person was faster", nil
	case now.comment == nil || !now.has || now.digest != approval.Digest:
		return "the draft or the ticket has changed", nil
	}
	return "", nil
}

// who says who sent a reply.
func who(login string) string {
	if login == "" {
		return autoName
	}
	return "@" + login
}
