package tracker

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/oioi-app/oioi/app/aside"
	"github.com/oioi-app/oioi/workflow/evidence"
	"github.com/oioi-app/oioi/workflow/sorting"
	"github.com/oioi-app/oioi/workflow/ticket"
)

// MaxLinked is how many of the things that a ticket names are read.
const MaxLinked = 5

// linkedScore is what being named by the ticket is worth. Naming a thing does not make it an answer.
const linkedScore = 0.5

// Linked returns the issues, pull requests and commits that the ticket names, at most MaxLinked. Those of another repository are
// read only where allowed has its OWNER/NAME, and what is private there is for the team alone. With an error, which names what
// could not be read, there may be items nevertheless.
func (t *Tracker) Linked(ctx context.Context, installationID int64, q evidence.Query, allowed []string) ([]evidence.Item, error) {
	repo := q.Ticket.Repository
	refs := References(said(q.Ticket), repo, t.WebURL)
	refs = slices.DeleteFunc(refs, func(r Reference) bool {
		return r.Number != 0 && r.Number == q.Ticket.Number && r.Owner == repo.Owner && r.Name == repo.Name
	})
	sorting.Stable(refs, func(a, b Reference) int { // what is surely meant first
		switch {
		case a.Certain == b.Certain:
			return 0
		case a.Certain:
			return -1
		}
		return 1
	})
	refs = refs[:min(len(refs), MaxLinked, max(q.Limit, 0))]
	items, failures := make([]evidence.Item, len(refs)), make([]error, len(refs))
	var wait sync.WaitGroup
	for i, ref := range refs {
		wait.Go(func() {
			items[i], failures[i] = aside.Get(func() (evidence.Item, error) { return t.linked(ctx, installationID, ref, q, allowed) })
		})
	}
	wait.Wait()
	var out []evidence.Item
	var problems []error
	for i, ref := range refs {
		err := failures[i]
		var untold apart
		if errors.As(err, &untold) || err == nil && items[i].Visibility > visibility(repo) {
			// Those who read the ticket are told the same of both. The log has the reason.
			problems = append(problems, evidence.Missing{Source: ref.String(), Reason: notForReaders, Cause: untold.error})
		}
		switch {
		case untold.error != nil:
		case err == nil:
			same := func(item evidence.Item) bool { return item.URL == items[i].URL } // a commit, once short and once in full
			if !slices.ContainsFunc(out, same) {
				out = append(out, items[i])
			}
		case !ref.Certain && errors.Is(err, ErrNotThere): // it was no commit then
		default:
			problems = append(problems, evidence.Missing{Source: ref.String(), Reason: reasonOf(err), Cause: err})
		}
	}
	return out, errors.Join(problems...)
}

// said is all that people wrote on the ticket.
func said(t ticket.Ticket) string {
	parts := []string{t.Title.Raw(), t.Body.Raw()}
	for _, c := range t.Comments {
		if !c.Ours && !c.Author.Bot && !strings.HasPrefix(strings.TrimSpace(c.Body.Raw()), "/") {
			parts = append(parts, c.Body.Raw())
		}
	}
	return strings.Join(parts, "\n\n")
}

// apart is a failure in another repository that is not known to be public: whether there is such a thing is not for everybody.
type apart struct{ error }

func (a apart) Unwrap() error { return a.error }

// notForReaders is said of what is private elsewhere, and of what is not there.
const notForReaders = "it is in another repository, and not there, or not for those who read this ticket"

// errElsewhere refuses another repository before anything is asked of it.
var errElsewhere = errors.New("it is in another repository, which this one's configuration does not name in linked_repositories")

func reasonOf(err error) string {
	if errors.Is(err, errElsewhere) {
		return errElsewhere.Error()
	}
	return reason(err)
}

func (t *Tracker) linked(ctx context.Context, installationID int64, ref Reference, q evidence.Query, allowed []string) (evidence.Item, error) {
	repo, seen := q.Ticket.Repository, visibility(q.Ticket.Repository)
	own := strings.EqualFold(ref.Owner, repo.Owner) && strings.EqualFold(ref.Name, repo.Name)
	if !own {
		same := func(name string) bool { return strings.EqualFold(name, ref.Owner+"/"+ref.Name) }
		if !slices.ContainsFunc(allowed, same) {
			return evidence.Item{}, errElsewhere
		}
		var err error
		if repo, err = t.From.Repository(ctx, installationID, ref.Owner, ref.Name); err != nil {
			return evidence.Item{}, apart{err}
		}
		if seen = evidence.Public; repo.Private {
			seen = evidence.Private // who reads the ticket may not be able to read this
		}
	}
	item, err := t.named(ctx, installationID, repo, own, ref, q, seen)
	if err != nil && seen == evidence.Private {
		return item, apart{err}
	}
	return item, err
}

// named reads what a reference is to, in a repository that may be read.
func (t *Tracker) named(ctx context.Context, installationID int64, repo ticket.Repository, own bool, ref Reference, q evidence.Query, seen evidence.Visibility) (evidence.Item, error) {
	s := &stories{t: t, m: t.memory(placeOf(installationID, repo)), installation: installationID, repo: repo}
	if ref.SHA != "" {
		return s.linkedCommit(ctx, ref, seen)
	}
	work, err := t.From.Work(ctx, installationID, repo, ref.Number)
	if err != nil {
		return evidence.Item{}, err
	}
	issue := work.Ticket
	name := fmt.Sprintf("#%d", issue.Number)
	if !own {
		name = ref.String()
	}
	item := evidence.Item{
		Kind: evidence.Linked, Title: name + " " + oneLine(issue.Title.Raw()), URL: issue.URL, Pin: issue.UpdatedAt.UTC().Format(time.RFC3339),
		State: issue.State, Text: ticket.Text(clip(issue.Words(), maxWords)), Visibility: seen, Score: linkedScore,
	}
	if work.Pull {
		item.Outcome = "a pull request, " + issue.State
		if issue.State == "closed" {
			item.Outcome = "a pull request, closed without being merged"
		}
		if work.Merged {
			item.State = "merged"
			f := fix{pull: issue.Number, commit: work.SHA}
			if f.tag, err = s.released(ctx, f, issue.Number, work.Done); errors.Is(err, ErrNotThere) {
				err = nil
			}
			item.Outcome = "a pull request, merged on " + work.Done.UTC().Format(time.DateOnly)
			if f.tag != "" {
				item.Outcome += ", released in " + f.tag
			}
		}
		return item, err
	}
	told, err := s.of(ctx, issue)
	told.into(&item, issue)
	if own && !issue.Author.Bot {
		item.Number, item.Canonical = issue.Number, s.standing(issue, issue, q)
	}
	return item, err
}

func (s *stories) linkedCommit(ctx context.Context, ref Reference, seen evidence.Visibility) (evidence.Item, error) {
	work, err := s.t.From.Commit(ctx, s.installation, s.repo, ref.SHA)
	if err != nil {
		return evidence.Item{}, err
	}
	message := strings.TrimSpace(work.Ticket.Body.Raw())
	subject, _, _ := strings.Cut(message, "\n")
	f := fix{commit: work.SHA}
	if f.tag, err = s.released(ctx, f, 0, work.Done); errors.Is(err, ErrNotThere) {
		err = nil
	}
	item := evidence.Item{
		Kind: evidence.Linked, Title: "commit " + work.SHA[:min(7, len(work.SHA))] + ": " + clip(oneLine(subject), 120), URL: work.Ticket.URL, Pin: work.SHA,
		Outcome: "a commit of " + work.Done.UTC().Format(time.DateOnly), Text: ticket.Text(clip(message, maxWords)), Visibility: seen, Score: linkedScore,
	}
	if f.tag != "" {
		item.Outcome += ", released in " + f.tag
	}
	return item, err
}
