package forge

import (
	"cmp"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
)

const (
	issuePath   = "/repos/{owner}/{repo}/issues/{number}"
	commentPath = "/repos/{owner}/{repo}/issues/comments/{id}"
	labelsPath  = "/repos/{owner}/{repo}/labels"
)

var issueRoutes = map[string]handler{
	"GET /repos/{owner}/{repo}/issues":               listIssues,
	"POST /repos/{owner}/{repo}/issues":              createIssue,
	"GET " + issuePath:                               getIssue,
	"PATCH " + issuePath:                             editIssue,
	"GET " + issuePath + "/comments":                 listComments,
	"POST " + issuePath + "/comments":                createComment,
	"GET /repos/{owner}/{repo}/issues/comments":      listRepoComments,
	"GET " + commentPath:                             getComment,
	"PATCH " + commentPath:                           editComment,
	"DELETE " + commentPath:                          deleteComment,
	"GET " + commentPath + "/reactions":              commentReactions,
	"POST " + commentPath + "/reactions":             reactToComment,
	"GET " + issuePath + "/reactions":                issueReactions,
	"POST " + issuePath + "/reactions":               reactToIssue,
	"DELETE " + issuePath + "/reactions/{id}":        deleteReaction,
	"DELETE " + commentPath + "/reactions/{id2}":     deleteReaction,
	"GET " + issuePath + "/labels":                   issueLabels,
	"POST " + issuePath + "/labels":                  changeIssueLabels,
	"PUT " + issuePath + "/labels":                   changeIssueLabels,
	"DELETE " + issuePath + "/labels":                clearIssueLabels,
	"DELETE " + issuePath + "/labels/{name}":         removeIssueLabel,
	"POST " + issuePath + "/assignees":               changeAssignees,
	"DELETE " + issuePath + "/assignees":             changeAssignees,
	"PUT " + issuePath + "/lock":                     lockIssue,
	"DELETE " + issuePath + "/lock":                  func(c *call) (answer, error) { return noContent, c.f.UnlockIssue(c.actor, c.ref()) },
	"GET " + issuePath + "/events":                   issueEvents,
	"GET " + issuePath + "/timeline":                 issueTimeline,
	"GET " + issuePath + "/sub_issues":               listSubIssues,
	"POST " + issuePath + "/sub_issues":              addSubIssue,
	"DELETE " + issuePath + "/sub_issue":             removeSubIssue,
	"GET " + issuePath + "/parent":                   getParent,
	"GET " + issuePath + "/dependencies/blocked_by":  listBlockedBy,
	"POST " + issuePath + "/dependencies/blocked_by": addBlockedBy,
	"GET " + labelsPath:                              listLabels,
	"POST " + labelsPath:                             createLabel,
	"GET " + labelsPath + "/{name}":                  getLabel,
	"PATCH " + labelsPath + "/{name}":                editLabel,
	"DELETE " + labelsPath + "/{name}":               func(c *call) (answer, error) { return noContent, c.f.DeleteLabel(c.actor, c.repo(), c.vars["name"]) },
	"GET /repos/{owner}/{repo}/milestones":           seenEmptyList,
	"GET /repos/{owner}/{repo}/issue-types":          seenEmptyList,
}

// seenEmptyList answers what this forge has none of, to those who may see the repository.
func seenEmptyList(c *call) (answer, error) {
	if _, err := c.f.Repo(c.actor, c.repo()); err != nil {
		return answer{}, err
	}
	return emptyList(c)
}

func (c *call) issue(i *Issue, err error) (answer, error) {
	if err != nil {
		return answer{}, err
	}
	return ok(func() any { return c.f.renderIssue(i) }), nil
}

func (c *call) newIssue(i *Issue, err error) (answer, error) {
	a, err := c.issue(i, err)
	a.status = http.StatusCreated
	if err == nil {
		c.w.Header().Set("Location", c.f.api("/repos/%s/issues/%d", i.Ref.Repo, i.Ref.Number))
	}
	return a, err
}

func (c *call) issues(list []*Issue, err error) (answer, error) {
	if err != nil {
		return answer{}, err
	}
	return ok(render(paged(c, list), c.f.renderIssue)), nil
}

func oneOf(value, normal, field string, allowed ...string) (string, error) {
	value = cmp.Or(value, normal)
	if !slices.Contains(allowed, value) {
		return "", invalid("Issue", field, "invalid", "%s must be one of: %s", field, strings.Join(allowed, ", "))
	}
	return value, nil
}

func listIssues(c *call) (answer, error) {
	since, err := c.since()
	if err != nil {
		return answer{}, err
	}
	by := IssueFilter{Creator: c.query("creator"), Assignee: c.query("assignee"), Mentioned: c.query("mentioned"), Since: since,
		Ascending: c.query("direction") == "asc"}
	if by.State, err = oneOf(c.query("state"), "open", "state", "all", "closed", "open"); err != nil {
		return answer{}, err
	}
	if by.Sort, err = oneOf(c.query("sort"), "created", "sort", "comments", "created", "updated"); err != nil {
		return answer{}, err
	}
	for l := range strings.SplitSeq(c.query("labels"), ",") {
		if l = strings.TrimSpace(l); l != "" {
			by.Labels = append(by.Labels, l)
		}
	}
	return c.issues(c.f.ListIssues(c.actor, c.repo(), by))
}

// labelNames reads labels as GitHub takes them: names, or objects with a name.
type labelNames []string

func (l *labelNames) UnmarshalJSON(raw []byte) error {
	var items []json.RawMessage
	if err := json.Unmarshal(raw, &items); err != nil {
		return err
	}
	*l = labelNames{}
	for _, item := range items {
		var name string
		if json.Unmarshal(item, &name) != nil {
			var o struct{ Name string }
			if err := json.Unmarshal(item, &o); err != nil {
				return err
			}
			name = o.Name
		}
		*l = append(*l, name)
	}
	return nil
}

func createIssue(c *call) (answer, error) {
	var body struct {
		Title, Body, Assignee string
		Labels                labelNames
		Assignees             []string
		Milestone, Type       any
	}
	if err := c.read(&body); err != nil {
		return answer{}, err
	}
	if body.Milestone != nil || body.Type != nil {
		return answer{}, notHere("milestones and issue types")
	}
	if body.Assignee != "" {
		body.Assignees = append(body.Assignees, body.Assignee)
	}
	return c.newIssue(c.f.CreateIssue(c.actor, c.repo(), IssueInput{Title: body.Title, Body: body.Body, Labels: body.Labels, Assignees: body.Assignees}))
}

func notHere(what string) error {
	return &Error{Status: http.StatusNotImplemented, Message: "This local GitHub does not have " + what}
}

func getIssue(c *call) (answer, error) { return c.issue(c.f.Issue(c.actor, c.ref())) }

func editIssue(c *call) (answer, error) {
	var body struct {
		Title, Body, State, Assignee *string
		StateReason                  *string `json:"state_reason"`
		Labels                       *labelNames
		Assignees                    *[]string
		Milestone, Type              any
	}
	if err := c.read(&body); err != nil {
		return answer{}, err
	}
	if body.Milestone != nil || body.Type != nil {
		return answer{}, notHere("milestones and issue types")
	}
	e := IssueEdit{Title: body.Title, Body: body.Body, State: body.State, StateReason: body.StateReason, Labels: (*[]string)(body.Labels), Assignees: body.Assignees}
	if body.Assignee != nil && e.Assignees == nil {
		e.Assignees = &[]string{*body.Assignee}
	}
	return c.issue(c.f.EditIssue(c.actor, c.ref(), e))
}

func (c *call) comments(list []*Comment, err error) (answer, error) {
	if err != nil {
		return answer{}, err
	}
	return ok(render(paged(c, list), c.f.renderComment)), nil
}

func (c *call) comment(x *Comment, err error) (answer, error) {
	if err != nil {
		return answer{}, err
	}
	return ok(func() any { return c.f.renderComment(x) }), nil
}

func listComments(c *call) (answer, error) {
	since, err := c.since()
	if err != nil {
		return answer{}, err
	}
	return c.comments(c.f.ListComments(c.actor, c.ref(), since))
}

func listRepoComments(c *call) (answer, error) {
	since, err := c.since()
	if err != nil {
		return answer{}, err
	}
	descending := c.query("direction") != "asc"
	return c.comments(c.f.ListRepoComments(c.actor, c.repo(), since, c.query("sort"), descending))
}

type bodyText struct {
	Body string `json:"body"`
}

func createComment(c *call) (answer, error) {
	var body bodyText
	if err := c.read(&body); err != nil {
		return answer{}, err
	}
	a, err := c.comment(c.f.CreateComment(c.actor, c.ref(), body.Body))
	a.status = http.StatusCreated
	return a, err
}

func getComment(c *call) (answer, error) {
	return c.comment(c.f.Comment(c.actor, c.repo(), c.int64("id")))
}

func editComment(c *call) (answer, error) {
	var body bodyText
	if err := c.read(&body); err != nil {
		return answer{}, err
	}
	return c.comment(c.f.EditComment(c.actor, c.repo(), c.int64("id"), body.Body))
}

func deleteComment(c *call) (answer, error) {
	return noContent, c.f.DeleteComment(c.actor, c.repo(), c.int64("id"))
}

func (c *call) reactions(list []Reaction) (answer, error) {
	if content := c.query("content"); content != "" {
		list = slices.DeleteFunc(list, func(r Reaction) bool { return r.Content != content })
	}
	return ok(render(paged(c, list), c.f.renderReaction)), nil
}

func issueReactions(c *call) (answer, error) {
	i, err := c.f.Issue(c.actor, c.ref())
	if err != nil {
		return answer{}, err
	}
	return c.reactions(i.Reactions)
}

func commentReactions(c *call) (answer, error) {
	x, err := c.f.Comment(c.actor, c.repo(), c.int64("id"))
	if err != nil {
		return answer{}, err
	}
	return c.reactions(x.Reactions)
}

func (c *call) reacted(do func(content string) (Reaction, bool, error)) (answer, error) {
	var body struct{ Content string }
	if err := c.read(&body); err != nil {
		return answer{}, err
	}
	r, isNew, err := do(body.Content)
	if err != nil {
		return answer{}, err
	}
	a := ok(func() any { return c.f.renderReaction(r) })
	if isNew {
		a.status = http.StatusCreated
	}
	return a, nil
}

func reactToIssue(c *call) (answer, error) {
	return c.reacted(func(content string) (Reaction, bool, error) { return c.f.React(c.actor, c.ref(), content) })
}

func reactToComment(c *call) (answer, error) {
	return c.reacted(func(content string) (Reaction, bool, error) {
		return c.f.ReactToComment(c.actor, c.repo(), c.int64("id"), content)
	})
}

// deleteReaction removes the caller's own reaction from an issue, or from a comment when the address names one.
func deleteReaction(c *call) (answer, error) {
	if _, onComment := c.vars["id2"]; onComment {
		return noContent, c.f.DeleteCommentReaction(c.actor, c.repo(), c.int64("id"), c.int64("id2"))
	}
	return noContent, c.f.DeleteReaction(c.actor, c.ref(), c.int64("id"))
}

func lockIssue(c *call) (answer, error) {
	var body struct {
		Reason string `json:"lock_reason"`
	}
	if err := c.read(&body); err != nil {
		return answer{}, err
	}
	return noContent, c.f.LockIssue(c.actor, c.ref(), body.Reason)
}

func (c *call) assigneeNames() ([]string, error) {
	var body struct{ Assignees []string }
	err := c.read(&body)
	return body.Assignees, err
}

func changeAssignees(c *call) (answer, error) {
	names, err := c.assigneeNames()
	if err != nil {
		return answer{}, err
	}
	if c.r.Method == http.MethodDelete {
		return c.issue(c.f.Unassign(c.actor, c.ref(), names...))
	}
	a, err := c.issue(c.f.Assign(c.actor, c.ref(), names...))
	a.status = http.StatusCreated
	return a, err
}
