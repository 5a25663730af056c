package modeltest

import (
	"regexp"
	"strings"

	"github.com/oioi-app/oioi/workflow/role"
)

// passage is a page's section in the prompt: its id, its heading and the first line of its text.
var passage = regexp.MustCompile(`(?m)^(E\d+), docs.*\n<<<untrusted source\n.*\n(.+)$`)

var title = regexp.MustCompile(`(?m)^<<<untrusted title\n(.+)$`)

// Draft plays a good model: it fills the part that the prompt asks for, and quotes the first passage of the prompt where
// there is one.
func Draft(r Request) role.Output {
	path, why := role.Path("answer"), "A page answers it."
	asked := title.FindStringSubmatch(r.Prompt("user"))
	if passage.FindString(r.Prompt("user")) == "" {
		path, why = "escalate", "No page answers it."
	}
	note := "Nothing is unclear."
	nothing := "The help center answers this already."
	out := role.Output{Handoff: &note}
	switch prompt := r.Prompt("user"); {
	case strings.Contains(prompt, `Return the part "understanding"`):
		out.Understanding = &role.Understanding{
			Summary: "The customer asks how to do something.", CustomerGoal: "Get it done", BlockedOn: "How to do it", Impact: "Nothing fails", Severity: "S4",
			Category: role.HowTo, Language: "en", Facts: []role.Claim{}, Assumptions: []string{}, Missing: []role.MissingInfo{}, ReplyMust: []string{"say how"},
			Reply: []role.Block{{Kind: role.Courtesy, Text: "Hello, thank you for writing.", Citations: []role.Citation{}}, answer(prompt)},
		}
	case strings.Contains(prompt, `Return the part "handling_plan"`):
		out.HandlingPlan = &role.HandlingPlan{Path: path, Why: why, WhyCitations: answer(prompt).Citations, Owner: role.Unassigned, OwnerWhy: "Nobody is named.",
			Actions: []role.Action{{ID: "A1", Text: "Send the reply", Owner: role.Unassigned, DueHours: 4, DoneWhen: "It is sent."}}, LimitsApplied: []role.Limit{},
			Alternatives: []role.Alternative{}, NextUpdateHours: 8}
	case strings.Contains(prompt, `Return the part "measurement"`):
		out.Measurement = &role.Measurement{Metrics: []role.Metric{},
			Checks: []role.Check{{ID: "C1", Kind: "reporter_confirms", Text: "The customer got there", Subject: "the customer", Source: "the ticket", DueHours: 16}}}
	case strings.Contains(prompt, `Return the part "follow_through"`):
		out.FollowThrough = &role.FollowThrough{FollowUps: []role.FollowUp{}, DocsEdits: []role.DocsEdit{}, Nothing: &nothing}
		if path == "escalate" && asked != nil {
			out.FollowThrough.Nothing = nil
			out.FollowThrough.FollowUps = []role.FollowUp{{Kind: "docs", Title: "Answer a question", Body: "> " + asked[1], Acceptance: []string{"A page answers it"}, Tracker: "github", Priority: "P3"}}
		}
	}
	return out
}

func answer(prompt string) role.Block {
	found := passage.FindStringSubmatch(prompt)
	if found == nil {
		return role.Block{Kind: role.Courtesy, Text: "We look into it.", Citations: []role.Citation{}}
	}
	return role.Block{Kind: role.Fact, Text: "The help center says: " + found[2], Citations: []role.Citation{{Evidence: found[1], Quote: found[2]}}}
}
