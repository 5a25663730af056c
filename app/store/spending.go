package store

import "time"

// Cost is what calls of models use.
type Cost struct {
	Calls  int64 `json:"calls"`
	Tokens int64 `json:"tokens"` // read and written
	Micros int64 `json:"micros"` // millionths of a US dollar; 0 where no price is known
}

// Add returns the sum of two costs.
func (c Cost) Add(d Cost) Cost {
	return Cost{Calls: c.Calls + d.Calls, Tokens: c.Tokens + d.Tokens, Micros: c.Micros + d.Micros}
}

// Charge says which question a cost belongs to, and to whom it is charged.
type Charge struct {
	ID             string // of the question, the same each time it is asked
	Day            string // SpendingDay of the moment at which it is asked
	TicketKey      string
	Author         string // who is charged: a login in lower case
	RepositoryID   int64
	Repository     string // OWNER/NAME, for people
	InstallationID int64
	Most           Cost // what the repository may use a day, as it stands now; 0: no limit
}

// Spend is what one question used on a day, or may use while it is asked.
type Spend struct {
	Charge
	Used Cost
	Held Cost
}

// SpendingDay is the day, in UTC, to which a cost belongs: 2026-11-23.
func SpendingDay(at time.Time) string { return at.UTC().Format(time.DateOnly) }

// HoldFor is how long a hold counts that nobody settles. It is longer than any call may take; what is older belongs to a
// process that died.
const HoldFor = 15 * time.Minute

// Spent is what was used on a day or is held for calls that are under way, for each of those that a charge names.
type Spent struct{ Ticket, Author, Repository, Total Cost }

// Spending is what one repository used on a day.
type Spending struct {
	RepositoryID int64
	Repository   string // OWNER/NAME as the newest charge had it
	Used         Cost
	Held         Cost // for calls that are under way; Calls says how many
	Most         Cost // what it might use, as the last charge had it; 0: no limit
}
