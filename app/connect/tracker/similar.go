package tracker

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/oioi-app/oioi/app/aside"
	"github.com/oioi-app/oioi/workflow/evidence"
	"github.com/oioi-app/oioi/workflow/sorting"
	"github.com/oioi-app/oioi/workflow/ticket"
)

const (
	conversations = 3    // similar tickets whose story is read
	maxIncidents  = 2    // open incidents among the evidence
	faint         = 0.05 // score of an open incident that shares no words with the ticket
)

// Similar returns earlier tickets that resemble this one, at most q.Limit, with how they were resolved and the reply that
// resolved them, and beside them the open incidents. With an error there may be items nevertheless: what could be read.
func (t *Tracker) Similar(ctx context.Context, installationID int64, q evidence.Query, incidentLabel string) ([]evidence.Item, error) {
	repo := q.Ticket.Repository
	m, late := t.refresh(ctx, installationID, repo)
	if errors.Is(late, ErrNotThere) {
		return nil, late
	}
	hits, err := m.search(ctx, q.Ticket.Number, q.Words, q.Limit+maxIncidents+1)
	if err != nil {
		return nil, err
	}
	hits = slices.DeleteFunc(hits, func(h hit) bool { return h.score < enough || h.issue.Number == q.Ticket.Number })
	incidents, err := t.incidents(ctx, installationID, m, q, incidentLabel, hits)
	var problems []error
	if late != nil {
		problems = append(problems, notCurrent(late, len(hits)+len(incidents) > 0))
	}
	if err != nil {
		problems = append(problems, evidence.Missing{Source: "The list of open incidents", Reason: reason(err), Cause: err})
	}
	isIncident := func(h hit) bool {
		return slices.ContainsFunc(incidents, func(i hit) bool { return i.issue.Number == h.issue.Number })
	}
	hits = slices.DeleteFunc(hits, isIncident)
	if len(hits) > q.Limit {
		hits = hits[:q.Limit]
	}
	teller := &stories{t: t, m: m, installation: installationID, repo: repo}
	teller.ahead(ctx, hits[:min(len(hits), conversations)])
	var out []evidence.Item
	for _, h := range incidents {
		item := itemOf(evidence.Incident, h)
		item.Outcome, item.Canonical = "an open incident", teller.standing(h.issue, h.issue, q)
		out = append(out, item)
	}
	similar, err := teller.items(ctx, hits, q)
	if err != nil {
		problems = append(problems, evidence.Missing{Source: "The replies to earlier tickets", Reason: reason(err), Cause: err})
	}
	return append(out, similar...), errors.Join(problems...)
}

// notCurrent says that the list of earlier tickets was not read to its end.
func notCurrent(err error, some bool) error {
	if !some {
		return err
	}
	return evidence.Missing{Reason: reason(err) + "; what was read of it before is used", Cause: err}
}

// reason says in a few words why something could not be read, without what only the log should hold.
func reason(err error) string {
	switch {
	case errors.Is(err, ErrNotThere):
		return ErrNotThere.Error()
	case errors.Is(err, ErrMoved):
		return ErrMoved.Error()
	case errors.Is(err, context.DeadlineExceeded):
		return "it did not answer in time"
	}
	return "it failed"
}

// incidents returns the open issues with the incident label: those that resemble the ticket most first, then the newest.
// Bots may have opened them; OiOi's own issues never carry a label that is not OiOi's.
func (t *Tracker) incidents(ctx context.Context, installationID int64, m *memory, q evidence.Query, label string, hits []hit) ([]hit, error) {
	if label == "" {
		return nil, nil
	}
	open, all := m.labeled(label)
	var err error
	if !all { // an old incident may lie beyond what is kept
		var page IssuePage
		if page, err = t.From.Issues(ctx, installationID, q.Ticket.Repository, IssueQuery{Label: label, Page: 1}); err == nil {
			open = open[:0]
			for _, issue := range page.Issues {
				open = append(open, lean(issue))
			}
		}
	}
	var out []hit
	for _, issue := range open {
		if issue.Number == q.Ticket.Number || issue.State != "open" {
			continue
		}
		score := faint
		if at := slices.IndexFunc(hits, func(h hit) bool { return h.issue.Number == issue.Number }); at >= 0 {
			score = hits[at].score
		}
		out = append(out, hit{issue, score})
	}
	sorting.Stable(out, func(a, b hit) int {
		switch {
		case a.score > b.score:
			return -1
		case a.score < b.score:
			return 1
		}
		return b.issue.Number - a.issue.Number
	})
	return out[:min(len(out), maxIncidents)], err
}

func itemOf(kind evidence.Kind, h hit) evidence.Item {
	return evidence.Item{
		Kind: kind, Title: fmt.Sprintf("#%d %s", h.issue.Number, oneLine(h.issue.Title.Raw())), URL: h.issue.URL, Number: h.issue.Number,
		Pin: h.issue.UpdatedAt.UTC().Format(time.RFC3339), State: h.issue.State, Text: h.issue.Body,
		Visibility: visibility(h.issue.Repository), Score: h.score,
	}
}

// stories reads how tickets of one repository went. What was read is kept until a ticket changes.
type stories struct {
	t            *Tracker
	m            *memory
	installation int64
	repo         ticket.Repository
	read         sync.Map // numbers of tickets that were read for this ticket
	releases     sync.Once
	tags         []Release
	tagsErr      error
}

// ahead reads the stories of several tickets side by side. What fails fails again where it is needed.
func (s *stories) ahead(ctx context.Context, hits []hit) {
	var wait sync.WaitGroup
	for _, h := range hits {
		wait.Go(func() {
			_, _ = aside.Get(func() (story, error) { return s.of(ctx, h.issue) })
		})
	}
	wait.Wait()
}

// items returns the similar tickets as evidence, each open one with the canonical one of its duplicates, which is among them.
func (s *stories) items(ctx context.Context, hits []hit, q evidence.Query) ([]evidence.Item, error) {
	var out []evidence.Item
	var failed error
	have := func(number int) bool {
		return slices.ContainsFunc(out, func(i evidence.Item) bool { return i.Number == number })
	}
	for n, h := range hits {
		if len(out) >= q.Limit || have(h.issue.Number) {
			continue
		}
		item := itemOf(evidence.Similar, h)
		if n >= conversations { // how it went is not read; how it stands is known
			item.Outcome = outcome(h.issue, story{})
			item.Canonical = s.standing(h.issue, h.issue, q)
			out = append(out, item)
			continue
		}
		told, err := s.of(ctx, h.issue)
		if errors.Is(err, ErrNotThere) || errors.Is(err, ErrMoved) {
			s.m.gone(h.issue.Number) // deleted, or moved away
			continue
		}
		failed = errors.Join(failed, err)
		told.into(&item, h.issue)
		root, err := s.canonical(ctx, h.issue)
		failed = errors.Join(failed, err)
		item.Canonical = s.standing(h.issue, root, q)
		out = append(out, item)
		if item.State == "open" && item.Canonical == root.Number && root.Number != h.issue.Number && !have(root.Number) {
			first := itemOf(evidence.Similar, hit{root, h.score})
			first.Outcome, first.Canonical = outcome(root, story{}), root.Number
			if len(out) == q.Limit {
				out = out[:len(out)-1]
			}
			out = append(out, first)
		}
	}
	return out, failed
}

// standing is the canonical issue's number of an open issue. A ticket is never a duplicate of a newer one: seen from there, the
// ticket itself is the canonical one. So two issues never point at each other.
func (s *stories) standing(issue, root ticket.Ticket, q evidence.Query) int {
	switch {
	case issue.State != "open":
		return 0
	case q.Ticket.Number != 0 && root.Number > q.Ticket.Number:
		return q.Ticket.Number
	}
	return root.Number
}

// chain is how many duplicates of duplicates are followed.
const chain = 5

// canonical follows what the team has said to be a duplicate of what, and returns the oldest open issue on the way: the issue
// itself where nobody has said anything, or where the way leads in a circle of which it is the oldest.
func (s *stories) canonical(ctx context.Context, issue ticket.Ticket) (ticket.Ticket, error) {
	best, seen := issue, map[int]bool{}
	for range chain {
		if seen[issue.Number] {
			break
		}
		seen[issue.Number] = true
		if issue.State == "open" && (best.State != "open" || issue.Number < best.Number) {
			best = issue
		}
		told, err := s.of(ctx, issue)
		if err != nil {
			return best, err
		}
		next, ok := s.m.issue(told.duplicateOf)
		if !ok {
			break
		}
		issue = next
	}
	return best, nil
}
