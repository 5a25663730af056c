package forge_test

import (
	"errors"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-github/v62/github"

	"github.com/oioi-app/oioi/app/sandbox/forge"
	"github.com/oioi-app/oioi/app/sandbox/forge/hookshot"
)

// clock is a time that tests move by hand.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

var monday = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

const (
	public  = "acme/kite"
	private = "acme/support"
)

var (
	customer   = forge.As("casey")
	maintainer = forge.As("morgan")
	outsider   = forge.As("otis")
	nobody     = forge.Actor{}
)

func must[T any](t testing.TB) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func wantErr(t testing.TB, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Fatalf("got error %v, want %v", err, want)
	}
}

// seeded is a forge with an organization, three people, a private and a public repository.
func seeded(t testing.TB, o forge.Options) *forge.Forge {
	t.Helper()
	if o.Now == nil {
		o.Now = (&clock{now: monday}).Now
	}
	f := must[*forge.Forge](t)(forge.New(o))
	t.Cleanup(func() {
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	})
	must[*forge.User](t)(f.AddUser(forge.User{Login: "acme", Type: "Organization"}))
	for _, login := range []string{"casey", "morgan", "otis"} {
		must[*forge.User](t)(f.AddUser(forge.User{Login: login}))
	}
	must[*forge.Repo](t)(f.AddRepo(forge.RepoInput{Owner: "acme", Name: "support", Private: true,
		Permissions: map[string]forge.Permission{"morgan": forge.Maintain, "casey": forge.Read}}))
	must[*forge.Repo](t)(f.AddRepo(forge.RepoInput{Owner: "acme", Name: "kite", Permissions: map[string]forge.Permission{"morgan": forge.Maintain}}))
	for _, repo := range []string{private, public} {
		must[string](t)(f.AddCommit(repo, "", "morgan", "Start", monday, fstest.MapFS{
			"README.md":      {Data: []byte("# Kite\n\nFly it.\n")},
			"docs/export.md": {Data: []byte("# Export\n\nOne\nTwo\nThree\nFour\nFive\nSix\nSeven\nEight\n")},
		}))
	}
	return f
}

func TestWhoMaySeeAndDoWhat(t *testing.T) {
	f := seeded(t, forge.Options{})
	for _, c := range []struct {
		who  forge.Actor
		repo string
		want bool
	}{{customer, private, true}, {maintainer, private, true}, {outsider, private, false}, {nobody, private, false}, {nobody, public, true}} {
		if got := f.Visible(c.who, c.repo); got != c.want {
			t.Errorf("Visible(%q, %s) = %v", c.who.Login, c.repo, got)
		}
	}
	in := forge.IssueInput{Title: "It fails", Labels: []string{"bug"}, Assignees: []string{"morgan"}}
	_, err := f.CreateIssue(outsider, private, in)
	wantErr(t, err, forge.ErrNotFound)
	_, err = f.CreateIssue(nobody, public, in)
	wantErr(t, err, forge.ErrUnauthorized)
	i := must[*forge.Issue](t)(f.CreateIssue(customer, private, in))
	if len(i.Labels) != 0 || len(i.Assignees) != 0 || i.Association != "NONE" {
		t.Errorf("a reader's labels and assignees were kept: %+v", i)
	}
	_, err = f.AddLabels(customer, i.Ref, "bug")
	wantErr(t, err, forge.ErrForbidden)
	if got := must[[]forge.Label](t)(f.AddLabels(maintainer, i.Ref, "bug", "Bug", "p1")); len(got) != 2 {
		t.Errorf("labels: %v", got)
	}
	_, err = f.Issue(outsider, i.Ref)
	wantErr(t, err, forge.ErrNotFound)
	title := "It really fails"
	if got := must[*forge.Issue](t)(f.EditIssue(customer, i.Ref, forge.IssueEdit{Title: &title})); got.Title != title {
		t.Errorf("the author could not edit: %+v", got)
	}
	check(t, f.LockIssue(maintainer, i.Ref, "resolved"))
	_, err = f.CreateComment(customer, i.Ref, "But…")
	wantErr(t, err, forge.ErrForbidden)
	must[*forge.Comment](t)(f.CreateComment(maintainer, i.Ref, "Locked."))
}

func TestMentionsPingOnceAndOnlyWhoCanSee(t *testing.T) {
	f := seeded(t, forge.Options{})
	i := must[*forge.Issue](t)(f.CreateIssue(customer, private, forge.IssueInput{Title: "Help",
		Body: "Hi @morgan and @otis, see `@casey` and mail@morgan.example\n```\n@morgan\n```"}))
	body := i.Body + " @morgan again"
	must[*forge.Issue](t)(f.EditIssue(customer, i.Ref, forge.IssueEdit{Body: &body}))
	if got := f.Notifications(""); len(got) != 1 || got[0].User != "morgan" || got[0].Reason != "mention" {
		t.Errorf("pinged %+v, want morgan once", got)
	}
	must[*forge.Comment](t)(f.CreateComment(maintainer, i.Ref, "@casey: hello"))
	if got := f.Notifications("casey"); len(got) != 1 {
		t.Errorf("casey was pinged %d times", len(got))
	}
}

func TestSubIssueHasOneParent(t *testing.T) {
	f := seeded(t, forge.Options{})
	open := func(title string) *forge.Issue {
		return must[*forge.Issue](t)(f.CreateIssue(maintainer, private, forge.IssueInput{Title: title}))
	}
	a, b, child := open("A"), open("B"), open("child")
	must[*forge.Issue](t)(f.AddSubIssue(maintainer, a.Ref, child.ID, false))
	_, err := f.AddSubIssue(maintainer, b.Ref, child.ID, false)
	wantErr(t, err, forge.ErrInvalid)
	_, err = f.AddSubIssue(maintainer, child.Ref, a.ID, false)
	wantErr(t, err, forge.ErrInvalid) // a circle
	must[*forge.Issue](t)(f.AddSubIssue(maintainer, b.Ref, child.ID, true))
	if got := must[[]*forge.Issue](t)(f.SubIssues(customer, a.Ref)); len(got) != 0 {
		t.Errorf("A still has %v", got)
	}
	if got := must[*forge.Issue](t)(f.Parent(customer, child.Ref)); got.ID != b.ID {
		t.Errorf("parent is %v", got.Ref)
	}
}

func TestMergeClosesWhatItNamesAndFollowsTheBranch(t *testing.T) {
	f := seeded(t, forge.Options{})
	i := must[*forge.Issue](t)(f.CreateIssue(customer, private, forge.IssueInput{Title: "Docs are wrong"}))
	must[string](t)(f.AddCommit(private, "", "morgan", "Base moves", monday, fstest.MapFS{"other.md": {Data: []byte("x\n")}}))
	g, err := f.Git(maintainer, private)
	check(t, err)
	main := must[string](t)(g.Resolve("main"))
	check(t, g.CreateRef("refs/heads/docs", main))
	must[string](t)(f.AddCommit(private, "docs", "morgan", "Fix the docs", monday, fstest.MapFS{
		"docs/export.md": {Data: []byte("# Export\n\nOne\nTwo\nThree\nFour\nFive\nSix\nSeven\nEight!\n")}}))
	must[string](t)(f.AddCommit(private, "main", "morgan", "Edit elsewhere in the file", monday, fstest.MapFS{
		"docs/export.md": {Data: []byte("# Exporting\n\nOne\nTwo\nThree\nFour\nFive\nSix\nSeven\nEight\n")}}))
	p := must[*forge.Issue](t)(f.CreatePull(maintainer, private, forge.PullInput{Title: "Docs", Body: "Fixes #1", Head: "docs", Base: "main", Draft: true}))
	if p.Ref.Number != 2 {
		t.Errorf("pull requests share numbers with issues: got %d", p.Ref.Number)
	}
	d, err := f.Diff(customer, p.Ref)
	check(t, err)
	if len(d.Files) != 1 || d.Files[0].Additions != 1 || d.Files[0].Deletions != 1 || len(d.Ahead) != 1 {
		t.Errorf("diff: %+v", d)
	}
	_, err = f.MergePull(maintainer, p.Ref, forge.MergeOptions{})
	if err == nil {
		t.Fatal("a draft was merged")
	}
	ready := false
	must[*forge.Issue](t)(f.EditPull(maintainer, p.Ref, forge.PullEdit{Draft: &ready}))
	_, err = f.MergePull(customer, p.Ref, forge.MergeOptions{})
	wantErr(t, err, forge.ErrForbidden)
	merged := must[*forge.Issue](t)(f.MergePull(maintainer, p.Ref, forge.MergeOptions{}))
	if !merged.Pull.Merged || merged.State != "closed" {
		t.Errorf("merged: %+v", merged)
	}
	if got := string(must[[]byte](t)(f.ReadFile(customer, private, "", "docs/export.md"))); got != "# Exporting\n\nOne\nTwo\nThree\nFour\nFive\nSix\nSeven\nEight!\n" {
		t.Errorf("merged file: %q", got)
	}
	if got := must[*forge.Issue](t)(f.Issue(customer, i.Ref)); got.State != "closed" || got.StateReason != "completed" {
		t.Errorf("the named issue is %s (%s)", got.State, got.StateReason)
	}
}

func TestSubscribersHearOfChanges(t *testing.T) {
	f := seeded(t, forge.Options{})
	changes, cancel := f.Subscribe()
	i := must[*forge.Issue](t)(f.CreateIssue(customer, private, forge.IssueInput{Title: "Help"}))
	must[*forge.Comment](t)(f.CreateComment(maintainer, i.Ref, "Yes?"))
	cancel()
	var kinds []string
	for c := range changes {
		if c.Ref == i.Ref {
			kinds = append(kinds, c.Kind)
		}
	}
	if !slices.Equal(kinds, []string{"issue", "comment"}) {
		t.Errorf("heard %v", kinds)
	}
}

func TestADeletedIssueIsGone(t *testing.T) {
	w := newWorld(t, forge.Options{})
	open := func(title string) *forge.Issue {
		return must[*forge.Issue](t)(w.CreateIssue(maintainer, private, forge.IssueInput{Title: title}))
	}
	parent, child := open("Parent"), open("Child")
	must[*forge.Issue](t)(w.AddSubIssue(maintainer, parent.Ref, child.ID, false))
	wantErr(t, w.DeleteIssue(maintainer, parent.Ref), forge.ErrForbidden)
	check(t, w.DeleteIssue(forge.As("acme"), parent.Ref))
	_, _, err := w.Morgan.Issues.Get(ctx, "acme", "support", parent.Ref.Number)
	if got := status(t, err); got != 410 {
		t.Errorf("a deleted issue answers %d", got)
	}
	_, err = w.Parent(maintainer, child.Ref)
	wantErr(t, err, forge.ErrNotFound)
	if list := must[[]*forge.Issue](t)(w.ListIssues(maintainer, private, forge.IssueFilter{})); len(list) != 1 {
		t.Errorf("%d issues are listed", len(list))
	}
	if next := open("Next"); next.Ref.Number != 3 {
		t.Errorf("a number was given twice: %d", next.Ref.Number)
	}
}

func TestStateSurvivesARestart(t *testing.T) {
	dir := t.TempDir()
	w := newWorld(t, forge.Options{State: dir})
	f := w.Forge
	i := must[*forge.Issue](t)(f.CreateIssue(customer, private, forge.IssueInput{Title: "Help", Body: "@morgan"}))
	pull := openPull(t, f)
	w.drained(t)
	token, _, err := w.AppClient.Apps.CreateInstallationToken(ctx, w.Installation.ID, nil)
	check(t, err)
	check(t, f.Close())
	again := must[*forge.Forge](t)(forge.New(forge.Options{State: dir, Now: (&clock{now: monday}).Now}))
	defer again.Close()
	if got := must[*forge.Issue](t)(again.Issue(customer, i.Ref)); got.Title != "Help" || got.ID != i.ID {
		t.Errorf("restored %+v", got)
	}
	if got := must[[]byte](t)(again.ReadFile(customer, private, "", "README.md")); string(got) != "# Kite\n\nFly it.\n" {
		t.Errorf("restored file %q", got)
	}
	next := must[*forge.Issue](t)(again.CreateIssue(customer, private, forge.IssueInput{Title: "Next"}))
	if next.Ref.Number != 3 || next.ID <= i.ID {
		t.Errorf("numbers and ids do not go on: %+v", next)
	}
	if d, err := again.Diff(maintainer, pull.Ref); err != nil || len(d.Files) != 1 {
		t.Errorf("the pull request's diff is %+v, %v", d, err)
	}
	if log := must[[]hookshot.Delivery](t)(again.Deliveries("helper")); len(log) < 3 || !slices.ContainsFunc(log, func(d hookshot.Delivery) bool { return d.Event == "ping" }) {
		t.Errorf("the delivery log has %d rows", len(log))
	}
	server := httptest.NewServer(again.Handler())
	defer server.Close()
	client := must[*github.Client](t)(github.NewClient(nil).WithAuthToken(token.GetToken()).WithEnterpriseURLs(server.URL, server.URL))
	if got, _, err := client.Issues.Get(ctx, "acme", "support", 1); err != nil || !strings.HasPrefix(got.GetHTMLURL(), server.URL) {
		t.Errorf("an installation token from before: %v, %v", got.GetHTMLURL(), err)
	}
}
