package hub

import (
	"context"
	"fmt"
	"net/http"
	"strings"

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
	existing, err := w.findPull(ctx, e)
	if err != nil {
		return effect.Receipt{}, wrap(op, err)
	}
	if existing != nil && existing.GetState() != "open" {
		return effect.Receipt{ID: existing.GetID(), Number: existing.GetNumber(), URL: existing.GetHTMLURL(), Commit: prior.Commit, Hash: prior.Hash,
			Skipped: "a person has closed or merged it"}, nil
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
		// Edit reads every field it is given: name only the two that change.
		req, err := w.c.NewRequest(http.MethodPatch, fmt.Sprintf("repos/%s/%s/pulls/%d", owner, repo, existing.GetNumber()),
			map[string]string{"title": e.Pull.Title, "body": e.Pull.Body})
		if err != nil {
			return effect.Receipt{}, wrap(op, err)
		}
		if _, err := w.c.Do(ctx, req, nil); err != nil {
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

// findPull returns the newest pull request of our branch, in whatever state, or nil.
func (w writer) findPull(ctx context.Context, e effect.Effect) (*github.PullRequest, error) {
	found, _, err := w.c.PullRequests.List(ctx, e.Repository.Owner, e.Repository.Name, &github.PullRequestListOptions{
		State: "all", Head: e.Repository.Owner + ":" + e.Pull.Branch, Sort: "created", Direction: "desc", ListOptions: github.ListOptions{PerPage: 10},
	})
	if err != nil {
		return nil, err
	}
	for _, pull := range found {
		if pull.GetHead().GetRef() == e.Pull.Branch && w.ours(pull.GetUser()) {
			return pull, nil
		}
	}
	return nil, nil
}

// review asks people and teams to review a pull request. Whom GitHub does not let review it refuses, with all others named
// beside: then each is asked alone.
// https://docs.github.com/en/rest/pulls/review-requests#request-reviewers-for-a-pull-request
func (w writer) review(ctx context.Context, e effect.Effect) (effect.Receipt, error) {
	if e.Review.Pull == 0 {
		return effect.Receipt{Skipped: "there is no pull request"}, nil
	}
	op := fmt.Sprintf("ask for a review of #%d of %s", e.Review.Pull, e.Repository.FullName())
	ask := func(logins, teams []string) error {
		_, _, err := w.c.PullRequests.RequestReviewers(ctx, e.Repository.Owner, e.Repository.Name, e.Review.Pull, github.ReviewersRequest{Reviewers: logins, TeamReviewers: teams})
		return wrap(op, err)
	}
	err := ask(e.Review.Logins, e.Review.Teams)
	if err == nil || status(err) != http.StatusUnprocessableEntity {
		return effect.Receipt{Hash: hashOf(append(e.Review.Logins, e.Review.Teams...)...)}, err
	}
	var cannot []string
	one := func(name string, logins, teams []string) error {
		err := ask(logins, teams)
		if status(err) == http.StatusUnprocessableEntity {
			cannot = append(cannot, name)
			return nil
		}
		return err
	}
	for _, login := range e.Review.Logins {
		if err := one(login, []string{login}, nil); err != nil {
			return effect.Receipt{}, err
		}
	}
	for _, team := range e.Review.Teams {
		if err := one(team, nil, []string{team}); err != nil {
			return effect.Receipt{}, err
		}
	}
	return effect.Receipt{Skipped: "GitHub does not let them review here: " + strings.Join(cannot, ", ") + "; they need access to the repository"}, nil
}
