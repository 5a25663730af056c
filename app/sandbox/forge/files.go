package forge

import (
	"bytes"
	"cmp"
	"fmt"
	"net/http"
	"net/url"
	"path"
	"strings"

	"github.com/oioi-app/oioi/app/sandbox/forge/gitstore"
)

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
	_, _ = w.Write(content) //nolint:gosec // never as HTML or script: see the headers
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
		d, err := c.f.Diff(c.actor, Ref{Repo: repo, Number: n})
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
