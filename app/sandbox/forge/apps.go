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
	f.installed(in, "created")
	return in.copy(), nil
}

// Uninstall removes an installation; its tokens are worth nothing from then on.
func (f *Forge) Uninstall(id int64) error {
	f.mu.Lock()
	defer f.end()
	in, ok := f.st.Installations[id]
	if !ok {
		return ErrNotFound
	}
	f.installed(in, "deleted")
	delete(f.st.Installations, id)
	return nil
}

// Suspend stops an installation's tokens and webhooks, or lets them work again.
func (f *Forge) Suspend(id int64, suspended bool) error {
	f.mu.Lock()
	defer f.end()
	in, ok := f.st.Installations[id]
	if !ok {
		return ErrNotFound
	}
	now := f.now()
	in.UpdatedAt = now
	if !suspended {
		in.SuspendedAt = nil
		f.installed(in, "unsuspend")
		return nil
	}
	in.SuspendedAt = &now
	f.installed(in, "suspend")
	return nil
}

// Permit changes what an installation may do, as when its account accepts what the App asks for now.
func (f *Forge) Permit(id int64, permissions map[string]string) error {
	f.mu.Lock()
	defer f.end()
	in, ok := f.st.Installations[id]
	if !ok {
		return ErrNotFound
	}
	in.Permissions, in.UpdatedAt = maps.Clone(permissions), f.now()
	f.installed(in, "new_permissions_accepted")
	return nil
}

// AddToInstallation and RemoveFromInstallation change which repositories an App is installed on.
func (f *Forge) AddToInstallation(id int64, repo string) error { return f.reselect(id, repo, true) }

// RemoveFromInstallation is the opposite of AddToInstallation.
func (f *Forge) RemoveFromInstallation(id int64, repo string) error {
	return f.reselect(id, repo, false)
}

func (f *Forge) reselect(id int64, repo string, add bool) error {
	f.mu.Lock()
	defer f.end()
	in, ok := f.st.Installations[id]
	r := f.st.Repos[fold(repo)]
	switch {
	case !ok || r == nil:
		return ErrNotFound
	case in.All && add:
		return unprocessable("This installation covers every repository of %s", in.Account)
	case f.reaches(in, r) == add:
		return nil
	case in.All: // from now on it covers those that it covers now, but for one
		for _, r := range f.st.Repos {
			if f.reaches(in, r) {
				in.Repos = append(in.Repos, r.ID)
			}
		}
		slices.Sort(in.Repos)
		in.All = false
	}
	action, added, removed := "added", []int64{r.ID}, []int64{}
	if add {
		in.Repos = append(in.Repos, r.ID)
	} else {
		action, added, removed = "removed", removed, added
		in.Repos = slices.DeleteFunc(in.Repos, func(x int64) bool { return x == r.ID })
	}
	in.UpdatedAt = f.now()
	f.outgoing = append(f.outgoing, f.message(f.st.Apps[in.App], nil, "installation_repositories", action, fmt.Sprintf("installation %d", in.ID),
		object{"action": action, "installation": f.renderInstallation(in), "sender": f.user(in.Account), "requester": nil,
			"repository_selection": "selected", "repositories_added": f.shortRepos(in, added), "repositories_removed": f.shortRepos(in, removed)})...)
	f.queue = append(f.queue, Change{Kind: "installation"})
	return nil
}

func (in *Installation) copy() *Installation {
	c := *in
	c.Repos, c.Events, c.Permissions = slices.Clone(in.Repos), slices.Clone(in.Events), maps.Clone(in.Permissions)
	return &c
}
