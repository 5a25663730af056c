// Package workflow holds OiOi's workflow as data and the pure code that runs it: the definition (YAML), the prompt that
// is compiled from it, the token budget, and Next, which says what happens after each answer.
// It does no I/O, reads no clock and knows no SDK: the shell in package app does all of that.
package workflow

import (
	"slices"

	"github.com/oioi-app/oioi/workflow/role"
)

// Definition is one workflow, as its YAML file says it.
type Definition struct {
	ID          string   `yaml:"id" json:"id"`
	Title       string   `yaml:"title" json:"title"`
	Version     int      `yaml:"version" json:"version"`
	Description string   `yaml:"description" json:"description"`
	Constraints []string `yaml:"constraints" json:"constraints"`
	Experiments string   `yaml:"experiments" json:"experiments"`
	Measurement string   `yaml:"measurement" json:"measurement"`
	Done        []Done   `yaml:"definition_of_done" json:"definition_of_done"`
	AfterTheRun []string `yaml:"after_the_run" json:"after_the_run"`
	Steps       []Step   `yaml:"steps" json:"steps"`
	Guardrails  []string `yaml:"guardrails" json:"guardrails"` // ids; allowed: Guardrails
	UseCases    []string `yaml:"use_cases" json:"use_cases"`
	Categories  []string `yaml:"categories" json:"categories"`
	Tags        []string `yaml:"tags" json:"tags"`
	Connections []string `yaml:"connections" json:"connections"` // ids; allowed: Connections
}

// Inside reports whether only the team reads what a step returns where drafts stand in a private place: neither it nor a step
// after it, which reads its part, writes the reply. What it changes in public besides is the gate's matter.
func (d *Definition) Inside(step Step) bool {
	behind := false
	for _, s := range d.Steps {
		behind = behind || s.ID == step.ID
		if behind && s.Returns == role.ReturnsUnderstanding {
			return false
		}
	}
	return behind
}

// AnyInside reports whether a workflow has a step such as Inside means.
func (d *Definition) AnyInside() bool { return slices.ContainsFunc(d.Steps, d.Inside) }

// Done is one named check of the definition of done.
type Done struct {
	Check string `yaml:"check" json:"check"` // the name of a check in role.DoneChecks
	Text  string `yaml:"text" json:"text"`
}

// Step is one role's turn.
type Step struct {
	ID      string       `yaml:"id" json:"id"`
	Role    string       `yaml:"role" json:"role"` // the id of a Role
	Returns role.Returns `yaml:"returns" json:"returns"`
	Asks    string       `yaml:"asks" json:"asks"`       // what the step is for
	Handoff string       `yaml:"handoff" json:"handoff"` // what its note tells the next role
}

// Role is a role as data. A repository adds its private instructions to it.
type Role struct {
	ID           string   `yaml:"id" json:"id"`
	Title        string   `yaml:"title" json:"title"`
	Instructions string   `yaml:"instructions" json:"instructions"`
	Guardrails   []string `yaml:"guardrails" json:"guardrails"`
	Capabilities []string `yaml:"capabilities" json:"capabilities"`
}
