package app

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/oioi-app/oioi/app/sandbox/forge"
)

const supportRepo = "tallypost/support"

// fixed files an issue that a merged pull request closes, and releases the fix.
func (w *town) fixed(title, body string) (forge.Ref, *forge.Issue) {
	w.t.Helper()
	f, jo := w.world.Forge, forge.As("jo-lindqvist")
	old, err := f.CreateIssue(forge.As("customer"), supportRepo, forge.IssueInput{Title: title, Body: body})
	w.check(err)
	sha, err := f.AddCommit(supportRepo, "", "jo-lindqvist", "Start", zeroTime, fstest.MapFS{"start.txt": {Data: []byte("start")}})
	w.check(err)
	w.check(f.CreateRef(jo, supportRepo, "refs/heads/fix", sha))
	_, _, err = f.WriteFile(jo, supportRepo, forge.FileInput{Path: "fix.txt", Message: "Fix it", Branch: "fix", Content: []byte("fix")})
	w.check(err)
	pull, err := f.CreatePull(jo, supportRepo, forge.PullInput{Title: "Fix it", Body: fmt.Sprintf("Fixes #%d", old.Ref.Number), Head: "fix", Base: "main"})
	w.check(err)
	pull, err = f.MergePull(jo, pull.Ref, forge.MergeOptions{})
	w.check(err)
	_, err = f.CreateRelease(jo, supportRepo, forge.ReleaseInput{Tag: "v9.0.0", Name: "Nine", Body: "Better."})
	w.check(err)
	return old.Ref, pull
}

// The draft says how what it rests on stands: what closed an earlier ticket and which release has the fix, and what of the ticket's
// links could not be read.
func TestTheDraftTellsWhatTheTicketNames(t *testing.T) {
	t.Parallel()
	w := newTown(t, townOptions{})
	fixed, pull := w.fixed("Zebra report is upside down", "The zebra report is upside down when it has ten columns.")
	again, err := w.world.Forge.CreateIssue(forge.As("customer"), supportRepo, forge.IssueInput{Title: "Where is my parquet file", FormLabels: []string{"support"},
		Body: fmt.Sprintf("Our parquet file is gone. May be it is like %s/%s/issues/%d, or %s/%s/pull/%d, or else other/secret#3.", w.webURL, supportRepo, fixed.Number, w.webURL, supportRepo, pull.Ref.Number)})
	w.check(err)
	draft := w.plain(w.comments(again.Ref)[0])
	holds(t, draft, fmt.Sprintf("linked: [%d Zebra report is upside down](https://github.example/%s/issues/%d) (closed as completed by pull request", fixed.Number, supportRepo, fixed.Number),
		"released in v9.0.0)", "(a pull request, merged on ", "other/secret", "it is in another repository")

	// What the ticket names and resembles too stands there once.
	alike, err := w.world.Forge.CreateIssue(forge.As("customer"), supportRepo, forge.IssueInput{Title: "Zebra report is upside down", FormLabels: []string{"support"},
		Body: fmt.Sprintf("The zebra report is upside down when it has ten columns, as in #%d.", fixed.Number)})
	w.check(err)
	draft = w.plain(w.comments(alike.Ref)[0])
	holds(t, draft, fmt.Sprintf("similar: [%d Zebra report is upside down]", fixed.Number))
	if strings.Contains(draft, "linked: ") {
		t.Errorf("one issue is there twice:\n%s", draft)
	}
}

// A source that fails is named in the draft and holds up nothing; the others are used.
func TestASourceThatFailsIsNamedInTheDraft(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		broken func(*http.Request) bool
		says   string
		has    string
	}{
		"earlier tickets": {func(r *http.Request) bool {
			return strings.HasSuffix(r.URL.Path, "/issues") && r.URL.Query().Get("state") == "all"
		},
			"The list of earlier tickets: it failed", "release"},
		"releases":      {func(r *http.Request) bool { return strings.HasSuffix(r.URL.Path, "/releases") }, "The list of releases: it failed", "similar"},
		"change log":    {func(r *http.Request) bool { return strings.HasSuffix(r.URL.Path, "/contents/CHANGELOG.md") }, "CHANGELOG.md: it failed", "release"},
		"conversations": {func(r *http.Request) bool { return strings.HasSuffix(r.URL.Path, "/timeline") }, "The replies to earlier tickets: it failed", "similar"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var once sync.Once
			hit := false
			w := newTown(t, townOptions{transport: roundTrip(func(r *http.Request) (*http.Response, error) {
				if r.Method == http.MethodGet && c.broken(r) {
					once.Do(func() { hit = true })
					return &http.Response{StatusCode: http.StatusBadGateway, Header: http.Header{"Content-Type": {"application/json"}}, Request: r,
						Body: io.NopCloser(strings.NewReader(`{"message":"Bad gateway"}`))}, nil
				}
				return http.DefaultTransport.RoundTrip(r)
			})})
			draft := w.comments(w.sample("docs-error"))[0]
			if !hit {
				t.Fatal("nothing was broken")
			}
			_, list, _ := strings.Cut(draft, "<summary>Evidence (")
			holds(t, draft, "Sources that did not answer", c.says)
			holds(t, list, c.has)
		})
	}
}

// A second ticket lists only what changed since the first.
func TestASecondTicketAsksOnlyForWhatChanged(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var since []string
	w := newTown(t, townOptions{transport: roundTrip(func(r *http.Request) (*http.Response, error) {
		if q := r.URL.Query(); strings.HasSuffix(r.URL.Path, "/issues") && q.Get("state") == "all" {
			mu.Lock()
			since = append(since, q.Get("since"))
			mu.Unlock()
		}
		return http.DefaultTransport.RoundTrip(r)
	})})
	w.settle(w.sample("docs-error"))
	w.settle(w.sample("vague"))
	mu.Lock()
	defer mu.Unlock()
	if len(since) != 2 || since[0] != "" || since[1] == "" {
		t.Errorf("asked for what changed since %q", since)
	}
}
