package pages

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/oioi-app/oioi/app/sandbox/forge"
	"github.com/oioi-app/oioi/app/sandbox/forge/gitstore"
)

type issueData struct {
	Issue               *forge.Issue
	Parent              *forge.Issue
	Children            []*forge.Issue
	ChildrenClosed      int
	Pulls               []*forge.Issue // pull requests that name this issue
	Rows                []row
	Colors              palette
	Progress            *progressView
	Own                 bool // the visitor wrote the issue
	MayTriage, MayWrite bool
	MayComment          bool
	Commands            []commandGroup // one-click comments
	Edit                string         // id of the comment that is being edited, "issue" for the issue
	Draft               draft          // what was refused and is shown again

	// Of a pull request.
	Diff      *gitstore.Comparison
	FilesTab  bool
	Mergeable bool
}

// row is one entry of an issue's conversation.
type row struct {
	forge.TimelineRow
	Mine bool // the visitor may edit the comment
}

// draft is what a visitor sent and the forge did not take.
type draft struct{ Title, Body string }

func refOf(r *http.Request, v *view) forge.Ref {
	n, _ := strconv.Atoi(r.PathValue("number")) // 0 is found nowhere
	return forge.Ref{Repo: v.Repo.FullName(), Number: n}
}

func (p *pages) issue(w http.ResponseWriter, r *http.Request, v *view) error {
	return p.showIssue(w, r, v, r.URL.Query().Get("edit"), draft{})
}

// showIssue shows an issue; edit and again are set where a text of the visitor is being edited or was refused.
func (p *pages) showIssue(w http.ResponseWriter, r *http.Request, v *view, edit string, again draft) error {
	ref := refOf(r, v)
	data, err := p.conversation(v, ref)
	if err != nil {
		return err
	}
	if data.Issue.Pull != nil {
		http.Redirect(w, r, fmt.Sprintf("/%s/pull/%d", ref.Repo, ref.Number), http.StatusSeeOther)
		return nil
	}
	v.Tab, data.Edit, data.Draft = "issues", edit, again
	if data.Children, err = p.Forge.SubIssues(forge.As(v.User), ref); err != nil {
		return err
	}
	for _, child := range data.Children {
		if child.State == "closed" {
			data.ChildrenClosed++
		}
	}
	if data.Issue.Parent != nil {
		if data.Parent, err = p.Forge.Parent(forge.As(v.User), ref); err != nil && !errors.Is(err, forge.ErrNotFound) {
			return err
		}
	}
	status := ""
	if p.Progress != nil {
		progress, err := p.Progress(r.Context(), v.Repo.ID, ref.Number)
		if err != nil {
			p.Log.ErrorContext(r.Context(), "OiOi's progress cannot be read", "issue", ref.String(), "error", err)
		} else if progress.Status != "" || len(progress.Steps) > 0 {
			shown := progressOf(progress, data.MayTriage)
			data.Progress, status = &shown, progress.Status
		}
	}
	if data.MayComment {
		data.Commands = commandsFor(readStanding(data.Rows, p.Bot), status, data.MayTriage, data.MayWrite)
	}
	v.Data = data
	return p.show(w, v, "issue")
}

// conversation reads what issues and pull requests have in common.
func (p *pages) conversation(v *view, ref forge.Ref) (issueData, error) {
	as := forge.As(v.User)
	data := issueData{Colors: colorsOf(v.Repo)}
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
	data.MayComment = data.MayWrite || !data.Issue.Locked
	rows, err := p.Forge.Timeline(as, ref)
	if err != nil {
		return data, err
	}
	for _, one := range rows {
		shown := row{TimelineRow: one}
		if c := one.Comment; c != nil {
			shown.Mine = data.MayWrite || strings.EqualFold(c.Author, v.User)
		}
		if e := one.Event; e != nil && e.Label != nil {
			data.Colors[e.Label.Name] = strings.ToLower(e.Label.Color)
		}
		if e := one.Event; e != nil && e.Kind == "cross-referenced" {
			if from, err := p.Forge.Issue(as, *e.Source); err == nil && from.Pull != nil {
				data.Pulls = append(data.Pulls, from)
			}
		}
		data.Rows = append(data.Rows, shown)
	}
	return data, nil
}

// changeIssue does what one of the buttons of an issue says.
func (p *pages) changeIssue(w http.ResponseWriter, r *http.Request, v *view) error {
	to, err := p.change(r, v, refOf(r, v))
	if err == nil {
		http.Redirect(w, r, r.URL.Path+to, http.StatusSeeOther) //nolint:gosec // the page itself; the mux has cleaned its path
		return nil
	}
	var refusal *forge.Error
	if !errors.As(err, &refusal) || refusal.Status != http.StatusUnprocessableEntity {
		return err
	}
	v.Status, v.Problem = refusal.Status, kindly(refusal)
	v.Back = r.URL.Path
	edit := ""
	switch r.FormValue("do") {
	case "edit":
		edit = "issue"
	case "edit-comment":
		edit = r.FormValue("id")
	}
	again := draft{r.FormValue("title"), text(r)}
	if strings.Contains(r.URL.Path, "/pull/") {
		return p.showPull(w, r, v, edit, again)
	}
	return p.showIssue(w, r, v, edit, again)
}

// text is the body of a form as GitHub keeps it: browsers send CRLF.
func text(r *http.Request) string { return strings.ReplaceAll(r.FormValue("body"), "\r\n", "\n") }

// change does what a form says and returns where on the page to go then.
func (p *pages) change(r *http.Request, v *view, ref forge.Ref) (string, error) {
	as, body := forge.As(v.User), text(r)
	switch do := r.FormValue("do"); do {
	case "close", "close-not-planned":
		if strings.TrimSpace(body) != "" {
			if _, err := p.Forge.CreateComment(as, ref, body); err != nil {
				return "", err
			}
		}
		reason := "completed"
		if do == "close-not-planned" {
			reason = "not_planned"
		}
		_, err := p.Forge.CloseIssue(as, ref, reason)
		return "#write", err
	case "reopen":
		_, err := p.Forge.ReopenIssue(as, ref)
		return "#write", err
	case "edit":
		title := r.FormValue("title")
		_, err := p.Forge.EditIssue(as, ref, forge.IssueEdit{Title: &title, Body: &body})
		return "", err
	case "edit-comment":
		id, err := strconv.ParseInt(r.FormValue("id"), 10, 64)
		if err != nil {
			return "", forge.ErrNotFound
		}
		_, err = p.Forge.EditComment(as, ref.Repo, id, body)
		return "#issuecomment-" + strconv.FormatInt(id, 10), err
	case "label":
		name := strings.TrimSpace(r.FormValue("label"))
		if name == "" {
			return "", nil
		}
		_, err := p.Forge.AddLabels(as, ref, name)
		return "", err
	case "unlabel":
		_, err := p.Forge.RemoveLabel(as, ref, r.FormValue("label"))
		return "", err
	case "comment", "":
		if strings.TrimSpace(body) == "" {
			return "", &forge.Error{Status: http.StatusUnprocessableEntity, Message: "Please write something first: the comment is empty"}
		}
		made, err := p.Forge.CreateComment(as, ref, body)
		if err != nil {
			return "", err
		}
		return "#issuecomment-" + strconv.FormatInt(made.ID, 10), nil
	default:
		allowed := []string{"close", "close-not-planned", "comment", "edit", "edit-comment", "label", "reopen", "unlabel"}
		return "", &forge.Error{Status: http.StatusUnprocessableEntity, Message: fmt.Sprintf("%q is nothing a form of this page does; it does %s", do, strings.Join(slices.Clip(allowed), ", "))}
	}
}
