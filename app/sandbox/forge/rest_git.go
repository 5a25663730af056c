package forge

import (
	"encoding/base64"
	"net/http"
	"strings"
	"time"

	"github.com/oioi-app/oioi/app/sandbox/forge/gitstore"
)

const gitPath = "/repos/{owner}/{repo}/git"

var gitRoutes = map[string]handler{
	"POST " + gitPath + "/blobs":                 createBlob,
	"GET " + gitPath + "/blobs/{sha}":            getBlob,
	"POST " + gitPath + "/trees":                 createTree,
	"GET " + gitPath + "/trees/{sha...}":         getTree,
	"POST " + gitPath + "/commits":               createCommit,
	"GET " + gitPath + "/commits/{sha}":          getGitCommit,
	"GET " + gitPath + "/ref/{ref...}":           getRef,
	"GET " + gitPath + "/matching-refs/{ref...}": matchingRefs,
	"POST " + gitPath + "/refs":                  createRef,
	"PATCH " + gitPath + "/refs/{ref...}":        updateRef,
	"DELETE " + gitPath + "/refs/{ref...}": func(c *call) (answer, error) {
		return noContent, c.f.DeleteRef(c.actor, c.repo(), "refs/"+c.vars["ref"])
	},
}

func createBlob(c *call) (answer, error) {
	var body struct{ Content, Encoding string }
	if err := c.read(&body); err != nil {
		return answer{}, err
	}
	content, err := decode(body.Content, body.Encoding)
	if err != nil {
		return answer{}, err
	}
	sha, err := c.f.CreateBlob(c.actor, c.repo(), content)
	if err != nil {
		return answer{}, err
	}
	return created(func() any { return object{"sha": sha, "url": c.f.api("/repos/%s/git/blobs/%s", c.repo(), sha)} }), nil
}

func decode(content, encoding string) ([]byte, error) {
	switch encoding {
	case "", "utf-8":
		return []byte(content), nil
	case "base64":
		raw, err := base64.StdEncoding.DecodeString(strings.NewReplacer("\n", "", "\r", "").Replace(content))
		if err != nil {
			return nil, unprocessable("content is not valid Base64")
		}
		return raw, nil
	}
	return nil, invalid("Blob", "encoding", "invalid", "encoding must be one of: base64, utf-8")
}

func getBlob(c *call) (answer, error) {
	g, err := c.f.content(c.actor, c.repo())
	if err != nil {
		return answer{}, err
	}
	content, err := g.Blob(c.vars["sha"])
	if err != nil {
		return answer{}, fromGit(err)
	}
	if wantsRaw(c) {
		return answer{status: http.StatusOK, raw: content, kind: "application/octet-stream"}, nil
	}
	sha := c.vars["sha"]
	return ok(func() any {
		return object{"sha": sha, "node_id": "B_" + sha, "size": len(content), "url": c.f.api("/repos/%s/git/blobs/%s", c.repo(), sha),
			"content": base64.StdEncoding.EncodeToString(content), "encoding": "base64"}
	}), nil
}

func createTree(c *call) (answer, error) {
	var body struct {
		Base string `json:"base_tree"`
		Tree []struct {
			Path, Mode, Type string
			SHA, Content     *string
		}
	}
	if err := c.read(&body); err != nil {
		return answer{}, err
	}
	var changes []gitstore.Change
	for _, e := range body.Tree {
		change := gitstore.Change{Path: e.Path, Mode: e.Mode}
		switch {
		case e.Content != nil && e.SHA != nil:
			return answer{}, unprocessable("tree.%s has both sha and content", e.Path)
		case e.Content != nil:
			change.Content = []byte(*e.Content)
		case e.SHA != nil:
			change.SHA = *e.SHA
		default: // GitHub deletes where sha is null
			change.Delete = true
		}
		changes = append(changes, change)
	}
	sha, err := c.f.CreateTree(c.actor, c.repo(), body.Base, changes)
	if err != nil {
		return answer{}, err
	}
	a, err := c.tree(sha, false)
	a.status = http.StatusCreated
	return a, err
}

func (c *call) tree(ref string, recursive bool) (answer, error) {
	g, err := c.f.content(c.actor, c.repo())
	if err != nil {
		return answer{}, err
	}
	sha, entries, err := g.Tree(ref, "", recursive)
	if err != nil {
		return answer{}, fromGit(err)
	}
	return ok(func() any { return c.f.gitTree(c.repo(), sha, entries) }), nil
}

// getTree treats any value of recursive as yes, even 0 and false: so does GitHub.
func getTree(c *call) (answer, error) {
	return c.tree(c.vars["sha"], c.r.URL.Query().Has("recursive"))
}

type person struct {
	Name, Email string
	Date        time.Time
}

func (p *person) signature() gitstore.Signature {
	if p == nil {
		return gitstore.Signature{}
	}
	return gitstore.Signature{Name: p.Name, Email: p.Email, When: p.Date}
}

func createCommit(c *call) (answer, error) {
	var body struct {
		Message, Tree     string
		Parents           []string
		Author, Committer *person
	}
	if err := c.read(&body); err != nil {
		return answer{}, err
	}
	if body.Message == "" {
		return answer{}, invalid("Commit", "message", "missing_field", "")
	}
	sha, err := c.f.CreateCommit(c.actor, c.repo(), gitstore.CommitInput{Message: body.Message, Tree: body.Tree, Parents: body.Parents,
		Author: body.Author.signature(), Committer: body.Committer.signature()})
	if err != nil {
		return answer{}, err
	}
	a, err := c.gitCommit(sha)
	a.status = http.StatusCreated
	return a, err
}

func (c *call) gitCommit(sha string) (answer, error) {
	g, err := c.f.content(c.actor, c.repo())
	if err != nil {
		return answer{}, err
	}
	info, err := g.CommitInfo(sha)
	if err != nil {
		return answer{}, fromGit(err)
	}
	return ok(func() any { return c.f.gitCommit(c.repo(), info) }), nil
}

func getGitCommit(c *call) (answer, error) { return c.gitCommit(c.vars["sha"]) }

func (c *call) ref1(name string) (answer, error) {
	g, err := c.f.content(c.actor, c.repo())
	if err != nil {
		return answer{}, err
	}
	ref, err := g.Ref(name)
	if err != nil {
		return answer{}, fromGit(err)
	}
	return ok(func() any { return c.f.gitRef(c.repo(), ref) }), nil
}

func getRef(c *call) (answer, error) {
	return c.ref1("refs/" + strings.TrimPrefix(c.vars["ref"], "refs/"))
}

func matchingRefs(c *call) (answer, error) {
	g, err := c.f.content(c.actor, c.repo())
	if err != nil {
		return answer{}, err
	}
	refs, err := g.Refs("refs/" + c.vars["ref"])
	if err != nil {
		return answer{}, fromGit(err)
	}
	return ok(render(refs, func(r gitstore.Ref) object { return c.f.gitRef(c.repo(), r) })), nil
}

func createRef(c *call) (answer, error) {
	var body struct{ Ref, SHA string }
	if err := c.read(&body); err != nil {
		return answer{}, err
	}
	if err := c.f.CreateRef(c.actor, c.repo(), body.Ref, body.SHA); err != nil {
		return answer{}, err
	}
	a, err := c.ref1(body.Ref)
	a.status = http.StatusCreated
	return a, err
}

func updateRef(c *call) (answer, error) {
	var body struct {
		SHA   string
		Force bool
	}
	if err := c.read(&body); err != nil {
		return answer{}, err
	}
	name := "refs/" + c.vars["ref"]
	if err := c.f.UpdateRef(c.actor, c.repo(), name, body.SHA, body.Force); err != nil {
		return answer{}, err
	}
	return c.ref1(name)
}
