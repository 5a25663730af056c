package workflow_test

import (
	"strings"
	"testing"

	"github.com/oioi-app/oioi/workflow"
	"github.com/oioi-app/oioi/workflow/evidence"
	"github.com/oioi-app/oioi/workflow/role"
	"github.com/oioi-app/oioi/workflow/ticket"
)

// What a plan cites and no source says is asked for once more; after that the citation goes and the line stays, to be marked.
func TestAPlanIsRepairedOnceThenLosesWhatItCitesFalsely(t *testing.T) {
	def, _ := workflow.Standard()
	in := role.Context{TicketText: "How do I rotate a token?", PolicyText: "never promise release dates",
		Evidence: evidence.Set{Items: []evidence.Item{{ID: "E1", Kind: evidence.Docs, Text: ticket.Text("Select Rotate once. It works.")}}}}
	good, false1 := role.Citation{Evidence: "E1", Quote: "Select Rotate once."}, role.Citation{Evidence: "E1", Quote: "Select Rotate twice."}
	unknown, ruled := role.Citation{Evidence: "E9", Quote: "Select Rotate once."}, role.Citation{Evidence: "policy", Quote: "never promise release dates"}
	own := role.Citation{Evidence: "ticket", Quote: "How do I rotate a token?"}
	for name, c := range map[string]struct {
		path                    role.Path
		why, alternative, limit []role.Citation
		says                    string // the problem that the repair turn is told; "": there is none
		left                    [3]int // citations that are left of the three
	}{
		"all hold":                       {"answer", []role.Citation{good}, []role.Citation{good}, []role.Citation{ruled}, "", [3]int{1, 1, 1}},
		"a false quote":                  {"answer", []role.Citation{false1}, []role.Citation{good}, []role.Citation{ruled}, "why_citations[0] quotes words that are not in E1", [3]int{0, 1, 1}},
		"an unknown id":                  {"answer", []role.Citation{good, unknown}, nil, nil, `why_citations[1] cites "E9", which is no evidence of this run`, [3]int{1, 0, 0}},
		"a false quote of another way":   {"fix", nil, []role.Citation{false1, good}, nil, "alternatives[0].citations[0]", [3]int{0, 1, 0}},
		"a limit that no policy sets":    {"fix", nil, nil, []role.Citation{{Evidence: "policy", Quote: "never promise a refund"}}, "limits_applied[0].citations[0]", [3]int{}},
		"an answer without a source":     {"answer", nil, nil, nil, "the path is answer, and nothing but the ticket", [3]int{}},
		"the ticket is no source":        {"workaround", []role.Citation{own}, nil, nil, "the path is workaround", [3]int{1, 0, 0}},
		"what asks needs no source":      {"ask", nil, nil, nil, "", [3]int{}},
		"no source but for what is fine": {"escalate", []role.Citation{own}, nil, nil, "", [3]int{1, 0, 0}},
	} {
		o := answers()
		plan := o[role.ReturnsHandlingPlan].HandlingPlan
		plan.Path, plan.WhyCitations = c.path, c.why
		plan.Alternatives, plan.LimitsApplied = []role.Alternative{{Text: "t", Gain: "g", Citations: c.alternative}}, []role.Limit{{Text: "l", Citations: c.limit}}
		s := workflow.Accept(def, workflow.State{}, def.Steps[0], raw(t, o[role.ReturnsUnderstanding]), "hash", in)
		answer := raw(t, o[role.ReturnsHandlingPlan])
		s = stored(t, workflow.Accept(def, s, def.Steps[1], answer, "hash", in))
		if c.says != "" {
			if len(s.Accepted) != 1 || len(s.Problems) != 1 || !strings.Contains(s.Problems[0].Where+" "+s.Problems[0].Message, c.says) {
				t.Errorf("%s: the repair turn gets %+v, want one problem with %q", name, s.Problems, c.says)
				continue
			}
			s = stored(t, workflow.Accept(def, s, def.Steps[1], answer, "hash", in))
		}
		if len(s.Accepted) != 2 || len(s.Problems) != 0 {
			t.Errorf("%s: the plan is not taken: %+v", name, s.Problems)
			continue
		}
		got := s.Outputs().HandlingPlan
		if left := [3]int{len(got.WhyCitations), len(got.Alternatives[0].Citations), len(got.LimitsApplied[0].Citations)}; left != c.left {
			t.Errorf("%s: left are %v citations, want %v", name, left, c.left)
		}
		if got.Why != "w" || got.Alternatives[0].Text != "t" || got.LimitsApplied[0].Text != "l" {
			t.Errorf("%s: a line went with its citation: %+v", name, got)
		}
	}
}

// Answers of earlier versions, which are kept for days, name limits as texts.
func TestALimitIsReadAsATextToo(t *testing.T) {
	def, _ := workflow.Standard()
	old := strings.Replace(string(raw(t, answers()[role.ReturnsHandlingPlan])), `"limits_applied":null`, `"limits_applied":["Not promised: dates"]`, 1)
	s := workflow.Accept(def, workflow.State{}, def.Steps[1], []byte(old), "hash", role.Context{})
	if len(s.Accepted) != 1 || s.Outputs().HandlingPlan.LimitsApplied[0].Text != "Not promised: dates" {
		t.Fatalf("%+v", s)
	}
	if again := string(raw(t, s.Accepted[0].Output)); again != old {
		t.Errorf("a plan that was approved is another one once it is stored again:\n%s\n%s", again, old)
	}
}
