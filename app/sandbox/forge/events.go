package forge

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
	release       *Release
	push          *push
}

// push is a branch that moved.
type push struct {
	ref, before, after string
}

func (f *Forge) emit(c change) {
	out := Change{Kind: "repository", Ref: Ref{Repo: c.repo.FullName()}}
	switch {
	case c.comment != nil:
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
}

// event adds a row to an issue's timeline.
func (f *Forge) event(a Actor, i *Issue, e Event) {
	e.ID, e.Issue, e.Actor, e.App, e.CreatedAt = f.id(), i.Ref, a.Login, a.app(), f.now()
	f.st.Events[i.Ref.key()] = append(f.st.Events[i.Ref.key()], &e)
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
	for _, e := range f.st.Events[ref.key()] {
		if e.Source != nil {
			if _, err := f.see(a, e.Source.Repo); err != nil {
				continue
			}
		}
		out = append(out, *e)
	}
	return out, nil
}
