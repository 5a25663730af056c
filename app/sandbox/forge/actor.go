package forge

import (
	"slices"
	"strings"
	"time"
)

// Actor is who asks: a signed-in person, an App's installation, or, as the zero value, somebody who is not signed in.
type Actor struct {
	Login string // a person's login, or the bot's
	grant *Grant // set for an installation
}

// As returns the person with this login as an actor.
func As(login string) Actor { return Actor{Login: login} }

// IsApp reports whether the actor is an App's installation.
func (a Actor) IsApp() bool { return a.grant != nil }

// Grant is an installation token's reach.
type Grant struct {
	Installation int64             `json:"installation"`
	App          string            `json:"app"`
	Repos        []int64           `json:"repos,omitempty"`       // a narrower list than the installation's
	Permissions  map[string]string `json:"permissions,omitempty"` // narrower permissions than the installation's
	ExpiresAt    time.Time         `json:"expires_at"`
}

func (a Actor) app() string {
	if a.grant == nil {
		return ""
	}
	return a.grant.App
}

// AsInstallation returns an App's installation as an actor, with all it was given.
func (f *Forge) AsInstallation(id int64) (Actor, error) {
	f.mu.RLock()
	defer f.mu.RUnlock()
	in, ok := f.st.Installations[id]
	if !ok {
		return Actor{}, ErrNotFound
	}
	return f.installationActor(&Grant{Installation: id, App: in.App}), nil
}

func (f *Forge) installationActor(g *Grant) Actor {
	return Actor{Login: f.st.Apps[g.App].Bot(), grant: g}
}

func fold(s string) string { return strings.ToLower(s) }

// PermissionOf returns what a login may do in a repository, None when the repository is private and the login is not in it.
func (f *Forge) PermissionOf(repo, login string) (Permission, error) {
	f.mu.RLock()
	defer f.mu.RUnlock()
	r, ok := f.st.Repos[fold(repo)]
	if !ok {
		return None, ErrNotFound
	}
	return f.permission(r, login), nil
}

func (f *Forge) permission(r *Repo, login string) Permission {
	if login != "" {
		if strings.EqualFold(login, r.Owner) {
			return Admin
		}
		best := f.throughTeams(r, login)
		for l, p := range r.Permissions {
			if strings.EqualFold(l, login) && p.AtLeast(best) {
				best = p
			}
		}
		if best != None {
			return best
		}
	}
	if r.Private {
		return None
	}
	return Read
}

// covers reports whether an installation reaches a repository.
func (f *Forge) covers(g *Grant, r *Repo) bool {
	in, ok := f.st.Installations[g.Installation]
	if !ok || in.SuspendedAt != nil {
		return false
	}
	return f.reaches(in, r) && (len(g.Repos) == 0 || slices.Contains(g.Repos, r.ID))
}

// scope returns what an installation may do with one kind of thing: "", read, write or admin.
func (f *Forge) scope(g *Grant, kind string) string {
	in, ok := f.st.Installations[g.Installation]
	if !ok {
		return ""
	}
	if kind == "metadata" {
		return "read"
	}
	has := in.Permissions[kind]
	if narrower, given := g.Permissions[kind]; len(g.Permissions) > 0 && (!given || narrower == "read" && has != "") {
		return narrower
	}
	return has
}

// see finds a repository for an actor: ErrNotFound when there is none or the actor may not know of it.
func (f *Forge) see(a Actor, name string) (*Repo, error) {
	r, ok := f.st.Repos[fold(name)]
	if !ok {
		return nil, ErrNotFound
	}
	if a.grant != nil {
		if !f.covers(a.grant, r) && r.Private {
			return nil, ErrNotFound
		}
		return r, nil
	}
	if !f.permission(r, a.Login).AtLeast(Read) {
		return nil, ErrNotFound
	}
	return r, nil
}

// may checks an actor's right in a repository that it sees. A person needs level; an installation needs kind (issues,
// contents, pull_requests, …) to be read, or write for any level above Read.
func (f *Forge) may(a Actor, r *Repo, kind string, level Permission) error {
	if r.Archived && level.AtLeast(Triage) && kind != "administration" {
		return errArchived
	}
	if a.grant != nil {
		has := f.scope(a.grant, kind)
		if level == None || level == Read {
			if has != "" || !r.Private {
				return nil
			}
			return ErrIntegration
		}
		if !f.covers(a.grant, r) || has != "write" && has != "admin" {
			return ErrIntegration
		}
		return nil
	}
	if a.Login == "" && level != Read {
		return ErrUnauthorized
	}
	if !f.permission(r, a.Login).AtLeast(level) {
		return ErrForbidden
	}
	return nil
}

// write is may for things that any reader may do when signed in (open an issue, comment, react); an installation still
// needs the write permission.
func (f *Forge) write(a Actor, r *Repo, kind string) error {
	if r.Archived {
		return errArchived
	}
	if a.grant != nil {
		return f.may(a, r, kind, Write)
	}
	if a.Login == "" {
		return ErrUnauthorized
	}
	if _, ok := f.st.Users[fold(a.Login)]; !ok {
		return ErrUnauthorized
	}
	return f.may(a, r, kind, Read)
}

// Visible reports whether the actor may know of the repository "owner/name".
func (f *Forge) Visible(a Actor, repo string) bool {
	f.mu.RLock()
	defer f.mu.RUnlock()
	_, err := f.see(a, repo)
	return err == nil
}

// association is a login's place in a repository, as author_association tells it.
func (f *Forge) association(r *Repo, login string) string {
	switch p := f.permission(r, login); {
	case strings.EqualFold(login, r.Owner):
		return "OWNER"
	case p.AtLeast(Triage) && f.isOrg(r.Owner):
		return "MEMBER"
	case p.AtLeast(Triage):
		return "COLLABORATOR"
	}
	for _, i := range f.st.Issues[fold(r.FullName())] {
		if i.Pull != nil && i.Pull.Merged && strings.EqualFold(i.Author, login) {
			return "CONTRIBUTOR"
		}
	}
	return "NONE"
}

func (f *Forge) isOrg(login string) bool {
	u, ok := f.st.Users[fold(login)]
	return ok && u.Type == "Organization"
}
