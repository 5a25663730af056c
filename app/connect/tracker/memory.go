package tracker

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/oioi-app/oioi/app/aside"
	"github.com/oioi-app/oioi/app/connect/index"
	"github.com/oioi-app/oioi/workflow/sorting"
	"github.com/oioi-app/oioi/workflow/ticket"
)

// How much is read and kept. A repository that has more issues is known by those that were updated last.
const (
	MaxIssues       = 1000 // of one repository
	maxPages        = 25   // of one reading: pull requests fill pages too
	maxRepositories = 16
	maxWords        = 4000 // characters of one issue: more than a prompt shows of it

	readWithin = 2 * time.Minute // a whole reading, which goes on when the ticket that began it does not wait any more
	readAnew   = time.Hour       // after which all is read again: what was deleted or moved is not told of otherwise
)

// memory is what is known of one repository's issues.
type memory struct {
	mu      sync.Mutex
	issues  map[int]ticket.Ticket // by number; the body holds the words to search with only
	stories map[int]story
	found   *finder // nil: something changed since it was built
	last    *finder // made before: the next one is made from it
	order   []int   // the numbers of the finder's entries
	without int     // the ticket that the finder leaves out, or 0

	newest  time.Time // the server's time up to which everything was read
	whole   time.Time // when everything was read for the last time
	capped  bool      // there are more issues than are kept
	reading *reading  // under way, or nil
}

// reading is one refresh of a memory. err is set before done is closed.
type reading struct {
	done chan struct{}
	err  error
}

// memory returns what is known of a place.
func (t *Tracker) memory(at place) *memory {
	t.mu.Lock()
	defer t.mu.Unlock()
	if i := slices.Index(t.used, at); i >= 0 {
		t.used = slices.Delete(t.used, i, i+1)
	}
	t.used = append(t.used, at)
	if m, ok := t.memories[at]; ok {
		return m
	}
	if t.memories == nil {
		t.memories = map[place]*memory{}
	}
	m := &memory{issues: map[int]ticket.Ticket{}, stories: map[int]story{}}
	t.memories[at] = m
	if len(t.used) > maxRepositories {
		delete(t.memories, t.used[0])
		t.used = t.used[1:]
	}
	return m
}

// refresh brings the memory of a repository up to date and returns it. Tickets that come at once share one reading. Where
// ctx's time is nearly over before all is read, the error is ctx's, the memory holds what was read so far, and the reading
// goes on for the next ticket.
func (t *Tracker) refresh(ctx context.Context, installationID int64, repo ticket.Repository) (*memory, error) {
	m := t.memory(placeOf(installationID, repo))
	m.mu.Lock()
	r := m.reading
	if r == nil {
		r = &reading{done: make(chan struct{})}
		m.reading = r
		go func() {
			within, cancel := context.WithTimeout(context.WithoutCancel(ctx), readWithin)
			defer cancel()
			err := aside.Do(func() error { return t.read(within, m, installationID, repo) })
			m.mu.Lock()
			defer m.mu.Unlock()
			r.err, m.reading = err, nil
			close(r.done)
		}()
	}
	m.mu.Unlock()
	wait, cancel := ctx, func() {}
	if deadline, ok := ctx.Deadline(); ok { // the rest is for the conversations of what is found
		wait, cancel = context.WithTimeout(ctx, time.Until(deadline)*3/4)
	}
	defer cancel()
	select {
	case <-r.done:
		return m, r.err
	case <-wait.Done():
		return m, wait.Err()
	}
}

// read reads what changed since the last reading: everything the first time, and once in a while.
func (t *Tracker) read(ctx context.Context, m *memory, installationID int64, repo ticket.Repository) error {
	m.mu.Lock()
	began := t.now()
	newest := m.newest
	whole := newest.IsZero() || began.Sub(m.whole) > readAnew
	m.mu.Unlock()
	q := IssueQuery{}
	if !whole {
		q.Since = newest
	}
	// Last updated first: what is updated while the pages are turned moves to the front, where the next reading finds it.
	read := map[int]bool{}
	capped := false
	for q.Page = 1; ; q.Page++ {
		page, err := t.From.Issues(ctx, installationID, repo, q)
		if err != nil {
			if errors.Is(err, ErrNotThere) {
				m.forget() // what GitHub does not show any more is not remembered either
			}
			return err
		}
		for _, issue := range page.Issues {
			read[issue.Number] = true
		}
		m.learn(page.Issues)
		if page.Newest.After(newest) {
			newest = page.Newest
		}
		if !page.More {
			break
		}
		if capped = q.Page == maxPages || len(read) >= MaxIssues; capped {
			break
		}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if whole || capped { // those that were not read are gone, or too old to say how they stand
		for number := range m.issues {
			if !read[number] {
				m.drop(number)
			}
		}
		m.whole, m.capped = began, capped
	}
	m.newest = newest
	return nil
}

// learn takes in issues as they stand now.
func (m *memory) learn(issues []ticket.Ticket) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, issue := range issues {
		issue = lean(issue)
		before, known := m.issues[issue.Number]
		if !known || before.Title != issue.Title || before.Body != issue.Body {
			m.found = nil
		}
		m.issues[issue.Number] = issue
	}
	if over := len(m.issues) - MaxIssues; over > 0 {
		oldest := slices.SortedFunc(maps.Values(m.issues), func(a, b ticket.Ticket) int {
			return cmp.Or(a.UpdatedAt.Compare(b.UpdatedAt), cmp.Compare(a.Number, b.Number))
		})
		for _, issue := range oldest[:over] {
			m.drop(issue.Number)
		}
		m.capped = true
	}
}

// lean is an issue as it is kept: of its text only the words to search with.
func lean(issue ticket.Ticket) ticket.Ticket {
	issue.Title, issue.Body = ticket.Text(clip(issue.Title.Raw(), 256)), ticket.Text(clip(issue.Words(), maxWords))
	issue.Comments = nil
	return issue
}

// drop removes an issue. The caller holds the lock.
func (m *memory) drop(number int) {
	delete(m.issues, number)
	delete(m.stories, number)
	m.found = nil
}

// gone removes an issue that GitHub does not show any more.
func (m *memory) gone(number int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.drop(number)
}

func (m *memory) forget() {
	m.mu.Lock()
	defer m.mu.Unlock()
	clear(m.issues)
	clear(m.stories)
	m.found, m.last, m.newest, m.whole, m.capped = nil, nil, time.Time{}, time.Time{}, false
}

// hit is an issue that resembles what is searched.
type hit struct {
	issue ticket.Ticket
	score float64
}

// small is the size of a tracker in which a word seems less telling because the ticket that asks holds it too: there the ticket
// is left out of the index, which is then built for each ticket. In a larger one it changes nothing.
const small = 200

// search returns the issues that share words with what a ticket asks, best first. The index is built where something changed.
func (m *memory) search(ctx context.Context, asks int, words string, limit int) ([]hit, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.issues) > small {
		asks = 0
	}
	if m.found == nil || m.without != asks {
		m.order = slices.Sorted(maps.Keys(m.issues))
		// What bots open are no tickets, OiOi's own follow-ups among them.
		m.order = slices.DeleteFunc(m.order, func(number int) bool { return number == asks || m.issues[number].Author.Bot })
		entries := make([]entry, len(m.order))
		for i, number := range m.order {
			entries[i] = entry{title: m.issues[number].Title.Raw(), body: m.issues[number].Body.Raw()}
		}
		if m.last == nil {
			m.last = &finder{new(index.Index)}
		}
		found, err := m.last.next(ctx, entries)
		if err != nil {
			return nil, err
		}
		m.found, m.last, m.without = found, found, asks
	}
	ranked, err := m.found.search(ctx, words, limit)
	var out []hit
	for _, r := range ranked {
		out = append(out, hit{m.issues[m.order[r.entry]], r.score})
	}
	return out, err
}

// issue returns an issue that is known.
func (m *memory) issue(number int) (ticket.Ticket, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	issue, ok := m.issues[number]
	return issue, ok
}

// labeled returns the open issues that carry a label, the newest first, and whether those are all there are.
func (m *memory) labeled(label string) (out []ticket.Ticket, all bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, issue := range m.issues {
		if issue.State == "open" && issue.HasLabel(label) {
			out = append(out, issue)
		}
	}
	sorting.Stable(out, func(a, b ticket.Ticket) int { return cmp.Compare(b.Number, a.Number) })
	return out, !m.capped && !m.newest.IsZero()
}
