package intake

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/google/go-github/v62/github"

	"github.com/oioi-app/oioi/workflow/ticket"
)

// ofPull makes an event one of a pull request that belongs to a ticket: the mailbox it is in says to which.
func ofPull(e ticket.Event, number int) ticket.Event {
	e.Pull, e.Number, e.Title, e.Author = number, 0, ticket.Text(""), ticket.Person{}
	return e
}

// reviewComments reads `pull_request_review_comment`:
// https://docs.github.com/en/webhooks/webhook-events-and-payloads#pull_request_review_comment
type reviewComments struct{}

func (reviewComments) Handles() []string { return []string{"pull_request_review_comment"} }

func (reviewComments) Handle(ctx context.Context, _, deliveryID string, payload []byte) error {
	var event github.PullRequestReviewCommentEvent
	if err := json.Unmarshal(payload, &event); err != nil {
		return fmt.Errorf("the pull_request_review_comment event %s is not what GitHub describes: %w", deliveryID, err)
	}
	if event.GetAction() != "created" {
		return nil
	}
	c := event.GetComment()
	out := pullEvent(ticket.EventPullCommented, deliveryID, event.GetInstallation(), event.GetRepo(), event.GetPullRequest().GetNumber(), event.GetSender())
	out.Comment = &ticket.Comment{
		ID: c.GetID(), Author: person(c.GetUser(), c.GetAuthorAssociation()), Body: ticket.Text(c.GetBody()),
		CreatedAt: c.GetCreatedAt().Time, UpdatedAt: c.GetUpdatedAt().Time, URL: c.GetHTMLURL(),
	}
	out.Sender = known(out.Sender, out.Comment.Author)
	out.Review, out.Path, out.Line = true, c.GetPath(), c.GetLine()
	fold(ctx, out)
	return nil
}

// pullRequests reads `pull_request`: https://docs.github.com/en/webhooks/webhook-events-and-payloads#pull_request
type pullRequests struct{}

func (pullRequests) Handles() []string { return []string{"pull_request"} }

func (pullRequests) Handle(ctx context.Context, _, deliveryID string, payload []byte) error {
	var event github.PullRequestEvent
	if err := json.Unmarshal(payload, &event); err != nil {
		return fmt.Errorf("the pull_request event %s is not what GitHub describes: %w", deliveryID, err)
	}
	if event.GetAction() != "closed" {
		return nil
	}
	out := pullEvent(ticket.EventPullClosed, deliveryID, event.GetInstallation(), event.GetRepo(), event.GetNumber(), event.GetSender())
	out.Merged, out.ClosedAt = event.GetPullRequest().GetMerged(), event.GetPullRequest().GetClosedAt().UTC()
	fold(ctx, out)
	return nil
}

// pushes reads `push`: https://docs.github.com/en/webhooks/webhook-events-and-payloads#push
type pushes struct{}

func (pushes) Handles() []string { return []string{"push"} }

func (pushes) Handle(ctx context.Context, _, deliveryID string, payload []byte) error {
	var event github.PushEvent
	if err := json.Unmarshal(payload, &event); err != nil {
		return fmt.Errorf("the push event %s is not what GitHub describes: %w", deliveryID, err)
	}
	if event.GetDeleted() {
		return nil
	}
	r := event.GetRepo()
	owner := r.GetOwner().GetLogin()
	if owner == "" {
		owner, _, _ = strings.Cut(r.GetFullName(), "/")
	}
	out := pullEvent(ticket.EventPushed, deliveryID, event.GetInstallation(), &github.Repository{
		ID: r.ID, Owner: &github.User{Login: &owner}, Name: r.Name, Private: r.Private, DefaultBranch: r.DefaultBranch, Archived: r.Archived,
	}, 0, event.GetSender())
	out.Commit = event.GetAfter()
	fold(ctx, out)
	return nil
}

func pullEvent(kind ticket.EventKind, deliveryID string, installation *github.Installation, repo *github.Repository, number int, sender *github.User) ticket.Event {
	return ticket.Event{
		Kind: kind, DeliveryID: deliveryID, InstallationID: installation.GetID(), Repository: repository(repo), Pull: number, Sender: person(sender, ""),
	}
}
