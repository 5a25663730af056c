package hub

import (
	"context"
	"fmt"

	"github.com/google/go-github/v62/github"

	"github.com/oioi-app/oioi/workflow/effect"
)

// settle comments on a follow-up that is open. Where the reply was sent it closes the follow-up, too, unless a person has had to do
// with it.
func (w writer) settle(ctx context.Context, e effect.Effect, prior effect.Receipt, lookFirst bool) (effect.Receipt, error) {
	op := fmt.Sprintf("say on follow-up #%d of %s that it is answered", e.Comment.On, where(e))
	issue, _, err := w.c.Issues.Get(ctx, e.Repository.Owner, e.Repository.Name, e.Comment.On)
	if err = wrap(op, err); err != nil && !NotFound(err) {
		return effect.Receipt{}, err
	}
	prior.Skipped = ""
	switch {
	case err != nil:
		prior.Skipped = "a person has deleted it"
		return prior, nil
	case issue.GetState() != "open":
		prior.Skipped = "it is closed"
		return prior, nil
	}
	receipt, err := w.comment(ctx, e, prior, lookFirst)
	if err != nil || e.Comment.Settle.Hash == "" {
		return receipt, err
	}
	theirs := !w.ours(issue.GetUser()) || len(issue.Assignees) > 0 || hashOf(issue.GetTitle(), issue.GetBody()) != e.Comment.Settle.Hash
	if !theirs && issue.GetComments() > 0 {
		comments, err := w.comments(ctx, w.c, e.Repository, e.Comment.On)
		if err != nil {
			return effect.Receipt{}, wrap(op, err)
		}
		for _, comment := range comments {
			theirs = theirs || !w.ours(comment.GetUser())
		}
	}
	if theirs {
		receipt.Skipped = "a person works on it"
		return receipt, nil
	}
	_, _, err = w.c.Issues.Edit(ctx, e.Repository.Owner, e.Repository.Name, e.Comment.On, &github.IssueRequest{State: github.String("closed"), StateReason: github.String("not_planned")})
	return receipt, wrap(op, err)
}
