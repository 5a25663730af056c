package desk

import (
	"strings"

	"github.com/riverqueue/river"

	"github.com/oioi-app/oioi/app/store"
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
	case r.By != "" && !strings.EqualFold(r.By, author.Login) || author.OnTeam():
		return forTeam
	case author.Association == "CONTRIBUTOR":
		return forKnown
	}
	return forEverybody
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
