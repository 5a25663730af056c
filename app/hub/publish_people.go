package hub

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/google/go-github/v62/github"

	"github.com/oioi-app/oioi/workflow/effect"
)

// assign makes a person the issue's assignee, beside those who are. GitHub drops in silence whom it does not let be
// assigned, so its answer is read.
// https://docs.github.com/en/rest/issues/assignees#add-assignees-to-an-issue
func (w writer) assign(ctx context.Context, e effect.Effect) (effect.Receipt, error) {
	op := "assign @" + e.Assign.Login + " to " + where(e)
	issue, _, err := w.c.Issues.AddAssignees(ctx, e.Repository.Owner, e.Repository.Name, e.Number, []string{e.Assign.Login})
	if err != nil {
		return effect.Receipt{}, wrap(op, err)
	}
	if !slices.ContainsFunc(issue.Assignees, func(u *github.User) bool { return strings.EqualFold(u.GetLogin(), e.Assign.Login) }) {
		return effect.Receipt{}, &Error{Op: op, permanent: true,
			Message: "GitHub does not let this account be assigned here; it needs access to the repository, and an issue has at most ten assignees"}
	}
	return effect.Receipt{URL: issue.GetHTMLURL(), Hash: hashOf(strings.ToLower(e.Assign.Login))}, nil
}

// status writes what became of a plan into the draft's comment, and leaves what a person has written there. prior is the
// draft's receipt.
func (w writer) status(ctx context.Context, e effect.Effect, prior effect.Receipt) (effect.Receipt, error) {
	op := "show the status on " + where(e)
	if prior.ID == 0 {
		return effect.Receipt{Skipped: "there is no draft"}, nil
	}
	comment, _, err := w.c.Issues.GetComment(ctx, e.Repository.Owner, e.Repository.Name, prior.ID)
	if err != nil {
		if wrapped := wrap(op, err); !NotFound(wrapped) {
			return effect.Receipt{}, wrapped
		}
		return effect.Receipt{Skipped: "a person has deleted the draft"}, nil
	}
	body := effect.WithStatus(comment.GetBody(), e.Status.Text)
	if e.Status.Sent {
		body = effect.WithSentReply(body)
	}
	receipt := effect.Receipt{ID: prior.ID, URL: prior.URL, Hash: hashOf(e.Status.Text)}
	if body == comment.GetBody() {
		return receipt, nil
	}
	_, _, err = w.c.Issues.EditComment(ctx, e.Repository.Owner, e.Repository.Name, prior.ID, &github.IssueComment{Body: &body})
	return receipt, wrap(op, err)
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
