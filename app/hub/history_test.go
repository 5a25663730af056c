package hub_test

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/oioi-app/oioi/app/connect/tracker"
	"github.com/oioi-app/oioi/app/hub"
	"github.com/oioi-app/oioi/app/sandbox/forge"
	"github.com/oioi-app/oioi/workflow/evidence"
	"github.com/oioi-app/oioi/workflow/ticket"
)

func (b *bench) file(title, body string) *forge.Issue {
	b.t.Helper()
	issue, err := b.world.Forge.CreateIssue(forge.As("customer"), repoName, forge.IssueInput{Title: title, Body: body})
	b.check(err)
	return issue
}

// merge brings a file to the default branch through a pull request.
func (b *bench) merge(title, body string) *forge.Issue {
	b.t.Helper()
	branch := "fix-" + strings.ReplaceAll(strings.ToLower(title), " ", "-")
	sha, err := b.world.Forge.AddCommit(repoName, "", "jo-lindqvist", "Start "+branch, time.Time{}, fstest.MapFS{"start.txt": {Data: []byte(branch)}})
	b.check(err)
	b.check(b.world.Forge.CreateRef(forge.As("jo-lindqvist"), repoName, "refs/heads/"+branch, sha))
	_, _, err = b.world.Forge.WriteFile(forge.As("jo-lindqvist"), repoName, forge.FileInput{Path: branch + ".txt", Message: title, Branch: branch, Content: []byte(title)})
	b.check(err)
	pull, err := b.world.Forge.CreatePull(forge.As("jo-lindqvist"), repoName, forge.PullInput{Title: title, Body: body, Head: branch, Base: "main"})
	b.check(err)
	pull, err = b.world.Forge.MergePull(forge.As("jo-lindqvist"), pull.Ref, forge.MergeOptions{})
	b.check(err)
	return pull
}

func (b *bench) query(issue *forge.Issue, limit int) evidence.Query {
	b.t.Helper()
	full, err := b.hub.Ticket(b.t.Context(), b.world.Install.ID, b.repo, issue.Ref.Number)
	b.check(err)
	return evidence.Query{Ticket: full, Words: full.Words(), Limit: limit, Audience: evidence.Repository}
}

func one(t *testing.T, items []evidence.Item, what string, fits func(evidence.Item) bool) evidence.Item {
	t.Helper()
	for _, i := range items {
		if fits(i) {
			return i
		}
	}
	t.Fatalf("%s is not among the evidence: %+v", what, items)
	return evidence.Item{}
}

func TestATicketThatAPullRequestClosedIsTold(t *testing.T) {
	b := setUp(t)
	old := b.file("Zebra report is upside down", "The zebra report is upside down when it has ten columns.")
	_, err := b.world.Forge.CreateComment(forge.As("maintainer"), old.Ref, "Until the fix is out, turn the paper around.")
	b.check(err)
	pull := b.merge("Turn the zebra", fmt.Sprintf("Fixes #%d", old.Ref.Number))
	_, err = b.world.Forge.CreateRelease(forge.As("jo-lindqvist"), repoName, forge.ReleaseInput{Tag: "v9.0.0", Name: "Nine", Body: "Zebras stand on their feet."})
	b.check(err)
	tr := &tracker.Tracker{From: b.hub, WebURL: b.world.Forge.BaseURL()}
	asking := b.file("Zebra report upside down", fmt.Sprintf("The zebra report with ten columns is upside down. Is that #%d, or commit %s? It is not #999.",
		pull.Ref.Number, pull.Pull.MergeCommitSHA[:9]))
	items, err := tr.Similar(t.Context(), b.world.Install.ID, b.query(asking, 4), "incident")
	b.check(err)
	want := fmt.Sprintf("closed as completed by pull request #%d, released in v9.0.0", pull.Ref.Number)
	if i := one(t, items, "the earlier ticket", func(i evidence.Item) bool { return i.Number == old.Ref.Number }); i.Outcome != want || i.Resolution.Raw() != "Until the fix is out, turn the paper around." {
		t.Errorf("%q with the reply %q, want %q", i.Outcome, i.Resolution.Raw(), want)
	}
	one(t, items, "the sample's open incident", func(i evidence.Item) bool { return i.Kind == evidence.Incident })

	linked, err := tr.Linked(t.Context(), b.world.Install.ID, b.query(asking, 5), nil)
	var missing evidence.Missing
	if !errors.As(err, &missing) || missing.Source != repoName+"#999" {
		t.Errorf("the number that is not there is not named: %v", err)
	}
	if i := one(t, linked, "the pull request", func(i evidence.Item) bool { return i.State == "merged" }); !strings.Contains(i.Outcome, "released in v9.0.0") {
		t.Errorf("%+v", i)
	}
	if i := one(t, linked, "the commit", func(i evidence.Item) bool { return i.Pin == pull.Pull.MergeCommitSHA }); !strings.HasPrefix(i.Title, "commit "+i.Pin[:7]+": Merge pull request") {
		t.Errorf("%+v", i)
	}
}

func TestTheChangelogIsReadAtItsCommit(t *testing.T) {
	b := setUp(t)
	tr := &tracker.Tracker{From: b.hub, WebURL: b.world.Forge.BaseURL()}
	asking := b.file("Zebra report is upside down", "### What happened?\n\nThe zebra report is upside down.\n\n### Version\n\nv2.4.1")
	_, err := b.world.Forge.AddCommit(repoName, "", "jo-lindqvist", "A change log", time.Time{}, fstest.MapFS{"CHANGELOG.md": {Data: []byte("# Changes\n\n## 3.0.0\n\n- The zebra report stands upright.\n")}})
	b.check(err)
	items, err := tr.Releases(t.Context(), b.world.Install.ID, b.query(asking, 3))
	b.check(err)
	head, err := b.hub.Head(t.Context(), b.world.Install.ID, b.repo, "main")
	b.check(err)
	i := one(t, items, "the change log", func(i evidence.Item) bool { return i.Kind == evidence.Changelog })
	if i.Pin != head || i.URL != b.world.Forge.BaseURL()+"/"+repoName+"/blob/"+head+"/CHANGELOG.md?plain=1#L3-L5" || i.Outcome != "newer than the version that the ticket states" {
		t.Errorf("%+v", i)
	}
	v := one(t, items, "how the version stands", func(i evidence.Item) bool { return i.Kind == evidence.Version })
	if !strings.Contains(v.Text.Raw(), "Released after it: 3.0.0.") {
		t.Errorf("%q", v.Text.Raw())
	}
	if _, found, err := b.hub.Text(t.Context(), b.world.Install.ID, b.repo, head, "docs", 100); err != nil || found {
		t.Errorf("a folder is read as a file: %t, %v", found, err)
	}
	if text, found, err := b.hub.Text(t.Context(), b.world.Install.ID, b.repo, head, "CHANGELOG.md", 9); err != nil || !found || text != "# Changes" {
		t.Errorf("the first nine bytes are %q, %t, %v", text, found, err)
	}
}

func TestOnlyWhatChangedIsListedAgain(t *testing.T) {
	b := setUp(t)
	all, err := b.hub.Issues(t.Context(), b.world.Install.ID, b.repo, tracker.IssueQuery{Page: 1})
	b.check(err)
	pull := b.merge("Paint stripes", "Nothing to close.")
	later := b.file("A new one", "Later.")
	some, err := b.hub.Issues(t.Context(), b.world.Install.ID, b.repo, tracker.IssueQuery{Page: 1, Since: all.Newest})
	b.check(err)
	if len(some.Issues) == 0 || some.Issues[0].Number != later.Ref.Number || len(some.Issues) >= len(all.Issues) || some.More {
		t.Errorf("since %s there are %d issues of %d", all.Newest, len(some.Issues), len(all.Issues)+1)
	}
	for _, i := range append(all.Issues, some.Issues...) {
		if i.Number == pull.Ref.Number {
			t.Error("a pull request is listed as an issue")
		}
	}
	incidents, err := b.hub.Issues(t.Context(), b.world.Install.ID, b.repo, tracker.IssueQuery{Page: 1, Label: "incident"})
	b.check(err)
	if len(incidents.Issues) != 1 || !incidents.Issues[0].HasLabel("incident") {
		t.Errorf("the incidents are %+v", incidents.Issues)
	}
}

// What a ticket names may have been moved to another repository: GitHub redirects there, and OiOi does not follow.
func TestANamedIssueThatWasMovedIsNotFollowed(t *testing.T) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	followed := false
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case strings.HasSuffix(r.URL.Path, "/access_tokens"):
			w.WriteHeader(http.StatusCreated)
			_, _ = fmt.Fprintf(w, `{"token":"t","expires_at":%q}`, time.Now().Add(time.Hour).Format(time.RFC3339))
		case r.URL.Path == "/api/v3/app":
			_, _ = w.Write([]byte(`{"slug":"oioi"}`))
		case strings.Contains(r.URL.Path, "/repositories/"):
			followed = true
			_, _ = w.Write([]byte(`{"number":12,"title":"A secret of another repository"}`))
		default:
			http.Redirect(w, r, "/api/v3/repositories/99/issues/12", http.StatusMovedPermanently)
		}
	}))
	defer server.Close()
	h, err := hub.New(hub.Options{APIURL: server.URL + "/api/v3", AppID: 1, UserAgent: "oioi-test",
		PrivateKey: pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)})})
	if err != nil {
		t.Fatal(err)
	}
	repo := ticket.Repository{ID: 1, Owner: "acme", Name: "support"}
	for what, ask := range map[string]func() error{
		"issue":    func() error { _, err := h.Work(t.Context(), 1, repo, 12); return err },
		"timeline": func() error { _, err := h.Closings(t.Context(), 1, repo, 12); return err },
		"comments": func() error { _, err := h.Conversation(t.Context(), 1, repo, 12); return err },
		"commit":   func() error { _, err := h.Commit(t.Context(), 1, repo, "1a2b3c4"); return err },
		"compare":  func() error { _, err := h.Contains(t.Context(), 1, repo, "v1", "1a2b3c4"); return err },
		"file":     func() error { _, _, err := h.Text(t.Context(), 1, repo, "1a2b3c4", "CHANGELOG.md", 10); return err },
		"repository": func() error {
			_, err := h.Repository(t.Context(), 1, "acme", "app")
			return err
		},
	} {
		if err := ask(); !errors.Is(err, tracker.ErrMoved) {
			t.Errorf("%s: %v", what, err)
		}
	}
	if followed {
		t.Error("another repository was asked")
	}
}
