package forge

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/oioi-app/oioi/workflow/sorting"
)

func (c *Comment) copy() *Comment {
	d := *c
	d.Reactions = slices.Clone(c.Reactions)
	return &d
}

// CreateComment comments on an issue or pull request. On a locked one only people with write permission may (ErrForbidden).
func (f *Forge) CreateComment(a Actor, ref Ref, body string) (*Comment, error) {
	f.mu.Lock()
	defer f.end()
	r, i, err := f.issue(a, ref)
	if err != nil {
		return nil, err
	}
	if err := f.comments(a, r, i); err != nil {
		return nil, err
	}
	if i.Locked && a.grant == nil && !f.permission(r, a.Login).AtLeast(Write) {
		return nil, &Error{Status: ErrForbidden.Status, Message: "Unable to create comment because issue is locked."}
	}
	if strings.TrimSpace(body) == "" {
		return nil, invalid("IssueComment", "body", "missing_field", "body can't be blank")
	}
	if err := checkText("IssueComment", "", body, false); err != nil {
		return nil, err
	}
	now := f.now()
	c := &Comment{ID: f.id(), Issue: i.Ref, Body: body, Author: a.Login, App: a.app(), Association: f.association(r, a.Login),
		CreatedAt: now, UpdatedAt: now}
	f.st.Comments[c.ID] = c
	f.st.CommentOrder[ref.Key()] = append(f.st.CommentOrder[ref.Key()], c.ID)
	i.Comments++
	i.UpdatedAt = now
	f.emit(change{event: "issue_comment", action: "created", repo: r, by: a, issue: i, comment: c})
	f.read(a, i, "comment", c.ID, body)
	return c.copy(), nil
}

// comments checks the right to comment: an installation may with either permission on a pull request.
func (f *Forge) comments(a Actor, r *Repo, i *Issue) error {
	err := f.write(a, r, i.kind())
	if err != nil && i.Pull != nil && a.grant != nil {
		err = f.write(a, r, "issues")
	}
	return err
}

func (f *Forge) comment(a Actor, repo string, id int64) (*Repo, *Issue, *Comment, error) {
	c, ok := f.st.Comments[id]
	if !ok || !strings.EqualFold(c.Issue.Repo, repo) {
		if _, err := f.see(a, repo); err != nil {
			return nil, nil, nil, err
		}
		return nil, nil, nil, ErrNotFound
	}
	r, i, err := f.issue(a, c.Issue)
	return r, i, c, err
}

// Comment returns one comment of a repository.
func (f *Forge) Comment(a Actor, repo string, id int64) (*Comment, error) {
	f.mu.RLock()
	defer f.mu.RUnlock()
	_, _, c, err := f.comment(a, repo, id)
	if err != nil {
		return nil, err
	}
	return c.copy(), nil
}

// ListComments lists the comments of one issue, oldest first, updated at or after since when that is set.
func (f *Forge) ListComments(a Actor, ref Ref, since time.Time) ([]*Comment, error) {
	f.mu.RLock()
	defer f.mu.RUnlock()
	if _, _, err := f.issue(a, ref); err != nil {
		return nil, err
	}
	var out []*Comment
	for _, id := range f.st.CommentOrder[ref.Key()] {
		if c := f.st.Comments[id]; !c.UpdatedAt.Before(since) {
			out = append(out, c.copy())
		}
	}
	return out, nil
}

// ListRepoComments lists the issue comments of a whole repository: by id, or by "created" or "updated" in either direction.
func (f *Forge) ListRepoComments(a Actor, repo string, since time.Time, sort string, descending bool) ([]*Comment, error) {
	f.mu.RLock()
	defer f.mu.RUnlock()
	r, err := f.see(a, repo)
	if err != nil {
		return nil, err
	}
	if err := f.may(a, r, "issues", Read); err != nil {
		return nil, err
	}
	var out []*Comment
	for _, c := range f.st.Comments {
		if strings.EqualFold(c.Issue.Repo, repo) && !c.UpdatedAt.Before(since) {
			out = append(out, c.copy())
		}
	}
	sorting.Stable(out, func(x, y *Comment) int {
		n := 0
		switch sort {
		case "updated":
			n = x.UpdatedAt.Compare(y.UpdatedAt)
		case "created":
			n = x.CreatedAt.Compare(y.CreatedAt)
		}
		n = cmp.Or(n, cmp.Compare(x.ID, y.ID))
		if descending && sort != "" {
			n = -n
		}
		return n
	})
	return out, nil
}

// EditComment changes a comment's text: its author may, people with write permission, and an installation that may write issues.
func (f *Forge) EditComment(a Actor, repo string, id int64, body string) (*Comment, error) {
	f.mu.Lock()
	defer f.end()
	r, i, c, err := f.comment(a, repo, id)
	if err != nil {
		return nil, err
	}
	if err := f.mayChange(a, r, i, c); err != nil {
		return nil, err
	}
	if strings.TrimSpace(body) == "" {
		return nil, invalid("IssueComment", "body", "missing_field", "body can't be blank")
	}
	if err := checkText("IssueComment", "", body, false); err != nil {
		return nil, err
	}
	if body == c.Body {
		return c.copy(), nil
	}
	now := f.now()
	was := map[string]any{"body": map[string]string{"from": c.Body}}
	c.Body, c.UpdatedAt, c.EditedAt = body, now, &now
	f.emit(change{event: "issue_comment", action: "edited", repo: r, by: a, issue: i, comment: c, was: was})
	f.read(a, i, "comment", c.ID, body)
	return c.copy(), nil
}

func (f *Forge) mayChange(a Actor, r *Repo, i *Issue, c *Comment) error {
	if a.grant == nil && a.Login != "" && strings.EqualFold(a.Login, c.Author) {
		return nil
	}
	if a.grant != nil {
		return f.comments(a, r, i)
	}
	return f.may(a, r, i.kind(), Write)
}

// DeleteComment removes a comment.
func (f *Forge) DeleteComment(a Actor, repo string, id int64) error {
	f.mu.Lock()
	defer f.end()
	r, i, c, err := f.comment(a, repo, id)
	if err != nil {
		return err
	}
	if err := f.mayChange(a, r, i, c); err != nil {
		return err
	}
	delete(f.st.Comments, id)
	key := c.Issue.Key()
	f.st.CommentOrder[key] = slices.DeleteFunc(f.st.CommentOrder[key], func(x int64) bool { return x == id })
	i.Comments--
	i.UpdatedAt = f.now()
	f.emit(change{event: "issue_comment", action: "deleted", repo: r, by: a, issue: i, comment: c})
	return nil
}

// MinimizeComment folds a comment for a reason (abuse, duplicate, off-topic, outdated, resolved, spam), or unfolds it with "".
func (f *Forge) MinimizeComment(a Actor, repo string, id int64, reason string) (*Comment, error) {
	f.mu.Lock()
	defer f.end()
	r, i, c, err := f.comment(a, repo, id)
	if err != nil {
		return nil, err
	}
	if err := f.mayChange(a, r, i, c); err != nil {
		return nil, err
	}
	allowed := []string{"", "abuse", "duplicate", "off-topic", "outdated", "resolved", "spam"}
	if !slices.Contains(allowed, reason) {
		return nil, invalid("IssueComment", "classifier", "invalid", "reason must be one of: %s", strings.Join(allowed[1:], ", "))
	}
	c.Minimized = reason
	f.queue = append(f.queue, Change{Kind: "comment", Ref: i.Ref})
	return c.copy(), nil
}
