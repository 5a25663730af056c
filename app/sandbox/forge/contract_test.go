package forge_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-github/v62/github"
	"github.com/oioi-app/oioi/app/sandbox/forge"
	"github.com/oioi-app/oioi/app/sandbox/forge/forgetest"
)

// notBuilt are the operations of the description that the forge answers with 501, and why that is enough.
var notBuilt = []string{
	"POST /app-manifests/{code}/conversions",                                // Apps are registered when the forge is set up
	"POST /orgs/{org}/issue-types", "POST /repos/{owner}/{repo}/milestones", // lists are empty
	"PUT /orgs/{org}/teams/{team_slug}/memberships/{username}", "DELETE /orgs/{org}/teams/{team_slug}/memberships/{username}",
	"PATCH /user", // settings belong to setting up
	"POST /repos/{owner}/{repo}/check-runs",
}

func TestEveryAnswerFollowsTheContract(t *testing.T) {
	var c *forgetest.Contract
	w := newWorldBehind(t, forge.Options{}, func(next http.RoundTripper) http.RoundTripper {
		c = forgetest.NewContract(t, next)
		return c
	})
	must[*forge.Team](t)(w.AddTeam(forge.Team{Org: "acme", Slug: "docs", Members: []string{"morgan"}, Permissions: map[string]forge.Permission{private: forge.Write}}))
	must[string](t)(w.AddCommit(private, "", "morgan", "Picture", monday, pictures))
	s := &story{t: t, w: w}
	s.issues()
	s.pulls()
	s.reading()
	s.settings()
	s.app()
	missing := slices.DeleteFunc(c.Operations(), func(op string) bool { return c.Seen(op) || slices.Contains(notBuilt, op) })
	if len(missing) > 0 {
		t.Errorf("the story does not use these operations:\n%s", strings.Join(missing, "\n"))
	}
	for _, line := range notBuilt {
		method, path, _ := strings.Cut(line, " ")
		concrete := regexp.MustCompile(`\{\w+\}`).ReplaceAllString(strings.NewReplacer("{owner}", "acme", "{repo}", "kite").Replace(path), "1")
		rec := httptest.NewRecorder()
		req := httptest.NewRequest(method, "/api/v3"+concrete, strings.NewReader("{}"))
		req.Header.Set("Authorization", "token "+tokenFor("morgan"))
		req.Header.Set("User-Agent", "test")
		w.Handler().ServeHTTP(rec, req)
		if rec.Code != http.StatusNotImplemented || !json.Valid(rec.Body.Bytes()) {
			t.Errorf("%s answers %d %s, want 501", line, rec.Code, rec.Body)
		}
	}
}

// story drives every operation once, as the clients of a ticket's life would.
type story struct {
	t testing.TB
	w *world
}

// do sends one request and returns the decoded answer.
func (s *story) do(c *github.Client, method, path string, body any, want int) map[string]any {
	s.t.Helper()
	req, err := c.NewRequest(method, strings.TrimPrefix(path, "/"), body)
	check(s.t, err)
	var raw json.RawMessage
	resp, err := c.Do(ctx, req, &raw)
	if resp == nil {
		s.t.Fatal(err)
	}
	if resp.StatusCode != want {
		s.t.Errorf("%s %s answers %d (%v), want %d", method, path, resp.StatusCode, err, want)
	}
	var out map[string]any
	_ = json.Unmarshal(raw, &out)
	return out
}

type m = map[string]any

func (s *story) issues() {
	w, p := s.w, "/repos/acme/support/issues"
	one := s.do(w.Casey, "POST", p, m{"title": "Export is empty", "body": "Hi @morgan"}, 201)
	two := s.do(w.Bot, "POST", p, m{"title": "Follow-up", "body": "See #1", "labels": []string{"follow-up"}, "assignees": []string{"morgan"}}, 201)
	s.do(w.Bot, "POST", p, m{"title": ""}, 422)
	s.do(w.Otis, "POST", p, m{"title": "x"}, 404)
	s.do(w.Casey, "PATCH", p+"/1", m{"title": "Export is empty, still", "body": "Hi"}, 200)
	s.do(w.Bot, "GET", p+"/1", nil, 200)
	s.do(w.Bot, "GET", p+"/99", nil, 404)
	s.do(w.Bot, "GET", p+"?state=all&labels=follow-up&sort=updated&direction=asc&since=2026-01-01T00:00:00Z&per_page=5", nil, 200)
	comment := s.do(w.Bot, "POST", p+"/1/comments", m{"body": "A draft"}, 201)
	other := s.do(w.Casey, "POST", p+"/1/comments", m{"body": "Thanks"}, 201)
	at := fmt.Sprintf("%s/comments/%.0f", p, comment["id"])
	s.do(w.Bot, "GET", at, nil, 200)
	s.do(w.Bot, "PATCH", at, m{"body": "A better draft"}, 200)
	s.do(w.Casey, "POST", at+"/reactions", m{"content": "rocket"}, 201)
	s.do(w.Casey, "POST", at+"/reactions", m{"content": "rocket"}, 200)
	s.do(w.Bot, "GET", at+"/reactions", nil, 200)
	s.do(w.Bot, "POST", p+"/1/reactions", m{"content": "eyes"}, 201)
	s.do(w.Bot, "GET", p+"/1/reactions?content=eyes", nil, 200)
	_, err := w.MinimizeComment(maintainer, private, int64(comment["id"].(float64)), "outdated")
	check(s.t, err)
	s.do(w.Bot, "GET", p+"/1/comments?per_page=1", nil, 200)
	s.do(w.Bot, "GET", p+"/comments?sort=updated&direction=desc", nil, 200)
	s.do(w.Casey, "DELETE", fmt.Sprintf("%s/comments/%.0f", p, other["id"]), nil, 204)
	s.do(w.Bot, "POST", p+"/1/labels", m{"labels": []string{"bug", "urgent"}}, 200)
	s.do(w.Bot, "PUT", p+"/1/labels", m{"labels": []string{"bug", "docs"}}, 200)
	s.do(w.Bot, "GET", p+"/1/labels", nil, 200)
	s.do(w.Bot, "DELETE", p+"/1/labels/docs", nil, 200)
	s.do(w.Bot, "DELETE", p+"/1/labels/docs", nil, 404)
	s.do(w.Bot, "DELETE", p+"/1/labels", nil, 204)
	s.do(w.Morgan, "POST", p+"/1/assignees", m{"assignees": []string{"morgan"}}, 201)
	s.do(w.Morgan, "DELETE", p+"/1/assignees", m{"assignees": []string{"morgan"}}, 200)
	s.do(w.Morgan, "PUT", p+"/1/lock", m{"lock_reason": "resolved"}, 204)
	s.do(w.Casey, "POST", p+"/1/comments", m{"body": "But"}, 403)
	s.do(w.Morgan, "DELETE", p+"/1/lock", nil, 204)
	s.do(w.Bot, "POST", p+"/1/sub_issues", m{"sub_issue_id": two["id"]}, 201)
	s.do(w.Bot, "GET", p+"/1/sub_issues", nil, 200)
	s.do(w.Bot, "GET", p+"/2/parent", nil, 200)
	s.do(w.Bot, "POST", p+"/2/sub_issues", m{"sub_issue_id": one["id"]}, 422)
	s.do(w.Bot, "DELETE", p+"/1/sub_issue", m{"sub_issue_id": two["id"]}, 200)
	s.do(w.Bot, "GET", p+"/2/parent", nil, 404)
	s.do(w.Bot, "POST", p+"/1/dependencies/blocked_by", m{"issue_id": two["id"]}, 201)
	s.do(w.Bot, "GET", p+"/1/dependencies/blocked_by", nil, 200)
	s.do(w.Bot, "PATCH", p+"/2", m{"state": "closed", "state_reason": "not_planned"}, 200)
	s.do(w.Morgan, "PATCH", p+"/2", m{"state": "open"}, 200)
	s.do(w.Bot, "GET", p+"/1/events", nil, 200)
	s.do(w.Bot, "GET", p+"/1/timeline?per_page=100", nil, 200)
	labels := "/repos/acme/support/labels"
	s.do(w.Bot, "POST", labels, m{"name": "oioi", "color": "bfd4f2", "description": "Ours"}, 201)
	s.do(w.Bot, "POST", labels, m{"name": "OiOi", "color": "bfd4f2"}, 422)
	s.do(w.Bot, "PATCH", labels+"/oioi", m{"new_name": "oioi: drafted", "color": "c2e0c6"}, 200)
	s.do(w.Bot, "GET", labels+"/oioi:%20drafted", nil, 200)
	s.do(w.Bot, "GET", labels, nil, 200)
	s.do(w.Bot, "DELETE", labels+"/oioi:%20drafted", nil, 204)
	s.do(w.Bot, "GET", "/repos/acme/support/milestones", nil, 200)
	s.do(w.Bot, "GET", "/repos/acme/support/issue-types", nil, 200)
	s.do(w.Bot, "GET", "/orgs/acme/issue-types", nil, 200)
}

func (s *story) pulls() {
	w, git, p := s.w, "/repos/acme/support/git", "/repos/acme/support/pulls"
	ref := s.do(w.Bot, "GET", git+"/ref/heads/main", nil, 200)
	base := ref["object"].(m)["sha"].(string)
	baseCommit := s.do(w.Bot, "GET", git+"/commits/"+base, nil, 200)
	blob := s.do(w.Bot, "POST", git+"/blobs", m{"content": "SGk=", "encoding": "base64"}, 201)
	tree := s.do(w.Bot, "POST", git+"/trees", m{"base_tree": baseCommit["tree"].(m)["sha"], "tree": []m{
		{"path": "docs/hi.md", "mode": "100644", "type": "blob", "sha": blob["sha"]},
		{"path": "docs/export.md", "mode": "100644", "type": "blob", "content": "# Export\n"},
		{"path": "docs/p.png", "mode": "100644", "type": "blob", "sha": nil}}}, 201)
	commit := s.do(w.Bot, "POST", git+"/commits", m{"message": "Docs\n\nFixes #1", "tree": tree["sha"], "parents": []string{base}}, 201)
	s.do(w.Bot, "POST", git+"/refs", m{"ref": "refs/heads/oioi/docs", "sha": base}, 201)
	s.do(w.Bot, "PATCH", git+"/refs/heads/oioi/docs", m{"sha": commit["sha"], "force": false}, 200)
	s.do(w.Bot, "GET", git+"/matching-refs/heads/oioi/", nil, 200)
	s.do(w.Bot, "GET", git+"/trees/oioi%2Fdocs?recursive=1", nil, 200)
	s.do(w.Bot, "GET", "/repos/acme/support/branches/oioi%2Fdocs", nil, 200)
	s.do(w.Bot, "GET", "/repos/acme/support/compare/main...oioi%2Fdocs", nil, 200)
	s.do(w.Bot, "POST", p, m{"title": "Docs", "body": "Say more", "head": "oioi/docs", "base": "main", "draft": true}, 201)
	s.do(w.Bot, "POST", p, m{"title": "Docs", "head": "oioi/docs", "base": "main"}, 422)
	s.do(w.Bot, "GET", p+"?state=all&head=acme:oioi/docs", nil, 200)
	s.do(w.Bot, "GET", p+"/3", nil, 200)
	s.do(w.Bot, "PATCH", p+"/3", m{"title": "Better docs"}, 200)
	s.do(w.Bot, "GET", p+"/3/files", nil, 200)
	s.do(w.Bot, "GET", p+"/3/commits", nil, 200)
	s.do(w.Morgan, "POST", p+"/3/reviews", m{"event": "APPROVE", "body": "Good"}, 200)
	s.do(w.Bot, "GET", p+"/3/reviews", nil, 200)
	s.review(commit["sha"].(string))
	s.do(w.Bot, "POST", "/repos/acme/support/issues/3/comments", m{"body": "On the pull request"}, 201)
	s.do(w.Bot, "GET", p+"/3/merge", nil, 404)
	s.do(w.Morgan, "PUT", p+"/3/merge", m{}, 405)
	ready := false
	_, err := w.EditPull(maintainer, forge.Ref{Repo: private, Number: 3}, forge.PullEdit{Draft: &ready})
	check(s.t, err)
	s.do(w.Morgan, "PUT", p+"/3/merge", m{"sha": base}, 409)
	s.do(w.Morgan, "PUT", p+"/3/merge", m{"merge_method": "squash", "commit_title": "Docs"}, 200)
	s.do(w.Bot, "GET", p+"/3/merge", nil, 204)
	s.do(w.Bot, "GET", p+"/3", nil, 200)
	s.do(w.Bot, "GET", "/repos/acme/support/issues/3/timeline", nil, 200)
	s.do(w.Bot, "GET", "/repos/acme/support/issues/1/timeline", nil, 200)
	s.do(w.Bot, "DELETE", git+"/refs/heads/oioi/docs", nil, 204)
	s.do(w.Bot, "DELETE", git+"/refs/heads/oioi/docs", nil, 422)
}

// review comments on the diff of pull request 3, whose head is given.
func (s *story) review(head string) {
	w, p := s.w, "/repos/acme/support/pulls"
	at := func(line int) m {
		return m{"body": "Say where", "commit_id": head, "path": "docs/export.md", "line": line, "side": "RIGHT"}
	}
	first := s.do(w.Casey, "POST", p+"/3/comments", at(1), 201)
	s.do(w.Casey, "POST", p+"/3/comments", at(99), 422)
	s.do(w.Casey, "POST", p+"/3/comments", m{"body": "This page", "commit_id": head, "path": "docs/hi.md", "subject_type": "file"}, 201)
	s.do(w.Morgan, "POST", p+"/3/comments", m{"body": "Which one?", "commit_id": head, "path": "docs/export.md", "in_reply_to": first["id"]}, 201)
	s.do(w.Bot, "POST", fmt.Sprintf("%s/3/comments/%.0f/replies", p, first["id"]), m{"body": "I do"}, 201)
	s.do(w.Bot, "GET", p+"/3/comments?per_page=2", nil, 200)
	one := fmt.Sprintf("%s/comments/%.0f", p, first["id"])
	s.do(w.Bot, "GET", one, nil, 200)
	s.do(w.Casey, "PATCH", one, m{"body": "Say where and when"}, 200)
	reaction := s.do(w.Bot, "POST", one+"/reactions", m{"content": "eyes"}, 201)
	s.do(w.Bot, "POST", one+"/reactions", m{"content": "eyes"}, 200)
	s.do(w.Bot, "GET", one+"/reactions?content=eyes", nil, 200)
	s.do(w.Bot, "DELETE", fmt.Sprintf("%s/reactions/%.0f", one, reaction["id"]), nil, 204)
	s.do(w.Bot, "GET", fmt.Sprintf("%s/3/reviews/%.0f/comments", p, first["pull_request_review_id"]), nil, 200)
	s.do(w.Casey, "DELETE", one, nil, 204)
	s.do(w.Casey, "GET", one, nil, 404)
	s.do(w.Morgan, "POST", p+"/3/reviews", m{"event": "REQUEST_CHANGES", "body": "Nearly", "comments": []m{{"path": "docs/hi.md", "position": 1, "body": "Hi who?"}}}, 200)
	reviewers := p + "/3/requested_reviewers"
	asked := s.do(w.Bot, "POST", reviewers, m{"reviewers": []string{"morgan"}, "team_reviewers": []string{"docs"}}, 201)
	if people, teams := asked["requested_reviewers"].([]any), asked["requested_teams"].([]any); len(people) != 1 || len(teams) != 1 {
		s.t.Errorf("asked %v and %v", people, teams)
	}
	s.do(w.Bot, "POST", reviewers, m{"reviewers": []string{"otis"}}, 422)
	s.do(w.Bot, "GET", reviewers, nil, 200)
	s.do(w.Bot, "DELETE", reviewers, m{"reviewers": []string{"morgan"}, "team_reviewers": []string{"docs"}}, 200)
}

func (s *story) reading() {
	w, p := s.w, "/repos/acme/support"
	s.do(w.Bot, "GET", p, nil, 200)
	s.do(w.Nobody, "GET", p, nil, 404)
	s.do(w.Nobody, "GET", "/repos/acme/kite", nil, 200)
	s.do(w.Bot, "GET", p+"/contents/docs/export.md?ref=main", nil, 200)
	s.do(w.Bot, "GET", p+"/contents/docs", nil, 200)
	s.do(w.Bot, "GET", p+"/contents/none.md", nil, 404)
	s.do(w.Bot, "GET", p+"/readme", nil, 200)
	file := s.do(w.Morgan, "PUT", p+"/contents/docs/put.md", m{"message": "Put", "content": "SGkK"}, 201)
	sha := file["content"].(m)["sha"]
	s.do(w.Morgan, "PUT", p+"/contents/docs/put.md", m{"message": "Put", "content": "SGkh", "sha": strings.Repeat("0", 40)}, 409)
	s.do(w.Morgan, "PUT", p+"/contents/docs/put.md", m{"message": "Put", "content": "SGkh", "sha": sha}, 200)
	now := s.do(w.Morgan, "GET", p+"/contents/docs/put.md", nil, 200)
	s.do(w.Morgan, "DELETE", p+"/contents/docs/put.md", m{"message": "Away", "sha": now["sha"]}, 200)
	s.do(w.Bot, "GET", p+"/commits?path=docs/export.md&per_page=2", nil, 200)
	s.do(w.Bot, "GET", p+"/commits/main", nil, 200)
	s.do(w.Morgan, "POST", p+"/releases", m{"tag_name": "v1.2.0", "name": "1.2", "body": "Fixed."}, 201)
	s.do(w.Bot, "GET", p+"/releases", nil, 200)
	s.do(w.Bot, "GET", p+"/releases/latest", nil, 200)
	s.do(w.Bot, "GET", "/repos/acme/kite/releases/latest", nil, 404)
	s.do(w.Bot, "GET", p+"/collaborators", nil, 200)
	s.do(w.Bot, "GET", p+"/collaborators/morgan/permission", nil, 200)
	s.do(w.Bot, "GET", p+"/collaborators/ghosty/permission", nil, 404)
	s.do(w.Bot, "GET", p+"/teams", nil, 200)
	s.do(w.Bot, "GET", "/orgs/acme/teams/docs/members", nil, 200)
	s.do(w.Bot, "GET", "/orgs/acme/teams/docs/memberships/morgan", nil, 200)
	s.do(w.Bot, "GET", "/orgs/acme/teams/docs/memberships/casey", nil, 404)
	s.do(w.Casey, "GET", "/user", nil, 200)
	s.do(w.Bot, "GET", "/user", nil, 403)
	s.do(w.Bot, "GET", "/users/casey", nil, 200)
	s.do(w.Bot, "GET", "/users/helper%5Bbot%5D", nil, 200)
	s.do(w.Bot, "GET", "/users/nobody", nil, 404)
	s.do(w.Bot, "GET", "/rate_limit", nil, 200)
	s.do(w.Bot, "GET", "/meta", nil, 200)
	s.do(w.Bot, "GET", "/search/issues?q=export+repo:acme/support", nil, 200)
	s.do(w.Bot, "GET", "/search/code?q=export+repo:acme/support", nil, 200)
	for _, kind := range []string{"tarball", "zipball"} {
		_, _, err := w.Bot.Repositories.GetArchiveLink(ctx, "acme", "support", github.ArchiveFormat(kind), &github.RepositoryContentGetOptions{Ref: "main"}, 0)
		check(s.t, err)
	}
}

// settings changes what a repository is called, who sees it and whether anybody may write in it, and undoes that.
func (s *story) settings() {
	w, p := s.w, "/repos/acme/support"
	s.do(w.Morgan, "PATCH", p, m{"archived": true}, 403)
	check(s.t, w.SetPermission(private, "morgan", forge.Admin))
	s.do(w.Bot, "PATCH", p, m{"archived": true}, 403)
	s.do(w.Morgan, "PATCH", p, m{"archived": true}, 200)
	s.do(w.Bot, "POST", p+"/issues/1/comments", m{"body": "Not here"}, 403)
	s.do(w.Morgan, "PATCH", p, m{"archived": false, "private": false}, 200)
	s.do(w.Morgan, "PATCH", p, m{"private": true, "name": "helpdesk"}, 200)
	s.do(w.Bot, "GET", p+"/issues/1", nil, 200) // follows
	s.do(w.Morgan, "PATCH", "/repos/acme/helpdesk", m{"name": "support"}, 200)
	check(s.t, w.Permit(w.Installation.ID, map[string]string{"metadata": "read", "issues": "read"}))
	s.do(w.Bot, "POST", p+"/issues/1/comments", m{"body": "Not any more"}, 403)
	check(s.t, w.Permit(w.Installation.ID, w.Installation.Permissions))
	other := must[*forge.Repo](s.t)(w.AddRepo(forge.RepoInput{Owner: "acme", Name: "spare", Permissions: map[string]forge.Permission{"morgan": forge.Admin}})).FullName()
	check(s.t, w.AddToInstallation(w.Installation.ID, other))
	s.do(w.Morgan, "DELETE", "/repos/"+other, nil, 204)
	s.do(w.Morgan, "GET", "/repos/"+other, nil, 404)
}

// A repository that has moved is the same under its new name: issues, comments, files and what refers to them.
func TestAMovedRepositoryKeepsEverything(t *testing.T) {
	w := newWorld(t, forge.Options{})
	i := must[*forge.Issue](t)(w.CreateIssue(customer, private, forge.IssueInput{Title: "Help"}))
	child := must[*forge.Issue](t)(w.CreateIssue(maintainer, private, forge.IssueInput{Title: "Part"}))
	must[*forge.Comment](t)(w.CreateComment(customer, i.Ref, "More"))
	_, err := w.AddSubIssue(maintainer, i.Ref, child.ID, false)
	check(t, err)
	before := must[*forge.Repo](t)(w.Repo(maintainer, private))
	must[*forge.Repo](t)(w.TransferRepo(forge.As("acme"), private, "morgan"))
	const moved = "morgan/support"
	after := must[*forge.Repo](t)(w.Repo(maintainer, moved))
	if after.ID != before.ID {
		t.Errorf("the id was %d and is %d", before.ID, after.ID)
	}
	ref := forge.Ref{Repo: moved, Number: i.Ref.Number}
	now := must[*forge.Issue](t)(w.Issue(maintainer, ref))
	if len(now.SubIssues) != 1 || now.SubIssues[0].Repo != moved || now.Ref != ref {
		t.Errorf("moved: %+v", now)
	}
	if list := must[[]*forge.Comment](t)(w.ListComments(maintainer, ref, time.Time{})); len(list) != 1 || list[0].Issue != ref {
		t.Errorf("%d comments came along", len(list))
	}
	if _, err := w.ReadFile(maintainer, moved, "", "README.md"); err != nil {
		t.Error(err)
	}
	if _, err := w.Repo(maintainer, private); !errors.Is(err, forge.ErrNotFound) {
		t.Errorf("the old name says %v", err)
	}
}

func (s *story) app() {
	w := s.w
	w.drained(s.t)
	s.do(w.AppClient, "GET", "/app", nil, 200)
	s.do(w.AppClient, "GET", "/app/installations", nil, 200)
	s.do(w.AppClient, "GET", fmt.Sprintf("/app/installations/%d", w.Installation.ID), nil, 200)
	s.do(w.AppClient, "GET", "/repos/acme/support/installation", nil, 200)
	s.do(w.AppClient, "GET", "/repos/acme/none/installation", nil, 404)
	s.do(w.Bot, "GET", "/installation/repositories", nil, 200)
	s.do(w.Casey, "GET", "/installation/repositories", nil, 403)
	s.do(w.AppClient, "GET", "/app/hook/deliveries?per_page=3", nil, 200)
	log := must[[]*github.HookDelivery](s.t)(firstOf(w.AppClient.Apps.ListHookDeliveries(ctx, nil)))
	at := fmt.Sprintf("/app/hook/deliveries/%d", log[0].GetID())
	s.do(w.AppClient, "GET", at, nil, 200)
	s.do(w.AppClient, "POST", at+"/attempts", nil, 202)
	s.do(w.Casey, "GET", "/app", nil, 401)
	s.do(w.AppClient, "DELETE", fmt.Sprintf("/app/installations/%d", w.Installation.ID), nil, 204)
	s.do(w.AppClient, "GET", fmt.Sprintf("/app/installations/%d", w.Installation.ID), nil, 404)
}

func firstOf[T any](v T, _ *github.Response, err error) (T, error) { return v, err }

var pictures = fstest.MapFS{"docs/p.png": {Data: []byte{0, 1, 2}}}
