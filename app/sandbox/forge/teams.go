package forge

import (
	"slices"
	"strings"
)

// Team is a team of an organization.
type Team struct {
	ID          int64                 `json:"id"`
	Org         string                `json:"org"`
	Slug        string                `json:"slug"`
	Name        string                `json:"name"`
	Members     []string              `json:"members"`
	Permissions map[string]Permission `json:"permissions,omitempty"` // by owner/name
}

// AddTeam registers a team. It is for setting the forge up and checks no actor.
func (f *Forge) AddTeam(t Team) (*Team, error) {
	f.mu.Lock()
	defer f.end()
	if !f.isOrg(t.Org) || !validName.MatchString(t.Slug) {
		return nil, invalid("Team", "slug", "invalid", "%s/%s is not a team of an organization", t.Org, t.Slug)
	}
	key := fold(t.Org + "/" + t.Slug)
	if _, ok := f.st.Teams[key]; ok {
		return nil, invalid("Team", "slug", "already_exists", "")
	}
	for _, m := range t.Members {
		if _, ok := f.st.Users[fold(m)]; !ok {
			return nil, invalid("Team", "members", "invalid", "there is no account %q", m)
		}
	}
	t.ID = f.id()
	if t.Name == "" {
		t.Name = t.Slug
	}
	f.st.Teams[key] = &t
	f.queue = append(f.queue, Change{Kind: "user"})
	c := t
	return &c, nil
}

// team finds a team that an actor may know of: any member of the organization's repositories may, on this forge.
func (f *Forge) team(a Actor, org, slug string) (*Team, error) {
	t, ok := f.st.Teams[fold(org+"/"+slug)]
	if !ok {
		return nil, ErrNotFound
	}
	if a.grant != nil && f.scope(a.grant, "members") == "" {
		return nil, ErrIntegration
	}
	if a.grant == nil && !f.insider(a.Login, org) {
		return nil, ErrNotFound
	}
	return t, nil
}

// insider reports whether a person belongs to an organization: in one of its teams, or with more than read permission
// in one of its repositories.
func (f *Forge) insider(login, org string) bool {
	if login == "" {
		return false
	}
	for _, t := range f.st.Teams {
		if strings.EqualFold(t.Org, org) && containsFold(t.Members, login) {
			return true
		}
	}
	for _, r := range f.st.Repos {
		if strings.EqualFold(r.Owner, org) && f.permission(r, login).AtLeast(Triage) {
			return true
		}
	}
	return false
}

func (f *Forge) renderTeam(t *Team, p Permission) object {
	self := f.api("/organizations/%d/team/%d", f.st.Users[fold(t.Org)].ID, t.ID)
	return object{"id": t.ID, "node_id": nodeID("T", t.ID), "name": t.Name, "slug": t.Slug, "description": nil, "privacy": "closed",
		"notification_setting": "notifications_enabled", "permission": p.old(), "permissions": flags(p), "url": self,
		"html_url": f.web("/orgs/%s/teams/%s", t.Org, t.Slug), "members_url": self + "/members{/member}", "repositories_url": self + "/repos",
		"type": "organization", "organization_id": f.st.Users[fold(t.Org)].ID, "parent": nil}
}

// old is the permission's name in the first generation of GitHub's API: pull, triage, push, maintain, admin.
func (p Permission) old() string {
	switch p {
	case Read, None:
		return "pull"
	case Write:
		return "push"
	}
	return string(p)
}

// teamsOf lists the teams that were given a repository.
func (f *Forge) teamsOf(repo string) []object {
	out := []object{}
	for _, t := range sortedTeams(f.st.Teams) {
		for name, p := range t.Permissions {
			if strings.EqualFold(name, repo) {
				out = append(out, f.renderTeam(t, p))
			}
		}
	}
	return out
}

// throughTeams is the strongest permission that a login has in a repository through teams.
func (f *Forge) throughTeams(r *Repo, login string) Permission {
	best := None
	for _, t := range f.st.Teams {
		if !slices.ContainsFunc(t.Members, func(m string) bool { return strings.EqualFold(m, login) }) {
			continue
		}
		for name, p := range t.Permissions {
			if strings.EqualFold(name, r.FullName()) && p.AtLeast(best) {
				best = p
			}
		}
	}
	return best
}
