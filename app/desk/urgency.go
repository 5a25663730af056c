package desk

import "github.com/riverqueue/river"

// The priorities of step jobs: River works a smaller number first. Mailboxes and effects keep the first, so that commands
// are obeyed and finished drafts posted whatever waits.
const (
	forTeam      = 1 // asked for by a person of the team, or the team's own ticket
	forKnown     = 2 // by somebody whose work the repository has taken before
	forEverybody = 3 // by an account that nobody here knows
)

// priority says who waits for this run. A flood of tickets from new accounts waits behind what the team asks for.
func (r Run) priority() int {
	author := r.Ticket.Author
	switch {
	case r.By != "" || author.OnTeam():
		return forTeam
	case author.Association == "CONTRIBUTOR":
		return forKnown
	}
	return forEverybody
}

// urgency is how a run's next step is put into the queue.
func (r Run) urgency() *river.InsertOpts { return &river.InsertOpts{Priority: r.priority()} }
