// Package pages shows the sandbox's local GitHub in a browser: repositories, help-center pages, issue forms, issues with their
// comments and sub-issues, pull requests with their diff, and how far OiOi is with a ticket. It works without JavaScript;
// with it, an open issue refreshes itself.
package pages

import (
	"bytes"
	"context"
	"embed"
	"errors"
	"fmt"
	"hash/fnv"
	"html/template"
	"io/fs"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/oioi-app/oioi/app/sandbox/forge"
)

//go:embed html/*
var files embed.FS

// Options are what the pages are made from.
type Options struct {
	Forge  *forge.Forge
	People []string // whom the switch offers; the first is who a new visitor is
	Bot    string   // OiOi's login, such as oioi[bot]
	// Progress tells how far a ticket is; nil when OiOi runs elsewhere and does not say.
	Progress func(ctx context.Context, repositoryID int64, number int) (Progress, error)
	// Changed returns a channel that is closed when OiOi's progress changes; nil when Progress is nil.
	Changed func() <-chan struct{}
	// Redeliver sends one of the App's webhook deliveries again; nil leaves its button out.
	Redeliver func(ctx context.Context, delivery int64) error
	Log       *slog.Logger
	Now       func() time.Time // default time.Now
}

type pages struct {
	Options
	templates map[string]*template.Template
	render    renderer
	assets    string // changes with the style sheet and the script, so that a browser may keep them
}

// Handler returns the pages. Only their own forms may post: a page from elsewhere in the same browser must not file tickets.
func Handler(o Options) (http.Handler, error) {
	p := &pages{Options: o, templates: map[string]*template.Template{}, render: newRenderer()}
	if p.Now == nil {
		p.Now = time.Now
	}
	if p.Log == nil {
		p.Log = slog.New(slog.DiscardHandler)
	}
	sum := fnv.New64a()
	for _, name := range []string{"html/style.css", "html/live.js"} {
		content, err := files.ReadFile(name)
		if err != nil {
			return nil, err
		}
		_, _ = sum.Write(content) // a hash takes everything
	}
	p.assets = fmt.Sprintf("%x", sum.Sum64())
	names, err := fs.Glob(files, "html/*.html")
	if err != nil {
		return nil, err
	}
	shared := []string{"html/layout.html", "html/parts.html", "html/progress.html"}
	base, err := template.New("layout.html").Funcs(p.funcs()).ParseFS(files, shared...)
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		if slices.Contains(shared, name) {
			continue
		}
		t, err := base.Clone()
		if err == nil {
			t, err = t.ParseFS(files, name)
		}
		if err != nil {
			return nil, err
		}
		p.templates[strings.TrimSuffix(strings.TrimPrefix(name, "html/"), ".html")] = t
	}
	mux := http.NewServeMux()
	p.routes(mux)
	return http.NewCrossOriginProtection().Handler(mux), nil
}

func (p *pages) routes(mux *http.ServeMux) {
	mux.HandleFunc("GET /static/{file}", p.asset)
	mux.HandleFunc("GET /labels/{colors}", p.labelStyles)
	mux.HandleFunc("GET /{$}", p.page(p.home))
	mux.HandleFunc("POST /switch", p.page(p.switchUser))
	mux.HandleFunc("POST /samples/{id}", p.page(p.fileSample))
	mux.HandleFunc("GET /settings/deliveries", p.page(p.deliveries))
	mux.HandleFunc("POST /settings/deliveries", p.page(p.redeliver))
	mux.HandleFunc("GET /{owner}/{repo}", p.page(p.repository))
	mux.HandleFunc("GET /{owner}/{repo}/tree/{rest...}", p.page(p.folder))
	mux.HandleFunc("GET /{owner}/{repo}/blob/{rest...}", p.page(p.file))
	mux.HandleFunc("GET /{owner}/{repo}/security/policy", p.page(p.security))
	mux.HandleFunc("GET /{owner}/{repo}/issues", p.page(p.issues))
	mux.HandleFunc("GET /{owner}/{repo}/issues/new", p.page(p.newIssue))
	mux.HandleFunc("GET /{owner}/{repo}/issues/new/choose", p.page(p.newIssue))
	mux.HandleFunc("POST /{owner}/{repo}/issues/new", p.page(p.createIssue))
	mux.HandleFunc("GET /{owner}/{repo}/issues/{number}", p.page(p.issue))
	mux.HandleFunc("POST /{owner}/{repo}/issues/{number}", p.page(p.changeIssue))
	mux.HandleFunc("GET /{owner}/{repo}/pulls", p.page(p.pulls))
	mux.HandleFunc("GET /{owner}/{repo}/pull/{number}", p.page(p.pull))
	mux.HandleFunc("GET /{owner}/{repo}/pull/{number}/files", p.page(p.pull))
	mux.HandleFunc("POST /{owner}/{repo}/pull/{number}", p.page(p.changePull))
	mux.HandleFunc("GET /{owner}/{repo}/releases", p.page(p.releases))
	mux.HandleFunc("GET /{owner}/{repo}/releases/tag/{tag}", p.page(p.releases))
	mux.HandleFunc("GET /{owner}/{repo}/live/{number}", p.live)
	mux.HandleFunc("GET /", p.page(func(http.ResponseWriter, *http.Request, *view) error { return forge.ErrNotFound }))
}

// view is what every page gets.
type view struct {
	Title    string
	User     string
	People   []string
	Back     string // where the switch returns to
	Assets   string
	Repo     *forge.Repo
	Tab      string
	Team     bool   // the visitor works on the tickets
	Problem  string // shown on top
	Status   int
	Data     any
	Fragment string // the "live" part of the page alone is wanted by a browser that holds the part with this tag
}

// page runs a page and shows its error as a page.
func (p *pages) page(fn func(w http.ResponseWriter, r *http.Request, v *view) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		v := &view{User: p.user(r), People: p.People, Back: r.URL.RequestURI(), Assets: p.assets, Fragment: r.Header.Get("X-Fragment")}
		if r.Method != http.MethodGet {
			v.Back = "/"
		}
		v.Team = p.team(v.User)
		if name := r.PathValue("repo"); name != "" {
			repo, err := p.Forge.Repo(forge.As(v.User), r.PathValue("owner")+"/"+name)
			if err != nil {
				p.fail(w, v, err)
				return
			}
			v.Repo = repo
		}
		r.Body = http.MaxBytesReader(w, r.Body, 1<<20)
		if r.Method == http.MethodPost {
			if err := r.ParseForm(); err != nil {
				p.fail(w, v, err)
				return
			}
		}
		if err := fn(w, r, v); err != nil {
			p.fail(w, v, err)
		}
	}
}

// team reports whether a person may work on the tickets of one of the repositories.
func (p *pages) team(login string) bool {
	for _, repo := range p.Forge.ListRepos(forge.As(login)) {
		if has, err := p.Forge.PermissionOf(repo.FullName(), login); err == nil && has.AtLeast(forge.Triage) {
			return true
		}
	}
	return false
}

func (p *pages) fail(w http.ResponseWriter, v *view, err error) {
	v.Title, v.Status, v.Fragment, v.Data = "That did not work", http.StatusInternalServerError, "", nil
	v.Problem = "Something went wrong in the sandbox; its log says what."
	var refusal *forge.Error
	var tooLarge *http.MaxBytesError
	switch {
	case errors.Is(err, forge.ErrNotFound):
		v.Title, v.Status = "Not found", http.StatusNotFound
		v.Problem = "There is nothing here, or " + v.User + " may not see it. Switch to another person at the top and try again."
	case errors.As(err, &refusal):
		v.Status, v.Problem = refusal.Status, v.User+": "+kindly(refusal)
	case errors.As(err, &tooLarge):
		v.Status, v.Problem = http.StatusRequestEntityTooLarge, "That is more than a form of the sandbox takes (1 MB)."
	default:
		p.Log.Error("a page failed", "page", v.Back, "error", err)
	}
	if showErr := p.show(w, v, "error"); showErr != nil {
		p.Log.Error("the error page failed", "error", showErr)
	}
}

// kindly says a refusal in words for a person: what is wrong with which field, or the message when it is about none.
func kindly(refusal *forge.Error) string {
	var parts []string
	for _, f := range refusal.Fields {
		if f.Message != "" {
			parts = append(parts, f.Message)
		} else {
			parts = append(parts, strings.ReplaceAll(f.Field+" is "+f.Code, "_", " "))
		}
	}
	if len(parts) == 0 {
		parts = []string{refusal.Message}
	}
	text := strings.TrimSuffix(strings.Join(parts, "; "), ".") + "."
	return strings.ToUpper(text[:1]) + text[1:]
}

// What a ticket shows can come from anybody: nothing is loaded from elsewhere and no script but our own runs.
const contentPolicy = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; " +
	"form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

func (p *pages) show(w http.ResponseWriter, v *view, name string) error {
	var out bytes.Buffer
	block := "layout.html"
	if v.Fragment != "" {
		block = "live"
	}
	if err := p.templates[name].ExecuteTemplate(&out, block, v); err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", contentPolicy)
	if v.Fragment != "" {
		sum := fnv.New64a()
		_, _ = sum.Write(out.Bytes())
		tag := fmt.Sprintf("%x", sum.Sum64())
		h.Set("X-Fragment", tag)
		if v.Fragment == tag {
			w.WriteHeader(http.StatusNoContent)
			return nil
		}
	}
	if v.Status != 0 {
		w.WriteHeader(v.Status)
	}
	_, _ = out.WriteTo(w) // where the browser is gone there is nobody to tell
	return nil
}

// asset serves the style sheet and the script. Pages ask for them with ?v= and what is in them, so a browser may keep them.
func (p *pages) asset(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("file")
	if name != "style.css" && name != "live.js" {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	http.ServeFileFS(w, r, files, "html/"+name) //nolint:gosec // an embedded file system, which has nothing above it
}

const cookie = "sandbox_user"

// user is whom the visitor has chosen to be.
func (p *pages) user(r *http.Request) string {
	if c, err := r.Cookie(cookie); err == nil && slices.Contains(p.People, c.Value) {
		return c.Value
	}
	return p.People[0]
}

func become(w http.ResponseWriter, login string) {
	http.SetCookie(w, &http.Cookie{Name: cookie, Value: login, Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode}) //nolint:gosec // the sandbox has no TLS; the cookie is a choice of role and no secret
}

func (p *pages) switchUser(w http.ResponseWriter, r *http.Request, _ *view) error {
	if name := r.FormValue("user"); slices.Contains(p.People, name) {
		become(w, name)
	}
	http.Redirect(w, r, local(r.FormValue("back")), http.StatusSeeOther) //nolint:gosec // local keeps to this server
	return nil
}

// local returns a path of this site, whatever it is given.
func local(target string) string {
	u, err := url.Parse(target)
	if err != nil || u.Host != "" || u.Scheme != "" || u.Opaque != "" || strings.ContainsAny(target, "\\\r\n\t") {
		return "/"
	}
	out := u.RequestURI() // what is sent, so what has to be checked: an encoded slash stays encoded
	if !strings.HasPrefix(out, "/") || strings.HasPrefix(out, "//") {
		return "/"
	}
	return out
}
