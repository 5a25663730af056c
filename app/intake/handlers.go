package intake

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/google/go-github/v62/github"
	"github.com/palantir/go-githubapp/githubapp"

	"github.com/oioi-app/oioi/workflow/ticket"
)

type foldKey struct{}

// WithFold returns a context in which the handlers hand what they read from a delivery to fold.
func WithFold(ctx context.Context, fold func(ticket.Event)) context.Context {
	return context.WithValue(ctx, foldKey{}, fold)
}

// Handlers returns the go-githubapp handlers that turn a stored delivery into ticket events. They write nothing and call
// nobody: the mailbox that runs them decides, in one transaction, what the events mean.
func Handlers() []githubapp.EventHandler {
	return []githubapp.EventHandler{issues{}, issueComments{}, reviewComments{}, pullRequests{}, pushes{}, installations{}, selections{}, repositories{}}
}

// issues reads the `issues` event: https://docs.github.com/en/webhooks/webhook-events-and-payloads#issues
type issues struct{}

func (issues) Handles() []string { return []string{"issues"} }

func (issues) Handle(ctx context.Context, _, deliveryID string, payload []byte) error {
	var event github.IssuesEvent
	if err := json.Unmarshal(payload, &event); err != nil {
		return fmt.Errorf("the issues event %s is not what GitHub describes: %w", deliveryID, err)
	}
	kinds := map[string]ticket.EventKind{"opened": ticket.EventOpened, "edited": ticket.EventEdited, "labeled": ticket.EventLabeled,
		"locked": ticket.EventLocked, "unlocked": ticket.EventUnlocked, "deleted": ticket.EventDeleted, "transferred": ticket.EventTransferred,
		"closed": ticket.EventClosed, "reopened": ticket.EventReopened}
	kind, ok := kinds[event.GetAction()]
	if !ok {
		return nil
	}
	out, err := eventOf(kind, deliveryID, event.GetInstallation(), event.GetRepo(), event.GetIssue(), event.GetSender())
	if err != nil {
		return err
	}
	out.Label = event.GetLabel().GetName()
	if kind == ticket.EventTransferred {
		out.MovedTo = movedTo(payload)
	}
	fold(ctx, out)
	return nil
}

// issueComments reads the `issue_comment` event: https://docs.github.com/en/webhooks/webhook-events-and-payloads#issue_comment
type issueComments struct{}

func (issueComments) Handles() []string { return []string{"issue_comment"} }

func (issueComments) Handle(ctx context.Context, _, deliveryID string, payload []byte) error {
	var event github.IssueCommentEvent
	if err := json.Unmarshal(payload, &event); err != nil {
		return fmt.Errorf("the issue_comment event %s is not what GitHub describes: %w", deliveryID, err)
	}
	if event.GetAction() != "created" {
		return nil
	}
	kind := ticket.EventCommented
	if event.GetIssue().IsPullRequest() {
		kind = ticket.EventPullCommented
	}
	out, err := eventOf(kind, deliveryID, event.GetInstallation(), event.GetRepo(), event.GetIssue(), event.GetSender())
	if err != nil {
		return err
	}
	c := event.GetComment()
	out.Comment = &ticket.Comment{
		ID: c.GetID(), Author: person(c.GetUser(), c.GetAuthorAssociation()), Body: ticket.Text(c.GetBody()),
		CreatedAt: c.GetCreatedAt().Time, UpdatedAt: c.GetUpdatedAt().Time, URL: c.GetHTMLURL(),
	}
	out.Sender = known(out.Sender, out.Comment.Author)
	if kind == ticket.EventPullCommented {
		out = ofPull(out, out.Number)
	}
	fold(ctx, out)
	return nil
}

func eventOf(kind ticket.EventKind, deliveryID string, installation *github.Installation, repo *github.Repository,
	issue *github.Issue, sender *github.User) (ticket.Event, error) {
	if installation.GetID() == 0 || repo.GetID() == 0 || issue.GetNumber() == 0 {
		return ticket.Event{}, fmt.Errorf("delivery %s names no installation, repository or issue", deliveryID)
	}
	return ticket.Event{
		Kind: kind, DeliveryID: deliveryID, InstallationID: installation.GetID(),
		Repository: repository(repo),
		Number:     issue.GetNumber(), Title: ticket.Text(issue.GetTitle()), IssueCreatedAt: issue.GetCreatedAt().Time.In(time.UTC),
		Author: person(issue.GetUser(), issue.GetAuthorAssociation()), Sender: person(sender, ""),
	}, nil
}

func repository(repo *github.Repository) ticket.Repository {
	return ticket.Repository{
		ID: repo.GetID(), Owner: repo.GetOwner().GetLogin(), Name: repo.GetName(), Private: repo.GetPrivate(),
		DefaultBranch: repo.GetDefaultBranch(), Archived: repo.GetArchived(),
	}
}

func person(user *github.User, association string) ticket.Person {
	return ticket.Person{Login: user.GetLogin(), ID: user.GetID(), Bot: user.GetType() == "Bot", Association: association}
}

// known is a sender with what a comment says of its author: of senders GitHub says nothing but who they are.
func known(sender, author ticket.Person) ticket.Person {
	if sender.ID == author.ID {
		sender.Association = author.Association
	}
	return sender
}

func fold(ctx context.Context, event ticket.Event) {
	if f, ok := ctx.Value(foldKey{}).(func(ticket.Event)); ok {
		f(event)
	}
}
