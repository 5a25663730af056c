package desk

import (
	"cmp"
	"strings"

	"github.com/riverqueue/river"

	"github.com/oioi-app/oioi/app/store"
	"github.com/oioi-app/oioi/workflow/ticket"
)

// The priorities of the jobs of a run: River works a smaller number first. Mailboxes have their own (see package intake), by
// who wrote what is new; what a command leads to is forTeam.
const (
	forTeam      = 1 // asked for by a person of the team, or the team's own ticket
	forKnown     = 2 // by somebody whose work the repository has taken before
	forEverybody = 3 // by an account that nobody here knows
)

// priority says who waits for this run. A flood of tickets from new accounts waits behind what the team asks for.
func (r Run) priority() int {
	author := r.Ticket.Author
	switch {
	case r.Asker != 0:
		return r.Asker
	case r.By != "" && !strings.EqualFold(r.By, author.Login):
		return forTeam
	}
	return priorityOf(author)
}

// priorityOf is the priority of what a person wrote.
func priorityOf(p ticket.Person) int {
	switch {
	case p.OnTeam():
		return forTeam
	case p.Association == "CONTRIBUTOR":
		return forKnown
	}
	return forEverybody
}

// answers notes that somebody with this priority waits for what the pass proposes.
func (v *verdict) answers(priority int) {
	if v.waits == 0 || priority < v.waits {
		v.waits = priority
	}
}

// priority says who waits for what a mailbox pass proposes: the most urgent of those whom it answers and of whom its run is for.
// What nobody asked for follows from what only the team can do.
func (v verdict) priority() int {
	out := v.waits
	if v.start != nil && (out == 0 || v.start.priority() < out) {
		out = v.start.priority()
	}
	return cmp.Or(out, forTeam)
}

// urgency is how a run's next step is put into the queue. The desk counts the attempts that it gives a step; beyond them the
// queue tries only to store that it failed.
func (r Run) urgency() *river.InsertOpts {
	return &river.InsertOpts{Priority: r.priority(), MaxAttempts: store.TryForDays}
}

// posting is how the job that carries out a ticket's effects is put into the queue: writes to GitHub are few a minute, so a
// flood's drafts are posted after the team's.
func posting(priority int) *river.InsertOpts {
	opts := *onePerTicket
	opts.Priority = priority
	return &opts
}
