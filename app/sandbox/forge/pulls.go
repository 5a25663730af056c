package forge

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/oioi-app/oioi/app/sandbox/forge/gitstore"
	"github.com/oioi-app/oioi/app/sandbox/forge/markup"
)

// PullInput is a new pull request from one branch of a repository to another.
type PullInput struct {
	Title, Body string
	Head, Base  string // branches; Head may be written owner:branch for the same owner
	Draft       bool
}

// CreatePull opens a pull request. Without commits between the branches, or with an open one for the same branches, it
// is ErrInvalid. Branches of forks are not there: this forge has none.
func (f *Forge) CreatePull(a Actor, repo string, in PullInput) (*Issue, error) {
	f.mu.Lock()
	defer f.end()
	r, err := f.see(a, repo)
	if err != nil {
		return nil, err
	}
	if err := f.write(a, r, "pull_requests"); err != nil {
		return nil, err
	}
	if owner, branch, ok := strings.Cut(in.Head, ":"); ok {
		if !strings.EqualFold(owner, r.Owner) {
			return nil, invalid("PullRequest", "head", "invalid", "")
		}
		in.Head = branch
	}
	g := f.git[r.ID]
	head, err := g.Ref("refs/heads/" + in.Head)
	if err != nil {
		return nil, invalid("PullRequest", "head", "invalid", "")
	}
	base, err := g.Ref("refs/heads/" + in.Base)
	if err != nil {
		return nil, invalid("PullRequest", "base", "invalid", "")
	}
	compared, err := g.Compare(base.SHA, head.SHA)
	if err != nil {
		return nil, invalid("PullRequest", "", "custom", "The %s branch has no history in common with %s", in.Base, in.Head)
	}
	if len(compared.Ahead) == 0 {
		return nil, invalid("PullRequest", "", "custom", "No commits between %s and %s", in.Base, in.Head)
	}
	for _, i := range f.st.Issues[fold(repo)] {
		if i.Pull != nil && i.State == "open" && i.Pull.Head == in.Head && i.Pull.Base == in.Base {
			return nil, invalid("PullRequest", "", "custom", "A pull request already exists for %s:%s.", r.Owner, in.Head)
		}
	}
	i, err := f.newIssue(a, r, IssueInput{Title: in.Title, Body: in.Body})
	if err != nil {
		return nil, err
	}
	i.Pull = &Pull{ID: f.id(), Draft: in.Draft, Head: in.Head, Base: in.Base, HeadSHA: head.SHA, BaseSHA: base.SHA}
	if err := g.SetRef(pullRef(i.Ref.Number), head.SHA); err != nil {
		return nil, err
	}
	f.emit(change{event: "pull_request", action: "opened", repo: r, by: a, issue: i})
	f.read(a, i, "issue", i.ID, i.Body)
	return i.copy(), nil
}

func pullRef(number int) string { return fmt.Sprintf("refs/pull/%d/head", number) }

func (f *Forge) pull(a Actor, ref Ref) (*Repo, *Issue, error) {
	r, i, err := f.issue(a, ref)
	if err != nil {
		return nil, nil, err
	}
	if i.Pull == nil {
		return nil, nil, ErrNotFound
	}
	return r, i, f.may(a, r, "pull_requests", Read)
}

// PullFilter narrows and orders ListPulls. The zero value gives the open ones, newest first.
type PullFilter struct {
	State      string // open (default), closed or all
	Head, Base string // branches; Head may be owner:branch
	Sort       string // created (default), updated
	Ascending  bool
}

// ListPulls lists pull requests.
func (f *Forge) ListPulls(a Actor, repo string, by PullFilter) ([]*Issue, error) {
	list, err := f.ListIssues(a, repo, IssueFilter{State: by.State, Sort: by.Sort, Ascending: by.Ascending, Kind: "pull"})
	if err != nil {
		return nil, err
	}
	owner, head, qualified := strings.Cut(by.Head, ":")
	if !qualified {
		owner, head = "", by.Head
	}
	return slices.DeleteFunc(list, func(i *Issue) bool {
		repoOwner, _, _ := strings.Cut(i.Ref.Repo, "/")
		return head != "" && i.Pull.Head != head || by.Base != "" && i.Pull.Base != by.Base ||
			owner != "" && !strings.EqualFold(owner, repoOwner)
	}), nil
}

// PullEdit is a change of a pull request; nil fields stay.
type PullEdit struct {
	Title, Body, State, Base *string
	Draft                    *bool
}

// EditPull changes a pull request: its author and people with write permission may.
func (f *Forge) EditPull(a Actor, ref Ref, e PullEdit) (*Issue, error) {
	if e.Base != nil || e.Draft != nil {
		if err := f.rebase(a, ref, e); err != nil {
			return nil, err
		}
	}
	if e.Title == nil && e.Body == nil && e.State == nil {
		return f.Issue(a, ref)
	}
	return f.EditIssue(a, ref, IssueEdit{Title: e.Title, Body: e.Body, State: e.State})
}

func (f *Forge) rebase(a Actor, ref Ref, e PullEdit) error {
	f.mu.Lock()
	defer f.end()
	r, i, err := f.pull(a, ref)
	if err != nil {
		return err
	}
	if a.grant != nil || !strings.EqualFold(a.Login, i.Author) {
		if err := f.may(a, r, "pull_requests", Write); err != nil {
			return err
		}
	}
	if e.Base != nil && *e.Base != i.Pull.Base {
		base, err := f.git[r.ID].Ref("refs/heads/" + *e.Base)
		if err != nil {
			return invalid("PullRequest", "base", "invalid", "")
		}
		was := map[string]any{"base": map[string]any{"ref": map[string]string{"from": i.Pull.Base}, "sha": map[string]string{"from": i.Pull.BaseSHA}}}
		before := i.Pull.BaseSHA
		i.Pull.Base, i.Pull.BaseSHA, i.UpdatedAt = *e.Base, base.SHA, f.now()
		f.followAll(r, i, before, i.Pull.HeadSHA)
		f.emit(change{event: "pull_request", action: "edited", repo: r, by: a, issue: i, was: was})
	}
	if e.Draft != nil && *e.Draft != i.Pull.Draft {
		i.Pull.Draft, i.UpdatedAt = *e.Draft, f.now()
		action, kind := "ready_for_review", "ready_for_review"
		if *e.Draft {
			action, kind = "converted_to_draft", "convert_to_draft"
		}
		f.event(a, i, Event{Kind: kind})
		f.emit(change{event: "pull_request", action: action, repo: r, by: a, issue: i})
	}
	return nil
}

// Diff compares a pull request's base with its head: its commits and changed files.
func (f *Forge) Diff(a Actor, ref Ref) (gitstore.Comparison, error) {
	f.mu.RLock()
	r, i, err := f.pull(a, ref)
	if err != nil {
		f.mu.RUnlock()
		return gitstore.Comparison{}, err
	}
	g, base, head := f.git[r.ID], i.Pull.BaseSHA, i.Pull.HeadSHA
	f.mu.RUnlock()
	c, err := g.Compare(base, head)
	return c, fromGit(err)
}

// Mergeable reports whether an open pull request can be merged without a conflict.
func (f *Forge) Mergeable(a Actor, ref Ref) (bool, error) {
	f.mu.RLock()
	r, i, err := f.pull(a, ref)
	if err != nil {
		f.mu.RUnlock()
		return false, err
	}
	g, base, head, open := f.git[r.ID], "refs/heads/"+i.Pull.Base, i.Pull.HeadSHA, i.State == "open"
	f.mu.RUnlock()
	if !open {
		return false, nil
	}
	if _, err := g.Mergeable(base, head); err != nil {
		if errors.Is(err, gitstore.ErrConflict) || errors.Is(err, gitstore.ErrNotFound) {
			return false, nil
		}
		return false, err
	}
	return true, nil
}

// MergeOptions say how to merge; the zero value makes a merge commit with GitHub's usual message.
type MergeOptions struct {
	Method  string // merge (default), squash or rebase
	Title   string
	Message string
	SHA     string // what head must be; "" is whatever it is
}

// MergePull merges a pull request, closes it, and closes the issues that its body or commits name with a closing keyword
// when it goes to the default branch. A draft, closed or conflicting one is refused with status 405, a moved head with 409.
func (f *Forge) MergePull(a Actor, ref Ref, o MergeOptions) (*Issue, error) {
	f.mu.Lock()
	defer f.end()
	r, i, err := f.pull(a, ref)
	if err != nil {
		return nil, err
	}
	if err := f.may(a, r, "contents", Write); err != nil {
		return nil, err
	}
	if err := f.may(a, r, "pull_requests", Write); err != nil {
		return nil, err
	}
	switch {
	case i.Pull.Draft:
		return nil, &Error{Status: http.StatusMethodNotAllowed, Message: "Pull Request is still a draft"}
	case i.State != "open":
		return nil, &Error{Status: http.StatusMethodNotAllowed, Message: "Pull Request is not mergeable"}
	case o.SHA != "" && o.SHA != i.Pull.HeadSHA:
		return nil, &Error{Status: http.StatusConflict, Message: "Head branch was modified. Review and try the merge again."}
	case !slices.Contains([]string{"", "merge", "squash", "rebase"}, o.Method):
		return nil, invalid("PullRequest", "merge_method", "invalid", "merge_method must be one of: merge, rebase, squash")
	}
	g := f.git[r.ID]
	base, err := g.Ref("refs/heads/" + i.Pull.Base)
	if err != nil {
		return nil, &Error{Status: http.StatusMethodNotAllowed, Message: "Base branch does not exist"}
	}
	compared, err := g.Compare(base.SHA, i.Pull.HeadSHA)
	if err != nil {
		return nil, fromGit(err)
	}
	title := fmt.Sprintf("Merge pull request #%d from %s/%s", i.Ref.Number, r.Owner, i.Pull.Head)
	message := i.Title
	if o.Method == "squash" {
		title, message = fmt.Sprintf("%s (#%d)", i.Title, i.Ref.Number), ""
	}
	text := strings.TrimSpace(cmp.Or(o.Title, title) + "\n\n" + cmp.Or(o.Message, message))
	who := f.signature(a.Login, f.now())
	sha, err := g.Merge(gitstore.MergeInput{Base: base.Name, Head: i.Pull.HeadSHA, Method: o.Method, Message: text, Author: who, Committer: who})
	if errors.Is(err, gitstore.ErrConflict) {
		return nil, &Error{Status: http.StatusMethodNotAllowed, Message: "Pull Request is not mergeable"}
	}
	if err != nil {
		return nil, fromGit(err)
	}
	now := f.now()
	i.Pull.Merged, i.Pull.MergedAt, i.Pull.MergedBy, i.Pull.MergeCommitSHA, i.Pull.BaseSHA = true, &now, a.Login, sha, compared.MergeBase
	f.event(a, i, Event{Kind: "merged", CommitSHA: sha})
	f.close(a, r, i, "", sha)
	f.pushed(a, r, push{ref: base.Name, before: base.SHA, after: sha})
	if i.Pull.Base == r.DefaultBranch {
		f.closeAll(a, markup.Closes(i.Body, r.FullName()), sha)
	}
	return i.copy(), nil
}

// closeAll closes the issues that text on the default branch names, where the one who brought it there may.
func (f *Forge) closeAll(a Actor, refs []Ref, sha string) {
	for _, ref := range refs {
		r, i, err := f.issue(a, ref)
		if err == nil && i.Pull == nil && f.may(a, r, "issues", Triage) == nil {
			f.close(a, r, i, "completed", sha)
		}
	}
}

// pushed follows a branch that moved: everybody hears of the push, issues that its commits name are closed when it is the
// default branch, and pull requests from it get its new head.
func (f *Forge) pushed(a Actor, r *Repo, p push) {
	r.PushedAt = f.now()
	f.emit(change{event: "push", repo: r, by: a, push: &p})
	branch, ok := strings.CutPrefix(p.ref, "refs/heads/")
	if !ok {
		return
	}
	if branch == r.DefaultBranch && p.before != "" && p.after != "" {
		if compared, err := f.git[r.ID].Compare(p.before, p.after); err == nil {
			for _, c := range compared.Ahead {
				f.closeAll(a, markup.Closes(c.Message, r.FullName()), c.SHA)
			}
		}
	}
	for _, i := range f.st.Issues[fold(r.FullName())] {
		if i.Pull == nil || i.State != "open" || i.Pull.Head != branch {
			continue
		}
		if p.after == "" {
			f.event(a, i, Event{Kind: "head_ref_deleted"})
			f.close(a, r, i, "", "")
			continue
		}
		f.advance(r, i, p.after)
		f.emit(change{event: "pull_request", action: "synchronize", repo: r, by: a, issue: i, push: &p})
	}
}

// advance gives a pull request a new head, and its comments their place in the new diff.
func (f *Forge) advance(r *Repo, i *Issue, head string) {
	base, before := i.Pull.BaseSHA, i.Pull.HeadSHA
	i.Pull.HeadSHA, i.UpdatedAt = head, f.now()
	if now, err := f.git[r.ID].Ref("refs/heads/" + i.Pull.Base); err == nil {
		i.Pull.BaseSHA = now.SHA
	}
	if err := f.git[r.ID].SetRef(pullRef(i.Ref.Number), head); err != nil {
		f.log.Error("a pull request's ref was not moved", "pull", i.Ref.String(), "error", err)
	}
	f.followAll(r, i, base, before)
}
