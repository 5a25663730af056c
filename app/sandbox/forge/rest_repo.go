package forge

import (
	"cmp"
	"net/http"
	"slices"
	"strings"

	"github.com/oioi-app/oioi/app/sandbox/forge/gitstore"
)

const repoPath = "/repos/{owner}/{repo}"

var repoRoutes = map[string]handler{
	"GET " + repoPath:                                       getRepo,
	"GET " + repoPath + "/collaborators":                    listCollaborators,
	"GET " + repoPath + "/collaborators/{login}":            isCollaborator,
	"GET " + repoPath + "/collaborators/{login}/permission": getPermission,
	"GET " + repoPath + "/teams":                            listRepoTeams,
	"GET " + repoPath + "/branches":                         listBranches,
	"GET " + repoPath + "/branches/{branch...}":             getBranch,
	"GET " + repoPath + "/commits":                          listCommits,
	"GET " + repoPath + "/commits/{ref...}":                 getCommit,
	"GET " + repoPath + "/compare/{basehead...}":            compare,
	"GET " + repoPath + "/contents/{path...}":               getContents,
	"PUT " + repoPath + "/contents/{path...}":               putContents,
	"DELETE " + repoPath + "/contents/{path...}":            putContents,
	"GET " + repoPath + "/readme":                           getReadme,
	"GET " + repoPath + "/tarball/{ref...}":                 archive,
	"GET " + repoPath + "/zipball/{ref...}":                 archive,
	"GET " + repoPath + "/releases":                         listReleases,
	"POST " + repoPath + "/releases":                        createRelease,
	"GET " + repoPath + "/releases/latest":                  latestRelease,
	"GET " + repoPath + "/releases/tags/{tag...}":           releaseByTag,
}

func getRepo(c *call) (answer, error) {
	r, err := c.f.Repo(c.actor, c.repo())
	if err != nil {
		return answer{}, err
	}
	return ok(func() any { return c.f.fullRepo(r, c.actor) }), nil
}

func listCollaborators(c *call) (answer, error) {
	r, err := c.f.Repo(c.actor, c.repo())
	if err != nil {
		return answer{}, err
	}
	c.f.mu.RLock()
	err = c.f.may(c.actor, r, "metadata", Read)
	if !c.actor.IsApp() {
		err = c.f.may(c.actor, r, "metadata", Write)
	}
	var logins []string
	for _, u := range c.f.st.Users {
		if p := c.f.given(r, u.Login); u.Type == "User" && p != None {
			logins = append(logins, u.Login)
		}
	}
	c.f.mu.RUnlock()
	if err != nil {
		return answer{}, err
	}
	slices.Sort(logins)
	return ok(render(paged(c, logins), func(login string) object { return c.f.collaborator(r, login) })), nil
}

// given is the permission that somebody was given in a repository; a public one gives Read to all without that.
func (f *Forge) given(r *Repo, login string) Permission {
	p := f.permission(r, login)
	if p == Read && !r.Private {
		if _, named := r.Permissions[login]; !named {
			return None
		}
	}
	return p
}

func (f *Forge) collaborator(r *Repo, login string) object {
	p := f.permission(r, login)
	out := f.user(login)
	out["permissions"], out["role_name"] = flags(p), string(p)
	return out
}

func isCollaborator(c *call) (answer, error) {
	r, err := c.f.Repo(c.actor, c.repo())
	if err != nil {
		return answer{}, err
	}
	c.f.mu.RLock()
	defer c.f.mu.RUnlock()
	if c.f.given(r, c.vars["login"]) == None {
		return answer{}, ErrNotFound
	}
	return noContent, nil
}

func getPermission(c *call) (answer, error) {
	r, err := c.f.Repo(c.actor, c.repo())
	if err != nil {
		return answer{}, err
	}
	u, err := c.f.User(c.vars["login"])
	if err != nil {
		return answer{}, &Error{Status: http.StatusNotFound, Message: c.vars["login"] + " is not a user"}
	}
	c.f.mu.RLock()
	err = c.f.may(c.actor, r, "metadata", Read)
	if !c.actor.IsApp() {
		err = c.f.may(c.actor, r, "metadata", Write)
	}
	c.f.mu.RUnlock()
	if err != nil {
		return answer{}, err
	}
	return ok(func() any {
		p := c.f.permission(r, u.Login)
		return object{"permission": p.legacy(), "role_name": string(p), "user": c.f.collaborator(r, u.Login)}
	}), nil
}

// legacy is what the permission field says: GitHub reports maintain as write and triage as read there, and the precise
// level in role_name. https://docs.github.com/en/rest/collaborators/collaborators#get-repository-permissions-for-a-user
func (p Permission) legacy() string {
	switch p {
	case Maintain:
		return "write"
	case Triage:
		return "read"
	}
	return string(p)
}

func listRepoTeams(c *call) (answer, error) {
	r, err := c.f.Repo(c.actor, c.repo())
	if err != nil {
		return answer{}, err
	}
	return ok(func() any { return c.f.teamsOf(r.FullName()) }), nil
}

func listBranches(c *call) (answer, error) {
	list, err := c.f.Branches(c.actor, c.repo())
	if err != nil {
		return answer{}, err
	}
	return ok(render(paged(c, list), func(b gitstore.Ref) object {
		return object{"name": strings.TrimPrefix(b.Name, "refs/heads/"), "protected": false,
			"commit": object{"sha": b.SHA, "url": c.f.api("/repos/%s/commits/%s", c.repo(), b.SHA)}}
	})), nil
}

func getBranch(c *call) (answer, error) {
	g, err := c.f.content(c.actor, c.repo())
	if err != nil {
		return answer{}, err
	}
	name := c.vars["branch"]
	ref, err := g.Ref("refs/heads/" + name)
	if err != nil {
		return answer{}, &Error{Status: http.StatusNotFound, Message: "Branch not found"}
	}
	info, err := g.CommitInfo(ref.SHA)
	if err != nil {
		return answer{}, fromGit(err)
	}
	self := c.f.api("/repos/%s/branches/%s", c.repo(), escapePath(name))
	return ok(func() any {
		return object{"name": name, "commit": c.f.commit(c.repo(), info), "protected": false, "protection": object{"enabled": false},
			"protection_url": self + "/protection", "_links": object{"self": self, "html": c.f.web("/%s/tree/%s", c.repo(), escapePath(name))}}
	}), nil
}

func listCommits(c *call) (answer, error) {
	g, err := c.f.content(c.actor, c.repo())
	if err != nil {
		return answer{}, err
	}
	since, err := c.since()
	if err != nil {
		return answer{}, err
	}
	list, err := g.Log(c.query("sha"), strings.Trim(c.query("path"), "/"), 0)
	if err != nil {
		return answer{}, fromGit(err)
	}
	list = slices.DeleteFunc(list, func(x gitstore.CommitInfo) bool { return x.Committer.When.Before(since) })
	return ok(render(paged(c, list), func(x gitstore.CommitInfo) object { return c.f.commit(c.repo(), x) })), nil
}

func getCommit(c *call) (answer, error) {
	g, err := c.f.content(c.actor, c.repo())
	if err != nil {
		return answer{}, err
	}
	info, err := g.CommitInfo(c.vars["ref"])
	if err != nil {
		return answer{}, &Error{Status: http.StatusUnprocessableEntity, Message: "No commit found for SHA: " + c.vars["ref"]}
	}
	if strings.Contains(c.r.Header.Get("Accept"), "sha") {
		return answer{status: http.StatusOK, raw: []byte(info.SHA), kind: "application/vnd.github.sha; charset=utf-8"}, nil
	}
	files, err := g.CommitFiles(info.SHA)
	if err != nil {
		return answer{}, fromGit(err)
	}
	if strings.Contains(c.r.Header.Get("Accept"), "diff") {
		return answer{status: http.StatusOK, raw: gitstore.Patch(files), kind: "application/vnd.github.diff; charset=utf-8"}, nil
	}
	return ok(func() any {
		out := c.f.commit(c.repo(), info)
		added, deleted := 0, 0
		for _, d := range files {
			added, deleted = added+d.Additions, deleted+d.Deletions
		}
		out["stats"] = object{"additions": added, "deletions": deleted, "total": added + deleted}
		out["files"] = c.f.diffEntries(c.repo(), info.SHA, files)
		return out
	}), nil
}

func compare(c *call) (answer, error) {
	g, err := c.f.content(c.actor, c.repo())
	if err != nil {
		return answer{}, err
	}
	base, head, three := strings.Cut(c.vars["basehead"], "...")
	if !three {
		return answer{}, ErrNotFound
	}
	owner, _, _ := strings.Cut(c.repo(), "/")
	base, head = strings.TrimPrefix(base, owner+":"), strings.TrimPrefix(head, owner+":")
	compared, err := g.Compare(base, head)
	if err != nil {
		return answer{}, fromGit(err)
	}
	if strings.Contains(c.r.Header.Get("Accept"), "diff") {
		return answer{status: http.StatusOK, raw: gitstore.Patch(compared.Files), kind: "application/vnd.github.diff; charset=utf-8"}, nil
	}
	baseInfo, err1 := g.CommitInfo(compared.Base)
	mergeBase, err2 := g.CommitInfo(compared.MergeBase)
	if err := cmp.Or(err1, err2); err != nil {
		return answer{}, fromGit(err)
	}
	status := "identical"
	switch ahead, behind := len(compared.Ahead) > 0, compared.Behind > 0; {
	case ahead && behind:
		status = "diverged"
	case ahead:
		status = "ahead"
	case behind:
		status = "behind"
	}
	spec := escapePath(base) + "..." + escapePath(head)
	page := c.f.web("/%s/compare/%s", c.repo(), spec)
	return ok(func() any {
		return object{"url": c.f.api("/repos/%s/compare/%s", c.repo(), spec), "html_url": page, "permalink_url": page, "diff_url": page + ".diff",
			"patch_url": page + ".patch", "base_commit": c.f.commit(c.repo(), baseInfo), "merge_base_commit": c.f.commit(c.repo(), mergeBase),
			"status": status, "ahead_by": len(compared.Ahead), "behind_by": compared.Behind, "total_commits": len(compared.Ahead),
			"commits": c.f.commits(c.repo(), compared.Ahead), "files": c.f.diffEntries(c.repo(), compared.Head, compared.Files)}
	}), nil
}
