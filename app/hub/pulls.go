package hub

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/google/go-github/v62/github"

	"github.com/oioi-app/oioi/workflow/effect"
	"github.com/oioi-app/oioi/workflow/ticket"
)

// OpenPulls lists this App's open docs pull requests, oldest first. Whether a person has pushed to one is not known here.
func (h *Hub) OpenPulls(ctx context.Context, installationID int64, repo ticket.Repository) ([]effect.OpenPull, error) {
	c, err := h.client(installationID, repo, toRead)
	if err != nil {
		return nil, err
	}
	_, bot, err := h.App(ctx)
	if err != nil {
		return nil, err
	}
	options := &github.PullRequestListOptions{State: "open", Sort: "created", Direction: "asc", ListOptions: github.ListOptions{PerPage: 100}}
	found, err := pages(func(page int) ([]*github.PullRequest, *github.Response, error) {
		options.Page = page
		return c.PullRequests.List(ctx, repo.Owner, repo.Name, options)
	})
	if err != nil {
		return nil, reading("list the open pull requests of "+repo.FullName(), err)
	}
	var out []effect.OpenPull
	for _, pull := range found {
		if branch := pull.GetHead().GetRef(); strings.EqualFold(pull.GetUser().GetLogin(), bot) && strings.HasPrefix(branch, effect.BranchPrefix) {
			out = append(out, effect.OpenPull{Number: pull.GetNumber(), URL: pull.GetHTMLURL(), Title: pull.GetTitle(), Branch: branch, Head: pull.GetHead().GetSHA()})
		}
	}
	return out, nil
}

// PullState returns how a pull request stands now.
func (h *Hub) PullState(ctx context.Context, installationID int64, repo ticket.Repository, number int) (effect.PullState, error) {
	c, err := h.client(installationID, repo, toRead)
	if err != nil {
		return effect.PullState{}, err
	}
	pull, _, err := c.PullRequests.Get(ctx, repo.Owner, repo.Name, number)
	if err != nil {
		return effect.PullState{}, reading(fmt.Sprintf("read the pull request #%d of %s", number, repo.FullName()), err)
	}
	return effect.PullState{URL: pull.GetHTMLURL(), Open: pull.GetState() == "open", Merged: pull.GetMerged()}, nil
}

// Proposed returns what an open docs pull request makes of the pages that are named, and whether a person has pushed to its branch.
func (h *Hub) Proposed(ctx context.Context, installationID int64, repo ticket.Repository, pull effect.OpenPull, pages []string) (files []effect.File, theirs bool, err error) {
	c, err := h.client(installationID, repo, toRead)
	if err != nil {
		return nil, false, err
	}
	_, bot, err := h.App(ctx)
	if err != nil {
		return nil, false, err
	}
	compared, _, err := c.Repositories.CompareCommits(ctx, repo.Owner, repo.Name, repo.DefaultBranch, pull.Head, nil)
	if err != nil {
		return nil, false, reading(fmt.Sprintf("read what #%d of %s changes", pull.Number, repo.FullName()), err)
	}
	for _, changed := range compared.Files {
		file := effect.File{Path: changed.GetFilename()}
		if !slices.Contains(pages, file.Path) {
			continue
		}
		before, _, err := h.File(ctx, installationID, repo, compared.GetMergeBaseCommit().GetSHA(), file.Path)
		if err != nil {
			return nil, false, err
		}
		after, _, err := h.File(ctx, installationID, repo, pull.Head, file.Path)
		if err != nil {
			return nil, false, err
		}
		file.Old, file.New = string(before), string(after)
		files = append(files, file)
	}
	return files, !allBy(bot, compared.Commits), nil
}

// allBy reports whether an account is the author of all commits.
func allBy(login string, commits []*github.RepositoryCommit) bool {
	return !slices.ContainsFunc(commits, func(c *github.RepositoryCommit) bool { return !strings.EqualFold(c.GetAuthor().GetLogin(), login) })
}
