package tracker_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/oioi-app/oioi/app/connect/tracker"
	"github.com/oioi-app/oioi/workflow/evidence"
	"github.com/oioi-app/oioi/workflow/ticket"
)

var start = time.Date(2026, 11, 24, 10, 0, 0, 0, time.UTC)

// github is a GitHub in memory, which pages, filters and refuses as the real one, and remembers what it was asked.
type github struct {
	mu       sync.Mutex
	repos    map[string]*repository // by OWNER/NAME
	pageSize int
	asked    []string
	fail     map[string]error // by the first word of what is asked
	// hold, where set, is received from before a page after the first is answered.
	hold chan struct{}
}

type repository struct {
	ticket.Repository
	issues    map[int]ticket.Ticket
	pulls     map[int]tracker.Work
	comments  map[int][]ticket.Comment
	closings  map[int][]tracker.Closing
	commits   map[string]tracker.Work
	releases  []tracker.Release
	contained map[string][]string // tag to commits
	files     map[string]string
	head      string
}

func newGitHub() *github {
	return &github{repos: map[string]*repository{}, pageSize: 100, fail: map[string]error{}}
}

func (g *github) add(id int64, owner, name string, private bool) *repository {
	r := &repository{
		Repository: ticket.Repository{ID: id, Owner: owner, Name: name, Private: private, DefaultBranch: "main"},
		issues:     map[int]ticket.Ticket{}, pulls: map[int]tracker.Work{}, comments: map[int][]ticket.Comment{}, closings: map[int][]tracker.Closing{},
		commits: map[string]tracker.Work{}, contained: map[string][]string{}, files: map[string]string{}, head: strings.Repeat("a", 40),
	}
	g.repos[r.FullName()] = r
	return r
}

var (
	customer = ticket.Person{Login: "customer", ID: 1, Association: "NONE"}
	member   = ticket.Person{Login: "member", ID: 2, Association: "MEMBER"}
	robot    = ticket.Person{Login: "oioi[bot]", ID: 3, Bot: true, Association: "NONE"}
)

// file opens an issue; its number is its age, too.
func (r *repository) file(number int, title, body string, change ...func(*ticket.Ticket)) ticket.Ticket {
	t := ticket.Ticket{
		Repository: r.Repository, Number: number, ID: int64(number), URL: fmt.Sprintf("https://github.example/%s/issues/%d", r.FullName(), number),
		Title: ticket.Text(title), Body: ticket.Text(body), Author: customer, State: "open",
		CreatedAt: start.Add(time.Duration(number) * time.Minute), UpdatedAt: start.Add(time.Duration(number) * time.Minute),
	}
	for _, c := range change {
		c(&t)
	}
	r.issues[number] = t
	return t
}

func closed(reason string) func(*ticket.Ticket) {
	return func(t *ticket.Ticket) { t.State, t.StateReason = "closed", reason }
}

func by(p ticket.Person) func(*ticket.Ticket) { return func(t *ticket.Ticket) { t.Author = p } }

func labeled(name string) func(*ticket.Ticket) {
	return func(t *ticket.Ticket) { t.Labels = append(t.Labels, name) }
}

func (r *repository) say(number int, who ticket.Person, body string) {
	r.comments[number] = append(r.comments[number], ticket.Comment{ID: int64(len(r.comments[number]) + 1), Author: who, Body: ticket.Text(body), Ours: who == robot})
}

// call notes a question and answers the error that is set for it. The caller holds the lock.
func (g *github) call(installationID int64, repo ticket.Repository, format string, args ...any) (*repository, error) {
	what := fmt.Sprintf(format, args...)
	g.asked = append(g.asked, fmt.Sprintf("%d %s %s", installationID, repo.FullName(), what))
	word, _, _ := strings.Cut(what, " ")
	if err := g.fail[word]; err != nil {
		return nil, err
	}
	r, ok := g.repos[repo.FullName()]
	if !ok {
		return nil, tracker.ErrNotThere
	}
	return r, nil
}

// questions returns what was asked since the last time, those that begin with a word.
func (g *github) questions(word string) []string {
	g.mu.Lock()
	defer g.mu.Unlock()
	var out []string
	for _, q := range g.asked {
		if parts := strings.SplitN(q, " ", 3); strings.HasPrefix(parts[2], word) {
			out = append(out, q)
		}
	}
	g.asked = nil
	return out
}

func (g *github) Issues(ctx context.Context, in int64, repo ticket.Repository, q tracker.IssueQuery) (tracker.IssuePage, error) {
	if g.hold != nil && q.Page > 1 {
		select {
		case <-g.hold:
		case <-ctx.Done():
			return tracker.IssuePage{}, ctx.Err()
		}
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	since := "-"
	if !q.Since.IsZero() {
		since = q.Since.Format(time.TimeOnly)
	}
	r, err := g.call(in, repo, "issues since %s page %d label %s", since, q.Page, q.Label)
	if err != nil {
		return tracker.IssuePage{}, err
	}
	type row struct {
		updated time.Time
		issue   *ticket.Ticket
		number  int
	}
	var rows []row
	for n, t := range r.issues {
		if !t.UpdatedAt.Before(q.Since) && (q.Label == "" || t.State == "open" && t.HasLabel(q.Label)) {
			rows = append(rows, row{t.UpdatedAt, &t, n})
		}
	}
	for n, w := range r.pulls {
		if !w.Ticket.UpdatedAt.Before(q.Since) && q.Label == "" {
			rows = append(rows, row{w.Ticket.UpdatedAt, nil, n})
		}
	}
	slices.SortFunc(rows, func(a, b row) int {
		if n := b.updated.Compare(a.updated); n != 0 {
			return n
		}
		return b.number - a.number
	})
	from := min((q.Page-1)*g.pageSize, len(rows))
	to := min(from+g.pageSize, len(rows))
	page := tracker.IssuePage{More: to < len(rows)}
	for _, x := range rows[from:to] {
		if x.updated.After(page.Newest) {
			page.Newest = x.updated
		}
		if x.issue != nil {
			page.Issues = append(page.Issues, *x.issue)
		}
	}
	return page, nil
}

func (g *github) Conversation(_ context.Context, in int64, repo ticket.Repository, number int) ([]ticket.Comment, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	r, err := g.call(in, repo, "comments %d", number)
	if err != nil {
		return nil, err
	}
	if _, ok := r.issues[number]; !ok {
		return nil, tracker.ErrNotThere
	}
	return r.comments[number], nil
}

func (g *github) Closings(_ context.Context, in int64, repo ticket.Repository, number int) ([]tracker.Closing, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	r, err := g.call(in, repo, "timeline %d", number)
	if err != nil {
		return nil, err
	}
	return r.closings[number], nil
}

func (g *github) Work(_ context.Context, in int64, repo ticket.Repository, number int) (tracker.Work, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	r, err := g.call(in, repo, "work %d", number)
	if err != nil {
		return tracker.Work{}, err
	}
	if w, ok := r.pulls[number]; ok {
		return w, nil
	}
	if t, ok := r.issues[number]; ok {
		return tracker.Work{Ticket: t}, nil
	}
	return tracker.Work{}, tracker.ErrNotThere
}

func (g *github) Commit(_ context.Context, in int64, repo ticket.Repository, sha string) (tracker.Work, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	r, err := g.call(in, repo, "commit %s", sha)
	if err != nil {
		return tracker.Work{}, err
	}
	for full, w := range r.commits {
		if strings.HasPrefix(full, sha) {
			return w, nil
		}
	}
	return tracker.Work{}, tracker.ErrNotThere
}

func (g *github) Contains(_ context.Context, in int64, repo ticket.Repository, tag, sha string) (bool, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	r, err := g.call(in, repo, "compare %s %s", tag, sha)
	return err == nil && slices.Contains(r.contained[tag], sha), err
}

func (g *github) Releases(_ context.Context, in int64, repo ticket.Repository, limit int) ([]tracker.Release, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	r, err := g.call(in, repo, "releases")
	if err != nil {
		return nil, err
	}
	return slices.Clone(r.releases[:min(limit, len(r.releases))]), nil
}

func (g *github) Head(_ context.Context, in int64, repo ticket.Repository, branch string) (string, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	r, err := g.call(in, repo, "head %s", branch)
	if err != nil {
		return "", err
	}
	return r.head, nil
}

func (g *github) Text(_ context.Context, in int64, repo ticket.Repository, commit, name string, limit int64) (string, bool, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	r, err := g.call(in, repo, "file %s", name)
	if err != nil {
		return "", false, err
	}
	text, ok := r.files[name]
	return text[:min(len(text), int(limit))], ok && commit == r.head, nil
}

func (g *github) Repository(_ context.Context, in int64, owner, name string) (ticket.Repository, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	r, err := g.call(in, ticket.Repository{Owner: owner, Name: name}, "repository")
	if err != nil {
		return ticket.Repository{}, err
	}
	return r.Repository, nil
}

// asks is a query of a ticket, as the desk makes it.
func asks(t ticket.Ticket, limit int) evidence.Query {
	return evidence.Query{Ticket: t, Words: t.Words(), Limit: limit, Audience: evidence.Repository}
}

func similar(t *testing.T, tr *tracker.Tracker, q evidence.Query) []evidence.Item {
	t.Helper()
	items, err := tr.Similar(t.Context(), 7, q, "incident")
	if err != nil {
		t.Fatal(err)
	}
	return items
}

func numbers(items []evidence.Item) []int {
	var out []int
	for _, i := range items {
		out = append(out, i.Number)
	}
	return out
}

func find(t *testing.T, items []evidence.Item, number int) evidence.Item {
	t.Helper()
	for _, i := range items {
		if i.Number == number {
			return i
		}
	}
	t.Fatalf("#%d is not among the evidence: %v", number, numbers(items))
	return evidence.Item{}
}
