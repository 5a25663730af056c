package forge

import (
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"
)

func (c *call) labels(list []Label, err error) (answer, error) {
	if err != nil {
		return answer{}, err
	}
	return ok(func() any { return c.f.renderLabels(c.f.st.Repos[fold(c.repo())], list) }), nil
}

func issueLabels(c *call) (answer, error) {
	list, err := c.f.LabelsOf(c.actor, c.ref())
	if err != nil {
		return answer{}, err
	}
	return c.labels(paged(c, list), nil)
}

// changeIssueLabels adds labels (POST) or sets them (PUT). GitHub takes {"labels": […]} and a bare list.
func changeIssueLabels(c *call) (answer, error) {
	raw, err := io.ReadAll(io.LimitReader(c.r.Body, maxRequest))
	if err != nil {
		return answer{}, &Error{Status: http.StatusBadRequest, Message: "The request body could not be read"}
	}
	var names labelNames
	if strings.HasPrefix(strings.TrimSpace(string(raw)), "[") {
		err = json.Unmarshal(raw, &names)
	} else {
		var body struct{ Labels labelNames }
		err = json.Unmarshal(raw, &body)
		names = body.Labels
	}
	if err != nil {
		return answer{}, &Error{Status: http.StatusBadRequest, Message: "Problems parsing JSON"}
	}
	if c.r.Method == http.MethodPut {
		return c.labels(c.f.SetLabels(c.actor, c.ref(), names...))
	}
	return c.labels(c.f.AddLabels(c.actor, c.ref(), names...))
}

func clearIssueLabels(c *call) (answer, error) {
	_, err := c.f.SetLabels(c.actor, c.ref())
	return noContent, err
}

func removeIssueLabel(c *call) (answer, error) {
	return c.labels(c.f.RemoveLabel(c.actor, c.ref(), c.vars["name"]))
}

func listLabels(c *call) (answer, error) {
	list, err := c.f.ListLabels(c.actor, c.repo())
	if err != nil {
		return answer{}, err
	}
	return c.labels(paged(c, list), nil)
}

func (c *call) label(l Label, err error) (answer, error) {
	if err != nil {
		return answer{}, err
	}
	return ok(func() any { return c.f.renderLabel(c.f.st.Repos[fold(c.repo())], l) }), nil
}

func getLabel(c *call) (answer, error) {
	list, err := c.f.ListLabels(c.actor, c.repo())
	if err != nil {
		return answer{}, err
	}
	at := slices.IndexFunc(list, func(l Label) bool { return strings.EqualFold(l.Name, c.vars["name"]) })
	if at < 0 {
		return answer{}, ErrNotFound
	}
	return c.label(list[at], nil)
}

type labelBody struct {
	Name        string
	NewName     string `json:"new_name"`
	Color       string
	Description string
}

func createLabel(c *call) (answer, error) {
	var body labelBody
	if err := c.read(&body); err != nil {
		return answer{}, err
	}
	a, err := c.label(c.f.CreateLabel(c.actor, c.repo(), Label{Name: body.Name, Color: body.Color, Description: body.Description}))
	a.status = http.StatusCreated
	return a, err
}

func editLabel(c *call) (answer, error) {
	var body labelBody
	if err := c.read(&body); err != nil {
		return answer{}, err
	}
	return c.label(c.f.EditLabel(c.actor, c.repo(), c.vars["name"], Label{Name: body.NewName, Color: body.Color, Description: body.Description}))
}

func issueEvents(c *call) (answer, error) {
	list, err := c.f.EventsOf(c.actor, c.ref())
	if err != nil {
		return answer{}, err
	}
	list = slices.DeleteFunc(list, func(e Event) bool { return e.Kind == "cross-referenced" || e.Kind == "reviewed" })
	return ok(render(paged(c, list), func(e Event) object { return c.f.renderEvent(&e, false) })), nil
}

// issueTimeline lists what happened on an issue in its order: a pull request's commits, then events, comments and reviews.
func issueTimeline(c *call) (answer, error) {
	rows, err := c.f.Timeline(c.actor, c.ref())
	if err != nil {
		return answer{}, err
	}
	rows = slices.DeleteFunc(rows, func(r TimelineRow) bool { return r.Event != nil && r.Event.Kind == "reviewed" })
	return ok(render(paged(c, rows), func(r TimelineRow) object {
		switch {
		case r.Comment != nil:
			out := c.f.renderComment(r.Comment)
			out["event"], out["actor"] = "commented", c.f.user(r.Comment.Author)
			return out
		case r.Review != nil:
			i := c.f.byRef(c.ref())
			out := c.f.renderReview(i, r.Review)
			out["event"], out["state"] = "reviewed", strings.ToLower(r.Review.State)
			return out
		case r.Commit != nil:
			out := c.f.gitCommit(c.repo(), *r.Commit)
			out["event"] = "committed"
			return out
		}
		return c.f.renderEvent(r.Event, true)
	})), nil
}

func listSubIssues(c *call) (answer, error) { return c.issues(c.f.SubIssues(c.actor, c.ref())) }

type subIssueBody struct {
	ID      int64 `json:"sub_issue_id"`
	Replace bool  `json:"replace_parent"`
}

func addSubIssue(c *call) (answer, error) {
	var body subIssueBody
	if err := c.read(&body); err != nil {
		return answer{}, err
	}
	// The documentation does not say which of the two issues is answered; here it is the parent.
	if _, err := c.f.AddSubIssue(c.actor, c.ref(), body.ID, body.Replace); err != nil {
		return answer{}, err
	}
	return c.newIssue(c.f.Issue(c.actor, c.ref()))
}

func removeSubIssue(c *call) (answer, error) {
	var body subIssueBody
	if err := c.read(&body); err != nil {
		return answer{}, err
	}
	if _, err := c.f.RemoveSubIssue(c.actor, c.ref(), body.ID); err != nil {
		return answer{}, err
	}
	return c.issue(c.f.Issue(c.actor, c.ref()))
}

func getParent(c *call) (answer, error) { return c.issue(c.f.Parent(c.actor, c.ref())) }

func listBlockedBy(c *call) (answer, error) { return c.issues(c.f.BlockedBy(c.actor, c.ref())) }

func addBlockedBy(c *call) (answer, error) {
	var body struct {
		ID int64 `json:"issue_id"`
	}
	if err := c.read(&body); err != nil {
		return answer{}, err
	}
	return c.newIssue(c.f.AddBlockedBy(c.actor, c.ref(), body.ID))
}
