package sandbox

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/oioi-app/oioi/app/sandbox/forge"
	"github.com/oioi-app/oioi/app/sandbox/sample"
)

const webURL = "http://127.0.0.1:7474"

// now is after everything in the sample.
var now = time.Date(2026, 11, 24, 10, 0, 0, 0, time.UTC)

func open(t testing.TB, dir string) *World {
	t.Helper()
	w, err := Open(Options{Dir: dir, WebURL: webURL, Log: slog.New(slog.DiscardHandler), Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := w.Close(); err != nil {
			t.Error(err)
		}
	})
	return w
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestTheSampleIsWhole(t *testing.T) {
	w := open(t, "")
	var names []string
	for _, r := range w.Forge.ListRepos(forge.As("customer")) {
		names = append(names, r.FullName())
	}
	if want := []string{"tallypost/support", "tallypost/tallypost"}; !slices.Equal(names, want) {
		t.Fatalf("the customer sees %q, want %q: the private one first", names, want)
	}
	if got := w.Forge.ListRepos(forge.As("outsider")); len(got) != 1 || got[0].Private {
		t.Errorf("the outsider sees %d repositories", len(got))
	}
	for _, want := range sample.Repositories() {
		t.Run(want.Name, func(t *testing.T) { compare(t, w, want) })
	}
	for _, user := range sample.Users() {
		if got, err := w.Forge.User(user.Login); err != nil || got.Name != user.Name {
			t.Errorf("%s is %+v, %v", user.Login, got, err)
		}
	}
}

func compare(t *testing.T, w *World, want sample.Repository) {
	as, name := forge.As("maintainer"), want.FullName()
	repo, err := w.Forge.Repo(as, name)
	check(t, err)
	if repo.Private != want.Private || repo.Description != want.Description || repo.DefaultBranch != want.DefaultBranch {
		t.Errorf("the repository is %+v", repo)
	}
	for _, label := range want.Labels {
		if !slices.ContainsFunc(repo.Labels, func(l forge.Label) bool {
			return l.Name == label.Name && l.Color == label.Color && l.Description == label.Description
		}) {
			t.Errorf("the label %s is missing", label.Name)
		}
	}
	if len(repo.Labels) != len(want.Labels) {
		t.Errorf("there are %d labels, want %d", len(repo.Labels), len(want.Labels))
	}
	for login, permission := range want.Permissions {
		if got, err := w.Forge.PermissionOf(name, login); err != nil || got != forge.Permission(permission) {
			t.Errorf("%s has %s, %v; want %s", login, got, err, permission)
		}
	}
	tree, err := want.Tree(webURL)
	check(t, err)
	for path, content := range tree {
		if got, err := w.Forge.ReadFile(as, name, "", path); err != nil || string(got) != string(content) {
			t.Errorf("%s differs: %v", path, err)
		}
	}
	releases, err := w.Forge.ListReleases(as, name)
	check(t, err)
	if len(releases) != len(want.Releases) || releases[0].Tag != sample.LatestRelease {
		t.Errorf("there are %d releases, the newest %s", len(releases), releases[0].Tag)
	}
	for i, release := range want.Releases {
		if got := releases[i]; got.Tag != release.Tag || got.Body != release.Body || !got.PublishedAt.Equal(release.Published) || got.Author != release.Author {
			t.Errorf("the release %s is %+v", release.Tag, got)
		}
	}
	issues, err := w.Forge.ListIssues(as, name, forge.IssueFilter{State: "all", Ascending: true})
	check(t, err)
	if len(issues) != len(want.Issues) {
		t.Fatalf("there are %d issues, want %d", len(issues), len(want.Issues))
	}
	for _, issue := range want.Issues {
		got, err := w.Forge.Issue(as, forge.Ref{Repo: name, Number: issue.Number})
		check(t, err)
		if got.Title != issue.Title || got.Body != issue.Body || got.Author != issue.Author || got.State != issue.State || !got.CreatedAt.Equal(issue.Created) || !slices.Equal(got.Labels, issue.Labels) {
			t.Errorf("#%d is %+v", issue.Number, got)
		}
		if (got.ClosedAt == nil) != issue.Closed.IsZero() || got.ClosedAt != nil && !got.ClosedAt.Equal(issue.Closed) {
			t.Errorf("#%d was closed at %v, want %s", issue.Number, got.ClosedAt, issue.Closed)
		}
		comments, err := w.Forge.ListComments(as, got.Ref, time.Time{})
		check(t, err)
		if len(comments) != len(issue.Comments) {
			t.Fatalf("#%d has %d comments, want %d", issue.Number, len(comments), len(issue.Comments))
		}
		for i, c := range issue.Comments {
			if comments[i].Body != c.Body || comments[i].Author != c.Author || !comments[i].CreatedAt.Equal(c.Created) {
				t.Errorf("#%d: comment %d is %+v", issue.Number, i, comments[i])
			}
		}
	}
}

// get asks the world's REST API with a token and returns the status and the answer.
func get(t *testing.T, w *World, token, path string) (int, string) {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/api/v3"+path, nil)
	r.Header.Set("User-Agent", "a test")
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	answer := httptest.NewRecorder()
	w.Forge.Handler().ServeHTTP(answer, r)
	return answer.Code, answer.Body.String()
}

func TestPeopleAndTeamsAreKnownToTheAPI(t *testing.T) {
	w := open(t, "")
	for _, person := range People {
		if code, body := get(t, w, w.Tokens[person], "/user"); code != http.StatusOK || !strings.Contains(body, `"login":"`+person+`"`) {
			t.Errorf("the token of %s belongs to: %d %s", person, code, body)
		}
	}
	for _, team := range sample.Teams() {
		code, body := get(t, w, w.Tokens["maintainer"], "/orgs/"+sample.Owner+"/teams/"+team.Slug+"/members")
		for _, login := range team.Members {
			if code != http.StatusOK || !strings.Contains(body, `"login":"`+login+`"`) {
				t.Errorf("the team %s lacks %s: %d %s", team.Slug, login, code, body)
			}
		}
	}
	if code, _ := get(t, w, w.Tokens["outsider"], "/repos/tallypost/support"); code != http.StatusNotFound {
		t.Errorf("the outsider gets %d for the private repository", code)
	}
}

func TestOiOiIsInstalled(t *testing.T) {
	w := open(t, "")
	if w.App.Slug != AppSlug || w.Install.App != AppSlug || w.Install.Account != sample.Owner || !w.Install.All {
		t.Errorf("the App is %+v, installed as %+v", w.App, w.Install)
	}
	bot, err := w.Forge.AsInstallation(w.Install.ID)
	check(t, err)
	for _, repo := range sample.Repositories() {
		if _, err := w.Forge.CreateComment(bot, forge.Ref{Repo: repo.FullName(), Number: 1}, "Here."); err != nil {
			t.Errorf("OiOi may not comment in %s: %v", repo.FullName(), err)
		}
	}
}

func TestTheStateFolderKeepsEverything(t *testing.T) {
	dir := t.TempDir()
	first := open(t, dir)
	filed, err := first.Forge.CreateIssue(forge.As("customer"), "tallypost/support", forge.IssueInput{Title: "Kept", Body: "Words"})
	check(t, err)
	_, err = first.Info(webURL)
	check(t, err)
	check(t, first.Close())

	second := open(t, dir)
	if second.App.ID != first.App.ID || second.Install.ID != first.Install.ID || second.Secret != first.Secret || string(second.PrivateKey) != string(first.PrivateKey) {
		t.Error("a server that was configured for the first run does not fit the second")
	}
	for _, person := range People {
		if second.Tokens[person] != first.Tokens[person] || second.Tokens[person] == "" {
			t.Errorf("the token of %s is another one", person)
		}
		if code, _ := get(t, second, first.Tokens[person], "/user"); code != http.StatusOK {
			t.Errorf("the token of %s is refused: %d", person, code)
		}
	}
	if got, err := second.Forge.Issue(forge.As("customer"), filed.Ref); err != nil || got.Title != "Kept" {
		t.Errorf("the ticket of the first run: %+v, %v", got, err)
	}
	if _, err := second.Forge.ReadFile(forge.As("customer"), "tallypost/support", "", "docs/index.md"); err != nil {
		t.Errorf("the help center of the first run: %v", err)
	}
	if repos := second.Forge.ListRepos(forge.As("customer")); len(repos) != 2 || !repos[0].Private {
		t.Errorf("there are %d repositories, or the private one is not first", len(repos))
	}
}

func TestSandboxJSON(t *testing.T) {
	dir := t.TempDir()
	w := open(t, dir)
	info, err := w.Info(webURL)
	check(t, err)
	raw, err := os.ReadFile(filepath.Join(dir, "sandbox.json"))
	check(t, err)
	var keys map[string]any
	check(t, json.Unmarshal(raw, &keys))
	want := []string{"app_id", "git_url", "installation_id", "private_key_file", "repositories", "rest_url", "tokens", "web_url", "webhook_secret"}
	var got []string
	for key := range keys {
		got = append(got, key)
	}
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("sandbox.json has the keys %q, want %q", got, want)
	}
	tokens, _ := keys["tokens"].(map[string]any)
	if len(tokens) != 3 || tokens["customer"] == nil || tokens["maintainer"] == nil || tokens["outsider"] == nil {
		t.Errorf("the tokens are %v", keys["tokens"])
	}
	if info.RESTURL != webURL+"/api/v3" || info.WebURL != webURL || info.GitURL != webURL || !slices.Equal(info.Repositories, []string{"tallypost/support", "tallypost/tallypost"}) {
		t.Errorf("the addresses are %+v", info)
	}
	key, err := os.ReadFile(info.PrivateKeyFile)
	check(t, err)
	if string(key) != string(w.PrivateKey) || !filepath.IsAbs(info.PrivateKeyFile) {
		t.Error("the private key's file is not the App's key at an absolute path")
	}
	for _, name := range []string{"sandbox.json", "app.pem", "secrets.json"} {
		if stat, err := os.Stat(filepath.Join(dir, name)); err != nil || stat.Mode().Perm() != 0o600 {
			t.Errorf("%s can be read by others: %v, %v", name, stat.Mode(), err)
		}
	}
}

func TestAPassingFolderHoldsWhatAClientNeeds(t *testing.T) {
	dir := t.TempDir()
	w, err := Open(Options{Dir: dir, WebURL: webURL, Passing: true})
	check(t, err)
	defer func() { check(t, w.Close()) }()
	info, err := w.Info(webURL)
	check(t, err)
	if _, err := os.Stat(info.PrivateKeyFile); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(filepath.Join(dir, "sandbox.json")); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(filepath.Join(dir, "github")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the forge is kept on disk: %v", err)
	}
	if got := len(w.Forge.ListRepos(forge.As("customer"))); got != 2 {
		t.Errorf("there are %d repositories", got)
	}
}

func TestADamagedFolderSaysWhatToDo(t *testing.T) {
	half := t.TempDir()
	f, err := forge.New(forge.Options{State: filepath.Join(half, "github")})
	check(t, err)
	_, err = f.AddUser(forge.User{Login: "customer"})
	check(t, err)
	check(t, f.Close())
	torn := t.TempDir()
	check(t, os.WriteFile(filepath.Join(torn, "secrets.json"), []byte("{"), 0o600))
	noKey := t.TempDir()
	check(t, os.WriteFile(filepath.Join(noKey, "secrets.json"), []byte("{}"), 0o600))
	for name, dir := range map[string]string{"half filled": half, "torn secrets": torn, "no key": noKey} {
		if w, err := Open(Options{Dir: dir, WebURL: webURL}); err == nil || !strings.Contains(err.Error(), "to start anew") {
			t.Errorf("%s: %v, %v", name, w, err)
		}
	}
}

func TestADeliveryIsSentAgain(t *testing.T) {
	got := make(chan string, 10)
	receiver := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		got <- r.Header.Get("X-GitHub-Event") + " " + r.Header.Get("X-GitHub-Delivery")
	}))
	defer receiver.Close()
	w, err := Open(Options{WebURL: webURL, WebhookURL: receiver.URL})
	check(t, err)
	defer func() { check(t, w.Close()) }()
	first := <-got
	check(t, w.Forge.Drain(t.Context()))
	log, err := w.Forge.Deliveries(AppSlug)
	check(t, err)
	check(t, w.Redeliver(t.Context(), log[0].ID))
	if again := <-got; again != first {
		t.Errorf("%q was sent again, not %q", again, first)
	}
	if err := w.Redeliver(context.Background(), 1); !errors.Is(err, forge.ErrNotFound) {
		t.Errorf("a delivery that never was: %v", err)
	}
}

// BenchmarkOpen measures what a sandbox needs before its pages can be served, beside making a key.
func BenchmarkOpen(b *testing.B) {
	for name, passing := range map[string]bool{"on disk": false, "in memory": true} {
		b.Run(name, func(b *testing.B) { benchmarkOpen(b, passing) })
	}
}

func benchmarkOpen(b *testing.B, passing bool) {
	known, err := loadSecrets("")
	check(b, err)
	raw, err := json.Marshal(known)
	check(b, err)
	for b.Loop() {
		b.StopTimer()
		dir := b.TempDir()
		check(b, os.WriteFile(filepath.Join(dir, "secrets.json"), raw, 0o600))
		b.StartTimer()
		w, err := Open(Options{Dir: dir, WebURL: webURL, Passing: passing})
		check(b, err)
		b.StopTimer()
		check(b, w.Close())
		b.StartTimer()
	}
}

// BenchmarkReopen measures the same for a folder that has been used before.
func BenchmarkReopen(b *testing.B) {
	dir := b.TempDir()
	w, err := Open(Options{Dir: dir, WebURL: webURL})
	check(b, err)
	check(b, w.Close())
	for b.Loop() {
		w, err := Open(Options{Dir: dir, WebURL: webURL})
		check(b, err)
		b.StopTimer()
		check(b, w.Close())
		b.StartTimer()
	}
}
