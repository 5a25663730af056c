// Package tracker reads evidence from the ticket's own tracker: similar tickets and the replies that resolved them, open
// incidents, and recent releases.
package tracker

import (
	"context"
	"fmt"
	"strings"

	"github.com/oioi-app/oioi/app/connect/index"
	"github.com/oioi-app/oioi/workflow/evidence"
	"github.com/oioi-app/oioi/workflow/ticket"
	"github.com/oioi-app/oioi/workflow/words"
)

// Release is a published release.
type Release struct {
	Tag, Name, Notes, URL string
}

// Reader is what this package reads from GitHub.
type Reader interface {
	// RecentIssues returns issues of all states, last updated first, without comments and without pull requests.
	RecentIssues(ctx context.Context, installationID int64, repo ticket.Repository, limit int) ([]ticket.Ticket, error)
	// Conversation returns an issue's comments, oldest first.
	Conversation(ctx context.Context, installationID int64, repo ticket.Repository, number int) ([]ticket.Comment, error)
	// Releases returns published releases, newest first.
	Releases(ctx context.Context, installationID int64, repo ticket.Repository, limit int) ([]Release, error)
}

// Tracker searches one tracker.
type Tracker struct{ From Reader }

const (
	recent        = 100 // issues that are compared with the ticket
	releases      = 10
	conversations = 3    // similar tickets whose comments are read
	enough        = 0.25 // score below which two tickets merely share some words
)

// Similar returns earlier tickets that resemble this one, with the reply that resolved them where there was one, and the
// open incidents that do.
func (t Tracker) Similar(ctx context.Context, installationID int64, q evidence.Query, incidentLabel string) ([]evidence.Item, error) {
	repo := q.Ticket.Repository
	issues, err := t.From.RecentIssues(ctx, installationID, repo, recent)
	if err != nil {
		return nil, err
	}
	var candidates []ticket.Ticket
	var entries []index.Entry
	for _, issue := range issues {
		if issue.Number == q.Ticket.Number || issue.Author.Bot {
			continue // itself, or a follow-up that OiOi opened
		}
		candidates = append(candidates, issue)
		entries = append(entries, index.Entry{Title: issue.Title.Raw(), Body: issue.Words()})
	}
	hits := index.Build(entries).Search(words.Asked(q.Words), q.Limit)
	var out []evidence.Item
	for _, hit := range hits {
		if hit.Score < enough {
			break
		}
		issue := candidates[hit.Entry]
		item := evidence.Item{
			Kind: evidence.Similar, Title: fmt.Sprintf("#%d %s", issue.Number, oneLine(issue.Title.Raw())), URL: issue.URL, Number: issue.Number,
			Pin: issue.UpdatedAt.UTC().Format("2006-01-02T15:04:05Z"), State: issue.State, Text: ticket.Text(issue.Words()),
			Visibility: visibility(repo), Score: hit.Score,
		}
		if incidentLabel != "" && issue.State == "open" && issue.HasLabel(incidentLabel) {
			item.Kind = evidence.Incident
		}
		if len(out) < conversations {
			comments, err := t.From.Conversation(ctx, installationID, repo, issue.Number)
			if err != nil {
				return nil, err
			}
			item.Resolution = ticket.Text(resolution(issue, comments))
		}
		out = append(out, item)
	}
	return out, nil
}

// resolution is the last thing that somebody of the team said to the reporter of a resolved ticket.
func resolution(issue ticket.Ticket, comments []ticket.Comment) string {
	if issue.State != "closed" || issue.StateReason == "not_planned" {
		return ""
	}
	last := ""
	for _, c := range comments {
		if c.Author.OnTeam() && c.Author.ID != issue.Author.ID && !strings.HasPrefix(strings.TrimSpace(c.Body.Raw()), "/") {
			last = c.Body.Raw()
		}
	}
	return last
}

// Releases returns the notes of recent releases, one item each, newest first.
func (t Tracker) Releases(ctx context.Context, installationID int64, q evidence.Query) ([]evidence.Item, error) {
	repo := q.Ticket.Repository
	found, err := t.From.Releases(ctx, installationID, repo, releases)
	if err != nil {
		return nil, err
	}
	var entries []index.Entry
	for _, r := range found {
		entries = append(entries, index.Entry{Title: r.Tag + " " + r.Name, Body: r.Notes})
	}
	hits := index.Build(entries).Search(words.Asked(q.Words), q.Limit)
	var out []evidence.Item
	for _, hit := range hits {
		r := found[hit.Entry]
		out = append(out, evidence.Item{
			Kind: evidence.Release, Title: r.Tag, URL: r.URL, Pin: r.Tag, Text: ticket.Text(r.Notes), Visibility: visibility(repo), Score: hit.Score,
		})
	}
	return out, nil
}

func visibility(repo ticket.Repository) evidence.Visibility {
	if repo.Private {
		return evidence.Repository
	}
	return evidence.Public
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }
