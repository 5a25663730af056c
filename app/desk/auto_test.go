package desk

import (
	"strings"
	"testing"

	"github.com/oioi-app/oioi/app/config"
	"github.com/oioi-app/oioi/workflow"
	"github.com/oioi-app/oioi/workflow/evidence"
	"github.com/oioi-app/oioi/workflow/role"
	"github.com/oioi-app/oioi/workflow/ticket"
)

// Each thing that makes a reply unfit to be sent without a person is refused for itself, with its reason; without any of them
// the reply goes.
func TestWhatModeAutoLeavesToAPerson(t *testing.T) {
	t.Parallel()
	type at struct {
		run  *Run
		u    *role.Understanding
		plan *role.HandlingPlan
		done *workflow.Finish
	}
	for why, change := range map[string]func(at){
		"":                                       func(at) {},
		"could be meant as orders":               func(a at) { a.run.Risk = ticket.RiskHigh },
		"could be meant as orders to OiOi":       func(a at) { a.run.Risk = ticket.RiskNoted },
		"a person asked":                         func(a at) { a.run.By = "jo" },
		"there is no reply":                      func(a at) { a.u.Reply = nil },
		`no prepared reply in the language "da"`: func(a at) { a.u.Language = "da" },
		"the severity is S1":                     func(a at) { a.u.Severity = "S1" },
		"the plan escalates":                     func(a at) { a.plan.Escalation = &role.Escalation{} },
		"promises something":                     func(a at) { a.u.Reply = append(a.u.Reply, role.Block{Kind: role.Commitment, Text: "By Friday."}) },
		"a claim was left out":                   func(a at) { a.done.Cut = []string{"It is free."} },
		"the plan misses something":              func(a at) { a.done.Unmet = []role.Unmet{{}} },
		"more than an answer":                    func(a at) { a.plan.Path = "workaround" },
		"a claim of the reply has no source":     func(a at) { a.u.Reply[0].Citations = nil },
		"does not say what the reply quotes":     func(a at) { a.u.Reply[0].Citations[0].Quote = "It never works" },
		"does not say what the reply quotes,":    func(a at) { a.u.Reply[0].Citations[0].Evidence = "E9" },
		"does not use the best source":           func(a at) { a.u.Reply[0].Citations[0] = role.Citation{Evidence: "E2", Quote: "Tokens end soon"} },
		"the confidence is 0.80, and auto_above is 0.90": func(a at) {
			a.run.Settings.Config.AutoAbove, a.run.Evidence.Items[1].Score = 0.9, 1 // two sources that are equally near
		},
	} {
		run := Run{Settings: config.DefaultSettings(), Evidence: evidence.Set{Items: []evidence.Item{
			{ID: "E1", Score: 1, Text: ticket.Text("Select Rotate once. It works.")}, {ID: "E2", Score: 0.2, Text: ticket.Text("Tokens end soon.")}}}}
		u := &role.Understanding{Severity: "S4", Category: role.HowTo, Language: "en", Reply: []role.Block{
			{Kind: role.Fact, Text: "Select Rotate once.", Citations: []role.Citation{{Evidence: "E1", Quote: "Select Rotate once."}}}}}
		plan := &role.HandlingPlan{Path: "answer"}
		run.State.Accepted = []workflow.Accepted{{StepID: "understand", Output: role.Output{Understanding: u}}}
		done := workflow.Finish{Outputs: role.Outputs{Understanding: u, HandlingPlan: plan}}
		change(at{&run, u, plan, &done})
		got := withheld(run, done)
		if want := strings.TrimSuffix(why, ","); (want == "") != (got == "") || !strings.Contains(got, want) {
			t.Errorf("withheld says %q, want %q", got, want)
		}
	}
}

// Questions claim nothing, so they need no source; with a claim beside them they do.
func TestModeAutoAsksByItself(t *testing.T) {
	t.Parallel()
	u := &role.Understanding{Severity: "S3", Category: role.Bug, Language: "en", Reply: []role.Block{{Kind: role.Courtesy, Text: "Hello."}, {Kind: role.Question, Text: "Which version?"}}}
	done := workflow.Finish{Outputs: role.Outputs{Understanding: u, HandlingPlan: &role.HandlingPlan{Path: "ask"}}}
	run := Run{Settings: config.DefaultSettings()}
	if why := withheld(run, done); why != "" {
		t.Errorf("questions are left to a person: %s", why)
	}
	u.Reply = append(u.Reply, role.Block{Kind: role.Fact, Text: "It is broken."})
	if withheld(run, done) == "" {
		t.Error("a claim goes with the questions")
	}
}
