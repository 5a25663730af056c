package desk

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/oioi-app/oioi/app/command"
	"github.com/oioi-app/oioi/app/store"
	"github.com/oioi-app/oioi/workflow/effect"
	"github.com/oioi-app/oioi/workflow/ticket"
)

// revision reads a command on the docs pull request. Whatever follows /oioi there asks for another version of the change;
// help, status, rerun and cancel mean what they mean on the ticket; the other commands belong there.
func revision(e ticket.Event, cmd *command.Command, mistake *command.Mistake) (*command.Command, *command.Mistake) {
	words := ""
	switch {
	case mistake != nil:
		words = strings.TrimSpace(strings.TrimPrefix(mistake.Line, command.Prefix))
	case cmd.Spec.Name == "docs":
		words = cmd.Words
	case !slices.Contains([]string{"help", "status", "rerun", "cancel"}, cmd.Spec.Name):
		return nil, &command.Mistake{Line: cmd.String(), DidYouMean: "docs [words]", Elsewhere: "on the ticket, not on its pull request"}
	default:
		return cmd, nil
	}
	if e.Path != "" {
		words += fmt.Sprintf(" (about %s, line %d)", e.Path, e.Line)
	}
	return &command.Command{Spec: command.Named("docs"), Words: strings.TrimSpace(words)}, nil
}

// pull notes what people did with the docs pull request. When a person pushes to its branch, OiOi says once that the branch
// is theirs now; the publisher finds that out by itself and never writes to it again.
func (a asking) pull(ctx context.Context, e ticket.Event, v *verdict) error {
	if a.row.Key == "" || e.Sender.Bot {
		return nil
	}
	receipt, err := a.desk.pullOf(ctx, v.place.Repository.ID, v.number)
	if err != nil || receipt.Number == 0 {
		return err
	}
	if e.Kind == ticket.EventPullClosed && e.Pull != receipt.Number {
		return nil
	}
	if known, err := a.desk.read(ctx, happening(e), v); known || err != nil {
		return err
	}
	v.touched = true
	who, by, login := "Somebody", "", "Somebody" // a sweep may not know who it was
	if e.Sender.Login != "" {
		who, by, login = "@"+e.Sender.Login, " by @"+e.Sender.Login, effect.Code("@"+e.Sender.Login)
	}
	seen := len(v.events)
	switch {
	case e.Kind == ticket.EventPushed:
		said := comment(v.place, v.number, "theirs", login+" has pushed to this branch. It is yours now: OiOi will not write to it again.")
		said.Comment.On = receipt.Number
		v.effects = append(v.effects, said)
		v.events = append(v.events, store.Event{Kind: "docs", Text: who + " pushed to the branch of the docs pull request; OiOi leaves it alone from now on"})
	case e.Merged:
		v.events = append(v.events, store.Event{Kind: "docs", Text: "The docs pull request was merged" + by})
	default:
		v.events = append(v.events, store.Event{Kind: "docs", Text: "The docs pull request was closed" + by + " without being merged"})
	}
	others, err := a.desk.sharing(ctx, v.place.Repository.ID, receipt.Number)
	happened := slices.Clone(v.events[seen:])
	for _, number := range others {
		for _, event := range happened {
			event.TicketKey = store.TicketKey(v.place.Repository.ID, number)
			v.events = append(v.events, event)
		}
	}
	if e.Kind == ticket.EventPullClosed {
		answering{asking: a, e: e, v: v}.judge()
	}
	return err
}

// happening names one push to a pull request's branch, or one closing: it is merged only once, and may be closed and opened again.
func happening(e ticket.Event) string {
	if e.Kind == ticket.EventPushed {
		return fmt.Sprintf("read/pushed/%d/%s", e.Repository.ID, e.Commit)
	}
	how := "merged"
	if !e.Merged {
		how = e.ClosedAt.UTC().Format(time.RFC3339)
	}
	return fmt.Sprintf("read/closed/%d/%d/%s", e.Repository.ID, e.Pull, how)
}

// sharedKey is where the tickets are noted whose changes were added to another ticket's docs pull request.
func sharedKey(repositoryID int64, pull int) string {
	return fmt.Sprintf("docs/shared/%d/%d", repositoryID, pull)
}

// sharing lists the tickets whose changes were added to another ticket's docs pull request.
func (d *Desk) sharing(ctx context.Context, repositoryID int64, pull int) (others []int, err error) {
	err = d.Store.View(ctx, func(r store.Reader) error {
		others, err = shared(ctx, r, repositoryID, pull)
		return err
	})
	return others, err
}

func shared(ctx context.Context, r store.Reader, repositoryID int64, pull int) (others []int, err error) {
	text, err := r.Value(ctx, sharedKey(repositoryID, pull))
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil
	}
	if err == nil {
		others, err = decode[[]int](json.RawMessage(text))
	}
	return others, err
}

// proposed is what follows when a ticket's docs pull request stands.
func proposed(ctx context.Context, tx store.Tx, key string, e effect.Effect, receipt effect.Receipt) ([]effect.Effect, error) {
	if e.Pull.Onto != 0 {
		if err := share(ctx, tx, e); err != nil {
			return nil, err
		}
	}
	outbox, err := tx.Effects(ctx, key)
	if err != nil {
		return nil, err
	}
	out, err := listed(outbox, e, receipt)
	if review := reviewOf(e); err == nil && e.Pull.Review != nil && !settled(review, outbox) {
		out = append(out, review)
	}
	return out, err
}

// share notes that a ticket's change was added to another one's docs pull request.
func share(ctx context.Context, tx store.Tx, e effect.Effect) error {
	others, err := shared(ctx, tx, e.Repository.ID, e.Pull.Onto)
	if err != nil || slices.Contains(others, e.Number) {
		return err
	}
	return tx.PutValue(ctx, sharedKey(e.Repository.ID, e.Pull.Onto), string(encode(append(others, e.Number))))
}

// pullOf returns what stands in the world of the ticket's docs pull request.
func (d *Desk) pullOf(ctx context.Context, repositoryID int64, number int) (receipt effect.Receipt, err error) {
	err = d.Store.View(ctx, func(r store.Reader) error {
		stored, err := r.Effect(ctx, effect.Key(repositoryID, number, effect.KindPull, effect.SlotPull))
		if errors.Is(err, store.ErrNotFound) || err == nil && len(stored.Receipt) == 0 {
			return nil
		}
		if err != nil {
			return err
		}
		receipt, err = receiptOf(stored)
		return err
	})
	return receipt, err
}
