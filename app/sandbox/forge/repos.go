package forge

import (
	"cmp"
	"io/fs"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/oioi-app/oioi/app/sandbox/forge/gitstore"
	"github.com/oioi-app/oioi/workflow/sorting"
)

func (r *Repo) copy() *Repo {
	c := *r
	c.Permissions, c.Labels = maps.Clone(r.Permissions), slices.Clone(r.Labels)
	return &c
}

// Repo returns a repository that the actor may see.
func (f *Forge) Repo(a Actor, name string) (*Repo, error) {
	f.mu.RLock()
	defer f.mu.RUnlock()
	r, err := f.see(a, name)
	if err != nil {
		return nil, err
	}
	return r.copy(), nil
}

// ListRepos lists the repositories that the actor may see, in the order they were made.
func (f *Forge) ListRepos(a Actor) []*Repo {
	f.mu.RLock()
	defer f.mu.RUnlock()
	var out []*Repo
	for _, name := range f.st.RepoOrder {
		if r, err := f.see(a, name); err == nil {
			out = append(out, r.copy())
		}
	}
	return out
}

// User returns an account by login.
func (f *Forge) User(login string) (*User, error) {
	f.mu.RLock()
	defer f.mu.RUnlock()
	u, ok := f.st.Users[fold(login)]
	if !ok {
		return nil, ErrNotFound
	}
	c := *u
	return &c, nil
}

// ListUsers lists all accounts by login.
func (f *Forge) ListUsers() []User {
	f.mu.RLock()
	defer f.mu.RUnlock()
	var out []User
	for _, login := range slices.Sorted(maps.Keys(f.st.Users)) {
		out = append(out, *f.st.Users[login])
	}
	return out
}

// content finds a repository whose files the actor may read.
func (f *Forge) content(a Actor, repo string) (*gitstore.Store, error) {
	f.mu.RLock()
	defer f.mu.RUnlock()
	r, err := f.see(a, repo)
	if err != nil {
		return nil, err
	}
	if err := f.may(a, r, "contents", Read); err != nil {
		return nil, err
	}
	return f.git[r.ID], nil
}

// Git returns a repository's git objects for reading. Writes go through the forge's own methods, which check and tell.
func (f *Forge) Git(a Actor, repo string) (*gitstore.Store, error) { return f.content(a, repo) }

// ReadFile returns a file as it stands at ref (a branch, tag or SHA; "" is the default branch).
func (f *Forge) ReadFile(a Actor, repo, ref, name string) ([]byte, error) {
	g, err := f.content(a, repo)
	if err != nil {
		return nil, err
	}
	content, _, err := g.ReadFile(ref, name)
	return content, fromGit(err)
}

// Tree lists the folder dir ("" is the root) as it stands at ref ("" is the default branch), with all below it when recursive.
func (f *Forge) Tree(a Actor, repo, ref, dir string, recursive bool) ([]gitstore.Entry, error) {
	g, err := f.content(a, repo)
	if err != nil {
		return nil, err
	}
	_, entries, err := g.Tree(ref, dir, recursive)
	return entries, fromGit(err)
}

// Branches lists a repository's branches by name.
func (f *Forge) Branches(a Actor, repo string) ([]gitstore.Ref, error) {
	g, err := f.content(a, repo)
	if err != nil {
		return nil, err
	}
	list, err := g.Refs("refs/heads/")
	return list, fromGit(err)
}

// ListReleases lists releases, newest first; drafts only for those who may write.
func (f *Forge) ListReleases(a Actor, repo string) ([]*Release, error) {
	f.mu.RLock()
	defer f.mu.RUnlock()
	r, err := f.see(a, repo)
	if err != nil {
		return nil, err
	}
	if err := f.may(a, r, "contents", Read); err != nil {
		return nil, err
	}
	var out []*Release
	for _, x := range f.st.Releases[fold(repo)] {
		if x.Draft && f.may(a, r, "contents", Write) != nil {
			continue
		}
		c := *x
		out = append(out, &c)
	}
	sorting.Stable(out, func(x, y *Release) int { return y.CreatedAt.Compare(x.CreatedAt) })
	return out, nil
}

// ReleaseInput is a new release. A tag that is not there is made at Target ("" is the default branch).
type ReleaseInput struct {
	Tag, Target, Name, Body string
	Draft, Prerelease       bool
}

// CreateRelease publishes a release.
func (f *Forge) CreateRelease(a Actor, repo string, in ReleaseInput) (*Release, error) {
	f.mu.Lock()
	defer f.end()
	r, err := f.see(a, repo)
	if err != nil {
		return nil, err
	}
	if err := f.may(a, r, "contents", Write); err != nil {
		return nil, err
	}
	if strings.TrimSpace(in.Tag) == "" {
		return nil, invalid("Release", "tag_name", "missing_field", "tag_name is not a valid tag")
	}
	for _, x := range f.st.Releases[fold(repo)] {
		if x.Tag == in.Tag && !x.Draft {
			return nil, invalid("Release", "tag_name", "already_exists", "")
		}
	}
	g := f.git[r.ID]
	in.Target = cmp.Or(in.Target, r.DefaultBranch)
	if _, err := g.Ref("refs/tags/" + in.Tag); err != nil && !in.Draft {
		sha, err := g.Resolve(in.Target)
		if err != nil {
			return nil, invalid("Release", "target_commitish", "invalid", "target_commitish is not a commit or branch")
		}
		if err := g.CreateRef("refs/tags/"+in.Tag, sha); err != nil {
			return nil, fromGit(err)
		}
	}
	now := f.now()
	x := &Release{ID: f.id(), Repo: r.FullName(), Tag: in.Tag, Target: in.Target, Name: cmp.Or(in.Name, in.Tag), Body: in.Body,
		Author: a.Login, App: a.app(), Draft: in.Draft, Prerelease: in.Prerelease, CreatedAt: now}
	if !in.Draft {
		x.PublishedAt = now
	}
	f.st.Releases[fold(repo)] = append(f.st.Releases[fold(repo)], x)
	f.emit(change{event: "release", action: "published", repo: r, by: a, release: x})
	c := *x
	return &c, nil
}

var validName = regexp.MustCompile(`^[A-Za-z0-9._-]{1,100}$`)

// RepoInput is a repository to be seeded.
type RepoInput struct {
	Owner, Name, Description string
	Private                  bool
	DefaultBranch            string // default main
	Permissions              map[string]Permission
	Labels                   []Label
}

// AddUser registers an account: Type is User (default) or Organization. It is for setting the forge up and checks no actor.
func (f *Forge) AddUser(u User) (*User, error) {
	f.mu.Lock()
	defer f.end()
	if !validName.MatchString(u.Login) {
		return nil, invalid("User", "login", "invalid", "%q is not a login", u.Login)
	}
	return f.addUser(u)
}

func (f *Forge) addUser(u User) (*User, error) {
	if _, ok := f.st.Users[fold(u.Login)]; ok {
		return nil, invalid("User", "login", "already_exists", "%s is taken", u.Login)
	}
	u.ID, u.Type = f.id(), cmp.Or(u.Type, "User")
	if u.CreatedAt.IsZero() {
		u.CreatedAt = f.now()
	}
	f.st.Users[fold(u.Login)] = &u
	f.queue = append(f.queue, Change{Kind: "user"})
	c := u
	return &c, nil
}

// AddToken lets a person use the REST API with this token. It is for setting the forge up and checks no actor.
func (f *Forge) AddToken(token, login string) error {
	f.mu.Lock()
	defer f.end()
	u, ok := f.st.Users[fold(login)]
	if !ok {
		return ErrNotFound
	}
	f.st.Tokens[token] = u.Login
	f.queue = append(f.queue, Change{Kind: "user"})
	return nil
}

// AddRepo makes an empty repository; AddCommit fills it. It is for setting the forge up and checks no actor.
func (f *Forge) AddRepo(in RepoInput) (*Repo, error) {
	f.mu.Lock()
	defer f.end()
	if !validName.MatchString(in.Name) || in.Name == "." || in.Name == ".." {
		return nil, invalid("Repository", "name", "invalid", "%q is not a repository name", in.Name)
	}
	owner, ok := f.st.Users[fold(in.Owner)]
	if !ok {
		return nil, invalid("Repository", "owner", "invalid", "there is no account %q", in.Owner)
	}
	now := f.now()
	r := &Repo{ID: f.id(), Owner: owner.Login, Name: in.Name, Description: in.Description, Private: in.Private,
		DefaultBranch: cmp.Or(in.DefaultBranch, "main"), Permissions: map[string]Permission{}, CreatedAt: now, UpdatedAt: now, PushedAt: now}
	key := fold(r.FullName())
	if _, ok := f.st.Repos[key]; ok {
		return nil, invalid("Repository", "name", "already_exists", "%s is there already", r.FullName())
	}
	for login, p := range in.Permissions {
		if !slices.Contains(levels, p) {
			return nil, invalid("Repository", "permissions", "invalid", "%q for %s is none of %v", p, login, levels)
		}
		r.Permissions[login] = p
	}
	for _, l := range in.Labels {
		if err := checkLabel(&l); err != nil {
			return nil, err
		}
		l.ID = f.id()
		r.Labels = append(r.Labels, l)
	}
	var err error
	if f.opts.State == "" {
		f.git[r.ID], err = gitstore.InMemory(r.DefaultBranch)
	} else {
		f.git[r.ID], err = gitstore.Open(f.gitDir(r.ID), r.DefaultBranch)
	}
	if err != nil {
		return nil, err
	}
	f.st.Repos[key] = r
	f.st.RepoOrder = append(f.st.RepoOrder, r.FullName())
	f.queue = append(f.queue, Change{Kind: "repository", Ref: Ref{Repo: r.FullName()}})
	return r.copy(), nil
}

// AddCommit puts the files of src on top of a branch ("" is the default one) as one commit by login, at a time (zero is
// now), and returns its SHA. Files that src lacks stay. It is for setting the forge up, checks no actor and tells nobody.
func (f *Forge) AddCommit(repo, branch, login, message string, at time.Time, src fs.FS) (string, error) {
	var changes []gitstore.Change
	err := fs.WalkDir(src, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := fs.ReadFile(src, name)
		changes = append(changes, gitstore.Change{Path: name, Content: content})
		return err
	})
	if err != nil {
		return "", err
	}
	f.mu.Lock()
	defer f.end()
	r, ok := f.st.Repos[fold(repo)]
	if !ok {
		return "", ErrNotFound
	}
	if at.IsZero() {
		at = f.now()
	}
	sha, err := f.git[r.ID].Commit(cmp.Or(branch, r.DefaultBranch), message, f.signature(login, at), changes)
	if err != nil {
		return "", fromGit(err)
	}
	r.PushedAt = at
	f.queue = append(f.queue, Change{Kind: "push", Ref: Ref{Repo: r.FullName()}})
	return sha, nil
}

func (f *Forge) signature(login string, at time.Time) gitstore.Signature {
	s := gitstore.Signature{Name: login, Email: login + "@users.noreply.github.com", When: at}
	if u, ok := f.st.Users[fold(login)]; ok {
		s.Name = cmp.Or(u.Name, u.Login)
		s.Email = noreply(u)
	}
	return s
}

// SetPermission gives a login a permission in a repository. It is for setting the forge up and checks no actor.
func (f *Forge) SetPermission(repo, login string, p Permission) error {
	f.mu.Lock()
	defer f.end()
	r, ok := f.st.Repos[fold(repo)]
	if !ok {
		return ErrNotFound
	}
	if !slices.Contains(levels, p) {
		return invalid("Repository", "permission", "invalid", "%q is none of %v", p, levels)
	}
	r.Permissions[login] = p
	f.queue = append(f.queue, Change{Kind: "repository", Ref: Ref{Repo: r.FullName()}})
	return nil
}
