package hub

import (
	"context"
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
	receipt := effect.Receipt{ID: prior.ID, URL: prior.URL, Hash: hashOf(e.Status.Text)}
	if body == comment.GetBody() {
		return receipt, nil
	}
	_, _, err = w.c.Issues.EditComment(ctx, e.Repository.Owner, e.Repository.Name, prior.ID, &github.IssueComment{Body: &body})
	return receipt, wrap(op, err)
}
