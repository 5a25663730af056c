package desk

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/oioi-app/oioi/app/store"
	"github.com/oioi-app/oioi/workflow/effect"
	"github.com/oioi-app/oioi/workflow/ticket"
)

// standing is what a ticket's earlier runs left because the help center did not answer it, and whether the docs pull request is open
// still.
func (e Engine) standing(ctx context.Context, run *Run, outbox []store.Effect) ([]effect.StandingGap, error) {
	gaps, err := standingGaps(outbox, run.Inside, run.Commit)
	if err != nil || !slices.ContainsFunc(gaps, func(g effect.StandingGap) bool { return g.Kind == effect.KindPull }) {
		return gaps, err
	}
	open, err := e.Sources.OpenPulls(ctx, run.Place)
	if err != nil && !denied(err) {
		return nil, fmt.Errorf("look whether the docs pull request is open: %w", err)
	}
	for i, gap := range gaps {
		gaps[i].Closed = gap.Closed || gap.Kind == effect.KindPull && !slices.ContainsFunc(open, func(p effect.OpenPull) bool { return p.Number == gap.Number })
	}
	return gaps, nil
}

// standingGaps are what a ticket's earlier runs left that records what the help center does not answer, and that is OiOi's own.
// inside is where the ticket's drafts stand; nil: on the ticket. A pull request that was made from the pages as the run reads them,
// at commit, is not one that they answer by now.
func standingGaps(outbox []store.Effect, inside *ticket.Repository, commit string) (gaps []effect.StandingGap, err error) {
	said, closed := map[string]bool{}, map[string]bool{}
	for _, stored := range outbox {
		e, receipt, err := recordOf(stored)
		if err != nil {
			return nil, err
		}
		gap := effect.StandingGap{Kind: e.Kind, Slot: e.Slot, Number: receipt.Number}
		switch {
		case e.Comment != nil && strings.HasPrefix(e.Slot, effect.SlotAnswered):
			said[e.Slot] = receipt.ID != 0
			closed[e.Slot] = e.Comment.Settle != nil && e.Comment.Settle.Hash != "" && stored.State == store.EffectDone && receipt.Skipped == ""
			continue
		case receipt.Number == 0:
			continue
		case e.Issue != nil && e.Kind == effect.KindIssue && e.Issue.Gap && receipt.Hash != "" && sameRepository(e.In, inside):
			gap.Title = e.Issue.Title
		case e.Pull != nil && receipt.Commit != "" && e.Pull.BaseSHA != commit:
			gap.Title, gap.Onto = e.Pull.Title, e.Pull.Onto != 0
		case e.Gap != nil:
			gap.Line = e.Gap
			said[gap.AnsweredSlot()] = e.Gap.Answered != "" && stored.State == store.EffectDone && receipt.Skipped == ""
		default:
			continue
		}
		gaps = append(gaps, gap)
	}
	for i := range gaps {
		gaps[i].Said, gaps[i].Closed = said[gaps[i].AnsweredSlot()], closed[gaps[i].AnsweredSlot()]
	}
	return gaps, nil
}

func sameRepository(a, b *ticket.Repository) bool {
	return a == nil && b == nil || a != nil && b != nil && a.ID == b.ID
}

// closings are what a run's reply makes of what it answers, now that it was sent: the follow-ups and the docs pull request are closed,
// and the line in the list of docs gaps is ticked.
func closings(outbox []store.Effect, runID string, draft effect.Effect, place Place) (out []effect.Effect, err error) {
	for _, stored := range outbox {
		e, err := effectOf(stored)
		if err != nil {
			return nil, err
		}
		slot, answered := strings.CutPrefix(e.Slot, effect.SlotAnswered)
		if stored.RunID != runID || e.Comment == nil || !answered || e.Comment.Settle == nil || !e.Comment.Settle.Answered || stored.State != store.EffectDone {
			continue
		}
		kind := effect.KindIssue
		if e.Comment.Settle.Pull {
			kind, slot = effect.KindPull, effect.SlotPull
		}
		at := slices.IndexFunc(outbox, func(other store.Effect) bool {
			return other.Key == effect.Key(e.Repository.ID, e.Number, kind, slot)
		})
		if at < 0 {
			continue
		}
		record, receipt, err := recordOf(outbox[at])
		if err != nil {
			return nil, err
		}
		if receipt.Number != e.Comment.On || record.Pull != nil && record.Pull.Onto != 0 {
			continue // it is another one by now, or another ticket's
		}
		made := *e.Comment
		made.Settle = &effect.Settle{Answered: true, Pull: made.Settle.Pull, Hash: receipt.Hash, Commit: receipt.Commit}
		e.Comment = &made
		out = append(out, e)
	}
	if draft.Comment != nil && draft.Comment.Sent != nil {
		line := simple(place, draft.Number, effect.KindGap, effect.SlotGap)
		line.Visibility, line.Gap = draft.ReplyVisibility(), draft.Comment.Sent
		out = append(out, line)
	}
	return out, nil
}

// listed ticks the ticket's line in the list of docs gaps, where it has one, when its docs pull request has opened after all.
func listed(outbox []store.Effect, pull effect.Effect, receipt effect.Receipt) (out []effect.Effect, err error) {
	at := slices.IndexFunc(outbox, func(other store.Effect) bool {
		return other.Key == effect.Key(pull.Repository.ID, pull.Number, effect.KindGap, effect.SlotGap) && len(other.Receipt) > 0
	})
	if at < 0 {
		return nil, nil
	}
	line, err := effectOf(outbox[at])
	if err != nil || line.Gap == nil {
		return nil, err
	}
	line.Gap, line.Approved = line.Gap.ProposedIn(*pull.Pull, receipt.URL), nil
	if settled(line, outbox) {
		return nil, nil
	}
	return []effect.Effect{line}, nil
}
