package forge

import (
	"net/http"
	"strings"

	"github.com/oioi-app/oioi/app/sandbox/forge/gitstore"
)

const pullPath = "/repos/{owner}/{repo}/pulls/{number}"

var pullRoutes = map[string]handler{
	"GET /repos/{owner}/{repo}/pulls":  listPulls,
	"POST /repos/{owner}/{repo}/pulls": createPull,
	"GET " + pullPath:                  getPull,
	"PATCH " + pullPath:                editPull,
	"GET " + pullPath + "/files":       pullFiles,
	"GET " + pullPath + "/commits":     pullCommits,
	"GET " + pullPath + "/merge":       isMerged,
	"PUT " + pullPath + "/merge":       mergePull,
}

func (c *call) pull(i *Issue, err error) (answer, error) {
	if err != nil {
		return answer{}, err
	}
	if i.Pull == nil {
		return answer{}, ErrNotFound
	}
	return ok(func() any { return c.f.pullRequest(i, false) }), nil
}

func listPulls(c *call) (answer, error) {
	by := PullFilter{Head: c.query("head"), Base: c.query("base"), Ascending: c.query("direction") == "asc"}
	var err error
	if by.State, err = oneOf(c.query("state"), "open", "state", "all", "closed", "open"); err != nil {
		return answer{}, err
	}
	if by.Sort, err = oneOf(c.query("sort"), "created", "sort", "created", "updated"); err != nil {
		return answer{}, err
	}
	list, err := c.f.ListPulls(c.actor, c.repo(), by)
	if err != nil {
		return answer{}, err
	}
	return ok(render(paged(c, list), func(i *Issue) object { return c.f.pullRequest(i, true) })), nil
}

func createPull(c *call) (answer, error) {
	var body struct {
		Title, Body, Head, Base string
		Draft                   bool
		Issue                   any
	}
	if err := c.read(&body); err != nil {
		return answer{}, err
	}
	if body.Issue != nil {
		return answer{}, notHere("pull requests made of an issue")
	}
	a, err := c.pull(c.f.CreatePull(c.actor, c.repo(), PullInput{Title: body.Title, Body: body.Body, Head: body.Head, Base: body.Base, Draft: body.Draft}))
	a.status = http.StatusCreated
	return a, err
}

func getPull(c *call) (answer, error) {
	if strings.Contains(c.r.Header.Get("Accept"), "diff") || strings.Contains(c.r.Header.Get("Accept"), "patch") {
		d, err := c.f.Diff(c.actor, c.ref())
		return answer{status: http.StatusOK, raw: gitstore.Patch(d.Files), kind: "application/vnd.github.diff; charset=utf-8"}, err
	}
	return c.pull(c.f.Issue(c.actor, c.ref()))
}

func editPull(c *call) (answer, error) {
	var body struct{ Title, Body, State, Base *string }
	if err := c.read(&body); err != nil {
		return answer{}, err
	}
	return c.pull(c.f.EditPull(c.actor, c.ref(), PullEdit{Title: body.Title, Body: body.Body, State: body.State, Base: body.Base}))
}

func pullFiles(c *call) (answer, error) {
	d, err := c.f.Diff(c.actor, c.ref())
	if err != nil {
		return answer{}, err
	}
	page := paged(c, d.Files)
	return ok(func() any { return c.f.diffEntries(c.repo(), d.Head, page) }), nil
}

func pullCommits(c *call) (answer, error) {
	d, err := c.f.Diff(c.actor, c.ref())
	if err != nil {
		return answer{}, err
	}
	page := paged(c, d.Ahead)
	return ok(func() any { return c.f.commits(c.repo(), page) }), nil
}

func isMerged(c *call) (answer, error) {
	i, err := c.f.Issue(c.actor, c.ref())
	if err != nil {
		return answer{}, err
	}
	if i.Pull == nil || !i.Pull.Merged {
		return answer{status: http.StatusNotFound}, nil
	}
	return noContent, nil
}

func mergePull(c *call) (answer, error) {
	var body struct {
		Title   string `json:"commit_title"`
		Message string `json:"commit_message"`
		Method  string `json:"merge_method"`
		SHA     string
	}
	if err := c.read(&body); err != nil {
		return answer{}, err
	}
	i, err := c.f.MergePull(c.actor, c.ref(), MergeOptions{Method: body.Method, Title: body.Title, Message: body.Message, SHA: body.SHA})
	if err != nil {
		return answer{}, err
	}
	return ok(func() any {
		return object{"sha": i.Pull.MergeCommitSHA, "merged": true, "message": "Pull Request successfully merged"}
	}), nil
}
