package forge

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
)

func noreply(u *User) string { return fmt.Sprintf("%d+%s@users.noreply.github.com", u.ID, u.Login) }

// AddApp registers a GitHub App and its bot account. It is for setting the forge up and checks no actor.
func (f *Forge) AddApp(in App) (*App, error) {
	f.mu.Lock()
	defer f.end()
	if !validName.MatchString(in.Slug) {
		return nil, invalid("App", "slug", "invalid", "%q is not a slug", in.Slug)
	}
	if _, ok := f.st.Users[fold(in.Owner)]; !ok {
		return nil, invalid("App", "owner", "invalid", "there is no account %q", in.Owner)
	}
	if _, err := f.addUser(User{Login: in.Bot(), Type: "Bot"}); err != nil {
		return nil, err
	}
	in.ID, in.Name, in.CreatedAt = f.id(), cmp.Or(in.Name, in.Slug), f.now()
	in.Permissions, in.Events = maps.Clone(in.Permissions), slices.Clone(in.Events)
	f.st.Apps[in.Slug] = &in
	c := in
	return &c, nil
}

// App returns a registered App.
func (f *Forge) App(slug string) (*App, error) {
	f.mu.RLock()
	defer f.mu.RUnlock()
	a, ok := f.st.Apps[slug]
	if !ok {
		return nil, ErrNotFound
	}
	c := *a
	return &c, nil
}

// Install installs an App on an account with all the App asks for: on the named repositories ("owner/name"), or on all
// of them when none is named. It is for setting the forge up and checks no actor.
func (f *Forge) Install(slug, account string, repos ...string) (*Installation, error) {
	f.mu.Lock()
	defer f.end()
	app, ok := f.st.Apps[slug]
	if !ok {
		return nil, ErrNotFound
	}
	owner, ok := f.st.Users[fold(account)]
	if !ok {
		return nil, ErrNotFound
	}
	now := f.now()
	in := &Installation{ID: f.id(), App: slug, Account: owner.Login, All: len(repos) == 0, Permissions: maps.Clone(app.Permissions),
		Events: slices.Clone(app.Events), CreatedAt: now, UpdatedAt: now}
	for _, name := range repos {
		r, ok := f.st.Repos[fold(name)]
		if !ok {
			return nil, ErrNotFound
		}
		in.Repos = append(in.Repos, r.ID)
	}
	f.st.Installations[in.ID] = in
	f.queue = append(f.queue, Change{Kind: "installation"})
	return in.copy(), nil
}

func (in *Installation) copy() *Installation {
	c := *in
	c.Repos, c.Events, c.Permissions = slices.Clone(in.Repos), slices.Clone(in.Events), maps.Clone(in.Permissions)
	return &c
}
