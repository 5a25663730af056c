package hub

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/google/go-github/v62/github"

	"github.com/oioi-app/oioi/workflow/effect"
)

// pullLook looks for what was missed on the pull requests that this App has opened.
type pullLook struct {
	client       *github.Client
	repo         *github.Repository
	installation *github.Installation
	bot          string
	since        time.Time
	prefix       string
}

// ticket returns the number of the ticket for which this App has opened a pull request; 0 for any other.
func (l pullLook) ticket(pull *github.Issue) int {
	if !pull.IsPullRequest() || !strings.EqualFold(pull.GetUser().GetLogin(), l.bot) {
		return 0
	}
	return effect.TicketOf("", pull.GetBody())
}

// changes returns, for one that has changed: that it was closed, that a person has pushed to its branch, and the new comments on
// its diff that address OiOi.
func (l pullLook) changes(ctx context.Context, pull *github.Issue) ([]Change, error) {
	number := l.ticket(pull)
	if number == 0 {
		return nil, nil
	}
	var out []Change
	add := func(event, action, id string, at time.Time, payload any) error {
		raw, err := json.Marshal(payload)
		out = append(out, Change{ID: id, Event: event, Action: action, Number: number, At: at, Payload: raw})
		return err
	}
	if at := pull.GetClosedAt(); !at.IsZero() && !at.Before(l.since) {
		action, merged := "closed", !pull.GetPullRequestLinks().GetMergedAt().IsZero()
		by, err := l.closedBy(ctx, pull)
		if err != nil {
			return nil, err
		}
		err = add("pull_request", action, fmt.Sprintf("sweep-%d-closed-%d", pull.GetID(), at.Unix()), at.Time, github.PullRequestEvent{
			Action: &action, Number: pull.Number, Repo: l.repo, Installation: l.installation, Sender: by,
			PullRequest: &github.PullRequest{Number: pull.Number, User: pull.User, Merged: &merged, ClosedAt: pull.ClosedAt},
		})
		if err != nil {
			return nil, err
		}
	}
	if pull.GetState() == "open" {
		pushed, err := l.pushed(ctx, pull.GetNumber())
		if err != nil {
			return nil, err
		}
		if pushed != nil {
			if err := add("push", "", fmt.Sprintf("sweep-%d-push-%s", pull.GetID(), pushed.GetSHA()), pull.GetUpdatedAt().Time, github.PushEvent{
				After: pushed.SHA, Sender: pushed.Author, Installation: l.installation,
				Repo: &github.PushEventRepository{ID: l.repo.ID, Name: l.repo.Name, FullName: l.repo.FullName, Owner: l.repo.Owner, Private: l.repo.Private, DefaultBranch: l.repo.DefaultBranch},
			}); err != nil {
				return nil, err
			}
		}
	}
	// A comment on its diff changes a pull request, so that only those that have changed are asked for.
	said, err := changed(l.since, func(since time.Time, page int) ([]*github.PullRequestComment, *github.Response, error) {
		return l.client.PullRequests.ListComments(ctx, l.repo.GetOwner().GetLogin(), l.repo.GetName(), pull.GetNumber(),
			&github.PullRequestListCommentsOptions{Sort: "updated", Direction: "asc", Since: since, ListOptions: github.ListOptions{Page: page, PerPage: 100}})
	})
	if err != nil {
		return nil, err
	}
	for _, comment := range said {
		// A command counts only in a comment as it was first written.
		created := comment.GetCreatedAt()
		if !strings.Contains(comment.GetBody(), l.prefix) || !comment.GetUpdatedAt().Equal(created) || created.Before(l.since) {
			continue
		}
		action := "created"
		err := add("pull_request_review_comment", action, fmt.Sprintf("sweep-review-comment-%d", comment.GetID()), created.Time, github.PullRequestReviewCommentEvent{
			Action: &action, Comment: comment, Repo: l.repo, Installation: l.installation, Sender: comment.User,
			PullRequest: &github.PullRequest{Number: pull.Number, User: pull.User},
		})
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

// closedBy returns who has closed a pull request, OiOi itself among others; GitHub's lists do not always say.
func (l pullLook) closedBy(ctx context.Context, pull *github.Issue) (*github.User, error) {
	if pull.ClosedBy != nil {
		return pull.ClosedBy, nil
	}
	whole, _, err := l.client.Issues.Get(ctx, l.repo.GetOwner().GetLogin(), l.repo.GetName(), pull.GetNumber())
	return whole.GetClosedBy(), err
}

// pushed returns the newest commit of a pull request that is not this App's; nil: all are. A commit says who wrote it, not who pushed
// it, which is mostly the same.
func (l pullLook) pushed(ctx context.Context, pull int) (newest *github.RepositoryCommit, err error) {
	commits, err := pages(func(page int) ([]*github.RepositoryCommit, *github.Response, error) {
		return l.client.PullRequests.ListCommits(ctx, l.repo.GetOwner().GetLogin(), l.repo.GetName(), pull, &github.ListOptions{Page: page, PerPage: 100})
	})
	for _, commit := range commits {
		if !allBy(l.bot, []*github.RepositoryCommit{commit}) {
			newest = commit
		}
	}
	return newest, err
}
