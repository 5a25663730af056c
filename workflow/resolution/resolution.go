// Package resolution says whether the handling of a ticket worked: from its checks as they stand when the ticket is closed, and
// from what its reporter says.
package resolution

import (
	"slices"

	"github.com/oioi-app/oioi/workflow/role"
)

// Verdict is what is known about a closed ticket's resolution.
type Verdict string

// The verdicts, from what is known best to what is not known at all.
const (
	Verified  Verdict = "verified"  // what was to be seen is there
	Confirmed Verdict = "confirmed" // the customer says so
	Assumed   Verdict = "assumed"   // it was closed as completed after an answer, and nobody says otherwise
	Unproven  Verdict = "unproven"  // nothing shows that it worked, or something shows that it did not
)

// State is how a check stands.
type State string

// The states of a check.
const (
	Holds State = "holds"
	Fails State = "fails"
	Open  State = "open" // nobody has seen yet whether it holds
)

// Seen is a check as it stands.
type Seen struct {
	Kind  role.CheckKind `json:"kind"`
	Text  string         `json:"text"` // of the check, for people
	State State          `json:"state"`
	Why   string         `json:"why,omitempty"` // what was seen, or why nothing was; clean Markdown
	URL   string         `json:"url,omitempty"` // where it can be seen
}

// seesFor are the checks that show a thing itself, and not only what somebody says about it or that nothing more was heard.
var seesFor = []role.CheckKind{"pr_merged", "release_contains", "page_contains", "human_question", "linear_state"}

// Closing is what is known when a ticket is closed.
type Closing struct {
	Answered   bool   // a reply of OiOi's or of the team stands on the ticket
	Reason     string // GitHub's state_reason: completed, not_planned, duplicate; "" is completed
	ByReporter bool   // who has closed it is who has opened it
	Says       Word   // the newest of the reporter's comments since the answer that says whether it is solved
	Checks     []Seen
}

// Judge returns the verdict and its reason as a sentence without its full stop.
func Judge(c Closing) (Verdict, string) {
	has := func(state State, kinds []role.CheckKind) bool {
		return slices.ContainsFunc(c.Checks, func(s Seen) bool {
			return s.State == state && (kinds == nil || slices.Contains(kinds, s.Kind))
		})
	}
	seen := has(Holds, seesFor) && !has(Open, seesFor)
	confirmed := c.Says == Solved || c.Says == Nothing && c.ByReporter && c.completed()
	switch {
	case c.Says == NotSolved:
		return Unproven, "the customer says that it is not solved"
	case has(Fails, nil):
		return Unproven, "a check does not hold"
	case seen && confirmed:
		return Verified, "what was to be seen is there, and the customer is content"
	case seen:
		return Verified, "what was to be seen is there"
	case c.Says == Solved:
		return Confirmed, "the customer says that it is solved"
	case confirmed:
		return Confirmed, "the customer has closed the ticket as completed"
	case !c.completed():
		return Unproven, "it was closed " + asWhat[c.Reason] + ", and nothing shows that the customer is helped"
	case !c.Answered:
		return Unproven, "it was closed without an answer to the customer"
	}
	return Assumed, "it was closed after the answer, and the customer has not said whether it helped"
}

func (c Closing) completed() bool { return c.Reason == "" || c.Reason == "completed" }

var asWhat = map[string]string{"not_planned": "as not planned", "duplicate": "as a duplicate"}
