package desk

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/oioi-app/oioi/app/aside"
	"github.com/oioi-app/oioi/app/config"
	"github.com/oioi-app/oioi/workflow/effect"
	"github.com/oioi-app/oioi/workflow/evidence"
	"github.com/oioi-app/oioi/workflow/ticket"
)

// Sources are where evidence comes from.
type Sources interface {
	// Repository returns another repository of the same installation.
	Repository(ctx context.Context, place Place, owner, name string) (ticket.Repository, error)
	// Docs searches the help center as it stands now, and says which commit that is.
	Docs(ctx context.Context, place Place, root string, q evidence.Query) (items []evidence.Item, commit string, err error)
	// Listing returns the help center's pages at a commit by name.
	Listing(ctx context.Context, place Place, root, commit string) ([]evidence.Listed, error)
	// Tree returns the repository's files at a commit by path: the help center's pages and what belongs to them, and with ""
	// as content those that are known by name only.
	Tree(ctx context.Context, place Place, root, commit string) (map[string]string, error)
	// Replay searches the help center's pages at a commit twice: as they are, and with some of them changed.
	Replay(ctx context.Context, place Place, root, commit string, changed map[string]string, q evidence.Query) (before, after []evidence.Item, err error)

	// OpenPulls lists OiOi's open docs pull requests, oldest first.
	OpenPulls(ctx context.Context, place Place) ([]effect.OpenPull, error)
	// Proposed returns what one of them makes of some pages, and whether a person has pushed to its branch.
	Proposed(ctx context.Context, place Place, pull effect.OpenPull, pages []string) (files []effect.File, theirs bool, err error)

	// The sources below may return items together with an error: what they could read, and evidence.Missing for what they could not.

	// Similar returns earlier tickets that resemble this one and the open incidents.
	Similar(ctx context.Context, place Place, q evidence.Query, incidentLabel string) ([]evidence.Item, error)
	// Linked returns what the ticket names: issues, pull requests and commits of its repository and of the allowed ones.
	Linked(ctx context.Context, place Place, q evidence.Query, allowed []string) ([]evidence.Item, error)
	// Pages returns the web pages that the ticket names, on the hosts that are allowed.
	Pages(ctx context.Context, q evidence.Query, allowed []string) ([]evidence.Item, error)
	// Releases returns what releases and the change log say about the ticket, and how the version that it states stands to them.
	Releases(ctx context.Context, place Place, q evidence.Query) ([]evidence.Item, error)
}

// Gathered is what was found for one run.
type Gathered struct {
	Set       evidence.Set       // what the readers of the ticket may see
	ForTeam   evidence.Set       // and what they may not, where it was wanted
	Commit    string             // of the help center
	Help      *ticket.Repository // that holds the help center; nil: the ticket's own
	Pages     []evidence.Listed
	Playbooks []string // ids of those that fit the ticket, best first
	Signals   []ticket.Signal
}

// How much of each source a prompt holds at the most: pieces, and characters of all of them together.
const (
	docsLimit    = 8
	similarLimit = 4
	linkedLimit  = 5
	pageLimit    = 3
	releaseLimit = 3

	docsCharacters    = 14000
	similarCharacters = 7000
	linkedCharacters  = 5000
	pageCharacters    = 6000
	releaseCharacters = 5000
)

// source is one of those that are asked side by side.
type source struct {
	name       string
	characters int
	ask        func(context.Context) ([]evidence.Item, error)
}

// grace is how long after the deadline a source may still hand over what it has read until then.
const grace = 500 * time.Millisecond

// Gather asks all sources side by side. One that fails or does not answer in time is named in the result and holds up
// nothing, not even where it does not hear that its time is over. With inside, what only the team may read is wanted, too.
func (e Engine) Gather(ctx context.Context, place Place, t ticket.Ticket, settings config.Settings, inside bool) (Gathered, error) {
	timeout := e.GatherTimeout
	if timeout == 0 {
		timeout = 20 * time.Second
	}
	within, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	audience := e.audience(t)
	widest := audience
	if inside {
		widest = evidence.Private
	}
	query := func(limit int) evidence.Query {
		return evidence.Query{Ticket: t, Words: t.Words(), Limit: limit, Audience: widest}
	}
	var out Gathered
	type read struct {
		commit string
		help   *ticket.Repository
		pages  []evidence.Listed
	}
	center := make(chan read, 1)
	sources := []source{
		{theHelpCenter, docsCharacters, func(ctx context.Context) ([]evidence.Item, error) {
			help, err := e.help(ctx, place, settings.Config.Docs.Repository, audience, inside)
			if err != nil {
				return nil, err
			}
			at := place.holding(help)
			items, found, err := e.Sources.Docs(ctx, at, settings.Config.Docs.Root, query(docsLimit))
			if help != nil && err != nil && permanent(err) {
				err = evidence.Missing{Reason: unreadable, Cause: err}
			}
			if err == nil { // one that is asked again has not answered yet
				center <- read{found, help, e.pages(ctx, at, settings.Config.Docs.Root, found, items)}
			}
			if err == nil && help != nil && help.Private && audience == evidence.Public {
				err = evidence.Missing{Reason: notForReaders} // the team has it, and the reply is drafted without
			}
			return published(settings, items), err
		}},
		{"The list of earlier tickets", similarCharacters, func(ctx context.Context) ([]evidence.Item, error) {
			items, err := e.Sources.Similar(ctx, place, query(similarLimit), settings.Config.Incidents)
			return anonymous(settings, items), err
		}},
		{"What the ticket links to", linkedCharacters, func(ctx context.Context) ([]evidence.Item, error) {
			items, err := e.Sources.Linked(ctx, place, query(linkedLimit), settings.Config.Linked)
			return anonymous(settings, items), err
		}},
		{"The web", pageCharacters, func(ctx context.Context) ([]evidence.Item, error) {
			items, err := e.Sources.Pages(ctx, query(pageLimit), settings.Config.Connect.Web.Allow)
			return anonymous(settings, items), err
		}},
		{"The list of releases", releaseCharacters, func(ctx context.Context) ([]evidence.Item, error) {
			items, err := e.Sources.Releases(ctx, place, query(releaseLimit))
			return published(settings, items), err
		}},
	}
	type result struct {
		source int
		items  []evidence.Item
		err    error
	}
	answers := make(chan result, len(sources))
	for i, s := range sources {
		go func() {
			r := result{source: i}
			for try := 1; try == 1 || try <= sourceTries && mayPass(r.err) && pause(within, time.Duration(try-1)*sourcePause); try++ {
				r.items, r.err = aside.Get(func() ([]evidence.Item, error) { return s.ask(within) })
			}
			tellPanic(ctx, e.Log, "a source of evidence", r.err)
			answers <- r
		}()
	}
	out.Playbooks = fitting(settings.Playbooks, t)
	results := make([][]evidence.Item, len(sources))
	failures := slices.Repeat([]error{context.DeadlineExceeded}, len(sources))
	late := make(chan struct{})
	stop := context.AfterFunc(within, func() { time.AfterFunc(grace, func() { close(late) }) })
	defer stop()
	for open := len(sources); open > 0; {
		select {
		case r := <-answers:
			results[r.source], failures[r.source] = r.items, r.err
			open--
		case <-late:
			open = 0
		}
	}
	select {
	case now := <-center:
		out.Commit, out.Help, out.Pages = now.commit, now.help, now.pages
	default: // the help center has not answered
	}
	if err := ctx.Err(); err != nil {
		return out, err // the job is being stopped: this is no answer
	}
	for _, err := range failures {
		if later(err) != nil {
			return out, err // nobody may ask or write now, so that waiting costs nothing
		}
	}
	var all, forTeam []evidence.Item
	var missing []evidence.Missing
	known := map[int]bool{}
	for i, items := range results {
		if err := failures[i]; err != nil {
			missing = append(missing, missingOf(err, sources[i].name, timeout)...)
			e.Log.WarnContext(ctx, "a source of evidence failed", "ticket", t.Name(), "source", sources[i].name, "error", err)
		}
		// What the ticket names and resembles it as well is told once, with how it was resolved.
		items = slices.DeleteFunc(items, func(item evidence.Item) bool { return item.Kind == evidence.Linked && known[item.Number] })
		for _, item := range items {
			if item.Number != 0 {
				known[item.Number] = true
			}
		}
		found, most := evidence.Set{Items: items}, evidence.Budget{PerItem: evidence.DefaultBudget.PerItem, Total: sources[i].characters}
		all = append(all, evidence.Rank(found.Within(audience).Items, most)...)
		forTeam = append(forTeam, evidence.Rank(found.Beyond(audience).Items, most)...)
	}
	out.Set = evidence.Set{Items: evidence.Rank(all, evidence.DefaultBudget), Missing: missing}
	if inside {
		out.ForTeam.Items = evidence.RankAfter(out.Set, forTeam, evidence.TeamBudget)
	}
	out.Signals = signals(t, out.Set.With(out.ForTeam))
	return out, nil
}

// A source whose answer broke off is asked so often, with such a pause before the second time.
const (
	sourceTries = 5 // the help center takes four requests
	sourcePause = 100 * time.Millisecond
)

// mayPass reports whether an error says of itself that it may be over in a moment.
func mayPass(err error) bool {
	var says interface{ Permanent() bool }
	return errors.As(err, &says) && passing(err)
}

// pages lists the help center's pages, those near what was found there first. A run goes on without the list.
func (e Engine) pages(ctx context.Context, place Place, root, commit string, found []evidence.Item) []evidence.Listed {
	if commit == "" {
		return nil
	}
	all, err := e.Sources.Listing(ctx, place, root, commit)
	if err != nil {
		e.Log.WarnContext(ctx, "the pages of the help center could not be listed", "error", err)
	}
	var near []string
	for _, item := range found {
		near = append(near, item.Path)
	}
	return evidence.Nearest(all, near)
}

// signals are what in the ticket, in its later comments and in the evidence looks like an attempt to give OiOi orders.
func signals(t ticket.Ticket, set evidence.Set) []ticket.Signal {
	var out []ticket.Signal
	look := func(where string, texts ...ticket.Untrusted) {
		for _, text := range texts {
			for _, s := range ticket.Signals(text) {
				if s.Where = where; !slices.Contains(out, s) {
					out = append(out, s)
				}
			}
		}
	}
	look("the ticket", t.Title, t.Body)
	for _, c := range t.Comments {
		if !c.Ours && !c.Author.OnTeam() {
			look("a later comment", c.Body)
		}
	}
	for _, item := range set.Items {
		look("evidence "+item.ID, ticket.Text(item.Title), item.Text, item.Resolution)
	}
	return out
}

// missingOf names what an error is about, each once: what a source says itself, else the source.
func missingOf(err error, name string, timeout time.Duration) []evidence.Missing {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		var out []evidence.Missing
		for _, part := range joined.Unwrap() {
			for _, m := range missingOf(part, name, timeout) {
				if !slices.Contains(out, m) {
					out = append(out, m)
				}
			}
		}
		return out
	}
	var m evidence.Missing
	switch {
	case errors.As(err, &m):
		m.Source, m.Cause = cmp.Or(m.Source, name), nil
		return []evidence.Missing{m}
	case errors.Is(err, context.DeadlineExceeded):
		return []evidence.Missing{{Source: name, Reason: fmt.Sprintf("it did not answer within %s", timeout)}}
	}
	return []evidence.Missing{{Source: name, Reason: "it failed"}}
}

// audience is who may read what OiOi writes on the ticket.
func (e Engine) audience(t ticket.Ticket) evidence.Visibility {
	if t.Repository.Private {
		return evidence.Repository
	}
	return evidence.Public
}
