package pages

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/oioi-app/oioi/app/sandbox/forge"
	"github.com/oioi-app/oioi/app/sandbox/forge/gitstore"
)

func (p *pages) issues(w http.ResponseWriter, r *http.Request, v *view) error {
	return p.list(w, r, v, "issue", "Issues")
}

func (p *pages) pulls(w http.ResponseWriter, r *http.Request, v *view) error {
	return p.list(w, r, v, "pull", "Pull requests")
}

type listData struct {
	Kind, State  string
	Items        []*forge.Issue
	Open, Closed int
	Colors       map[string]string
}

func (p *pages) list(w http.ResponseWriter, r *http.Request, v *view, kind, title string) error {
	v.Title, v.Tab = title+" · "+v.Repo.FullName(), kind+"s"
	data := listData{Kind: kind, State: "open", Colors: colors(v.Repo)}
	if r.URL.Query().Get("state") == "closed" {
		data.State = "closed"
	}
	all, err := p.Forge.ListIssues(forge.As(v.User), v.Repo.FullName(), forge.IssueFilter{State: "all", Kind: kind})
	if err != nil {
		return err
	}
	for _, item := range all {
		if item.State == "open" {
			data.Open++
		} else {
			data.Closed++
		}
		if item.State == data.State {
			data.Items = append(data.Items, item)
		}
	}
	v.Data = data
	return p.show(w, v, "list")
}

func colors(r *forge.Repo) map[string]string {
	out := map[string]string{}
	for _, label := range r.Labels {
		out[label.Name] = label.Color
	}
	return out
}

// row is one entry of an issue's conversation: a comment or an event.
type row struct {
	At      time.Time
	Comment *forge.Comment
	Event   *forge.Event
	Mine    bool // the visitor may edit it
}

type issueData struct {
	Issue               *forge.Issue
	Parent              *forge.Issue
	Children            []*forge.Issue
	Rows                []row
	Colors              map[string]string
	Progress            *Progress
	Own                 bool // the visitor wrote the issue
	MayTriage, MayWrite bool
	Diff                *gitstore.Comparison
	FilesTab            bool
	Commands            []string // one-click comments for a maintainer
	Edit                string   // id of the comment that is being edited, "issue" for the issue
	Mergeable           bool
}

func refOf(r *http.Request, v *view) forge.Ref {
	n, _ := strconv.Atoi(r.PathValue("number")) // 0 is found nowhere
	return forge.Ref{Repo: v.Repo.FullName(), Number: n}
}

func (p *pages) issue(w http.ResponseWriter, r *http.Request, v *view) error {
	ref := refOf(r, v)
	data, err := p.conversation(r.Context(), v, ref)
	if err != nil {
		return err
	}
	if data.Issue.Pull != nil {
		http.Redirect(w, r, fmt.Sprintf("/%s/pull/%d", ref.Repo, ref.Number), http.StatusSeeOther)
		return nil
	}
	v.Tab = "issues"
	data.Edit = r.URL.Query().Get("edit")
	if children, err := p.Forge.SubIssues(forge.As(v.User), ref); err == nil {
		data.Children = children
	}
	if data.Issue.Parent != nil {
		if parent, err := p.Forge.Parent(forge.As(v.User), ref); err == nil {
			data.Parent = parent
		}
	}
	if p.Progress != nil {
		progress, err := p.Progress(r.Context(), v.Repo.ID, ref.Number)
		if err != nil {
			p.Log.Error("OiOi's progress cannot be read", "issue", ref.String(), "error", err)
		} else if progress.Status != "" {
			data.Progress = &progress
		}
	}
	v.Data, v.Fragment = data, r.Header.Get("X-Fragment") != ""
	return p.show(w, v, "issue")
}

func (p *pages) conversation(_ context.Context, v *view, ref forge.Ref) (issueData, error) {
	as := forge.As(v.User)
	data := issueData{Colors: colors(v.Repo)}
	var err error
	if data.Issue, err = p.Forge.Issue(as, ref); err != nil {
		return data, err
	}
	v.Title = fmt.Sprintf("%s · #%d", data.Issue.Title, ref.Number)
	permission, err := p.Forge.PermissionOf(ref.Repo, v.User)
	if err != nil {
		return data, err
	}
	data.Own = strings.EqualFold(v.User, data.Issue.Author)
	data.MayTriage, data.MayWrite = permission.AtLeast(forge.Triage), permission.AtLeast(forge.Write)
	if data.MayTriage {
		data.Commands = []string{"/oioi rerun", "/oioi rerun shorter, please", "/oioi help"}
	}
	comments, err := p.Forge.ListComments(as, ref, time.Time{})
	if err != nil {
		return data, err
	}
	for _, c := range comments {
		data.Rows = append(data.Rows, row{At: c.CreatedAt, Comment: c, Mine: strings.EqualFold(c.Author, v.User) || data.MayWrite})
	}
	events, err := p.Forge.EventsOf(as, ref)
	if err != nil {
		return data, err
	}
	for i := range events {
		data.Rows = append(data.Rows, row{At: events[i].CreatedAt, Event: &events[i]})
	}
	slices.SortStableFunc(data.Rows, func(a, b row) int { return a.At.Compare(b.At) })
	return data, nil
}

// changeIssue does what one of the buttons of an issue says.
func (p *pages) changeIssue(w http.ResponseWriter, r *http.Request, v *view) error {
	ref, as := refOf(r, v), forge.As(v.User)
	var err error
	body := strings.ReplaceAll(r.FormValue("body"), "\r\n", "\n")
	switch r.FormValue("do") {
	case "close":
		if strings.TrimSpace(body) != "" {
			if _, err = p.Forge.CreateComment(as, ref, body); err != nil {
				return err
			}
		}
		_, err = p.Forge.CloseIssue(as, ref, "completed")
	case "reopen":
		_, err = p.Forge.ReopenIssue(as, ref)
	case "edit":
		title := r.FormValue("title")
		_, err = p.Forge.EditIssue(as, ref, forge.IssueEdit{Title: &title, Body: &body})
	case "edit-comment":
		var id int64
		if id, err = strconv.ParseInt(r.FormValue("id"), 10, 64); err == nil {
			_, err = p.Forge.EditComment(as, ref.Repo, id, body)
		}
	case "label":
		if name := strings.TrimSpace(r.FormValue("label")); r.FormValue("remove") != "" {
			_, err = p.Forge.RemoveLabel(as, ref, name)
		} else if name != "" {
			_, err = p.Forge.AddLabels(as, ref, name)
		}
	default:
		_, err = p.Forge.CreateComment(as, ref, body)
	}
	if err != nil {
		return err
	}
	http.Redirect(w, r, r.URL.Path+"#newest", http.StatusSeeOther)
	return nil
}

func (p *pages) pull(w http.ResponseWriter, r *http.Request, v *view) error {
	ref := refOf(r, v)
	data, err := p.conversation(r.Context(), v, ref)
	if err != nil {
		return err
	}
	if data.Issue.Pull == nil {
		return forge.ErrNotFound
	}
	v.Tab = "pulls"
	diff, err := p.Forge.Diff(forge.As(v.User), ref)
	if err != nil {
		return err
	}
	data.Diff, data.FilesTab, data.Commands = &diff, strings.HasSuffix(r.URL.Path, "/files"), nil
	data.Edit = r.URL.Query().Get("edit")
	if data.Issue.State == "open" {
		data.Mergeable, _ = p.Forge.Mergeable(forge.As(v.User), ref)
	}
	v.Data, v.Fragment = data, r.Header.Get("X-Fragment") != ""
	return p.show(w, v, "pull")
}

func (p *pages) changePull(w http.ResponseWriter, r *http.Request, v *view) error {
	ref, as := refOf(r, v), forge.As(v.User)
	var err error
	switch r.FormValue("do") {
	case "ready":
		ready := false
		_, err = p.Forge.EditPull(as, ref, forge.PullEdit{Draft: &ready})
	case "merge":
		_, err = p.Forge.MergePull(as, ref, forge.MergeOptions{})
	default:
		return p.changeIssue(w, r, v)
	}
	if err != nil {
		return err
	}
	http.Redirect(w, r, r.URL.Path, http.StatusSeeOther)
	return nil
}

// Lines cuts a patch into lines for the diff view.
func patchLines(patch string) []string { return strings.Split(strings.TrimRight(patch, "\n"), "\n") }

// live tells an open page, as server-sent events, that it should read itself again.
// https://html.spec.whatwg.org/multipage/server-sent-events.html
func (p *pages) live(w http.ResponseWriter, r *http.Request) {
	repo := r.PathValue("owner") + "/" + r.PathValue("repo")
	number, _ := strconv.Atoi(r.PathValue("number"))
	if _, err := p.Forge.Issue(forge.As(p.user(r)), forge.Ref{Repo: repo, Number: number}); err != nil {
		http.NotFound(w, r)
		return
	}
	changes, cancel := p.Forge.Subscribe()
	defer cancel()
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	flush := http.NewResponseController(w)
	if _, err := fmt.Fprint(w, "retry: 1000\n\n"); err != nil || flush.Flush() != nil {
		return
	}
	var progress <-chan struct{}
	for {
		if p.Changed != nil {
			progress = p.Changed()
		}
		select {
		case <-r.Context().Done():
			return
		case c, ok := <-changes:
			if !ok {
				return
			}
			if !strings.EqualFold(c.Ref.Repo, repo) {
				continue
			}
		case <-progress:
		}
		if _, err := fmt.Fprint(w, "event: change\ndata: {}\n\n"); err != nil || flush.Flush() != nil {
			return
		}
	}
}
