package desk

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/oioi-app/oioi/app/config"
	"github.com/oioi-app/oioi/app/store"
	"github.com/oioi-app/oioi/workflow/effect"
	"github.com/oioi-app/oioi/workflow/ticket"
)

// lateGate is the gate at the moment an effect is carried out. Hours may lie between a plan and its effects, and a person
// may have switched something off meanwhile, or made the repository public: what holds is the configuration of now. Every
// effect passes here, also one that no run has planned. It reads the configuration once for each pass over an outbox.
type lateGate struct {
	desk   *Desk
	rules  map[int64]effect.Rules      // by repository
	config map[int64]config.Repository // by repository
	inside bool                        // the ticket's drafts stand in a private place, or stood there
	apart  map[string]effect.Withheld  // by run: what of its evidence only the team may read
}

func newLateGate(d *Desk) *lateGate {
	return &lateGate{desk: d, rules: map[int64]effect.Rules{}, config: map[int64]config.Repository{}, apart: map[string]effect.Withheld{}}
}

// refuse says why an effect may not be carried out now; held says why it is not, although it may: the team watches only, or
// has switched its kind off. Both are "" for an effect that is carried out.
func (g *lateGate) refuse(ctx context.Context, row store.Ticket, place Place, stored store.Effect, e effect.Effect) (refused, held string, err error) {
	rules, known := g.rules[e.Repository.ID]
	if !known {
		settings, err := g.desk.GitHub.Settings(ctx, place)
		if err != nil {
			return "", "", fmt.Errorf("read the repository's configuration: %w", err)
		}
		data, err := decode[ticketData](row.Data)
		if err != nil {
			return "", "", err
		}
		repository := ticket.Repository{ID: row.RepositoryID, Owner: row.Owner, Name: row.Name, Private: row.Private && e.Repository.Private}
		if repository.Private && e.Repository.ID == row.RepositoryID { // nobody may have told that it was made public
			now, err := g.desk.GitHub.Repository(ctx, place, row.Owner, row.Name)
			if err != nil {
				return "", "", fmt.Errorf("ask whether the repository is private still: %w", err)
			}
			repository.Private = now.Private
		}
		run := Run{Ticket: ticket.Ticket{Repository: repository, Author: data.Author}, Settings: settings, Commit: "pinned"}
		if run.Inside, err = g.desk.inside(ctx, place, settings.Config); err != nil && !errors.As(err, new(unreachable)) {
			return "", "", err
		}
		g.inside = run.Inside != nil || data.Inside != nil
		rules = g.desk.Engine.rules(run)
		g.rules[e.Repository.ID], g.config[e.Repository.ID] = rules, settings.Config
	}
	if rules.Withheld, err = g.withheld(ctx, stored, e); err != nil {
		return "", "", err
	}
	return rules.Refuse(e), heldBack(g.config[e.Repository.ID], e), nil
}

// now is an effect whose internal issue is followed: its repository may have another name since.
func (g *lateGate) now(e effect.Effect) effect.Effect {
	if now := g.rules[e.Repository.ID].Inside; now != nil && e.In != nil && now.ID == e.In.ID {
		e.In = now
	}
	return e
}

// withheld is what of the evidence that an effect rests on only the team may read: that of its run, and of a sent reply that of
// its draft's.
func (g *lateGate) withheld(ctx context.Context, stored store.Effect, e effect.Effect) (effect.Withheld, error) {
	if !g.mayRepeat(stored, e) {
		return effect.Withheld{}, nil
	}
	id := stored.RunID
	if approved(e) {
		draft, err := g.desk.draftEffect(ctx, Place{Repository: e.Repository}, e.Number, e.Comment.Approval.Draft)
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return effect.Withheld{}, err
		}
		id = cmp.Or(draft.RunID, id)
	}
	out, known := g.apart[id]
	if !known {
		run, err := g.desk.runOf(ctx, id)
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return out, err
		}
		out = run.withheld()
		g.apart[id] = out
	}
	return out, nil
}

// mayRepeat reports whether an effect has a text that others than the team read, and that may repeat what only the team may.
func (g *lateGate) mayRepeat(stored store.Effect, e effect.Effect) bool {
	return g.inside && e.In == nil && stored.RunID != "" && e.Kind != effect.KindReaction && e.Kind != effect.KindLabel && e.Kind != effect.KindAssign
}

// knows reports whether the gate has read a repository's configuration and what it holds an effect against, so that it asks nobody.
func (g *lateGate) knows(stored store.Effect, e effect.Effect) bool {
	if _, known := g.rules[e.Repository.ID]; !known {
		return false
	}
	_, known := g.apart[stored.RunID]
	return known || !g.mayRepeat(stored, e)
}

// Why an effect is held back, as the ticket's progress says it.
const (
	heldByMode   = "mode: observe in .github/oioi.yml, so nothing is written"
	heldBySwitch = "effects.%s is false in .github/oioi.yml"
)

func heldBack(c config.Repository, e effect.Effect) string {
	if c.Observes() {
		return heldByMode
	}
	kind := map[effect.Kind]string{
		effect.KindComment: config.SwitchComments, effect.KindFold: config.SwitchComments, effect.KindReaction: config.SwitchReactions,
		effect.KindAssign: config.SwitchAssignees, effect.KindStatus: config.SwitchComments,
		effect.KindInternal: config.SwitchComments, effect.KindLabel: config.SwitchLabels, effect.KindIssue: config.SwitchFollowUps, effect.KindPull: config.SwitchPulls, effect.KindReview: config.SwitchPulls, effect.KindGap: config.SwitchFollowUps,
	}[e.Kind]
	switch {
	case approved(e):
		kind = config.SwitchReplies
	case e.Comment != nil && strings.HasPrefix(e.Slot, escalationSlots):
		kind = config.SwitchEscalations
	case e.Comment != nil && e.Comment.Settle != nil && e.Comment.Settle.Pull:
		kind = config.SwitchPulls
	case e.Comment != nil && e.Comment.Settle != nil:
		kind = config.SwitchFollowUps
	}
	if kind == "" || c.Wants(kind) || (e.Label != nil && e.Label.Remove && e.Slot == slotTrigger) {
		return ""
	}
	return fmt.Sprintf(heldBySwitch, kind)
}

// wouldBe is what of an effect that was held back a person wants to read.
func wouldBe(e effect.Effect) string {
	switch {
	case e.Comment != nil:
		return e.Comment.Body
	case e.Issue != nil:
		return e.Issue.Title + "\n\n" + e.Issue.Body
	case e.Pull != nil:
		return e.Pull.Title + "\n\n" + e.Pull.Body
	}
	return ""
}
