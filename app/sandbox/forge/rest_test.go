package forge_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-github/v62/github"

	"github.com/oioi-app/oioi/app/sandbox/forge"
)

var ctx = context.Background()

// status returns the HTTP status of go-github's error.
func status(t testing.TB, err error) int {
	t.Helper()
	var e *github.ErrorResponse
	if !errors.As(err, &e) {
		t.Fatalf("not an API error: %v", err)
	}
	return e.Response.StatusCode
}

func names[T any](list []T, name func(T) string) []string {
	out := []string{}
	for _, x := range list {
		out = append(out, name(x))
	}
	return out
}

func TestAnAppWorksATicketThroughREST(t *testing.T) {
	w := newWorld(t, forge.Options{})
	issue, _, err := w.Casey.Issues.Create(ctx, "acme", "support", &github.IssueRequest{Title: github.String("Export is empty"), Body: github.String("### What happened?\r\n\r\nNothing.")})
	check(t, err)
	if issue.GetUser().GetLogin() != "casey" || issue.GetHTMLURL() != w.URL+"/acme/support/issues/1" || issue.GetBody() != "### What happened?\r\n\r\nNothing." {
		t.Errorf("created %+v", issue)
	}
	_, _, err = w.Bot.Reactions.CreateIssueReaction(ctx, "acme", "support", 1, "eyes")
	check(t, err)
	_, resp, err := w.Bot.Reactions.CreateIssueReaction(ctx, "acme", "support", 1, "eyes")
	check(t, err)
	if resp.StatusCode != http.StatusOK {
		t.Errorf("the second time the same reaction answers %d, want 200", resp.StatusCode)
	}
	comment, _, err := w.Bot.Issues.CreateComment(ctx, "acme", "support", 1, &github.IssueComment{Body: github.String("A draft")})
	check(t, err)
	if comment.GetUser().GetLogin() != "helper[bot]" || comment.GetUser().GetType() != "Bot" {
		t.Errorf("the App comments as %+v", comment.GetUser())
	}
	var raw struct {
		App struct{ ID int64 } `json:"performed_via_github_app"`
	}
	req, err := w.Bot.NewRequest("GET", fmt.Sprintf("repos/acme/support/issues/comments/%d", comment.GetID()), nil)
	check(t, err)
	_, err = w.Bot.Do(ctx, req, &raw)
	check(t, err)
	if raw.App.ID != w.App.ID {
		t.Errorf("performed_via_github_app is %d, want %d", raw.App.ID, w.App.ID)
	}
	_, _, err = w.Bot.Issues.EditComment(ctx, "acme", "support", comment.GetID(), &github.IssueComment{Body: github.String("A better draft")})
	check(t, err)
	_, _, err = w.Bot.Issues.AddLabelsToIssue(ctx, "acme", "support", 1, []string{"bug", "needs: info"})
	check(t, err)
	_, err = w.Bot.Issues.RemoveLabelForIssue(ctx, "acme", "support", 1, "needs: info")
	check(t, err)
	labels, _, err := w.Bot.Issues.ListLabelsByIssue(ctx, "acme", "support", 1, nil)
	check(t, err)
	if got := names(labels, (*github.Label).GetName); !slices.Equal(got, []string{"bug"}) {
		t.Errorf("labels %v", got)
	}
	child, _, err := w.Bot.Issues.Create(ctx, "acme", "support", &github.IssueRequest{Title: github.String("Follow-up"), Labels: &[]string{"follow-up"}})
	check(t, err)
	req, err = w.Bot.NewRequest("POST", "repos/acme/support/issues/1/sub_issues", map[string]any{"sub_issue_id": child.GetID()})
	check(t, err)
	_, err = w.Bot.Do(ctx, req, nil)
	check(t, err)
	subs := must[[]*forge.Issue](t)(w.SubIssues(customer, forge.Ref{Repo: private, Number: 1}))
	if len(subs) != 1 || subs[0].ID != child.GetID() || subs[0].Author != "helper[bot]" {
		t.Errorf("sub-issues %+v", subs)
	}
}

func TestWhatIsHiddenAndRefused(t *testing.T) {
	w := newWorld(t, forge.Options{})
	_, _, err := w.Casey.Issues.Create(ctx, "acme", "support", &github.IssueRequest{Title: github.String("Secret")})
	check(t, err)
	call := func(token, method, path, body string) (int, map[string]any) {
		req, err := http.NewRequest(method, w.URL+path, strings.NewReader(body))
		check(t, err)
		if token != "" {
			req.Header.Set("Authorization", "token "+token)
		}
		resp, err := http.DefaultClient.Do(req)
		check(t, err)
		defer resp.Body.Close()
		raw, err := io.ReadAll(resp.Body)
		check(t, err)
		var out map[string]any
		_ = json.Unmarshal(raw, &out)
		return resp.StatusCode, out
	}
	for _, c := range []struct {
		name, token, method, path, body string
		want                            int
	}{
		{"outsider in a private repository", tokenFor("otis"), "GET", "/api/v3/repos/acme/support", "", 404},
		{"outsider reads a private issue", tokenFor("otis"), "GET", "/api/v3/repos/acme/support/issues/1", "", 404},
		{"outsider reads a private file", tokenFor("otis"), "GET", "/api/v3/repos/acme/support/contents/README.md", "", 404},
		{"outsider downloads a private file", tokenFor("otis"), "GET", "/acme/support/raw/main/README.md", "", 404},
		{"nobody writes", "", "POST", "/api/v3/repos/acme/kite/issues", `{"title":"x"}`, 401},
		{"wrong token", "ghp_wrong", "GET", "/api/v3/repos/acme/kite", "", 401},
		{"reader labels", tokenFor("casey"), "POST", "/api/v3/repos/acme/support/issues/1/labels", `{"labels":["x"]}`, 403},
		{"not JSON", tokenFor("casey"), "POST", "/api/v3/repos/acme/support/issues", `{"title":`, 400},
		{"wrong type", tokenFor("casey"), "POST", "/api/v3/repos/acme/support/issues", `{"title":7}`, 422},
		{"no title", tokenFor("casey"), "POST", "/api/v3/repos/acme/support/issues", `{}`, 422},
		{"no such issue", tokenFor("casey"), "GET", "/api/v3/repos/acme/support/issues/99", "", 404},
		{"not built", tokenFor("casey"), "POST", "/api/v3/repos/acme/support/forks", "", 501},
		{"GraphQL", tokenFor("casey"), "POST", "/api/graphql", `{"query":"{viewer{login}}"}`, 501},
		{"GraphQL as api.github.com has it", tokenFor("casey"), "POST", "/graphql", `{"query":"{viewer{login}}"}`, 501},
		{"an App's address without an App", tokenFor("casey"), "GET", "/api/v3/app", "", 401},
	} {
		got, body := call(c.token, c.method, c.path, c.body)
		if got != c.want || body["message"] == nil || body["message"] == "" {
			t.Errorf("%s: %d %v, want %d and a message", c.name, got, body, c.want)
		}
	}
}

func TestInstallationTokensReachWhatTheyWereGiven(t *testing.T) {
	auth := &clock{now: time.Now()}
	w := newWorld(t, forge.Options{AuthNow: auth.Now})
	repo, _, err := w.Morgan.Repositories.Get(ctx, "acme", "kite")
	check(t, err)
	token, _, err := w.AppClient.Apps.CreateInstallationToken(ctx, w.Installation.ID, &github.InstallationTokenOptions{
		RepositoryIDs: []int64{repo.GetID()}, Permissions: &github.InstallationPermissions{Issues: github.String("read")}})
	check(t, err)
	if !token.GetExpiresAt().After(auth.Now()) || len(token.Repositories) != 1 {
		t.Errorf("token %+v", token)
	}
	narrow := must[*github.Client](t)(github.NewClient(nil).WithAuthToken(token.GetToken()).WithEnterpriseURLs(w.URL, w.URL))
	if _, _, err := narrow.Issues.ListByRepo(ctx, "acme", "kite", nil); err != nil {
		t.Error(err)
	}
	_, _, err = narrow.Repositories.Get(ctx, "acme", "support")
	if got := status(t, err); got != 404 {
		t.Errorf("a repository outside the token answers %d", got)
	}
	_, _, err = narrow.Issues.Create(ctx, "acme", "kite", &github.IssueRequest{Title: github.String("x")})
	if got := status(t, err); got != 403 {
		t.Errorf("writing with a reading token answers %d", got)
	}
	_, _, err = w.AppClient.Apps.CreateInstallationToken(ctx, w.Installation.ID, &github.InstallationTokenOptions{Permissions: &github.InstallationPermissions{Administration: github.String("write")}})
	if got := status(t, err); got != 422 {
		t.Errorf("asking for more than was granted answers %d", got)
	}
	repos, _, err := w.Bot.Apps.ListRepos(ctx, nil)
	check(t, err)
	if got := names(repos.Repositories, (*github.Repository).GetFullName); !slices.Equal(got, []string{private, public}) {
		t.Errorf("the installation's repositories are %v, want the private one first", got)
	}
	auth.Advance(2 * time.Hour)
	_, _, err = narrow.Issues.ListByRepo(ctx, "acme", "kite", nil)
	if got := status(t, err); got != 401 {
		t.Errorf("an expired token answers %d", got)
	}
}

func TestSuspendedInstallation(t *testing.T) {
	w := newWorld(t, forge.Options{})
	_, _, err := w.Bot.Issues.ListByRepo(ctx, "acme", "support", nil)
	check(t, err)
	check(t, w.Suspend(w.Installation.ID, true))
	_, _, err = w.Bot.Issues.ListByRepo(ctx, "acme", "support", nil)
	if got := status(t, err); got != 403 {
		t.Errorf("a suspended installation answers %d", got)
	}
}

func TestPagesFiltersAndSince(t *testing.T) {
	at := &clock{now: monday}
	w := newWorld(t, forge.Options{Now: at.Now})
	for n := range 35 {
		in := forge.IssueInput{Title: fmt.Sprint("Issue ", n+1)}
		if n%5 == 0 {
			in.Labels = []string{"fifth"}
		}
		must[*forge.Issue](t)(w.CreateIssue(maintainer, public, in))
		at.Advance(time.Minute)
	}
	first, resp, err := w.Nobody.Issues.ListByRepo(ctx, "acme", "kite", nil)
	check(t, err)
	if len(first) != 30 || resp.NextPage != 2 || resp.LastPage != 2 || first[0].GetNumber() != 35 {
		t.Errorf("first page: %d issues, next %d, last %d", len(first), resp.NextPage, resp.LastPage)
	}
	second, resp, err := w.Nobody.Issues.ListByRepo(ctx, "acme", "kite", &github.IssueListByRepoOptions{ListOptions: github.ListOptions{Page: 2}})
	check(t, err)
	if len(second) != 5 || resp.NextPage != 0 {
		t.Errorf("second page: %d issues, next %d", len(second), resp.NextPage)
	}
	_, err = w.CloseIssue(maintainer, forge.Ref{Repo: public, Number: 6}, "not_planned")
	check(t, err)
	fifth, _, err := w.Nobody.Issues.ListByRepo(ctx, "acme", "kite", &github.IssueListByRepoOptions{Labels: []string{"FIFTH"}, State: "all", Sort: "created", Direction: "asc"})
	check(t, err)
	if got := names(fifth, func(i *github.Issue) string { return i.GetTitle() }); len(got) != 7 || got[0] != "Issue 1" {
		t.Errorf("labelled: %v", got)
	}
	since, _, err := w.Nobody.Issues.ListByRepo(ctx, "acme", "kite", &github.IssueListByRepoOptions{State: "all", Since: monday.Add(33 * time.Minute)})
	check(t, err)
	if len(since) != 3 { // 34, 35 and the one that was closed just now
		t.Errorf("since: %d", len(since))
	}
	_, _, err = w.Nobody.Issues.ListByRepo(ctx, "acme", "kite", &github.IssueListByRepoOptions{State: "odd"})
	if got := status(t, err); got != 422 {
		t.Errorf("an unknown state answers %d", got)
	}
}

func TestUnchangedAnswersAre304(t *testing.T) {
	w := newWorld(t, forge.Options{})
	get := func(tag string) *http.Response {
		req, err := http.NewRequest("GET", w.URL+"/api/v3/repos/acme/kite", nil)
		check(t, err)
		req.Header.Set("If-None-Match", tag)
		resp, err := http.DefaultClient.Do(req)
		check(t, err)
		resp.Body.Close()
		return resp
	}
	tag := get("").Header.Get("ETag")
	if resp := get(tag); resp.StatusCode != http.StatusNotModified || resp.Header.Get("X-RateLimit-Remaining") == "" {
		t.Errorf("the same again answers %d", resp.StatusCode)
	}
	must[*forge.Issue](t)(w.CreateIssue(maintainer, public, forge.IssueInput{Title: "New"}))
	if resp := get(tag); resp.StatusCode != http.StatusOK {
		t.Errorf("after a change it answers %d", resp.StatusCode)
	}
}

func TestRateLimit(t *testing.T) {
	w := newWorld(t, forge.Options{RateLimit: 2})
	for range 2 {
		_, _, err := w.Casey.Users.Get(ctx, "")
		check(t, err)
	}
	// A fresh client, because go-github remembers that nothing is left and does not ask.
	fresh := must[*github.Client](t)(github.NewClient(nil).WithAuthToken(tokenFor("casey")).WithEnterpriseURLs(w.URL, w.URL))
	_, _, err := fresh.Users.Get(ctx, "")
	var limited *github.RateLimitError
	if !errors.As(err, &limited) {
		t.Errorf("beyond the limit: %v", err)
	}
}

func TestFaults(t *testing.T) {
	var fault *forge.Fault
	w := newWorld(t, forge.Options{Faults: func(r *http.Request) *forge.Fault {
		if r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/comments") {
			return fault
		}
		return nil
	}})
	i := must[*forge.Issue](t)(w.CreateIssue(customer, private, forge.IssueInput{Title: "Help"}))
	comment := func() error {
		_, _, err := w.Casey.Issues.CreateComment(ctx, "acme", "support", 1, &github.IssueComment{Body: github.String("Hello")})
		return err
	}
	fault = &forge.Fault{Status: 502, Body: `{"message":"Bad Gateway"}`}
	if got := status(t, comment()); got != 502 {
		t.Errorf("got %d", got)
	}
	if got := must[[]*forge.Comment](t)(w.ListComments(customer, i.Ref, time.Time{})); len(got) != 0 {
		t.Errorf("a refused write was carried out: %v", got)
	}
	fault = &forge.Fault{Reset: true, After: true}
	if err := comment(); err == nil {
		t.Error("the connection was not cut")
	}
	if got := must[[]*forge.Comment](t)(w.ListComments(customer, i.Ref, time.Time{})); len(got) != 1 {
		t.Errorf("the accepted write left %d comments", len(got))
	}
}

func TestSearchLagsAndHidesPrivateIssues(t *testing.T) {
	at := &clock{now: monday}
	w := newWorld(t, forge.Options{Now: at.Now, SearchLag: time.Minute})
	for _, repo := range []string{private, public} {
		must[*forge.Issue](t)(w.CreateIssue(maintainer, repo, forge.IssueInput{Title: "Export of kites is empty", Labels: []string{"bug"}}))
	}
	search := func(c *github.Client, q string) int {
		found, _, err := c.Search.Issues(ctx, q, nil)
		check(t, err)
		return found.GetTotal()
	}
	if got := search(w.Casey, "export"); got != 0 {
		t.Errorf("found %d at once", got)
	}
	at.Advance(time.Minute)
	for _, c := range []struct {
		who  *github.Client
		q    string
		want int
	}{{w.Casey, "export empty", 2}, {w.Otis, "export empty", 1}, {w.Casey, "repo:acme/support is:issue is:open label:bug export", 1}, {w.Casey, "export full", 0}, {w.Casey, `"kites is"`, 2}} {
		if got := search(c.who, c.q); got != c.want {
			t.Errorf("%q: %d, want %d", c.q, got, c.want)
		}
	}
}

func TestPermissionsAsGitHubNamesThem(t *testing.T) {
	w := newWorld(t, forge.Options{})
	must[*forge.Team](t)(w.AddTeam(forge.Team{Org: "acme", Slug: "triagers", Members: []string{"otis"}, Permissions: map[string]forge.Permission{private: forge.Triage}}))
	for login, want := range map[string][2]string{"morgan": {"write", "maintain"}, "casey": {"read", "read"}, "otis": {"read", "triage"}, "acme": {"admin", "admin"}} {
		p, _, err := w.Bot.Repositories.GetPermissionLevel(ctx, "acme", "support", login)
		check(t, err)
		if p.GetPermission() != want[0] || p.GetUser().GetRoleName() != want[1] {
			t.Errorf("%s: %s (%s), want %v", login, p.GetPermission(), p.GetUser().GetRoleName(), want)
		}
	}
}
