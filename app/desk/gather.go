package desk

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/oioi-app/oioi/app/config"
	"github.com/oioi-app/oioi/workflow/evidence"
	"github.com/oioi-app/oioi/workflow/ticket"
)

// Sources are where evidence comes from.
type Sources interface {
	// Docs searches the help center as it stands now, and says which commit that is.
	Docs(ctx context.Context, place Place, root string, q evidence.Query) (items []evidence.Item, commit string, err error)
	// Page returns one page of the help center at a commit.
	Page(ctx context.Context, place Place, root, commit, name string) (content string, found bool, err error)
	// Replay searches the help center's pages at a commit twice: as they are, and with some of them changed.
	Replay(ctx context.Context, place Place, root, commit string, changed map[string]string, q evidence.Query) (before, after []evidence.Item, err error)
	// Similar returns earlier tickets and open incidents that resemble this one.
	Similar(ctx context.Context, place Place, q evidence.Query, incidentLabel string) ([]evidence.Item, error)
	// Releases returns recent releases whose notes speak about the ticket.
	Releases(ctx context.Context, place Place, q evidence.Query) ([]evidence.Item, error)
}

// Gathered is what was found for one run.
type Gathered struct {
	Set       evidence.Set
	Commit    string   // of the help center
	Playbooks []string // ids of those that fit the ticket, best first
}

// How much of each source a prompt holds at the most.
const (
	docsLimit    = 8
	similarLimit = 4
	releaseLimit = 3
)

// Gather asks all sources side by side. One that fails or does not answer in time is named in the result and holds up
// nothing.
func (e Engine) Gather(ctx context.Context, place Place, t ticket.Ticket, settings config.Settings) (Gathered, error) {
	timeout := e.GatherTimeout
	if timeout == 0 {
		timeout = 20 * time.Second
	}
	within, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	audience := e.audience(t)
	query := func(limit int) evidence.Query {
		return evidence.Query{Ticket: t, Words: t.Words(), Limit: limit, Audience: audience}
	}
	var out Gathered
	results := make([][]evidence.Item, 3)
	failures := make([]error, 3)
	names := []string{"The help center", "The list of earlier tickets", "The list of releases"}
	var wait sync.WaitGroup
	wait.Go(func() {
		results[0], out.Commit, failures[0] = e.Sources.Docs(within, place, settings.Config.Docs.Root, query(docsLimit))
	})
	wait.Go(func() {
		results[1], failures[1] = e.Sources.Similar(within, place, query(similarLimit), settings.Config.Incidents)
	})
	wait.Go(func() { results[2], failures[2] = e.Sources.Releases(within, place, query(releaseLimit)) })
	out.Playbooks = fitting(settings.Playbooks, t)
	wait.Wait()
	if err := ctx.Err(); err != nil {
		return out, err // the job is being stopped: this is no answer
	}
	var all []evidence.Item
	var missing []evidence.Missing
	for i, items := range results {
		if err := failures[i]; err != nil {
			reason := "it failed"
			if errors.Is(err, context.DeadlineExceeded) {
				reason = fmt.Sprintf("it did not answer within %s", timeout)
			}
			missing = append(missing, evidence.Missing{Source: names[i], Reason: reason})
			e.Log.Warn("a source of evidence failed", "ticket", t.Name(), "source", names[i], "error", err)
			continue
		}
		all = append(all, items...)
	}
	out.Set = evidence.Set{Items: evidence.Rank(evidence.Set{Items: all}.Within(audience).Items, evidence.DefaultBudget), Missing: missing}
	return out, nil
}

// audience is who may read what OiOi writes on the ticket.
func (e Engine) audience(t ticket.Ticket) evidence.Visibility {
	if t.Repository.Private {
		return evidence.Repository
	}
	return evidence.Public
}
