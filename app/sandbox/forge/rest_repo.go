package forge

import (
	"bytes"
	"cmp"
	"fmt"
	"net/http"
	"net/url"
	"path"
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

func wantsRaw(c *call) bool { return strings.Contains(c.r.Header.Get("Accept"), "raw") }

func getContents(c *call) (answer, error) {
	g, err := c.f.content(c.actor, c.repo())
	if err != nil {
		return answer{}, err
	}
	name, err := gitstore.CleanPath(c.vars["path"])
	if err != nil {
		return answer{}, fromGit(err)
	}
	ref := c.query("ref")
	if ref == "" {
		r, err := c.f.Repo(c.actor, c.repo())
		if err != nil {
			return answer{}, err
		}
		ref = r.DefaultBranch
	}
	if _, err := g.Resolve(ref); err != nil {
		return answer{}, &Error{Status: http.StatusNotFound, Message: "No commit found for the ref " + ref}
	}
	if name != "" {
		content, sha, err := g.ReadFile(ref, name)
		if err == nil {
			return c.file(ref, gitstore.Entry{Path: name, Mode: "100644", Type: "blob", SHA: sha, Size: int64(len(content))}, content), nil
		}
	}
	sha, entries, err := g.Tree(ref, name, false)
	if err != nil {
		return answer{}, fromGit(err)
	}
	list := render(entries, func(e gitstore.Entry) object { return c.f.contentEntry(c.repo(), ref, e) })
	if strings.Contains(c.r.Header.Get("Accept"), "object") {
		return ok(func() any {
			out := c.f.contentEntry(c.repo(), ref, gitstore.Entry{Path: name, Type: "tree", SHA: sha})
			if name == "" {
				out["name"] = ""
			}
			out["entries"] = list()
			return out
		}), nil
	}
	return ok(list), nil
}

func (c *call) file(ref string, e gitstore.Entry, content []byte) answer {
	if wantsRaw(c) {
		return answer{status: http.StatusOK, raw: content, kind: "application/vnd.github.raw; charset=utf-8"}
	}
	return ok(func() any { return c.f.contentFile(c.repo(), ref, e, content) })
}

func getReadme(c *call) (answer, error) {
	entries, err := c.f.Tree(c.actor, c.repo(), c.query("ref"), "", false)
	if err != nil {
		return answer{}, err
	}
	for _, e := range entries {
		if e.Type == "blob" && strings.HasPrefix(fold(e.Path), "readme") {
			content, err := c.f.ReadFile(c.actor, c.repo(), c.query("ref"), e.Path)
			if err != nil {
				return answer{}, err
			}
			r, err := c.f.Repo(c.actor, c.repo())
			if err != nil {
				return answer{}, err
			}
			return c.file(cmp.Or(c.query("ref"), r.DefaultBranch), e, content), nil
		}
	}
	return answer{}, ErrNotFound
}

func putContents(c *call) (answer, error) {
	var body struct {
		Message, Content, SHA, Branch string
		Author, Committer             *person
	}
	if err := c.read(&body); err != nil {
		return answer{}, err
	}
	in := FileInput{Path: c.vars["path"], Message: body.Message, Branch: body.Branch, SHA: body.SHA, Delete: c.r.Method == http.MethodDelete,
		Author: body.Author.signature(), Committer: body.Committer.signature()}
	q := c.r.URL.Query() // DELETE may carry its arguments in the address
	in.Message, in.SHA, in.Branch = cmp.Or(in.Message, q.Get("message")), cmp.Or(in.SHA, q.Get("sha")), cmp.Or(in.Branch, q.Get("branch"))
	var err error
	if in.Content, err = decode(body.Content, "base64"); err != nil {
		return answer{}, err
	}
	if in.Message == "" {
		return answer{}, invalid("Commit", "message", "missing_field", "")
	}
	commit, blob, err := c.f.WriteFile(c.actor, c.repo(), in)
	if err != nil {
		return answer{}, err
	}
	g, err := c.f.content(c.actor, c.repo())
	if err != nil {
		return answer{}, err
	}
	info, err := g.CommitInfo(commit)
	if err != nil {
		return answer{}, fromGit(err)
	}
	a := ok(func() any {
		out := object{"commit": c.f.gitCommit(c.repo(), info), "content": nil}
		if !in.Delete {
			out["content"] = c.f.contentEntry(c.repo(), cmp.Or(in.Branch, c.f.st.Repos[fold(c.repo())].DefaultBranch),
				gitstore.Entry{Path: strings.Trim(in.Path, "/"), Type: "blob", SHA: blob, Size: int64(len(in.Content))})
		}
		return out
	})
	if in.SHA == "" {
		a.status = http.StatusCreated
	}
	return a, nil
}

// archive redirects to the archive's own address. As on GitHub that address carries a short-lived token of its own and asks for
// nothing else: a client must not send its credentials along.
func archive(c *call) (answer, error) {
	g, err := c.f.content(c.actor, c.repo())
	if err != nil {
		return answer{}, err
	}
	ref := strings.TrimPrefix(c.vars["ref"], "/")
	sha, err := g.Resolve(ref)
	if err != nil {
		return answer{}, fromGit(err)
	}
	kind := "tar.gz"
	if strings.Contains(c.r.URL.Path, "/zipball/") {
		kind = "zip"
	}
	c.w.Header().Set("Location", c.f.web("/%s/archive/%s.%s?token=%s", c.repo(), sha, kind, c.f.downloads.grant(c.actor, c.repo(), c.f.opts.AuthNow())))
	return answer{status: http.StatusFound}, nil
}

func (c *call) release(x *Release, err error) (answer, error) {
	if err != nil {
		return answer{}, err
	}
	return ok(func() any { return c.f.renderRelease(x) }), nil
}

func listReleases(c *call) (answer, error) {
	list, err := c.f.ListReleases(c.actor, c.repo())
	if err != nil {
		return answer{}, err
	}
	return ok(render(paged(c, list), c.f.renderRelease)), nil
}

func (c *call) findRelease(fits func(*Release) bool) (answer, error) {
	list, err := c.f.ListReleases(c.actor, c.repo())
	if err != nil {
		return answer{}, err
	}
	at := slices.IndexFunc(list, func(x *Release) bool { return !x.Draft && fits(x) })
	if at < 0 {
		return answer{}, ErrNotFound
	}
	return c.release(list[at], nil)
}

func latestRelease(c *call) (answer, error) {
	return c.findRelease(func(x *Release) bool { return !x.Prerelease })
}

func releaseByTag(c *call) (answer, error) {
	return c.findRelease(func(x *Release) bool { return x.Tag == c.vars["tag"] })
}

func createRelease(c *call) (answer, error) {
	var body struct {
		Tag               string `json:"tag_name"`
		Target            string `json:"target_commitish"`
		Name, Body        string
		Draft, Prerelease bool
	}
	if err := c.read(&body); err != nil {
		return answer{}, err
	}
	a, err := c.release(c.f.CreateRelease(c.actor, c.repo(), ReleaseInput{Tag: body.Tag, Target: body.Target, Name: body.Name, Body: body.Body,
		Draft: body.Draft, Prerelease: body.Prerelease}))
	a.status = http.StatusCreated
	return a, err
}

// files serves what is neither API nor git: raw files, archives, diffs of pull requests and pictures of accounts.
func (f *Forge) files(w http.ResponseWriter, r *http.Request) {
	c := &call{f: f, w: w, r: r}
	if login, isAvatar := strings.CutPrefix(r.URL.Path, "/avatars/"); isAvatar {
		avatar(w, login)
		return
	}
	if token := r.URL.Query().Get("token"); token != "" {
		c.actor = f.downloads.actor(token, r.URL.Path, f.opts.AuthNow())
	} else if err := c.signIn(); err != nil {
		f.refuse(w, err)
		return
	}
	content, name, err := c.download(strings.Split(strings.Trim(r.URL.Path, "/"), "/"))
	if err != nil {
		f.refuse(w, err)
		return
	}
	kind := map[string]string{".gz": "application/gzip", ".zip": "application/zip", ".png": "image/png", ".jpg": "image/jpeg", ".gif": "image/gif"}[path.Ext(name)]
	w.Header().Set("Content-Type", cmp.Or(kind, "text/plain; charset=utf-8"))
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("Content-Security-Policy", "default-src 'none'; sandbox")
	_, _ = w.Write(content)
}

func (c *call) download(parts []string) (content []byte, name string, err error) {
	if len(parts) < 4 {
		return nil, "", ErrNotFound
	}
	repo, kind, rest := parts[0]+"/"+parts[1], parts[2], strings.Join(parts[3:], "/")
	switch kind {
	case "raw":
		ref, name, err := c.f.SplitRef(c.actor, repo, rest)
		if err != nil {
			return nil, "", err
		}
		content, err = c.f.ReadFile(c.actor, repo, ref, name)
		return content, name, err
	case "archive":
		g, err := c.f.content(c.actor, repo)
		if err != nil {
			return nil, "", err
		}
		ref := strings.TrimSuffix(strings.TrimSuffix(rest, ".tar.gz"), ".zip")
		var b bytes.Buffer
		folder := fmt.Sprintf("%s-%s-%.7s", parts[0], parts[1], ref)
		err = g.Archive(&b, ref, folder, strings.HasSuffix(rest, ".zip"))
		c.w.Header().Set("Content-Disposition", "attachment; filename="+url.PathEscape(folder+path.Ext(rest)))
		return b.Bytes(), rest, fromGit(err)
	case "pull":
		var n int
		var ext string
		if _, err := fmt.Sscanf(rest, "%d.%s", &n, &ext); err != nil || ext != "diff" && ext != "patch" {
			return nil, "", ErrNotFound
		}
		d, err := c.f.Diff(c.actor, Ref{repo, n})
		return gitstore.Patch(d.Files), rest, err
	}
	return nil, "", ErrNotFound
}

// avatar draws an account's picture: its first letter on a color of its own.
func avatar(w http.ResponseWriter, login string) {
	letter := "?"
	for _, r := range strings.ToUpper(login) {
		if r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' {
			letter = string(r)
			break
		}
	}
	w.Header().Set("Content-Type", "image/svg+xml")
	w.Header().Set("Cache-Control", "max-age=86400")
	fmt.Fprintf(w, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 40"><rect width="40" height="40" fill="#%s"/><text x="20" y="27" `+
		`font-family="sans-serif" font-size="20" text-anchor="middle" fill="#24292f">%s</text></svg>`, color(login), letter)
}
