package hub

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/google/go-github/v62/github"

	"github.com/oioi-app/oioi/app/connect/tracker"
	"github.com/oioi-app/oioi/workflow/ticket"
)

// Issues returns one page of a repository's issues, last updated first, without pull requests and comments.
// https://docs.github.com/en/rest/issues/issues#list-repository-issues
func (h *Hub) Issues(ctx context.Context, installationID int64, repo ticket.Repository, q tracker.IssueQuery) (tracker.IssuePage, error) {
	c, err := h.client(installationID, repo, toRead)
	if err != nil {
		return tracker.IssuePage{}, err
	}
	options := &github.IssueListByRepoOptions{
		State: "all", Sort: "updated", Direction: "desc", Since: q.Since, ListOptions: github.ListOptions{Page: q.Page, PerPage: 100},
	}
	if q.Label != "" {
		options.State, options.Labels = "open", []string{q.Label}
	}
	found, resp, err := c.Issues.ListByRepo(ctx, repo.Owner, repo.Name, options)
	if err != nil {
		return tracker.IssuePage{}, reading("list the issues of "+repo.FullName(), err)
	}
	page := tracker.IssuePage{More: resp.NextPage != 0}
	for _, issue := range found {
		if updated := issue.GetUpdatedAt().Time; updated.After(page.Newest) {
			page.Newest = updated
		}
		if !issue.IsPullRequest() {
			page.Issues = append(page.Issues, TicketOf(repo, issue))
		}
	}
	return page, nil
}

// Conversation returns an issue's comments, oldest first. An issue that was moved to another repository is not followed there.
func (h *Hub) Conversation(ctx context.Context, installationID int64, repo ticket.Repository, number int) ([]ticket.Comment, error) {
	return h.conversation(stay(ctx), installationID, repo, number)
}

func (h *Hub) conversation(ctx context.Context, installationID int64, repo ticket.Repository, number int) ([]ticket.Comment, error) {
	c, err := h.client(installationID, repo, toRead)
	if err != nil {
		return nil, err
	}
	_, bot, err := h.App(ctx)
	if err != nil {
		return nil, err
	}
	found, err := h.comments(ctx, c, repo, number)
	if err != nil {
		return nil, reading(fmt.Sprintf("read the comments of %s#%d", repo.FullName(), number), err)
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

// timelinePages is how much of an issue's timeline is read: 300 rows.
const timelinePages = 3

// Closings returns what an issue's timeline tells of its closing: that it was closed and reopened, and the merged pull requests
// of its own repository that name it.
// https://docs.github.com/en/rest/issues/timeline#list-timeline-events-for-an-issue
func (h *Hub) Closings(ctx context.Context, installationID int64, repo ticket.Repository, number int) ([]tracker.Closing, error) {
	c, err := h.client(installationID, repo, toRead)
	if err != nil {
		return nil, err
	}
	var out []tracker.Closing
	for page := 1; page != 0 && page <= timelinePages; {
		rows, resp, err := c.Issues.ListIssueTimeline(stay(ctx), repo.Owner, repo.Name, number, &github.ListOptions{Page: page, PerPage: 100})
		if err != nil {
			return nil, reading(fmt.Sprintf("read the timeline of %s#%d", repo.FullName(), number), err)
		}
		for _, row := range rows {
			closing := tracker.Closing{Kind: row.GetEvent(), At: row.GetCreatedAt().Time, Commit: row.GetCommitID()}
			switch closing.Kind {
			case "closed", "reopened":
				out = append(out, closing)
			case "cross-referenced":
				source := row.GetSource().GetIssue()
				if source.IsPullRequest() && !source.GetPullRequestLinks().GetMergedAt().IsZero() && isOf(source.GetHTMLURL(), repo) {
					closing.Pull, closing.Body = source.GetNumber(), source.GetBody()
					out = append(out, closing)
				}
			}
		}
		page = resp.NextPage
	}
	return out, nil
}

// isOf reports whether a page belongs to a repository.
func isOf(page string, repo ticket.Repository) bool {
	u, err := url.Parse(page)
	return err == nil && strings.HasPrefix(strings.ToLower(u.Path), strings.ToLower("/"+repo.FullName()+"/"))
}

// Work returns an issue or pull request.
// https://docs.github.com/en/rest/issues/issues#get-an-issue
func (h *Hub) Work(ctx context.Context, installationID int64, repo ticket.Repository, number int) (tracker.Work, error) {
	c, err := h.client(installationID, repo, toRead)
	if err != nil {
		return tracker.Work{}, err
	}
	op := fmt.Sprintf("read %s#%d", repo.FullName(), number)
	issue, _, err := c.Issues.Get(stay(ctx), repo.Owner, repo.Name, number)
	if err != nil {
		return tracker.Work{}, reading(op, err)
	}
	out := tracker.Work{Ticket: TicketOf(repo, issue), Pull: issue.IsPullRequest()}
	if merged := issue.GetPullRequestLinks().GetMergedAt(); !merged.IsZero() {
		pull, _, err := c.PullRequests.Get(stay(ctx), repo.Owner, repo.Name, number)
		if err != nil {
			return tracker.Work{}, reading(op, err)
		}
		out.Merged, out.SHA, out.Done = true, pull.GetMergeCommitSHA(), merged.Time
	}
	return out, nil
}

// Commit returns a commit by its full or shortened id.
// https://docs.github.com/en/rest/commits/commits#get-a-commit
func (h *Hub) Commit(ctx context.Context, installationID int64, repo ticket.Repository, sha string) (tracker.Work, error) {
	c, err := h.client(installationID, repo, toRead)
	if err != nil {
		return tracker.Work{}, err
	}
	found, _, err := c.Repositories.GetCommit(stay(ctx), repo.Owner, repo.Name, sha, &github.ListOptions{PerPage: 1})
	if err != nil {
		return tracker.Work{}, reading("read commit "+sha+" of "+repo.FullName(), err)
	}
	committed := found.GetCommit()
	return tracker.Work{
		Ticket: ticket.Ticket{Repository: repo, URL: found.GetHTMLURL(), Body: ticket.Text(committed.GetMessage()),
			Author: personOf(found.GetAuthor(), "")},
		SHA: found.GetSHA(), Done: committed.GetCommitter().GetDate().Time,
	}, nil
}

// Contains reports whether a tag's history holds a commit.
// https://docs.github.com/en/rest/commits/commits#compare-two-commits
func (h *Hub) Contains(ctx context.Context, installationID int64, repo ticket.Repository, tag, sha string) (bool, error) {
	c, err := h.client(installationID, repo, toRead)
	if err != nil {
		return false, err
	}
	diff, _, err := c.Repositories.CompareCommits(stay(ctx), repo.Owner, repo.Name, tag, sha, &github.ListOptions{PerPage: 1})
	if err != nil {
		return false, reading(fmt.Sprintf("ask whether %s of %s holds %s", tag, repo.FullName(), sha), err)
	}
	status := diff.GetStatus() // of the commit, seen from the tag
	return status == "behind" || status == "identical", nil
}

// Releases returns published releases, newest first.
func (h *Hub) Releases(ctx context.Context, installationID int64, repo ticket.Repository, limit int) ([]tracker.Release, error) {
	c, err := h.client(installationID, repo, toRead)
	if err != nil {
		return nil, err
	}
	found, _, err := c.Repositories.ListReleases(ctx, repo.Owner, repo.Name, &github.ListOptions{PerPage: limit})
	if err != nil {
		return nil, reading("list the releases of "+repo.FullName(), err)
	}
	var out []tracker.Release
	for _, r := range found {
		if !r.GetDraft() {
			out = append(out, tracker.Release{Tag: r.GetTagName(), Name: r.GetName(), Notes: r.GetBody(), URL: r.GetHTMLURL(), Published: r.GetPublishedAt().Time})
		}
	}
	return out, nil
}

// Text returns the first bytes of a file at a commit. found is false where there is none.
// https://docs.github.com/en/rest/repos/contents#get-repository-content
func (h *Hub) Text(ctx context.Context, installationID int64, repo ticket.Repository, commit, name string, limit int64) (content string, found bool, err error) {
	if err := checkPath(name); err != nil {
		return "", false, err
	}
	c, err := h.client(installationID, repo, toRead)
	if err != nil {
		return "", false, err
	}
	op := fmt.Sprintf("read %s of %s", name, repo.FullName())
	address := fmt.Sprintf("repos/%s/%s/contents/%s?ref=%s", repo.Owner, repo.Name, (&url.URL{Path: name}).EscapedPath(), url.QueryEscape(commit))
	req, err := c.NewRequest(http.MethodGet, address, nil)
	if err != nil {
		return "", false, wrap(op, err)
	}
	req.Header.Set("Accept", "application/vnd.github.raw+json") // the JSON shape ends at 1 MB
	resp, err := c.BareDo(stay(ctx), req)
	if err != nil {
		if wrapped := wrap(op, err); NotFound(wrapped) {
			return "", false, nil
		}
		return "", false, reading(op, err)
	}
	defer func() { _ = resp.Body.Close() }()
	if strings.HasPrefix(resp.Header.Get("Content-Type"), "application/json") {
		return "", false, nil // a folder
	}
	raw, err := io.ReadAll(io.LimitReader(resp.Body, limit))
	if err != nil {
		return "", false, wrap(op, err)
	}
	return strings.ToValidUTF8(string(raw), ""), true, nil
}

// Repository returns a repository by its names.
func (h *Hub) Repository(ctx context.Context, installationID int64, owner, name string) (ticket.Repository, error) {
	c, err := h.client(installationID, ticket.Repository{Owner: owner, Name: name}, toRead)
	if err != nil {
		return ticket.Repository{}, err
	}
	found, _, err := c.Repositories.Get(stay(ctx), owner, name)
	if err != nil {
		return ticket.Repository{}, reading("read the repository "+owner+"/"+name, err)
	}
	return repositoryOf(found), nil
}

// readError is an error with what it means to the tracker.
type readError struct {
	err   *Error
	means error
}

func (e readError) Error() string { return e.err.Error() }

func (e readError) Unwrap() []error { return []error{e.err, e.means} }

// reading wraps an error of a read that the tracker asked for. GitHub answers 422 for a commit that is not there and 409 for an
// empty repository.
func reading(op string, err error) error {
	wrapped := wrap(op, err)
	if e := (*Error)(nil); errors.As(wrapped, &e) {
		switch {
		case e.Status >= 300 && e.Status < 400:
			return readError{e, tracker.ErrMoved}
		case NotFound(e), e.Status == http.StatusUnprocessableEntity, e.Status == http.StatusConflict,
			e.Status == http.StatusUnavailableForLegalReasons, e.Status == http.StatusForbidden && e.permanent:
			return readError{e, tracker.ErrNotThere}
		}
	}
	return wrapped
}

type stayKey struct{}

// stay returns a context whose requests follow no redirect, not even on GitHub: what a ticket names may have been moved to a
// repository that nobody has allowed.
func stay(ctx context.Context) context.Context { return context.WithValue(ctx, stayKey{}, true) }

func stays(r *http.Request) bool { return r.Context().Value(stayKey{}) != nil }

var _ tracker.Reader = (*Hub)(nil)
