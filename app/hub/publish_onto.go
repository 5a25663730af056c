package hub

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/google/go-github/v62/github"

	"github.com/oioi-app/oioi/workflow/effect"
)

// Why a change is not added to the pull request that it was made for.
const (
	ontoDone  = "the pull request was merged or closed before this was added; `/oioi docs` asks for one of its own"
	ontoMoved = "its branch has changed since this was made; `/oioi docs` makes it anew"
)

// addTo puts files as one more commit on the branch of an open pull request, which the files were made from, and says on the
// pull request why.
func (w writer) addTo(ctx context.Context, e effect.Effect, prior effect.Receipt) (effect.Receipt, error) {
	op := fmt.Sprintf("add the docs change of %s to #%d", where(e), e.Pull.Onto)
	owner, repo := e.Repository.Owner, e.Repository.Name
	pull, _, err := w.c.PullRequests.Get(ctx, owner, repo, e.Pull.Onto)
	if err != nil {
		return effect.Receipt{}, wrap(op, err)
	}
	receipt := effect.Receipt{ID: pull.GetID(), Number: pull.GetNumber(), URL: pull.GetHTMLURL(), Commit: prior.Commit}
	if head := pull.GetHead(); !w.ours(pull.GetUser()) || head.GetRef() != e.Pull.Branch || head.GetRepo().GetID() != e.Repository.ID {
		return effect.Receipt{}, &Error{Op: op, Message: "it is no pull request of OiOi's on " + e.Pull.Branch, permanent: true}
	}
	added, moved, err := w.addedTo(ctx, e, pull.GetHead().GetSHA())
	switch {
	case err != nil:
		return effect.Receipt{}, wrap(op, err)
	case added != "":
		receipt.Commit = added
	case pull.GetState() != "open":
		receipt.Skipped = ontoDone
		return receipt, nil
	case moved:
		receipt.Skipped = ontoMoved
		return receipt, nil
	default:
		if receipt.Commit, err = w.write(ctx, e, e.Pull.BaseSHA, []*github.Commit{{SHA: &e.Pull.BaseSHA}}); err != nil {
			return effect.Receipt{}, wrap(op, err)
		}
	}
	note := e
	note.Comment = &effect.Comment{Body: e.Pull.Body, Marker: e.Pull.Marker, On: e.Pull.Onto}
	said, err := w.comment(ctx, note, effect.Receipt{}, true)
	receipt.Hash = said.Hash
	return receipt, err
}

// addedTo returns the commit with which an earlier attempt has added the files, or "", and whether the branch has moved since the
// files were made.
func (w writer) addedTo(ctx context.Context, e effect.Effect, head string) (added string, moved bool, err error) {
	if head == e.Pull.BaseSHA {
		return "", false, nil
	}
	since, _, err := w.c.Repositories.CompareCommits(ctx, e.Repository.Owner, e.Repository.Name, e.Pull.BaseSHA, head, nil)
	if err != nil {
		if NotFound(wrap("", err)) {
			return "", true, nil // a person threw it away
		}
		return "", false, err
	}
	at := slices.IndexFunc(since.Commits, func(c *github.RepositoryCommit) bool {
		return allBy(w.bot, []*github.RepositoryCommit{c}) && strings.TrimSpace(c.GetCommit().GetMessage()) == strings.TrimSpace(e.Pull.Message)
	})
	if at < 0 {
		return "", true, nil
	}
	return since.Commits[at].GetSHA(), true, nil
}
