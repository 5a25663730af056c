package hub

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/google/go-github/v62/github"

	"github.com/oioi-app/oioi/workflow/effect"
	"github.com/oioi-app/oioi/workflow/ticket"
)

// settle comments on a follow-up or a docs pull request that is open. Where the reply was sent it closes it, too, unless a person has
// had to do with it.
func (w writer) settle(ctx context.Context, e effect.Effect, prior effect.Receipt, lookFirst bool) (effect.Receipt, error) {
	op := fmt.Sprintf("say on #%d, which was opened for %s, that it is answered", e.Comment.On, where(e))
	owner, repo, settle := e.Repository.Owner, e.Repository.Name, e.Comment.Settle
	issue, _, err := w.c.Issues.Get(ctx, owner, repo, e.Comment.On)
	if err = wrap(op, err); err != nil && !NotFound(err) {
		return effect.Receipt{}, err
	}
	prior.Skipped = ""
	switch {
	case err != nil:
		prior.Skipped = "a person has deleted it"
		return prior, nil
	case issue.GetState() != "open":
		if !w.ours(issue.GetClosedBy()) { // else an earlier attempt has done it
			prior.Skipped = "it is closed"
		}
		return prior, nil
	}
	receipt, err := w.comment(ctx, e, prior, lookFirst)
	if err != nil || settle.Hash == "" {
		return receipt, err
	}
	receipt.Skipped, err = w.kept(ctx, e, issue)
	if err != nil || receipt.Skipped != "" {
		return receipt, wrap(op, err)
	}
	if settle.Pull {
		err = w.editPull(ctx, e.Repository, e.Comment.On, map[string]string{"state": "closed"})
	} else {
		_, _, err = w.c.Issues.Edit(ctx, owner, repo, e.Comment.On, &github.IssueRequest{State: github.String("closed"), StateReason: github.String("not_planned")})
	}
	return receipt, wrap(op, err)
}

// kept says why a follow-up or a docs pull request that is answered stays open; "" where nobody but OiOi has had to do with it.
func (w writer) kept(ctx context.Context, e effect.Effect, issue *github.Issue) (string, error) {
	const works = "a person works on it"
	settle, number := e.Comment.Settle, issue.GetNumber()
	if !w.ours(issue.GetUser()) || len(issue.Assignees) > 0 || hashOf(issue.GetTitle(), issue.GetBody()) != settle.Hash {
		return works, nil
	}
	if issue.GetComments() > 0 {
		comments, err := w.comments(ctx, w.c, e.Repository, number)
		if err != nil || slices.ContainsFunc(comments, func(c *github.IssueComment) bool { return !w.ours(c.GetUser()) }) {
			return works, err
		}
	}
	if !settle.Pull {
		return "", nil
	}
	pull, _, err := w.c.PullRequests.Get(ctx, e.Repository.Owner, e.Repository.Name, number)
	if err != nil || !pull.GetDraft() {
		return works, err
	}
	// The pull request itself may show a push late.
	branch, _, err := w.c.Git.GetRef(ctx, e.Repository.Owner, e.Repository.Name, "heads/"+pull.GetHead().GetRef())
	if err != nil || branch.GetObject().GetSHA() != settle.Commit {
		return "its branch holds more than OiOi has written for this ticket", err
	}
	reviews, err := pages(func(page int) ([]*github.PullRequestReview, *github.Response, error) {
		return w.c.PullRequests.ListReviews(ctx, e.Repository.Owner, e.Repository.Name, number, &github.ListOptions{Page: page, PerPage: 100})
	})
	if err != nil || slices.ContainsFunc(reviews, func(r *github.PullRequestReview) bool { return !w.ours(r.GetUser()) }) {
		return works, err
	}
	return "", nil
}

// closedHere reports whether this App has closed an issue or a pull request itself, which it does only where its question was
// answered. A list does not say who did.
func (w writer) closedHere(ctx context.Context, e effect.Effect, number int) (bool, error) {
	issue, _, err := w.c.Issues.Get(ctx, e.Repository.Owner, e.Repository.Name, number)
	return err == nil && w.ours(issue.GetClosedBy()), err
}

// rewrite brings the ticket's line in the list of docs gaps up to date, where it still is as OiOi wrote it: it is ticked when a page
// answers the ticket, and opened again when none does any more.
func (w writer) rewrite(ctx context.Context, e effect.Effect, list *github.Issue, receipt, prior effect.Receipt) (effect.Receipt, error) {
	lines := strings.Split(list.GetBody(), "\n")
	at := slices.IndexFunc(lines, func(line string) bool { return strings.Contains(line, e.Gap.LineMarker) })
	stands, wanted := strings.TrimSpace(lines[at]), e.Gap.Stands()
	if receipt.Hash = hashOf(wanted); stands == wanted {
		return receipt, nil
	}
	if stands != e.Gap.Line && hashOf(stands) != prior.Hash {
		if receipt.Hash = prior.Hash; e.Gap.Settle {
			receipt.Skipped = "a person has changed the line"
		}
		return receipt, nil
	}
	lines[at] = strings.Replace(lines[at], stands, wanted, 1) // a browser ends lines in its own way
	body := strings.Join(lines, "\n")
	if len(body) > maxIssueBody {
		receipt.Hash, receipt.Skipped = prior.Hash, "the list is full"
		return receipt, nil
	}
	_, _, err := w.c.Issues.Edit(ctx, e.Repository.Owner, e.Repository.Name, list.GetNumber(), &github.IssueRequest{Body: &body})
	return receipt, err
}

// editPull changes those fields of a pull request that are named; go-github's own Edit reads every field that it is given.
func (w writer) editPull(ctx context.Context, repo ticket.Repository, number int, fields map[string]string) error {
	req, err := w.c.NewRequest(http.MethodPatch, fmt.Sprintf("repos/%s/%s/pulls/%d", repo.Owner, repo.Name, number), fields)
	if err != nil {
		return err
	}
	_, err = w.c.Do(ctx, req, nil)
	return err
}
