package forge

import (
	"cmp"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"
)

var metaRoutes = map[string]handler{
	"GET /": func(c *call) (answer, error) {
		return ok(func() any { return object{"current_user_url": c.f.api("/user")} }), nil
	},
	"GET /meta": func(c *call) (answer, error) {
		return ok(func() any { return object{"verifiable_password_authentication": false} }), nil
	},
	"GET /rate_limit": getRateLimit,
	"GET /user":       getUser,
	"GET /user/repos": func(c *call) (answer, error) {
		if c.actor.Login == "" {
			return answer{}, ErrUnauthorized
		}
		list := paged(c, c.f.ListRepos(c.actor))
		return ok(render(list, func(r *Repo) object { return c.f.repository(r, &c.actor) })), nil
	},
	"GET /users/{login}": func(c *call) (answer, error) {
		u, err := c.f.User(c.vars["login"])
		if err != nil {
			return answer{}, err
		}
		return ok(func() any { return c.f.fullUser(u.Login, false) }), nil
	},
	"GET /orgs/{org}/teams/{team}/members":             getTeamMembers,
	"GET /orgs/{org}/teams/{team}/memberships/{login}": getTeamMembership,
	"GET /orgs/{org}/issue-types":                      emptyList,
	"GET /search/issues":                               searchIssues,
	"GET /search/code":                                 searchCode,
}

var appRoutes = map[string]handler{
	"GET /app":                                   getApp,
	"GET /app/installations":                     listInstallations,
	"GET /app/installations/{id}":                getInstallation,
	"DELETE /app/installations/{id}":             deleteInstallation,
	"POST /app/installations/{id}/access_tokens": createAccessToken,
	"PUT /app/installations/{id}/suspended":      suspendInstallation,
	"DELETE /app/installations/{id}/suspended":   suspendInstallation,
	"GET /installation/repositories":             listInstallationRepos,
	"GET /repos/{owner}/{repo}/installation":     getRepoInstallation,
	"GET /app/hook/deliveries":                   listDeliveries,
	"GET /app/hook/deliveries/{id}":              getDelivery,
	"POST /app/hook/deliveries/{id}/attempts":    redeliver,
	"GET /orgs/{account}/installation":           getAccountInstallation,
	"GET /users/{account}/installation":          getAccountInstallation,
}

func emptyList(*call) (answer, error) { return ok(func() any { return []any{} }), nil }

func getRateLimit(c *call) (answer, error) {
	h := c.w.Header()
	number := func(name string) (n int) {
		_, _ = fmt.Sscan(h.Get(name), &n)
		return n
	}
	rate := object{"limit": number("X-RateLimit-Limit"), "remaining": number("X-RateLimit-Remaining"), "used": number("X-RateLimit-Used"),
		"reset": number("X-RateLimit-Reset")}
	return ok(func() any { return object{"resources": object{"core": rate, "search": rate}, "rate": rate} }), nil
}

func getUser(c *call) (answer, error) {
	switch {
	case c.actor.IsApp():
		return answer{}, ErrIntegration
	case c.actor.Login == "":
		return answer{}, ErrUnauthorized
	}
	return ok(func() any { return c.f.fullUser(c.actor.Login, true) }), nil
}

func getTeamMembers(c *call) (answer, error) {
	c.f.mu.RLock()
	t, err := c.f.team(c.actor, c.vars["org"], c.vars["team"])
	var members []string
	if err == nil {
		members = slices.Clone(t.Members)
	}
	c.f.mu.RUnlock()
	if err != nil {
		return answer{}, err
	}
	return ok(render(paged(c, members), c.f.user)), nil
}

func getTeamMembership(c *call) (answer, error) {
	c.f.mu.RLock()
	defer c.f.mu.RUnlock()
	t, err := c.f.team(c.actor, c.vars["org"], c.vars["team"])
	if err != nil {
		return answer{}, err
	}
	if !containsFold(t.Members, c.vars["login"]) {
		return answer{}, ErrNotFound
	}
	self := c.f.api("/orgs/%s/teams/%s/memberships/%s", t.Org, t.Slug, c.vars["login"])
	return ok(func() any { return object{"url": self, "role": "member", "state": "active"} }), nil
}

func getApp(c *call) (answer, error) {
	app, err := c.signedApp()
	if err != nil {
		return answer{}, err
	}
	return ok(func() any {
		out := c.f.renderApp(app.Slug).(object)
		out["installations_count"] = len(c.f.installationsOf(app.Slug))
		return out
	}), nil
}

func (f *Forge) installationsOf(slug string) []*Installation {
	var out []*Installation
	for _, id := range slices.Sorted(maps.Keys(f.st.Installations)) {
		if in := f.st.Installations[id]; in.App == slug {
			out = append(out, in.copy())
		}
	}
	return out
}

func listInstallations(c *call) (answer, error) {
	app, err := c.signedApp()
	if err != nil {
		return answer{}, err
	}
	c.f.mu.RLock()
	list := c.f.installationsOf(app.Slug)
	c.f.mu.RUnlock()
	return ok(render(paged(c, list), c.f.renderInstallation)), nil
}

// installation finds the signed-in App's installation that the address names.
func (c *call) installation() (*Installation, error) {
	app, err := c.signedApp()
	if err != nil {
		return nil, err
	}
	c.f.mu.RLock()
	defer c.f.mu.RUnlock()
	in, found := c.f.st.Installations[c.int64("id")]
	if !found || in.App != app.Slug {
		return nil, ErrNotFound
	}
	return in.copy(), nil
}

func getInstallation(c *call) (answer, error) {
	in, err := c.installation()
	if err != nil {
		return answer{}, err
	}
	return ok(func() any { return c.f.renderInstallation(in) }), nil
}

func deleteInstallation(c *call) (answer, error) {
	in, err := c.installation()
	if err != nil {
		return answer{}, err
	}
	return noContent, c.f.Uninstall(in.ID)
}

func suspendInstallation(c *call) (answer, error) {
	in, err := c.installation()
	if err != nil {
		return answer{}, err
	}
	return noContent, c.f.Suspend(in.ID, c.r.Method == http.MethodPut)
}

func getRepoInstallation(c *call) (answer, error) {
	app, err := c.signedApp()
	if err != nil {
		return answer{}, err
	}
	c.f.mu.RLock()
	defer c.f.mu.RUnlock()
	r, found := c.f.st.Repos[fold(c.repo())]
	if !found {
		return answer{}, ErrNotFound
	}
	for _, in := range c.f.installationsOf(app.Slug) {
		if c.f.reaches(in, r) {
			return ok(func() any { return c.f.renderInstallation(in) }), nil
		}
	}
	return answer{}, ErrNotFound
}

func getAccountInstallation(c *call) (answer, error) {
	app, err := c.signedApp()
	if err != nil {
		return answer{}, err
	}
	c.f.mu.RLock()
	defer c.f.mu.RUnlock()
	for _, in := range c.f.installationsOf(app.Slug) {
		if strings.EqualFold(in.Account, c.vars["account"]) {
			return ok(func() any { return c.f.renderInstallation(in) }), nil
		}
	}
	return answer{}, ErrNotFound
}

func createAccessToken(c *call) (answer, error) {
	in, err := c.installation()
	if err != nil {
		return answer{}, err
	}
	var body struct {
		Repositories  []string          `json:"repositories"`
		RepositoryIDs []int64           `json:"repository_ids"`
		Permissions   map[string]string `json:"permissions"`
	}
	if err := c.read(&body); err != nil {
		return answer{}, err
	}
	token, g, err := c.f.grant(in, body.Repositories, body.RepositoryIDs, body.Permissions)
	if err != nil {
		return answer{}, err
	}
	return created(func() any {
		out := object{"token": token, "expires_at": stamp(g.ExpiresAt), "permissions": in.Permissions, "repository_selection": in.selection()}
		if len(g.Permissions) > 0 {
			out["permissions"] = g.Permissions
		}
		if len(g.Repos) > 0 {
			out["repository_selection"] = "selected"
			repos := []object{}
			for _, name := range c.f.st.RepoOrder {
				if r := c.f.st.Repos[fold(name)]; slices.Contains(g.Repos, r.ID) {
					repos = append(repos, c.f.repository(r, nil))
				}
			}
			out["repositories"] = repos
		}
		return out
	}), nil
}

// grant makes an installation token, narrowed to some repositories and permissions when any are given.
func (f *Forge) grant(in *Installation, names []string, ids []int64, permissions map[string]string) (string, *Grant, error) {
	f.mu.Lock()
	defer f.end()
	if in.SuspendedAt != nil {
		return "", nil, &Error{Status: http.StatusForbidden, Message: "This installation has been suspended"}
	}
	now := f.opts.AuthNow().UTC()
	g := &Grant{Installation: in.ID, App: in.App, ExpiresAt: now.Truncate(time.Second).Add(tokenLife)}
	beyond := unprocessable("There is at least one repository that does not exist or is not accessible to the parent installation.")
	wanted := slices.Clone(ids)
	for _, name := range names {
		r, found := f.st.Repos[fold(in.Account+"/"+name)]
		if !found {
			return "", nil, beyond
		}
		wanted = append(wanted, r.ID)
	}
	for _, id := range wanted {
		r := f.repoByID(id)
		if r == nil || !f.reaches(in, r) {
			return "", nil, beyond
		}
		if !slices.Contains(g.Repos, id) {
			g.Repos = append(g.Repos, id)
		}
	}
	for kind, level := range permissions {
		if has := in.Permissions[kind]; has == "" || has == "read" && level != "read" {
			return "", nil, unprocessable("The permissions requested are not granted to this installation.")
		}
	}
	if len(permissions) > 0 {
		g.Permissions = maps.Clone(permissions)
		g.Permissions["metadata"] = "read"
	}
	maps.DeleteFunc(f.st.Grants, func(_ string, old *Grant) bool { return old.ExpiresAt.Before(now) })
	token := "ghs_" + randomToken()
	f.st.Grants[token] = g
	f.queue = append(f.queue, Change{Kind: "installation"})
	return token, g, nil
}

func (f *Forge) repoByID(id int64) *Repo {
	for _, r := range f.st.Repos {
		if r.ID == id {
			return r
		}
	}
	return nil
}

func listInstallationRepos(c *call) (answer, error) {
	if !c.actor.IsApp() {
		return answer{}, cmp.Or(noToken(c), ErrForbidden)
	}
	var list []*Repo
	c.f.mu.RLock()
	in := c.f.st.Installations[c.actor.grant.Installation].copy()
	for _, name := range c.f.st.RepoOrder {
		if r := c.f.st.Repos[fold(name)]; c.f.covers(c.actor.grant, r) {
			list = append(list, r.copy())
		}
	}
	c.f.mu.RUnlock()
	page := paged(c, list)
	return ok(func() any {
		return object{"total_count": len(list), "repository_selection": in.selection(),
			"repositories": render(page, func(r *Repo) object { return c.f.repository(r, &c.actor) })()}
	}), nil
}

func noToken(c *call) *Error {
	if c.actor.Login == "" {
		return ErrUnauthorized
	}
	return nil
}
