package desk

import (
	"slices"
	"strings"

	"github.com/oioi-app/oioi/app/store"
	"github.com/oioi-app/oioi/workflow/effect"
	"github.com/oioi-app/oioi/workflow/ticket"
)

// standingGaps are the follow-ups of a ticket's earlier runs that record what the help center does not answer, and that are OiOi's
// own. inside is where the ticket's drafts stand; nil: on the ticket.
func standingGaps(outbox []store.Effect, inside *ticket.Repository) (gaps []effect.StandingGap, err error) {
	said := map[string]bool{}
	for _, stored := range outbox {
		e, err := effectOf(stored)
		if err != nil {
			return nil, err
		}
		receipt, err := receiptOf(stored)
		if err != nil {
			return nil, err
		}
		switch slot, answered := strings.CutPrefix(e.Slot, effect.SlotAnswered); {
		case e.Comment != nil && answered:
			said[slot] = receipt.ID != 0
		case e.Kind == effect.KindIssue && e.Issue != nil && e.Issue.Gap && receipt.Number != 0 && receipt.Hash != "" && sameRepository(e.In, inside):
			gaps = append(gaps, effect.StandingGap{Slot: e.Slot, Title: e.Issue.Title, Number: receipt.Number})
		}
	}
	for i := range gaps {
		gaps[i].Said = said[gaps[i].Slot]
	}
	return gaps, nil
}

func sameRepository(a, b *ticket.Repository) bool {
	return a == nil && b == nil || a != nil && b != nil && a.ID == b.ID
}

// closings are the comments on follow-ups that a run's reply answers, made to close them: the reply was sent.
func closings(outbox []store.Effect, runID string) (out []effect.Effect, err error) {
	for _, stored := range outbox {
		e, err := effectOf(stored)
		if err != nil {
			return nil, err
		}
		slot, answered := strings.CutPrefix(e.Slot, effect.SlotAnswered)
		if stored.RunID != runID || e.Comment == nil || !answered || e.Comment.Settle == nil || !e.Comment.Settle.Answered || stored.State != store.EffectDone {
			continue
		}
		followUp := slices.IndexFunc(outbox, func(other store.Effect) bool {
			return other.Key == effect.Key(e.Repository.ID, e.Number, effect.KindIssue, slot)
		})
		if followUp < 0 {
			continue
		}
		receipt, err := receiptOf(outbox[followUp])
		if err != nil {
			return nil, err
		}
		made := *e.Comment
		made.Settle = &effect.Settle{Answered: true, Hash: receipt.Hash}
		e.Comment = &made
		out = append(out, e)
	}
	return out, nil
}
