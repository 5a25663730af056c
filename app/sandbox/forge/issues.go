package forge

import (
	"cmp"
	"slices"
	"strings"
	"unicode/utf8"
)

// What GitHub accepts at most.
const (
	maxTitle     = 256
	maxBody      = 65536
	maxAssignees = 10
)

// IssueInput is a new issue. Labels and assignees by somebody without triage permission are dropped in silence, as
// GitHub does. Labels that the repository lacks are made by those who may.
type IssueInput struct {
	Title     string
	Body      string
	Labels    []string
	Assignees []string
	// What the issue form itself adds, whoever fills it in. Only a form's page may set these.
	FormLabels    []string
	FormAssignees []string
}

// CreateIssue opens an issue in "owner/name". An empty or too long title or body is ErrInvalid.
func (f *Forge) CreateIssue(a Actor, repo string, in IssueInput) (*Issue, error) {
	f.mu.Lock()
	defer f.end()
	r, err := f.see(a, repo)
	if err != nil {
		return nil, err
	}
	if err := f.write(a, r, "issues"); err != nil {
		return nil, err
	}
	i, err := f.newIssue(a, r, in)
	if err != nil {
		return nil, err
	}
	f.first(change{event: "issues", action: "opened", repo: r, by: a, issue: i}, func() {
		f.label(a, r, i, in.FormLabels)
		f.assign(a, r, i, in.FormAssignees)
		if f.may(a, r, i.kind(), Triage) == nil {
			f.label(a, r, i, in.Labels)
			f.assign(a, r, i, in.Assignees)
		}
	})
	f.read(a, i, "issue", i.ID, i.Body)
	return i.copy(), nil
}

func checkText(resource, title, body string, titled bool) error {
	if titled && strings.TrimSpace(title) == "" {
		return invalid(resource, "title", "missing_field", "title can't be blank")
	}
	if utf8.RuneCountInString(title) > maxTitle {
		return invalid(resource, "title", "custom", "title is too long (maximum is %d characters)", maxTitle)
	}
	if utf8.RuneCountInString(body) > maxBody {
		return invalid(resource, "body", "custom", "body is too long (maximum is %d characters)", maxBody)
	}
	return nil
}

// newIssue stores an issue without telling anybody.
func (f *Forge) newIssue(a Actor, r *Repo, in IssueInput) (*Issue, error) {
	if err := checkText("Issue", in.Title, in.Body, true); err != nil {
		return nil, err
	}
	key := fold(r.FullName())
	now := f.now()
	i := &Issue{ID: f.id(), Ref: Ref{Repo: r.FullName(), Number: len(f.st.Issues[key]) + 1}, Title: strings.TrimSpace(in.Title), Body: in.Body,
		Author: a.Login, App: a.app(), Association: f.association(r, a.Login), State: "open", CreatedAt: now, UpdatedAt: now}
	f.st.Issues[key] = append(f.st.Issues[key], i)
	return i, nil
}

// kind is the installation permission that covers this issue or pull request.
func (i *Issue) kind() string {
	if i.Pull != nil {
		return "pull_requests"
	}
	return "issues"
}

func (i *Issue) copy() *Issue {
	c := *i
	c.Labels, c.Assignees = slices.Clone(i.Labels), slices.Clone(i.Assignees)
	c.SubIssues, c.BlockedBy, c.Reactions = slices.Clone(i.SubIssues), slices.Clone(i.BlockedBy), slices.Clone(i.Reactions)
	if i.Parent != nil {
		p := *i.Parent
		c.Parent = &p
	}
	if i.Pull != nil {
		p := *i.Pull
		p.Reviews, p.Reviewers, p.TeamReviewers = slices.Clone(p.Reviews), slices.Clone(p.Reviewers), slices.Clone(p.TeamReviewers)
		c.Pull = &p
	}
	return &c
}

// issue finds an issue or pull request that the actor may see.
func (f *Forge) issue(a Actor, ref Ref) (*Repo, *Issue, error) {
	r, err := f.see(a, ref.Repo)
	if err != nil {
		return nil, nil, err
	}
	i := f.byRef(ref)
	if i == nil {
		return nil, nil, ErrNotFound
	}
	if i.Deleted {
		return nil, nil, ErrGone
	}
	if err := f.may(a, r, i.kind(), Read); err != nil {
		if i.Pull == nil || f.may(a, r, "issues", Read) != nil {
			return nil, nil, err
		}
	}
	return r, i, nil
}

func (f *Forge) byRef(ref Ref) *Issue {
	all := f.st.Issues[fold(ref.Repo)]
	if ref.Number < 1 || ref.Number > len(all) {
		return nil
	}
	return all[ref.Number-1]
}

// Issue returns one issue or pull request.
func (f *Forge) Issue(a Actor, ref Ref) (*Issue, error) {
	f.mu.RLock()
	defer f.mu.RUnlock()
	_, i, err := f.issue(a, ref)
	if err != nil {
		return nil, err
	}
	return i.copy(), nil
}

// IssueEdit is a change of an issue or pull request; nil fields stay. Labels and Assignees replace the whole set.
type IssueEdit struct {
	Title, Body        *string
	State, StateReason *string // reason: completed, not_planned, reopened, duplicate
	Labels, Assignees  *[]string
}

// EditIssue changes an issue. Its author may edit the text and close or reopen it; others need triage permission, and
// write permission to edit the text.
func (f *Forge) EditIssue(a Actor, ref Ref, e IssueEdit) (*Issue, error) {
	f.mu.Lock()
	defer f.end()
	r, i, err := f.issue(a, ref)
	if err != nil {
		return nil, err
	}
	own := a.Login != "" && strings.EqualFold(a.Login, i.Author)
	need := func(level Permission) error {
		if own && a.grant == nil {
			return nil
		}
		return f.may(a, r, i.kind(), level)
	}
	if e.Title != nil || e.Body != nil {
		if err := need(Write); err != nil {
			return nil, err
		}
	}
	if err := need(Triage); err != nil {
		return nil, err
	}
	title, body := i.Title, i.Body
	if e.Title != nil {
		title = strings.TrimSpace(*e.Title)
	}
	if e.Body != nil {
		body = *e.Body
	}
	if err := checkText("Issue", title, body, true); err != nil {
		return nil, err
	}
	if e.State != nil && *e.State != "open" && *e.State != "closed" {
		return nil, invalid("Issue", "state", "invalid", "state must be one of: closed, open")
	}
	if e.StateReason != nil && !slices.Contains([]string{"", "completed", "not_planned", "reopened", "duplicate"}, *e.StateReason) {
		return nil, invalid("Issue", "state_reason", "invalid", "state_reason must be one of: completed, duplicate, not_planned, reopened")
	}
	if e.State != nil && *e.State == "open" && i.State == "closed" && i.Pull != nil && !i.Pull.Merged {
		head, err := f.git[r.ID].Ref("refs/heads/" + i.Pull.Head)
		if err != nil {
			return nil, invalid("PullRequest", "state", "invalid", "state cannot be changed. The %s branch has been deleted.", i.Pull.Head)
		}
		if head.SHA != i.Pull.HeadSHA { // pushes to a closed pull request count when it opens again
			f.advance(r, i, head.SHA)
		}
	}
	f.retitle(a, r, i, title, body)
	if f.may(a, r, i.kind(), Triage) == nil {
		if e.Labels != nil {
			f.unlabel(a, r, i, slices.DeleteFunc(slices.Clone(i.Labels), func(l string) bool { return containsFold(*e.Labels, l) }))
			f.label(a, r, i, *e.Labels)
		}
		if e.Assignees != nil {
			f.unassign(a, r, i, slices.DeleteFunc(slices.Clone(i.Assignees), func(l string) bool { return containsFold(*e.Assignees, l) }))
			f.assign(a, r, i, *e.Assignees)
		}
	}
	if e.State != nil {
		reason := ""
		if e.StateReason != nil {
			reason = *e.StateReason
		}
		if *e.State == "closed" {
			f.close(a, r, i, reason, "")
		} else {
			f.reopen(a, r, i)
		}
	}
	return i.copy(), nil
}

func (f *Forge) retitle(a Actor, r *Repo, i *Issue, title, body string) {
	was := map[string]any{}
	now := f.now()
	if title != i.Title {
		was["title"] = map[string]string{"from": i.Title}
		f.event(a, i, Event{Kind: "renamed", From: i.Title, To: title})
	}
	if body != i.Body {
		was["body"] = map[string]string{"from": i.Body}
		i.EditedAt = &now
	}
	if len(was) == 0 {
		return
	}
	i.Title, i.Body, i.UpdatedAt = title, body, now
	f.emit(change{event: i.hook(), action: "edited", repo: r, by: a, issue: i, was: was})
	f.read(a, i, "issue", i.ID, i.Body)
}

// hook is the webhook event that tells of this issue or pull request.
func (i *Issue) hook() string {
	if i.Pull != nil {
		return "pull_request"
	}
	return "issues"
}

func (f *Forge) close(a Actor, r *Repo, i *Issue, reason, commit string) {
	if i.State == "closed" {
		if reason != "" && i.Pull == nil {
			i.StateReason = reason
		}
		return
	}
	now := f.now()
	i.State, i.ClosedAt, i.ClosedBy, i.UpdatedAt = "closed", &now, a.Login, now
	if i.Pull == nil {
		i.StateReason = cmp.Or(reason, "completed")
	}
	f.event(a, i, Event{Kind: "closed", Reason: i.StateReason, CommitSHA: commit})
	f.emit(change{event: i.hook(), action: "closed", repo: r, by: a, issue: i})
}

func (f *Forge) reopen(a Actor, r *Repo, i *Issue) {
	if i.State == "open" || i.Pull != nil && i.Pull.Merged {
		return
	}
	i.State, i.ClosedAt, i.ClosedBy, i.UpdatedAt = "open", nil, "", f.now()
	if i.Pull == nil {
		i.StateReason = "reopened"
	}
	f.event(a, i, Event{Kind: "reopened", Reason: i.StateReason})
	f.emit(change{event: i.hook(), action: "reopened", repo: r, by: a, issue: i})
}

// CloseIssue closes an issue; reason is completed (default), not_planned or duplicate.
func (f *Forge) CloseIssue(a Actor, ref Ref, reason string) (*Issue, error) {
	closed := "closed"
	return f.EditIssue(a, ref, IssueEdit{State: &closed, StateReason: &reason})
}

// ReopenIssue opens a closed issue again.
func (f *Forge) ReopenIssue(a Actor, ref Ref) (*Issue, error) {
	open := "open"
	return f.EditIssue(a, ref, IssueEdit{State: &open})
}

// DeleteIssue removes an issue for good: from then on the answer is ErrGone. Only an admin may.
func (f *Forge) DeleteIssue(a Actor, ref Ref) error {
	f.mu.Lock()
	defer f.end()
	r, i, err := f.issue(a, ref)
	if err != nil {
		return err
	}
	if i.Pull != nil {
		return unprocessable("A pull request cannot be deleted")
	}
	if a.IsApp() {
		return ErrIntegration
	}
	if err := f.may(a, r, "issues", Admin); err != nil {
		return err
	}
	if i.Parent != nil {
		f.orphan(a, i)
	}
	for _, child := range slices.Clone(i.SubIssues) {
		f.orphan(a, f.byRef(child))
	}
	f.emit(change{event: "issues", action: "deleted", repo: r, by: a, issue: i})
	for _, id := range f.st.CommentOrder[ref.Key()] {
		delete(f.st.Comments, id)
	}
	delete(f.st.CommentOrder, ref.Key())
	i.Deleted, i.Body, i.Title, i.Comments = true, "", "deleted", 0
	return nil
}
