package hub

import (
	"context"
	"fmt"

	"github.com/google/go-github/v62/github"

	"github.com/oioi-app/oioi/workflow/effect"
)

// mostPulls is how many docs pull requests a ticket gets, one after the other.
const mostPulls = 20

// standing returns the branch of the ticket's docs pull request with the one that is open there, or the next free branch, and the
// last of those that were merged or closed before.
func (w writer) standing(ctx context.Context, e effect.Effect) (branch string, open, before *github.PullRequest, err error) {
	for n := range mostPulls {
		branch = effect.Next(e.Pull.Branch, n)
		found, err := w.findPull(ctx, e, branch)
		if err != nil || found == nil || found.GetState() == "open" {
			return branch, found, before, err
		}
		before = found
	}
	return "", nil, nil, &Error{Op: "open a docs pull request for " + where(e), Message: fmt.Sprintf("the ticket has had %d of them; change the pages by hand", mostPulls), permanent: true}
}

// inTheWay says why no pull request opens after the ticket's last one was merged or closed; "" where one does.
func (w writer) inTheWay(ctx context.Context, e effect.Effect, before *github.PullRequest) (string, error) {
	merged := !before.GetMergedAt().IsZero()
	if !e.Pull.Anew && !merged {
		if ours, err := w.closedHere(ctx, e, before.GetNumber()); err != nil || ours {
			return "", err
		}
	}
	switch {
	case !e.Pull.Anew && merged:
		return "a person has merged it; `/oioi docs` asks for another one", nil
	case !e.Pull.Anew:
		return "a person has closed it without merging; `/oioi docs` asks for another one", nil
	case !merged:
		return "", nil
	}
	for _, file := range e.Pull.Files {
		now, _, _, err := w.c.Repositories.GetContents(ctx, e.Repository.Owner, e.Repository.Name, file.Path, &github.RepositoryContentGetOptions{Ref: e.Pull.Base})
		if err != nil {
			if NotFound(wrap("", err)) {
				return "", nil
			}
			return "", err
		}
		if now.GetSHA() != blobSHA(file.New) {
			return "", nil
		}
	}
	return "a person has merged it, and the pages say this already", nil
}

// findPull returns the newest pull request of our branch, in whatever state, or nil.
func (w writer) findPull(ctx context.Context, e effect.Effect, branch string) (*github.PullRequest, error) {
	found, _, err := w.c.PullRequests.List(ctx, e.Repository.Owner, e.Repository.Name, &github.PullRequestListOptions{
		State: "all", Head: e.Repository.Owner + ":" + branch, Sort: "created", Direction: "desc", ListOptions: github.ListOptions{PerPage: 10},
	})
	if err != nil {
		return nil, err
	}
	for _, pull := range found {
		if pull.GetHead().GetRef() == branch && w.ours(pull.GetUser()) {
			return pull, nil
		}
	}
	return nil, nil
}
