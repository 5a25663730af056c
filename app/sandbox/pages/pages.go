// Package pages shows the sandbox's GitHub in a browser: repositories, help-center pages, issue forms, issues with their
// comments and sub-issues, pull requests with their diff, and how far OiOi is with a ticket. It works without JavaScript;
// with it, an open issue refreshes itself.
package pages

import (
	"bytes"
	"context"
	"embed"
	"errors"
	"html/template"
	"io/fs"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/oioi-app/oioi/app/sandbox/forge"
	"github.com/oioi-app/oioi/app/sandbox/sample"
)

//go:embed html/*
var files embed.FS

// Step is one line of a ticket's progress.
type Step struct {
	At   time.Time
	Kind string // started, gathered, asked, answered, parked, published, finished, …
	Step string // of the workflow, or ""
	Text string
	Took time.Duration
}

// Progress is how far OiOi is with a ticket.
type Progress struct {
	Status string // of the newest run; "" when there is none
	Run    string
	Steps  []Step
}

// Options are what the pages are made from.
type Options struct {
	Forge  *forge.Forge
	People []string // whom the switch offers; the first is who a new visitor is
	Bot    string   // OiOi's login
	// Progress tells how far a ticket is; nil when OiOi runs elsewhere and does not say.
	Progress func(ctx context.Context, repositoryID int64, number int) (Progress, error)
	// Changed returns a channel that is closed when OiOi's progress changes; nil when Progress is nil.
	Changed func() <-chan struct{}
	Log     *slog.Logger
	Now     func() time.Time
}

type pages struct {
	Options
	templates map[string]*template.Template
	render    renderer
}

// Handler returns the pages.
func Handler(o Options) (http.Handler, error) {
	p := &pages{Options: o, templates: map[string]*template.Template{}, render: newRenderer()}
	if p.Now == nil {
		p.Now = time.Now
	}
	names, err := fs.Glob(files, "html/*.html")
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		if name == "html/layout.html" || name == "html/parts.html" {
			continue
		}
		t, err := template.New("layout.html").Funcs(p.funcs()).ParseFS(files, "html/layout.html", "html/parts.html", name)
		if err != nil {
			return nil, err
		}
		p.templates[strings.TrimSuffix(strings.TrimPrefix(name, "html/"), ".html")] = t
	}
	mux := http.NewServeMux()
	p.routes(mux)
	// Only the sandbox's own pages may post: a page from elsewhere in the same browser must not file tickets.
	return http.NewCrossOriginProtection().Handler(mux), nil
}

func (p *pages) routes(mux *http.ServeMux) {
	static, _ := fs.Sub(files, "html")
	mux.Handle("GET /static/{file}", http.StripPrefix("/static/", http.FileServerFS(static)))
	mux.HandleFunc("GET /{$}", p.page(p.home))
	mux.HandleFunc("POST /switch", p.page(p.switchUser))
	mux.HandleFunc("POST /samples/{id}", p.page(p.fileSample))
	mux.HandleFunc("GET /{owner}/{repo}", p.page(p.repository))
	mux.HandleFunc("GET /{owner}/{repo}/tree/{ref}/{path...}", p.page(p.folder))
	mux.HandleFunc("GET /{owner}/{repo}/blob/{ref}/{path...}", p.page(p.file))
	mux.HandleFunc("GET /{owner}/{repo}/issues", p.page(p.issues))
	mux.HandleFunc("GET /{owner}/{repo}/issues/new", p.page(p.newIssue))
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
}

// view is what every page gets.
type view struct {
	Title    string
	User     string
	Name     string // the user's full name
	People   []string
	Back     string // where the switch returns to
	Repo     *forge.Repo
	Tab      string
	Problem  string // shown on top
	Status   int
	Data     any
	Fragment bool
}

// page runs a page and shows its error as a page.
func (p *pages) page(fn func(w http.ResponseWriter, r *http.Request, v *view) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		v := &view{User: p.user(r), People: p.People, Back: r.URL.RequestURI()}
		if u, err := p.Forge.User(v.User); err == nil {
			v.Name = u.Name
		}
		if name := r.PathValue("repo"); name != "" {
			repo, err := p.Forge.Repo(forge.As(v.User), r.PathValue("owner")+"/"+name)
			if err != nil {
				p.fail(w, v, err)
				return
			}
			v.Repo = repo
		}
		r.Body = http.MaxBytesReader(w, r.Body, 1<<20)
		if err := fn(w, r, v); err != nil {
			p.fail(w, v, err)
		}
	}
}

func (p *pages) fail(w http.ResponseWriter, v *view, err error) {
	v.Title, v.Status = "That did not work", http.StatusInternalServerError
	v.Problem = "Something went wrong in the sandbox; its log says what."
	var refusal *forge.Error
	var tooLarge *http.MaxBytesError
	switch {
	case errors.Is(err, forge.ErrNotFound):
		v.Title, v.Status = "Not found", http.StatusNotFound
		v.Problem = "There is nothing here, or " + v.User + " may not see it. Switch to another person at the top and try again."
	case errors.As(err, &refusal):
		v.Status, v.Problem = refusal.Status, refusal.Error()
	case errors.As(err, &tooLarge):
		v.Status, v.Problem = http.StatusRequestEntityTooLarge, "That is more than a form of the sandbox takes (1 MB)."
	default:
		p.Log.Error("a page failed", "page", v.Back, "error", err)
	}
	if showErr := p.show(w, v, "error"); showErr != nil {
		p.Log.Error("the error page failed", "error", showErr)
	}
}

func (p *pages) show(w http.ResponseWriter, v *view, name string) error {
	var out bytes.Buffer
	block := "layout.html"
	if v.Fragment {
		block = "live"
	}
	if err := p.templates[name].ExecuteTemplate(&out, block, v); err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Referrer-Policy", "same-origin")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	// What a ticket shows can come from anybody: nothing is loaded from elsewhere and no script but our own runs.
	w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
	if v.Status != 0 {
		w.WriteHeader(v.Status)
	}
	_, err := out.WriteTo(w)
	return err
}

const cookie = "sandbox_user"

// user is whom the visitor has chosen to be.
func (p *pages) user(r *http.Request) string {
	if c, err := r.Cookie(cookie); err == nil && slices.Contains(p.People, c.Value) {
		return c.Value
	}
	return p.People[0]
}

func (p *pages) switchUser(w http.ResponseWriter, r *http.Request, _ *view) error {
	if name := r.FormValue("user"); slices.Contains(p.People, name) {
		http.SetCookie(w, &http.Cookie{Name: cookie, Value: name, Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode})
	}
	http.Redirect(w, r, local(r.FormValue("back")), http.StatusSeeOther)
	return nil
}

// local returns a path of this site, whatever it is given.
func local(target string) string {
	u, err := url.Parse(target)
	if err != nil || u.Host != "" || u.Scheme != "" || !strings.HasPrefix(u.Path, "/") || strings.HasPrefix(u.Path, "//") || strings.Contains(target, `\`) {
		return "/"
	}
	return u.RequestURI()
}

func (p *pages) home(w http.ResponseWriter, _ *http.Request, v *view) error {
	v.Title = "OiOi sandbox"
	type row struct {
		Repo *forge.Repo
		Open int
	}
	var rows []row
	for _, repo := range p.Forge.ListRepos(forge.As(v.User)) {
		open, err := p.Forge.ListIssues(forge.As(v.User), repo.FullName(), forge.IssueFilter{Kind: "issue"})
		if err != nil {
			return err
		}
		rows = append(rows, row{repo, len(open)})
	}
	v.Data = struct {
		Rows    []row
		Samples []sample.Ticket
	}{rows, sample.Tickets()}
	return p.show(w, v, "home")
}

func (p *pages) fileSample(w http.ResponseWriter, r *http.Request, _ *view) error {
	for _, t := range sample.Tickets() {
		if t.ID != r.PathValue("id") {
			continue
		}
		return p.fileIssue(w, r, sample.Owner+"/"+t.Repository, t.Author, t.Title, t.Body(), t.Labels)
	}
	return forge.ErrNotFound
}

// fileIssue files an issue as the form does: the author writes it, the form sets its labels.
func (p *pages) fileIssue(w http.ResponseWriter, r *http.Request, repo, author, title, body string, labels []string) error {
	issue, err := p.Forge.CreateIssue(forge.As(author), repo, forge.IssueInput{Title: title, Body: body, FormLabels: labels})
	if err != nil {
		return err
	}
	http.SetCookie(w, &http.Cookie{Name: cookie, Value: author, Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode})
	http.Redirect(w, r, "/"+issue.Ref.Repo+"/issues/"+itoa(issue.Ref.Number), http.StatusSeeOther)
	return nil
}
