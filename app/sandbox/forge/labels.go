package forge

import (
	"hash/fnv"
	"slices"
	"strings"

	"github.com/oioi-app/oioi/workflow/sorting"
)

// AddLabels puts labels on an issue or pull request, making those that the repository lacks, and returns all it has now.
func (f *Forge) AddLabels(a Actor, ref Ref, names ...string) ([]Label, error) {
	return f.changeLabels(a, ref, func(r *Repo, i *Issue) error {
		f.label(a, r, i, names)
		return nil
	})
}

// SetLabels makes names the only labels of an issue or pull request.
func (f *Forge) SetLabels(a Actor, ref Ref, names ...string) ([]Label, error) {
	return f.changeLabels(a, ref, func(r *Repo, i *Issue) error {
		f.unlabel(a, r, i, slices.DeleteFunc(slices.Clone(i.Labels), func(l string) bool { return containsFold(names, l) }))
		f.label(a, r, i, names)
		return nil
	})
}

// RemoveLabel takes one label off; one that is not there is ErrNotFound.
func (f *Forge) RemoveLabel(a Actor, ref Ref, name string) ([]Label, error) {
	return f.changeLabels(a, ref, func(r *Repo, i *Issue) error {
		if !containsFold(i.Labels, name) {
			return &Error{Status: ErrNotFound.Status, Message: "Label does not exist"}
		}
		f.unlabel(a, r, i, []string{name})
		return nil
	})
}

func (f *Forge) changeLabels(a Actor, ref Ref, do func(*Repo, *Issue) error) ([]Label, error) {
	f.mu.Lock()
	defer f.end()
	r, i, err := f.issue(a, ref)
	if err != nil {
		return nil, err
	}
	if err := f.may(a, r, i.kind(), Triage); err != nil {
		return nil, err
	}
	if err := do(r, i); err != nil {
		return nil, err
	}
	return f.labelsOf(r, i), nil
}

func (f *Forge) label(a Actor, r *Repo, i *Issue, names []string) {
	for _, name := range names {
		name = strings.TrimSpace(name)
		if name == "" || containsFold(i.Labels, name) {
			continue
		}
		l := f.ensureLabel(r, name)
		i.Labels = append(i.Labels, l.Name)
		i.UpdatedAt = f.now()
		f.event(a, i, Event{Kind: "labeled", Label: &l})
		f.emit(change{event: i.hook(), action: "labeled", repo: r, by: a, issue: i, label: &l})
	}
}

func (f *Forge) unlabel(a Actor, r *Repo, i *Issue, names []string) {
	for _, name := range names {
		at := slices.IndexFunc(i.Labels, func(l string) bool { return strings.EqualFold(l, name) })
		if at < 0 {
			continue
		}
		l := f.ensureLabel(r, i.Labels[at])
		i.Labels = slices.Delete(i.Labels, at, at+1)
		i.UpdatedAt = f.now()
		f.event(a, i, Event{Kind: "unlabeled", Label: &l})
		f.emit(change{event: i.hook(), action: "unlabeled", repo: r, by: a, issue: i, label: &l})
	}
}

func (r *Repo) findLabel(name string) int {
	return slices.IndexFunc(r.Labels, func(l Label) bool { return strings.EqualFold(l.Name, name) })
}

func (f *Forge) ensureLabel(r *Repo, name string) Label {
	if at := r.findLabel(name); at >= 0 {
		return r.Labels[at]
	}
	l := Label{ID: f.id(), Name: name, Color: color(name)}
	r.Labels = append(r.Labels, l)
	return l
}

// color gives a new label a color of its own, always the same for the same name.
func color(name string) string {
	palette := []string{"bfdadc", "c2e0c6", "d4c5f9", "fad8c7", "fef2c0", "bfd4f2", "f9d0c4", "c5def5"}
	h := fnv.New32a()
	h.Write([]byte(fold(name)))
	return palette[h.Sum32()%uint32(len(palette))] //nolint:gosec // the palette is short
}

func (f *Forge) labelsOf(r *Repo, i *Issue) []Label {
	out := make([]Label, 0, len(i.Labels))
	for _, name := range i.Labels {
		if at := r.findLabel(name); at >= 0 {
			out = append(out, r.Labels[at])
		}
	}
	return out
}

// LabelsOf returns the labels of an issue with color and description.
func (f *Forge) LabelsOf(a Actor, ref Ref) ([]Label, error) {
	f.mu.RLock()
	defer f.mu.RUnlock()
	r, i, err := f.issue(a, ref)
	if err != nil {
		return nil, err
	}
	return f.labelsOf(r, i), nil
}

// ListLabels lists a repository's labels by name.
func (f *Forge) ListLabels(a Actor, repo string) ([]Label, error) {
	f.mu.RLock()
	defer f.mu.RUnlock()
	r, err := f.see(a, repo)
	if err != nil {
		return nil, err
	}
	out := slices.Clone(r.Labels)
	sorting.Stable(out, func(x, y Label) int { return strings.Compare(fold(x.Name), fold(y.Name)) })
	return out, f.may(a, r, "issues", Read)
}

// CreateLabel adds a label to a repository. An empty color gets one; a name that is taken is ErrInvalid.
func (f *Forge) CreateLabel(a Actor, repo string, l Label) (Label, error) {
	return f.editLabels(a, repo, func(r *Repo) (Label, error) {
		if err := checkLabel(&l); err != nil {
			return l, err
		}
		if r.findLabel(l.Name) >= 0 {
			return l, invalid("Label", "name", "already_exists", "")
		}
		l.ID = f.id()
		r.Labels = append(r.Labels, l)
		return l, nil
	})
}

// EditLabel renames or changes a label; empty fields stay. Issues that have it keep it under its new name.
func (f *Forge) EditLabel(a Actor, repo, name string, to Label) (Label, error) {
	return f.editLabels(a, repo, func(r *Repo) (Label, error) {
		at := r.findLabel(name)
		if at < 0 {
			return Label{}, ErrNotFound
		}
		l := r.Labels[at]
		old := l.Name
		if to.Name != "" {
			l.Name = to.Name
		}
		if to.Color != "" {
			l.Color = to.Color
		}
		if to.Description != "" {
			l.Description = to.Description
		}
		if err := checkLabel(&l); err != nil {
			return l, err
		}
		if other := r.findLabel(l.Name); other >= 0 && other != at {
			return l, invalid("Label", "name", "already_exists", "")
		}
		r.Labels[at] = l
		for _, i := range f.st.Issues[fold(repo)] {
			if n := slices.Index(i.Labels, old); n >= 0 {
				i.Labels[n] = l.Name
			}
		}
		return l, nil
	})
}

// DeleteLabel removes a label from the repository and from all its issues.
func (f *Forge) DeleteLabel(a Actor, repo, name string) error {
	_, err := f.editLabels(a, repo, func(r *Repo) (Label, error) {
		at := r.findLabel(name)
		if at < 0 {
			return Label{}, ErrNotFound
		}
		r.Labels = slices.Delete(r.Labels, at, at+1)
		for _, i := range f.st.Issues[fold(repo)] {
			i.Labels = slices.DeleteFunc(i.Labels, func(l string) bool { return strings.EqualFold(l, name) })
		}
		return Label{}, nil
	})
	return err
}

func (f *Forge) editLabels(a Actor, repo string, do func(*Repo) (Label, error)) (Label, error) {
	f.mu.Lock()
	defer f.end()
	r, err := f.see(a, repo)
	if err != nil {
		return Label{}, err
	}
	if err := f.may(a, r, "issues", Write); err != nil {
		return Label{}, err
	}
	l, err := do(r)
	if err == nil {
		f.queue = append(f.queue, Change{Kind: "repository", Ref: Ref{Repo: r.FullName()}})
	}
	return l, err
}

func checkLabel(l *Label) error {
	l.Name, l.Color = strings.TrimSpace(l.Name), fold(l.Color)
	if l.Name == "" || len([]rune(l.Name)) > 50 {
		return invalid("Label", "name", "invalid", "name must have 1 to 50 characters")
	}
	if len([]rune(l.Description)) > 100 {
		return invalid("Label", "description", "invalid", "description is too long (maximum is 100 characters)")
	}
	if l.Color == "" {
		l.Color = color(l.Name)
	}
	if len(l.Color) != 6 || strings.Trim(l.Color, "0123456789abcdef") != "" {
		return invalid("Label", "color", "invalid", "color must be six hexadecimal digits without #")
	}
	return nil
}

// Assign adds assignees to an issue or pull request. Only people who may work in the repository can be: the others are
// dropped in silence, as on GitHub.
func (f *Forge) Assign(a Actor, ref Ref, logins ...string) (*Issue, error) {
	return f.changeAssignees(a, ref, func(r *Repo, i *Issue) { f.assign(a, r, i, logins) })
}

// Unassign takes assignees off.
func (f *Forge) Unassign(a Actor, ref Ref, logins ...string) (*Issue, error) {
	return f.changeAssignees(a, ref, func(r *Repo, i *Issue) { f.unassign(a, r, i, logins) })
}

func (f *Forge) changeAssignees(a Actor, ref Ref, do func(*Repo, *Issue)) (*Issue, error) {
	f.mu.Lock()
	defer f.end()
	r, i, err := f.issue(a, ref)
	if err != nil {
		return nil, err
	}
	if err := f.may(a, r, i.kind(), Triage); err != nil {
		return nil, err
	}
	do(r, i)
	return i.copy(), nil
}

func (f *Forge) assign(a Actor, r *Repo, i *Issue, logins []string) {
	for _, login := range logins {
		u, ok := f.st.Users[fold(login)]
		if !ok || u.Type != "User" || containsFold(i.Assignees, login) || len(i.Assignees) >= maxAssignees {
			continue
		}
		if !f.assignable(r, i, u.Login) {
			continue
		}
		i.Assignees = append(i.Assignees, u.Login)
		i.UpdatedAt = f.now()
		f.event(a, i, Event{Kind: "assigned", Assignee: u.Login})
		f.emit(change{event: i.hook(), action: "assigned", repo: r, by: a, issue: i, assignee: u.Login})
		f.notify(a, i, u.Login, "assign")
	}
}

// assignable: whoever was given a permission, and whoever took part in the issue itself.
func (f *Forge) assignable(r *Repo, i *Issue, login string) bool {
	if f.permission(r, login).AtLeast(Triage) || strings.EqualFold(i.Author, login) {
		return true
	}
	for l, p := range r.Permissions {
		if strings.EqualFold(l, login) && p.AtLeast(Read) {
			return true
		}
	}
	return slices.ContainsFunc(f.st.CommentOrder[i.Ref.Key()], func(id int64) bool {
		return strings.EqualFold(f.st.Comments[id].Author, login)
	})
}

func (f *Forge) unassign(a Actor, r *Repo, i *Issue, logins []string) {
	for _, login := range logins {
		at := slices.IndexFunc(i.Assignees, func(l string) bool { return strings.EqualFold(l, login) })
		if at < 0 {
			continue
		}
		login = i.Assignees[at]
		i.Assignees = slices.Delete(i.Assignees, at, at+1)
		i.UpdatedAt = f.now()
		f.event(a, i, Event{Kind: "unassigned", Assignee: login})
		f.emit(change{event: i.hook(), action: "unassigned", repo: r, by: a, issue: i, assignee: login})
	}
}
