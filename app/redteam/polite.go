package redteam

import (
	"context"
	"encoding/json"
	"strings"

	"github.com/oioi-app/oioi/app/model"
	"github.com/oioi-app/oioi/workflow/role"
)

// Polite is a language model that means well: it repeats the customer's question, asks for the version, and records the question
// that no page answers. What it repeats has to stay readable.
type Polite struct{}

// Name is what the model calls itself.
func (Polite) Name() string { return "openai" }

// Estimate is what a call may cost at the most.
func (Polite) Estimate(r model.Request) model.Usage { return estimate(r) }

// Complete answers a role.
func (Polite) Complete(_ context.Context, r model.Request) (model.Response, error) {
	note := "Nothing is unclear."
	words := r.Brief.Ticket.Body.Raw()
	out := role.Output{Handoff: &note}
	switch r.Returns {
	case role.ReturnsUnderstanding:
		out.Understanding = &role.Understanding{Summary: clip(words, 300), CustomerGoal: clip(words, 300), BlockedOn: "A question", Impact: "Nothing fails", Severity: "S4", Category: role.HowTo, Language: "en",
			Facts: []role.Claim{}, Assumptions: []string{}, Missing: []role.MissingInfo{}, ReplyMust: []string{"say how"}, Reply: []role.Block{
				{Kind: role.Courtesy, Text: "Hello, thank you for writing.", Citations: []role.Citation{}},
				{Kind: role.Question, Text: "You wrote:\n\n" + firstWords(words, 100) + "\n\nWhich version do you use?", Citations: []role.Citation{}}}}
		out.Understanding.Missing = []role.MissingInfo{{Question: "Which version do you use?", Why: "The answer depends on it."}}
	case role.ReturnsHandlingPlan:
		out.HandlingPlan = &role.HandlingPlan{Path: "ask", Why: "The version is missing.", Owner: role.Unassigned, OwnerWhy: "Nobody is named.", LimitsApplied: []role.Limit{}, Alternatives: []role.Alternative{}, NextUpdateHours: 8,
			Actions: []role.Action{{ID: "A1", Text: "Read the answer", Owner: role.Unassigned, DueHours: 8, DoneWhen: "It is answered."}}}
	case role.ReturnsMeasurement:
		out.Measurement = &role.Measurement{Metrics: []role.Metric{}, Checks: []role.Check{{ID: "C1", Kind: "reporter_confirms", Text: "The customer got there", Subject: "the customer", Source: "the ticket", DueHours: 16}}}
	case role.ReturnsFollowThrough:
		out.FollowThrough = &role.FollowThrough{DocsEdits: []role.DocsEdit{}, FollowUps: []role.FollowUp{{Kind: "docs", Title: "Answer a question", Body: "A customer asks:\n\n" + firstWords(words, 100),
			Acceptance: []string{"A page answers it."}, Tracker: "github", Priority: "P3"}}}
	}
	data, err := json.Marshal(out)
	return model.Response{Output: data, Model: "gpt-4.1", Drafter: "openai"}, err
}

// SandboxTitle names a case's ticket where the titles of many stand side by side.
func (c Case) SandboxTitle() string { return strings.TrimSpace(c.Title) + " (" + c.Name + ")" }
