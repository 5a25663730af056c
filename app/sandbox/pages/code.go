package pages

import (
	"bytes"
	"errors"
	"html/template"
	"net/http"
	"path"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/oioi-app/oioi/app/sandbox/forge"
	"github.com/oioi-app/oioi/app/sandbox/forge/gitstore"
	"github.com/oioi-app/oioi/workflow/sorting"
)

type folderData struct {
	Ref     string
	Path    string
	Crumbs  []crumb
	Entries []gitstore.Entry
	Readme  template.HTML
	Host    string
}

type crumb struct{ Name, Path string }

func crumbs(name string) []crumb {
	var out []crumb
	parts := strings.Split(name, "/")
	for i, part := range parts {
		if part != "" {
			out = append(out, crumb{part, strings.Join(parts[:i+1], "/")})
		}
	}
	return out
}

func (p *pages) repository(w http.ResponseWriter, r *http.Request, v *view) error {
	v.Title = v.Repo.FullName()
	return p.showFolder(w, r, v, v.Repo.DefaultBranch, "")
}

func (p *pages) folder(w http.ResponseWriter, r *http.Request, v *view) error {
	ref, dir, err := p.Forge.SplitRef(forge.As(v.User), v.Repo.FullName(), r.PathValue("rest"))
	if err != nil {
		return err
	}
	v.Title = strings.TrimPrefix(dir+" · ", " · ") + v.Repo.FullName()
	return p.showFolder(w, r, v, ref, dir)
}

func (p *pages) showFolder(w http.ResponseWriter, r *http.Request, v *view, ref, dir string) error {
	v.Tab = "code"
	as := forge.As(v.User)
	entries, err := p.Forge.Tree(as, v.Repo.FullName(), ref, dir, false)
	if err != nil {
		return err
	}
	sorting.Stable(entries, func(a, b gitstore.Entry) int {
		if a.Type != b.Type {
			return strings.Compare(b.Type, a.Type) // tree before blob
		}
		return strings.Compare(a.Path, b.Path)
	})
	data := folderData{Ref: ref, Path: dir, Crumbs: crumbs(dir), Entries: entries, Host: r.Host}
	readme, err := p.Forge.ReadFile(as, v.Repo.FullName(), ref, path.Join(dir, "README.md"))
	switch {
	case err == nil:
		data.Readme = p.render.page(place{repo: v.Repo.FullName(), ref: ref, dir: dir}, string(readme))
	case !errors.Is(err, forge.ErrNotFound):
		return err
	}
	v.Data = data
	return p.show(w, v, "folder")
}

type fileData struct {
	Ref, Path string
	Crumbs    []crumb
	Page      template.HTML // a rendered page; "" shows Lines
	Lines     []string
	Plain     bool
	Markdown  bool
	Binary    bool
}

func (p *pages) file(w http.ResponseWriter, r *http.Request, v *view) error {
	as, repo := forge.As(v.User), v.Repo.FullName()
	ref, name, err := p.Forge.SplitRef(as, repo, r.PathValue("rest"))
	if err != nil {
		return err
	}
	content, err := p.Forge.ReadFile(as, repo, ref, name)
	if err != nil {
		if _, folderErr := p.Forge.Tree(as, repo, ref, name, false); folderErr == nil {
			http.Redirect(w, r, "/"+path.Join(repo, "tree", ref, name), http.StatusSeeOther) //nolint:gosec // a path of this server: path.Join leaves no second slash
			return nil
		}
		return err
	}
	v.Title, v.Tab = path.Base(name)+" · "+repo, "code"
	data := fileData{Ref: ref, Path: name, Crumbs: crumbs(name), Plain: r.URL.Query().Get("plain") != "", Markdown: path.Ext(name) == ".md"}
	switch {
	case !utf8.Valid(content) || bytes.IndexByte(content, 0) >= 0:
		data.Binary = true
	case data.Markdown && !data.Plain:
		data.Page = p.render.page(place{repo: repo, ref: ref, dir: path.Dir(name)}, string(content))
	default:
		data.Lines = strings.Split(strings.TrimSuffix(string(content), "\n"), "\n")
	}
	v.Data = data
	return p.show(w, v, "file")
}

// security leads to the repository's security policy, where GitHub has it too.
func (p *pages) security(w http.ResponseWriter, r *http.Request, v *view) error {
	for _, name := range []string{".github/SECURITY.md", "SECURITY.md", "docs/SECURITY.md"} {
		if _, err := p.Forge.ReadFile(forge.As(v.User), v.Repo.FullName(), "", name); err == nil {
			http.Redirect(w, r, "/"+path.Join(v.Repo.FullName(), "blob", v.Repo.DefaultBranch, name), http.StatusSeeOther)
			return nil
		}
	}
	return forge.ErrNotFound
}

func (p *pages) releases(w http.ResponseWriter, r *http.Request, v *view) error {
	v.Title, v.Tab = "Releases · "+v.Repo.FullName(), "code"
	releases, err := p.Forge.ListReleases(forge.As(v.User), v.Repo.FullName())
	if err != nil {
		return err
	}
	if tag := r.PathValue("tag"); tag != "" {
		releases = slices.DeleteFunc(releases, func(x *forge.Release) bool { return x.Tag != tag })
		if len(releases) == 0 {
			return forge.ErrNotFound
		}
	}
	v.Data = releases
	return p.show(w, v, "releases")
}
