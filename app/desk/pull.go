package desk

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

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
		return nil, &command.Mistake{Line: cmd.String(), DidYouMean: "docs [words]", Why: "it belongs on the ticket, not on its pull request"}
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
	receipt, err := a.desk.pullOf(ctx, a.row.Key, v)
	if err != nil || receipt.Number == 0 {
		return err
	}
	v.touched = true
	who := "@" + e.Sender.Login
	switch {
	case e.Kind == ticket.EventPushed:
		said := comment(v.place, v.number, "theirs", "`@"+e.Sender.Login+"` has pushed to this branch. It is yours now: OiOi will not write to it again.")
		said.Comment.On = receipt.Number
		v.effects = append(v.effects, said)
		v.events = append(v.events, store.Event{Kind: "docs", Text: who + " pushed to the branch of the docs pull request; OiOi leaves it alone from now on"})
	case e.Pull != receipt.Number:
	case e.Merged:
		v.events = append(v.events, store.Event{Kind: "docs", Text: "The docs pull request was merged by " + who})
	default:
		v.events = append(v.events, store.Event{Kind: "docs", Text: "The docs pull request was closed by " + who + " without being merged"})
	}
	return nil
}

// pullOf returns what stands in the world of the ticket's docs pull request.
func (d *Desk) pullOf(ctx context.Context, key string, v *verdict) (receipt effect.Receipt, err error) {
	err = d.Store.View(ctx, func(r store.Reader) error {
		stored, err := r.Effect(ctx, effect.Key(v.place.Repository.ID, v.number, effect.KindPull, "docs"))
		if errors.Is(err, store.ErrNotFound) || err == nil && len(stored.Receipt) == 0 {
			return nil
		}
		if err != nil {
			return err
		}
		return json.Unmarshal(stored.Receipt, &receipt)
	})
	return receipt, err
}
