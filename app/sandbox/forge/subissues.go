package forge

import (
	"slices"

	"github.com/oioi-app/oioi/app/sandbox/forge/markup"
)

// maxSubIssues is how many one issue may have.
// https://docs.github.com/en/issues/tracking-your-work-with-issues/using-issues/adding-sub-issues
const maxSubIssues = 100

// AddSubIssue makes the issue with this database id a sub-issue of parent. An issue has one parent: with another one,
// the answer is ErrInvalid unless replace is set.
func (f *Forge) AddSubIssue(a Actor, parent Ref, id int64, replace bool) (*Issue, error) {
	f.mu.Lock()
	defer f.end()
	r, p, err := f.issue(a, parent)
	if err != nil {
		return nil, err
	}
	if err := f.may(a, r, "issues", Triage); err != nil {
		return nil, err
	}
	child := f.byID(id)
	if child == nil || child.Pull != nil {
		return nil, unprocessable("The provided sub-issue does not exist")
	}
	if _, err := f.see(a, child.Ref.Repo); err != nil {
		return nil, unprocessable("The provided sub-issue does not exist")
	}
	refuse := func(why string) error {
		return unprocessable("An error occurred while adding the sub-issue to the parent issue. %s", why)
	}
	switch {
	case p.Pull != nil:
		return nil, refuse("Parent cannot be a pull request")
	case child == p || f.above(p, child):
		return nil, refuse("Sub issues may not create a circular dependency")
	case child.Parent != nil && child.Parent.Key() == p.Ref.Key():
		return nil, refuse("Issue may not contain duplicate sub-issues")
	case child.Parent != nil && !replace:
		return nil, refuse("Sub issue may only have one parent")
	case len(p.SubIssues) >= maxSubIssues:
		return nil, refuse("Parent cannot have more than 100 sub-issues")
	}
	if child.Parent != nil {
		f.orphan(a, child)
	}
	up := p.Ref
	child.Parent = &up
	p.SubIssues = append(p.SubIssues, child.Ref)
	p.UpdatedAt = f.now()
	f.event(a, p, Event{Kind: "sub_issue_added", Source: &Ref{Repo: child.Ref.Repo, Number: child.Ref.Number}})
	f.event(a, child, Event{Kind: "parent_issue_added", Source: &Ref{Repo: p.Ref.Repo, Number: p.Ref.Number}})
	f.emit(change{event: "sub_issues", action: "parent_issue_added", repo: f.st.Repos[fold(child.Ref.Repo)], by: a, issue: child, parent: p})
	f.emit(change{event: "sub_issues", action: "sub_issue_added", repo: r, by: a, issue: child, parent: p})
	return child.copy(), nil
}

// above reports whether x is p's parent, grandparent and so on.
func (f *Forge) above(p, x *Issue) bool {
	for up := p.Parent; up != nil; {
		i := f.byRef(*up)
		if i == nil {
			return false
		}
		if i == x {
			return true
		}
		up = i.Parent
	}
	return false
}

func (f *Forge) byID(id int64) *Issue {
	for _, list := range f.st.Issues {
		for _, i := range list {
			if i.ID == id {
				return i
			}
		}
	}
	return nil
}

func (f *Forge) orphan(a Actor, child *Issue) {
	p := f.byRef(*child.Parent)
	child.Parent = nil
	p.SubIssues = slices.DeleteFunc(p.SubIssues, func(r Ref) bool { return r.Key() == child.Ref.Key() })
	p.UpdatedAt = f.now()
	f.event(a, p, Event{Kind: "sub_issue_removed", Source: &Ref{Repo: child.Ref.Repo, Number: child.Ref.Number}})
	f.event(a, child, Event{Kind: "parent_issue_removed", Source: &Ref{Repo: p.Ref.Repo, Number: p.Ref.Number}})
	f.emit(change{event: "sub_issues", action: "parent_issue_removed", repo: f.st.Repos[fold(child.Ref.Repo)], by: a, issue: child, parent: p})
	f.emit(change{event: "sub_issues", action: "sub_issue_removed", repo: f.st.Repos[fold(p.Ref.Repo)], by: a, issue: child, parent: p})
}

// RemoveSubIssue makes an issue no longer a sub-issue of parent and returns it.
func (f *Forge) RemoveSubIssue(a Actor, parent Ref, id int64) (*Issue, error) {
	f.mu.Lock()
	defer f.end()
	r, p, err := f.issue(a, parent)
	if err != nil {
		return nil, err
	}
	if err := f.may(a, r, "issues", Triage); err != nil {
		return nil, err
	}
	child := f.byID(id)
	if child == nil || child.Parent == nil || child.Parent.Key() != p.Ref.Key() {
		return nil, ErrNotFound
	}
	f.orphan(a, child)
	return child.copy(), nil
}

// SubIssues lists an issue's sub-issues in their order, those that the actor may see.
func (f *Forge) SubIssues(a Actor, ref Ref) ([]*Issue, error) {
	f.mu.RLock()
	defer f.mu.RUnlock()
	_, p, err := f.issue(a, ref)
	if err != nil {
		return nil, err
	}
	var out []*Issue
	for _, s := range p.SubIssues {
		if _, i, err := f.issue(a, s); err == nil {
			out = append(out, i.copy())
		}
	}
	return out, nil
}

// Parent returns the parent of a sub-issue, ErrNotFound when it has none.
func (f *Forge) Parent(a Actor, ref Ref) (*Issue, error) {
	f.mu.RLock()
	defer f.mu.RUnlock()
	_, i, err := f.issue(a, ref)
	if err != nil {
		return nil, err
	}
	if i.Parent == nil {
		return nil, ErrNotFound
	}
	_, p, err := f.issue(a, *i.Parent)
	if err != nil {
		return nil, err
	}
	return p.copy(), nil
}

// AddBlockedBy says that an issue waits for the issue with this database id.
func (f *Forge) AddBlockedBy(a Actor, ref Ref, id int64) (*Issue, error) {
	f.mu.Lock()
	defer f.end()
	r, i, err := f.issue(a, ref)
	if err != nil {
		return nil, err
	}
	if err := f.may(a, r, "issues", Triage); err != nil {
		return nil, err
	}
	by := f.byID(id)
	if by == nil {
		return nil, unprocessable("The provided issue does not exist")
	}
	if _, err := f.see(a, by.Ref.Repo); err != nil || by == i || by.Pull != nil {
		return nil, unprocessable("The provided issue does not exist or cannot block this one")
	}
	i.BlockedBy = markup.Append(i.BlockedBy, by.Ref)
	f.event(a, i, Event{Kind: "blocked_by_added", Source: &Ref{Repo: by.Ref.Repo, Number: by.Ref.Number}})
	return i.copy(), nil
}

// BlockedBy lists what an issue waits for, those that the actor may see.
func (f *Forge) BlockedBy(a Actor, ref Ref) ([]*Issue, error) {
	f.mu.RLock()
	defer f.mu.RUnlock()
	_, i, err := f.issue(a, ref)
	if err != nil {
		return nil, err
	}
	var out []*Issue
	for _, b := range i.BlockedBy {
		if _, x, err := f.issue(a, b); err == nil {
			out = append(out, x.copy())
		}
	}
	return out, nil
}
