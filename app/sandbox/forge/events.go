package forge

import (
	"slices"
	"time"

	"github.com/oioi-app/oioi/app/sandbox/forge/gitstore"
	"github.com/oioi-app/oioi/workflow/sorting"
)

// change is something that happened, under the write lock: it goes to the feed and to webhooks.
type change struct {
	event, action string // GitHub's webhook event and action
	repo          *Repo
	by            Actor
	issue         *Issue
	comment       *Comment
	label         *Label
	assignee      string
	was           map[string]any // "changes" of an edit
	parent        *Issue         // sub_issues: the other side
	review        *Review
	reviewComment *ReviewComment
	reviewer      string // review_requested: a login
	team          *Team  // or a team
	release       *Release
	push          *push
}

// push is a branch that moved.
type push struct {
	ref, before, after string // before and after are "" when the branch was made or deleted
	forced             bool
}

func (f *Forge) emit(c change) {
	out := Change{Kind: "repository", Ref: Ref{Repo: c.repo.FullName()}}
	switch {
	case c.comment != nil || c.reviewComment != nil:
		out = Change{Kind: "comment", Ref: c.issue.Ref}
	case c.issue != nil && c.issue.Pull != nil:
		out = Change{Kind: "pull", Ref: c.issue.Ref}
	case c.issue != nil:
		out = Change{Kind: "issue", Ref: c.issue.Ref}
	case c.push != nil:
		out.Kind = "push"
	case c.release != nil:
		out.Kind = "release"
	}
	f.queue = append(f.queue, out)
	f.hook(c)
}

// first runs do and puts the webhooks of last before those of do: what a new issue was sent with is in it when it is told
// of, and told of afterwards.
func (f *Forge) first(last change, do func()) {
	mark := len(f.outgoing)
	do()
	middle := len(f.outgoing)
	f.emit(last)
	f.outgoing = slices.Concat(f.outgoing[:mark], f.outgoing[middle:], f.outgoing[mark:middle])
}

// event adds a row to an issue's timeline.
func (f *Forge) event(a Actor, i *Issue, e Event) {
	e.ID, e.Issue, e.Actor, e.App, e.CreatedAt = f.id(), i.Ref, a.Login, a.app(), f.now()
	f.st.Events[i.Ref.Key()] = append(f.st.Events[i.Ref.Key()], &e)
	f.queue = append(f.queue, Change{Kind: "issue", Ref: i.Ref})
}

// EventsOf lists an issue's timeline without its comments, oldest first. What points at a repository that the actor may
// not see is left out.
func (f *Forge) EventsOf(a Actor, ref Ref) ([]Event, error) {
	f.mu.RLock()
	defer f.mu.RUnlock()
	if _, _, err := f.issue(a, ref); err != nil {
		return nil, err
	}
	var out []Event
	for _, e := range f.st.Events[ref.Key()] {
		if e.Source != nil {
			if _, err := f.see(a, e.Source.Repo); err != nil {
				continue
			}
		}
		out = append(out, *e)
	}
	return out, nil
}

// TimelineRow is one row of an issue's or pull request's story; one of the fields is set.
type TimelineRow struct {
	At      time.Time
	Event   *Event
	Comment *Comment
	Review  *Review
	Commit  *gitstore.CommitInfo
}

// Timeline tells the story of an issue or pull request, oldest first; the commits of a pull request come first.
func (f *Forge) Timeline(a Actor, ref Ref) ([]TimelineRow, error) {
	i, err := f.Issue(a, ref)
	if err != nil {
		return nil, err
	}
	var rows []TimelineRow
	events, err := f.EventsOf(a, ref)
	if err != nil {
		return nil, err
	}
	for _, e := range events {
		rows = append(rows, TimelineRow{At: e.CreatedAt, Event: &e})
	}
	comments, err := f.ListComments(a, ref, time.Time{})
	if err != nil {
		return nil, err
	}
	for _, c := range comments {
		rows = append(rows, TimelineRow{At: c.CreatedAt, Comment: c})
	}
	var commits []TimelineRow
	if i.Pull != nil {
		for _, v := range i.Pull.Reviews {
			rows = append(rows, TimelineRow{At: v.SubmittedAt, Review: &v})
		}
		if d, err := f.Diff(a, ref); err == nil {
			for _, c := range d.Ahead {
				commits = append(commits, TimelineRow{At: c.Author.When, Commit: &c})
			}
		}
	}
	// Ids tell what came first within a second.
	sorting.Stable(rows, func(x, y TimelineRow) int {
		if n := x.At.Compare(y.At); n != 0 {
			return n
		}
		return int(x.id() - y.id())
	})
	return append(commits, rows...), nil
}

func (r TimelineRow) id() int64 {
	switch {
	case r.Event != nil:
		return r.Event.ID
	case r.Comment != nil:
		return r.Comment.ID
	case r.Review != nil:
		return r.Review.ID
	}
	return 0
}
