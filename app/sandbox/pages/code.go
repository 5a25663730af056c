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
	v.Title = r.PathValue("path") + " · " + v.Repo.FullName()
	return p.showFolder(w, r, v, r.PathValue("ref"), r.PathValue("path"))
}

func (p *pages) showFolder(w http.ResponseWriter, r *http.Request, v *view, ref, dir string) error {
	v.Tab = "code"
	as := forge.As(v.User)
	entries, err := p.Forge.Tree(as, v.Repo.FullName(), ref, dir, false)
	if err != nil {
		return err
	}
	slices.SortStableFunc(entries, func(a, b gitstore.Entry) int {
		if a.Type != b.Type {
			return strings.Compare(b.Type, a.Type) // tree before blob
		}
		return strings.Compare(a.Path, b.Path)
	})
	data := folderData{Ref: ref, Path: dir, Crumbs: crumbs(dir), Entries: entries, Host: r.Host}
	readme, err := p.Forge.ReadFile(as, v.Repo.FullName(), ref, path.Join(dir, "README.md"))
	switch {
	case err == nil:
		data.Readme = p.relative(p.render.page(v.Repo.FullName(), string(readme)), v.Repo.FullName(), ref, dir)
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
	name, ref := r.PathValue("path"), r.PathValue("ref")
	v.Title, v.Tab = path.Base(name)+" · "+v.Repo.FullName(), "code"
	content, err := p.Forge.ReadFile(forge.As(v.User), v.Repo.FullName(), ref, name)
	if err != nil {
		return err
	}
	data := fileData{Ref: ref, Path: name, Crumbs: crumbs(name), Plain: r.URL.Query().Get("plain") != "", Markdown: path.Ext(name) == ".md"}
	switch {
	case !utf8.Valid(content) || bytes.IndexByte(content, 0) >= 0:
		data.Binary = true
	case data.Markdown && !data.Plain:
		data.Page = p.relative(p.render.page(v.Repo.FullName(), string(content)), v.Repo.FullName(), ref, path.Dir(name))
	default:
		data.Lines = strings.Split(strings.TrimSuffix(string(content), "\n"), "\n")
	}
	v.Data = data
	return p.show(w, v, "file")
}

// relative points the page's relative links at the pages of the same commit.
func (p *pages) relative(page template.HTML, repo, ref, dir string) template.HTML {
	return template.HTML(hrefs.ReplaceAllStringFunc(string(page), func(match string) string { // #nosec G203 -- was sanitised; only a path is joined
		target := hrefs.FindStringSubmatch(match)[1]
		if strings.HasPrefix(target, "#") || strings.HasPrefix(target, "/") || strings.Contains(target, ":") {
			return match
		}
		return `href="/` + repo + "/blob/" + ref + "/" + strings.TrimPrefix(path.Join(dir, target), "/") + `"`
	}))
}

func (p *pages) releases(w http.ResponseWriter, _ *http.Request, v *view) error {
	v.Title, v.Tab = "Releases · "+v.Repo.FullName(), "code"
	releases, err := p.Forge.ListReleases(forge.As(v.User), v.Repo.FullName())
	if err != nil {
		return err
	}
	v.Data = releases
	return p.show(w, v, "releases")
}
