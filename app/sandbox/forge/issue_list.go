package forge

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/oioi-app/oioi/app/sandbox/forge/markup"
	"github.com/oioi-app/oioi/workflow/sorting"
)

// IssueFilter narrows and orders ListIssues. The zero value gives open issues and pull requests, newest first.
type IssueFilter struct {
	State     string   // open (default), closed or all
	Labels    []string // each of them
	Creator   string
	Assignee  string // a login, "none" or "*"
	Mentioned string
	Since     time.Time // updated at or after
	Sort      string    // created (default), updated or comments
	Ascending bool
	Kind      string // "issue" or "pull" for only these, "" for both
}

// ListIssues lists issues and pull requests of a repository.
func (f *Forge) ListIssues(a Actor, repo string, by IssueFilter) ([]*Issue, error) {
	f.mu.RLock()
	defer f.mu.RUnlock()
	r, err := f.see(a, repo)
	if err != nil {
		return nil, err
	}
	kind := "issues"
	if by.Kind == "pull" {
		kind = "pull_requests"
	}
	if err := f.may(a, r, kind, Read); err != nil {
		return nil, err
	}
	var out []*Issue
	for _, i := range f.st.Issues[fold(repo)] {
		if by.matches(i) {
			out = append(out, i.copy())
		}
	}
	sorting.Stable(out, func(x, y *Issue) int {
		n := 0
		switch by.Sort {
		case "updated":
			n = x.UpdatedAt.Compare(y.UpdatedAt)
		case "comments":
			n = cmp.Compare(x.Comments, y.Comments)
		default:
			n = x.CreatedAt.Compare(y.CreatedAt)
		}
		n = cmp.Or(n, cmp.Compare(x.Ref.Number, y.Ref.Number))
		if !by.Ascending {
			n = -n
		}
		return n
	})
	return out, nil
}

func (by IssueFilter) matches(i *Issue) bool {
	if i.Deleted {
		return false
	}
	if by.Kind == "issue" && i.Pull != nil || by.Kind == "pull" && i.Pull == nil {
		return false
	}
	if state := cmp.Or(by.State, "open"); state != "all" && state != i.State {
		return false
	}
	for _, l := range by.Labels {
		if !containsFold(i.Labels, l) {
			return false
		}
	}
	switch by.Assignee {
	case "", "*":
		if by.Assignee == "*" && len(i.Assignees) == 0 {
			return false
		}
	case "none":
		if len(i.Assignees) > 0 {
			return false
		}
	default:
		if !containsFold(i.Assignees, by.Assignee) {
			return false
		}
	}
	if by.Creator != "" && !strings.EqualFold(by.Creator, i.Author) {
		return false
	}
	if by.Mentioned != "" && !containsFold(markup.Mentions(i.Body), by.Mentioned) {
		return false
	}
	return !i.UpdatedAt.Before(by.Since)
}

func containsFold(list []string, s string) bool {
	return slices.ContainsFunc(list, func(x string) bool { return strings.EqualFold(x, s) })
}
