package forge_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/google/go-github/v62/github"
	"github.com/pb33f/libopenapi"
	validator "github.com/pb33f/libopenapi-validator"
	"github.com/pb33f/libopenapi-validator/config"
	verrors "github.com/pb33f/libopenapi-validator/errors"

	"github.com/oioi-app/oioi/app/need"
	"github.com/oioi-app/oioi/app/sandbox/forge"
)

// contract holds every request and answer that passes to GitHub's published description.
type contract struct {
	t         testing.TB
	next      http.RoundTripper
	requests  validator.Validator // strict: what the description does not know is an error
	responses validator.Validator
	paths     map[string]*regexp.Regexp

	mu   sync.Mutex
	seen map[string]bool // "GET /repos/{owner}/{repo}"
}

func newContract(t testing.TB) *contract {
	t.Helper()
	raw, err := os.ReadFile(need.Contract(t, "github-rest.json"))
	check(t, err)
	doc, err := libopenapi.NewDocument(amended(t, raw))
	check(t, err)
	c := &contract{t: t, paths: map[string]*regexp.Regexp{}, seen: map[string]bool{}}
	var errs []error
	if c.requests, errs = validator.NewValidator(doc, config.WithStrictMode(), config.WithFormatAssertions()); len(errs) > 0 {
		t.Fatal(errs)
	}
	if c.responses, errs = validator.NewValidator(doc, config.WithStrictMode(), config.WithFormatAssertions()); len(errs) > 0 {
		t.Fatal(errs)
	}
	model, err := doc.BuildV3Model()
	check(t, err)
	for pair := model.Model.Paths.PathItems.First(); pair != nil; pair = pair.Next() {
		c.paths[pair.Key()] = pattern(pair.Key())
	}
	return c
}

// undeclared are properties that GitHub sends and its description allows without naming them, or names in another of the
// shapes that an event may have.
var undeclared = regexp.MustCompile(`^response property .* at '\$\.body(` + strings.Join([]string{
	`\.status`, `.*\.permissions\.\w+`, `\.(request|response)\.(headers|payload)\..*`,
	`\[\d+\]\.(sub_issue|parent_issue|blocked_by|assignee|state_reason)`,
	`\[\d+\]\.(client_id|account\.user_view_type)`, // /app/installations repeats an older installation
}, "|") + `)'`)

// amended mends the three places where no answer could satisfy the description: an installation's account cannot be a user
// and an enterprise at once, a list has no property to discriminate by, and two shapes of a conflict are the same.
func amended(t testing.TB, raw []byte) []byte {
	t.Helper()
	var doc map[string]any
	check(t, json.Unmarshal(raw, &doc))
	at := func(v any, keys ...string) m {
		for _, k := range keys {
			v = v.(m)[k]
		}
		return v.(m)
	}
	schema := func(path, method, code string) m {
		return at(doc, "paths", path, method, "responses", code, "content", "application/json", "schema")
	}
	rename := func(in m, from, to string) {
		if _, ok := in[from]; !ok {
			t.Fatalf("the description has no %q to amend any more", from)
		}
		in[to] = in[from]
		delete(in, from)
	}
	rename(at(schema("/app/installations", "get", "200"), "items", "properties", "account"), "allOf", "anyOf")
	contents := schema("/repos/{owner}/{repo}/contents/{path}", "get", "200")
	rename(contents, "oneOf", "anyOf")
	delete(contents, "discriminator")
	rename(schema("/repos/{owner}/{repo}/contents/{path}", "put", "409"), "oneOf", "anyOf")
	out, err := json.Marshal(doc)
	check(t, err)
	return out
}

// pattern matches the addresses of a path; the variables that hold paths and refs take slashes.
func pattern(path string) *regexp.Regexp {
	p := regexp.MustCompile(`\\\{(path|ref|branch|basehead|commit_sha|tree_sha)\\\}$`).ReplaceAllString(regexp.QuoteMeta(path), `(.*)`)
	return regexp.MustCompile("^" + regexp.MustCompile(`\\\{\w+\\\}`).ReplaceAllString(p, `[^/]+`) + "$")
}

// operation finds the path of an address: the one with the fewest variables.
func (c *contract) operation(escaped string) (path string, tail string) {
	for p, re := range c.paths {
		m := re.FindStringSubmatch(escaped)
		if m == nil || path != "" && strings.Count(p, "{") >= strings.Count(path, "{") {
			continue
		}
		path, tail = p, ""
		if len(m) > 1 {
			tail = m[1]
		}
	}
	return path, tail
}

func (c *contract) RoundTrip(r *http.Request) (*http.Response, error) {
	var body []byte
	if r.Body != nil {
		body, _ = io.ReadAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(body))
	}
	resp, err := c.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	answer, err := io.ReadAll(resp.Body)
	resp.Body.Close()
	resp.Body = io.NopCloser(bytes.NewReader(answer))
	if err != nil {
		return nil, err
	}
	escaped := strings.TrimPrefix(r.URL.EscapedPath(), "/api/v3")
	path, tail := c.operation(escaped)
	if path == "" {
		return resp, nil // an address outside the description
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.seen[r.Method+" "+path] = true
	if tail != "" {
		escaped = strings.TrimSuffix(escaped, tail) + strings.ReplaceAll(tail, "/", "%2F")
	}
	u, err := url.Parse("https://api.github.com" + escaped + "?" + r.URL.RawQuery)
	check(c.t, err)
	copied := r.Clone(r.Context())
	copied.URL, copied.Host = u, u.Host
	copied.Header = http.Header{"Accept": r.Header["Accept"], "Content-Type": r.Header["Content-Type"]} // the description lists no others
	copied.Body = io.NopCloser(bytes.NewReader(body))
	if len(body) > 0 && copied.Header.Get("Content-Type") == "" {
		copied.Header.Set("Content-Type", "application/json")
	}
	if string(bytes.TrimSpace(body)) == "null" { // ghinstallation sends this where it means nothing
		copied.Body = http.NoBody
	}
	name := r.Method + " " + escaped
	if resp.StatusCode < 400 { // what we send wrong on purpose is not held to the description
		if ok, errs := c.requests.ValidateHttpRequestSync(copied); !ok {
			c.complain("request", name, body, errs)
		}
	}
	rec := &http.Response{StatusCode: resp.StatusCode, Header: http.Header{"Content-Type": resp.Header["Content-Type"]}, Body: io.NopCloser(bytes.NewReader(answer)), Request: copied}
	if resp.StatusCode == http.StatusUnauthorized {
		return resp, nil // may come anywhere, and is described in few places
	}
	if mediaType, _, _ := strings.Cut(rec.Header.Get("Content-Type"), ";"); mediaType != "application/json" && resp.StatusCode != http.StatusNoContent {
		return resp, nil // raw files, diffs, redirects
	}
	if ok, errs := c.responses.ValidateHttpResponse(copied, rec); !ok {
		c.complain(fmt.Sprintf("answer %d", resp.StatusCode), name, answer, errs)
	}
	return resp, nil
}

func (c *contract) complain(what, name string, body []byte, errs []*verrors.ValidationError) {
	c.t.Helper()
	for _, e := range errs {
		if undeclared.MatchString(e.Message) {
			continue
		}
		var why []string
		for _, s := range e.SchemaValidationErrors {
			why = append(why, s.FieldPath+": "+s.Reason)
		}
		c.t.Errorf("%s of %s is not valid: %s: %s\n  %s\n  %.500s", what, name, e.Message, e.Reason, strings.Join(why, "\n  "), body)
	}
}

// notBuilt are the operations of the description that the forge answers with 501, and why that is enough.
var notBuilt = []string{
	"POST /app-manifests/{code}/conversions",                                // Apps are registered when the forge is set up
	"POST /orgs/{org}/issue-types", "POST /repos/{owner}/{repo}/milestones", // lists are empty
	"PUT /orgs/{org}/teams/{team_slug}/memberships/{username}", "DELETE /orgs/{org}/teams/{team_slug}/memberships/{username}",
	"PATCH /repos/{owner}/{repo}", "DELETE /repos/{owner}/{repo}", "PATCH /user", // settings belong to setting up
	"POST /repos/{owner}/{repo}/check-runs",
}

func TestEveryAnswerFollowsTheContract(t *testing.T) {
	c := newContract(t)
	w := newWorldBehind(t, forge.Options{}, func(next http.RoundTripper) http.RoundTripper {
		c.next = next
		return c
	})
	must[*forge.Team](t)(w.AddTeam(forge.Team{Org: "acme", Slug: "docs", Members: []string{"morgan"}, Permissions: map[string]forge.Permission{private: forge.Write}}))
	must[string](t)(w.AddCommit(private, "", "morgan", "Picture", monday, pictures))
	s := &story{t: t, w: w}
	s.issues()
	s.pulls()
	s.reading()
	s.app()
	var missing []string
	for path := range c.paths {
		model := map[string]bool{}
		for _, m := range []string{"GET", "POST", "PUT", "PATCH", "DELETE"} {
			model[m] = s.described(c, m, path)
			if model[m] && !c.seen[m+" "+path] && !slices.Contains(notBuilt, m+" "+path) {
				missing = append(missing, m+" "+path)
			}
		}
	}
	slices.Sort(missing)
	if len(missing) > 0 {
		t.Errorf("the story does not use these operations:\n%s", strings.Join(missing, "\n"))
	}
	for _, line := range notBuilt {
		method, path, _ := strings.Cut(line, " ")
		concrete := regexp.MustCompile(`\{\w+\}`).ReplaceAllString(strings.NewReplacer("{owner}", "acme", "{repo}", "kite").Replace(path), "1")
		rec := httptest.NewRecorder()
		req := httptest.NewRequest(method, "/api/v3"+concrete, strings.NewReader("{}"))
		req.Header.Set("Authorization", "token "+tokenFor("morgan"))
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

// described reports whether the description has the operation.
func (s *story) described(c *contract, method, path string) bool {
	req := httptest.NewRequest(method, "https://api.github.com"+regexp.MustCompile(`\{\w+\}`).ReplaceAllString(path, "1"), nil)
	_, errs := c.requests.ValidateHttpRequestSync(req)
	return !slices.ContainsFunc(errs, func(e *verrors.ValidationError) bool { return e.IsPathMissingError() || e.IsOperationMissingError() })
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
