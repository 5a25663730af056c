package hub

import (
	"context"
	"fmt"
	"strings"

	"github.com/google/go-github/v62/github"

	"github.com/oioi-app/oioi/app/connect/tracker"
	"github.com/oioi-app/oioi/workflow/ticket"
)

// RecentIssues returns issues of all states, last updated first, without comments and without pull requests.
func (h *Hub) RecentIssues(ctx context.Context, installationID int64, repo ticket.Repository, limit int) ([]ticket.Ticket, error) {
	c, err := h.client(installationID)
	if err != nil {
		return nil, err
	}
	found, _, err := c.Issues.ListByRepo(ctx, repo.Owner, repo.Name, &github.IssueListByRepoOptions{
		State: "all", Sort: "updated", Direction: "desc", ListOptions: github.ListOptions{PerPage: min(limit, 100)},
	})
	if err != nil {
		return nil, wrap("list the issues of "+repo.FullName(), err)
	}
	var out []ticket.Ticket
	for _, issue := range found {
		if !issue.IsPullRequest() {
			out = append(out, TicketOf(repo, issue))
		}
	}
	return out, nil
}

// Conversation returns an issue's comments, oldest first.
func (h *Hub) Conversation(ctx context.Context, installationID int64, repo ticket.Repository, number int) ([]ticket.Comment, error) {
	c, err := h.client(installationID)
	if err != nil {
		return nil, err
	}
	_, bot, err := h.App(ctx)
	if err != nil {
		return nil, err
	}
	found, err := h.comments(ctx, c, repo, number)
	if err != nil {
		return nil, wrap(fmt.Sprintf("read the comments of %s#%d", repo.FullName(), number), err)
	}
	out := make([]ticket.Comment, len(found))
	for i, comment := range found {
		out[i] = ticket.Comment{
			ID: comment.GetID(), Author: personOf(comment.GetUser(), comment.GetAuthorAssociation()),
			Body: ticket.Text(comment.GetBody()), CreatedAt: comment.GetCreatedAt().Time, UpdatedAt: comment.GetUpdatedAt().Time,
			URL: comment.GetHTMLURL(), Ours: strings.EqualFold(comment.GetUser().GetLogin(), bot),
		}
	}
	return out, nil
}

// Releases returns published releases, newest first.
func (h *Hub) Releases(ctx context.Context, installationID int64, repo ticket.Repository, limit int) ([]tracker.Release, error) {
	c, err := h.client(installationID)
	if err != nil {
		return nil, err
	}
	found, _, err := c.Repositories.ListReleases(ctx, repo.Owner, repo.Name, &github.ListOptions{PerPage: limit})
	if err != nil {
		return nil, wrap("list the releases of "+repo.FullName(), err)
	}
	var out []tracker.Release
	for _, r := range found {
		if !r.GetDraft() {
			out = append(out, tracker.Release{Tag: r.GetTagName(), Name: r.GetName(), Notes: r.GetBody(), URL: r.GetHTMLURL()})
		}
	}
	return out, nil
}
