package workflow

import (
	"github.com/oioi-app/oioi/workflow/role"
)

// State is where a run stands, as values. The shell stores it after every move.
type State struct {
	Accepted []Accepted              `json:"accepted"`           // in the order of the definition's steps
	Calls    int                     `json:"calls"`              // model calls so far, repairs included
	Problems []role.Problem          `json:"problems,omitempty"` // why the last answer of the pending step was not accepted
	Rejected string                  `json:"rejected,omitempty"` // that answer, for the repair turn
	Repairs  map[string]int          `json:"repairs,omitempty"`  // repair turns used, by step id
	Bounced  *Bounced                `json:"bounced,omitempty"`  // the one bounce of the run
	Returned map[role.Returns]string `json:"returned,omitempty"` // parts sent back once by the definition of done, and why
	Amended  []string                `json:"amended,omitempty"`  // what code changed at the end, because the roles did not
}

// Accepted is the accepted output of one step.
type Accepted struct {
	StepID    string      `json:"step_id"`
	Role      string      `json:"role"`
	Output    role.Output `json:"output"`
	InputHash string      `json:"input_hash"`    // identifies what the step had to go on, so that a rerun can reuse its part
	Cut       []string    `json:"cut,omitempty"` // claims left out: the sources do not say them, and the repair did not help
	// Unverified are instructions that were left out of the reply for the same reason.
	Unverified []string `json:"unverified,omitempty"`
	Floors     []string `json:"floors,omitempty"` // what policy code raised in it
}

// Bounced records a contested handoff.
type Bounced struct {
	From   string `json:"from"` // step id of the role that sent the note back
	To     string `json:"to"`
	Reason string `json:"reason"`
	// Untold says that the reason may rest on what only the team may read, and that the role which it goes to writes for others:
	// that role is told that its part came back, and not why.
	Untold bool `json:"untold,omitempty"`
}

// untold is what a role hears whose part came back for a reason that it may not know.
const untold = "The role after you could not work with your part, and its reason is not for those who read the reply. Look at your part once more: " +
	"is the question understood, and does the handoff note say all that the ticket and the evidence say about it?"

// told is the reason as the role hears it whose part came back.
func (b Bounced) told() string {
	if b.Untold {
		return untold
	}
	return b.Reason
}

// Move is what happens next: Ask, Park or Finish.
type Move interface{ move() }

// Ask asks a role. Problems and Rejected are set on the repair turn; Reason where a later role or the definition of
// done sent the part back.
type Ask struct {
	Step     Step
	Problems []role.Problem
	Rejected string
	Reason   string
}

// Park stops the run for a person, with the reason in plain English.
type Park struct {
	Kind   ParkKind
	Reason string
	StepID string
}

// ParkKind says why a run waits.
type ParkKind string

// The kinds of Park.
const (
	ParkLongPrompt ParkKind = "long_prompt" // waits for /oioi confirm
	ParkInvalid    ParkKind = "invalid"     // the model's answer stayed invalid after the repair turn
	ParkCalls      ParkKind = "calls"       // the limit of model calls is reached
	ParkBudget     ParkKind = "budget"      // the budget does not allow the next call
	ParkModel      ParkKind = "model"       // the model does not answer
	ParkFailed     ParkKind = "failed"      // what the run needs could not be read, however often it was tried
)

// Finish ends the run: all parts are there. Unmet names what the definition of done still misses.
type Finish struct {
	Outputs role.Outputs
	Unmet   []role.Unmet
	Cut     []string // claims that were left out because no source says them
	// Unverified are instructions that were left out of the reply because no source says them.
	Unverified []string
	Amended    []string // what code changed at the end, because the roles did not
}

func (Ask) move()    {}
func (Park) move()   {}
func (Finish) move() {}

// MaxCalls is how many model calls one run may make, repairs included.
const MaxCalls = 12
