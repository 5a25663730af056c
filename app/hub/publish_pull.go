package hub

import (
	"context"

	"github.com/google/go-github/v62/github"

	"github.com/oioi-app/oioi/workflow/effect"
)

// pull puts files on a deterministic branch, as one commit through git data, and opens a draft pull request for it. On a
// branch that a person has pushed to it writes nothing.
func (w writer) pull(ctx context.Context, e effect.Effect, prior effect.Receipt) (effect.Receipt, error) {
	op := "open a docs pull request for " + where(e)
	owner, repo := e.Repository.Owner, e.Repository.Name
	for _, file := range e.Pull.Files {
		if err := checkPath(file.Path); err != nil {
			return effect.Receipt{}, &Error{Op: op, Message: err.Error(), permanent: true}
		}
	}
	if e.Pull.Onto != 0 {
		return w.addTo(ctx, e, prior)
	}
	branch, existing, before, err := w.standing(ctx, e)
	if err != nil {
		return effect.Receipt{}, wrap(op, err)
	}
	if existing == nil && before != nil {
		why, err := w.inTheWay(ctx, e, before)
		if err != nil {
			return effect.Receipt{}, wrap(op, err)
		}
		if why != "" {
			return effect.Receipt{ID: before.GetID(), Number: before.GetNumber(), URL: before.GetHTMLURL(), Commit: prior.Commit, Hash: prior.Hash, Skipped: why}, nil
		}
	}
	if branch != e.Pull.Branch {
		pull := *e.Pull
		pull.Branch, e.Pull = branch, &pull
	}
	if existing.GetNumber() != prior.Number {
		prior = effect.Receipt{} // it is of one that was merged or closed
	}
	head, touched, err := w.branchHead(ctx, e, prior)
	if err != nil {
		return effect.Receipt{}, wrap(op, err)
	}
	if touched != "" {
		prior.Skipped = touched
		if existing != nil {
			prior.ID, prior.Number, prior.URL = existing.GetID(), existing.GetNumber(), existing.GetHTMLURL()
		}
		return prior, nil
	}
	commit, err := w.commit(ctx, e, head)
	if err != nil {
		return effect.Receipt{}, wrap(op, err)
	}
	hash := hashOf(e.Pull.Title, e.Pull.Body)
	if existing == nil {
		draft := true
		made, _, err := w.c.PullRequests.Create(ctx, owner, repo, &github.NewPullRequest{
			Title: &e.Pull.Title, Body: &e.Pull.Body, Head: &e.Pull.Branch, Base: &e.Pull.Base, Draft: &draft,
		})
		if err != nil {
			return effect.Receipt{}, wrap(op, err)
		}
		existing = made
	} else if prior.Hash != hash && prior.Hash == hashOf(existing.GetTitle(), existing.GetBody()) {
		if err := w.editPull(ctx, e.Repository, existing.GetNumber(), map[string]string{"title": e.Pull.Title, "body": e.Pull.Body}); err != nil {
			return effect.Receipt{}, wrap(op, err)
		}
	} else if prior.Hash != "" {
		hash = prior.Hash
	}
	for _, label := range e.Pull.Labels {
		if err := w.ensureLabel(ctx, e.Repository, label, "", ""); err != nil {
			return effect.Receipt{}, wrap(op, err)
		}
	}
	if len(e.Pull.Labels) > 0 {
		if err := w.addLabels(ctx, e.Repository, existing.GetNumber(), e.Pull.Labels...); err != nil {
			return effect.Receipt{}, wrap(op, err)
		}
	}
	return effect.Receipt{ID: existing.GetID(), Number: existing.GetNumber(), URL: existing.GetHTMLURL(), Commit: commit, Hash: hash}, nil
}
