// Package ops says how an OiOi stands, for those who run it: what waits, what needs a person, what was spent today, and how
// near GitHub's limits are. It only reads.
package ops

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/oioi-app/oioi/app/config"
	"github.com/oioi-app/oioi/app/store"
	"github.com/oioi-app/oioi/workflow/sorting"
)

// Status is how an OiOi stands at a moment. Its JSON is for programs: `oioi status --format json`.
type Status struct {
	At      time.Time `json:"at"`
	Inbox   int64     `json:"inbox"`   // deliveries that nobody has looked at yet
	Queue   []Queued  `json:"queue"`   // jobs that are not finished
	Runs    []Count   `json:"runs"`    // all there are, by status
	Parked  []Parked  `json:"parked"`  // runs that wait for a person, the newest first, at most Shown
	Unknown []Unknown `json:"unknown"` // effects of which nobody knows whether GitHub has them, at most Shown
	Refused []Refused `json:"refused"` // what was held back, and tickets that look like attempts, the newest first, at most ShownRefused
	Spend   Spend     `json:"spend"`
	Writes  []Writes  `json:"writes"` // to GitHub, by installation
}

// Shown is how many parked runs and unknown effects are listed.
const Shown = 50

// ShownRefused is how many of the newest refusals and warnings are listed.
const ShownRefused = 20

// Queued is a number of jobs.
type Queued struct {
	Kind  string `json:"kind"`
	State string `json:"state"` // as the queue says it
	N     int64  `json:"n"`
}

// Count is a number of runs.
type Count struct {
	Status string `json:"status"`
	N      int64  `json:"n"`
}

// Parked is a run that waits for a person.
type Parked struct {
	Ticket string    `json:"ticket"` // OWNER/NAME#NUMBER
	Reason string    `json:"reason"`
	Since  time.Time `json:"since"`
}

// Unknown is an effect that may or may not stand on GitHub.
type Unknown struct {
	Ticket string    `json:"ticket"`
	Effect string    `json:"effect"`
	Note   string    `json:"note"`
	Since  time.Time `json:"since"`
}

// Refused is what OiOi held back or warns of: what nobody may read on a public ticket is told here.
type Refused struct {
	Ticket   string    `json:"ticket"`
	What     string    `json:"what"` // refused, warned or unanswered
	Text     string    `json:"text"`
	At       time.Time `json:"at"`
	Progress string    `json:"progress"` // the path of the ticket's timeline
}

// Spend is what calls of language models used on a day.
type Spend struct {
	Day          string    `json:"day"` // UTC
	Resets       time.Time `json:"resets"`
	Total        Line      `json:"total"`
	Repositories []Line    `json:"repositories"` // the largest first
}

// Line is what was spent against a limit. A limit of 0 is none.
type Line struct {
	Of         string  `json:"of"` // OWNER/NAME, or "everything"
	Calls      int64   `json:"calls"`
	Tokens     int64   `json:"tokens"`
	USD        float64 `json:"usd"` // 0 where no price is configured
	UnderWay   int64   `json:"under_way"`
	HeldTokens int64   `json:"held_tokens"` // set aside for the calls that are under way
	HeldUSD    float64 `json:"held_usd"`
	MostTokens int64   `json:"most_tokens"`
	MostUSD    float64 `json:"most_usd"`
}

// Writes is how much an installation has written lately, against GitHub's secondary limits.
type Writes struct {
	Account    string    `json:"account"`
	LastMinute int       `json:"last_minute"`
	LastHour   int       `json:"last_hour"`
	Next       time.Time `json:"next"` // when the next write may be sent; not after Status.At: now
}

// Options say what the rows mean.
type Options struct {
	Budget config.Budget
	// Writes reads what the limiter keeps for an installation. Nothing is shown without it.
	Writes func(kept string, now time.Time) (lastMinute, lastHour int, next time.Time)
	// WritesPrefix is what the keys of these values begin with, before the installation's number.
	WritesPrefix string
	Now          time.Time
}

// Read reads the status. The rows are read in one view, so that the parts fit each other.
func Read(ctx context.Context, r store.Reader, o Options) (Status, error) {
	s := Status{At: o.Now.UTC(), Queue: []Queued{}, Runs: []Count{}, Parked: []Parked{}, Unknown: []Unknown{}, Refused: []Refused{}, Writes: []Writes{}}
	counts, err := r.Counts(ctx)
	if err != nil {
		return s, err
	}
	s.Inbox = counts.Inbox
	for job, n := range counts.Jobs {
		if job.State != "completed" && job.State != "cancelled" {
			s.Queue = append(s.Queue, Queued{Kind: job.Kind, State: job.State, N: n})
		}
	}
	sorting.Stable(s.Queue, func(a, b Queued) int {
		return strings.Compare(a.Kind+" "+a.State, b.Kind+" "+b.State)
	})
	for _, status := range slices.Sorted(maps.Keys(counts.Runs)) {
		s.Runs = append(s.Runs, Count{Status: status, N: counts.Runs[status]})
	}
	if s.Parked, err = parked(ctx, r); err != nil {
		return s, err
	}
	if s.Unknown, err = unknown(ctx, r); err != nil {
		return s, err
	}
	if s.Refused, err = refused(ctx, r); err != nil {
		return s, err
	}
	if s.Spend, err = ReadSpend(ctx, r, o.Budget, o.Now); err != nil {
		return s, err
	}
	s.Writes, err = writes(ctx, r, o)
	return s, err
}

func parked(ctx context.Context, r store.Reader) ([]Parked, error) {
	rows, err := r.TicketsBy(ctx, "parked", Shown)
	out := []Parked{}
	for _, row := range rows {
		events, err := r.Events(ctx, row.Key)
		if err != nil {
			return nil, err
		}
		p := Parked{Ticket: name(row), Since: row.UpdatedAt}
		for _, e := range events {
			if e.Kind == "parked" {
				p.Reason, p.Since = e.Text, e.At
			}
		}
		out = append(out, p)
	}
	return out, err
}

func unknown(ctx context.Context, r store.Reader) ([]Unknown, error) {
	rows, err := r.EffectsBy(ctx, store.EffectUnknown, Shown)
	out := []Unknown{}
	for _, e := range rows {
		ticket, err := r.Ticket(ctx, e.TicketKey)
		if err != nil {
			return nil, err
		}
		out = append(out, Unknown{Ticket: name(ticket), Effect: strings.TrimPrefix(e.Key, e.TicketKey+"/"), Note: e.Note, Since: e.UpdatedAt})
	}
	return out, err
}

func refused(ctx context.Context, r store.Reader) ([]Refused, error) {
	events, err := r.EventsOf(ctx, []string{"refused", "warned", "unanswered"}, ShownRefused)
	out := []Refused{}
	for _, e := range events {
		ticket, err := r.Ticket(ctx, e.TicketKey)
		if err != nil {
			return nil, err
		}
		out = append(out, Refused{Ticket: name(ticket), What: e.Kind, Text: e.Text, At: e.At, Progress: fmt.Sprintf("/progress/%d/%d", ticket.RepositoryID, ticket.Number)})
	}
	return out, err
}

func name(t store.Ticket) string { return fmt.Sprintf("%s/%s#%d", t.Owner, t.Name, t.Number) }

// ReadSpend reads what was spent on the day of now.
func ReadSpend(ctx context.Context, r store.Reader, b config.Budget, now time.Time) (Spend, error) {
	now = now.UTC()
	s := Spend{Day: store.SpendingDay(now), Resets: now.Truncate(24 * time.Hour).Add(24 * time.Hour), Repositories: []Line{},
		Total: Line{Of: "everything", MostTokens: b.DayTokens, MostUSD: b.DayUSD}}
	list, err := r.Spending(ctx, s.Day)
	for _, v := range list {
		line := Line{
			Of: v.Repository, Calls: v.Used.Calls, Tokens: v.Used.Tokens, USD: usd(v.Used.Micros), UnderWay: v.Held.Calls,
			HeldTokens: v.Held.Tokens, HeldUSD: usd(v.Held.Micros), MostTokens: v.Most.Tokens, MostUSD: usd(v.Most.Micros),
		}
		s.Repositories = append(s.Repositories, line)
		s.Total.Calls, s.Total.Tokens, s.Total.USD = s.Total.Calls+line.Calls, s.Total.Tokens+line.Tokens, s.Total.USD+line.USD
		s.Total.UnderWay, s.Total.HeldTokens, s.Total.HeldUSD = s.Total.UnderWay+line.UnderWay, s.Total.HeldTokens+line.HeldTokens, s.Total.HeldUSD+line.HeldUSD
	}
	return s, err
}

func usd(micros int64) float64 { return float64(micros) / 1e6 }

func writes(ctx context.Context, r store.Reader, o Options) ([]Writes, error) {
	out := []Writes{}
	if o.Writes == nil {
		return out, nil
	}
	kept, err := r.Values(ctx, o.WritesPrefix)
	if err != nil {
		return nil, err
	}
	installations, err := r.Installations(ctx)
	if err != nil {
		return nil, err
	}
	accounts := map[string]string{}
	for _, in := range installations {
		accounts[strconv.FormatInt(in.ID, 10)] = in.Account
	}
	for _, key := range slices.Sorted(maps.Keys(kept)) {
		id := strings.TrimPrefix(key, o.WritesPrefix)
		w := Writes{Account: accounts[id]}
		if w.Account == "" {
			w.Account = "installation " + id
		}
		w.LastMinute, w.LastHour, w.Next = o.Writes(kept[key], o.Now)
		out = append(out, w)
	}
	return out, nil
}
