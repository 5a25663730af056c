package forge

import (
	"cmp"
	"net/http"
	"strings"

	"github.com/oioi-app/oioi/app/sandbox/forge/gitstore"
)

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
