package workflow

import (
	"github.com/oioi-app/oioi/workflow/evidence"
	"github.com/oioi-app/oioi/workflow/policy"
	"github.com/oioi-app/oioi/workflow/role"
	"github.com/oioi-app/oioi/workflow/ticket"
)

// Brief is everything one step may know, typed. A language model reads the Prompt compiled from it; the playbook
// drafter reads the Brief itself.
type Brief struct {
	Definition   *Definition
	Roles        map[string]Role   // by id
	Private      map[string]string // a repository's own instructions, by role id
	Step         Step
	Ticket       ticket.Ticket
	Policy       policy.Policy
	Playbooks    []policy.Playbook // those that fit the ticket best, best first; they brief a language model
	Evidence     evidence.Set      // already cut to what the readers of the ticket may see
	ForTeam      evidence.Set      // what only the team may read; empty for a step whose part others read
	Pages        []evidence.Listed // of the help center, the nearest first; for the step that changes it
	Accepted     role.Outputs      // what the steps before returned
	Notes        []Note            // their handoff notes, in order
	Direction    string            // a maintainer's words after /oioi rerun
	Audience     evidence.Visibility
	TeamLanguage string // for everything but the reply; "" means English
	Ask          Ask    // what the step is asked this time: problems to repair, a reason why it is asked again
}

// Note is one accepted handoff note.
type Note struct {
	StepID string `json:"step_id"`
	Role   string `json:"role"`
	Text   string `json:"text"`
}

// Part is a named stretch of a prompt.
type Part struct {
	Name   string `json:"name"` // workflow, policy, contract, ticket, playbooks, evidence, notes, private evidence, pages, role
	Text   string `json:"text"`
	Tokens int    `json:"tokens"`
}

// Prompt is the compiled prompt of one step. The parts before the last are the same for every role of a run, word for
// word, and the first ones the same for a whole repository: a provider's prefix cache depends on it.
type Prompt struct {
	System []Part `json:"system"` // workflow, policy, contract: sent as the system message
	User   []Part `json:"user"`   // ticket, playbooks, evidence, notes, private evidence, and the role's part last
}

// Counter counts tokens offline.
type Counter func(text string) int
