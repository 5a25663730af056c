package workflow_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/oioi-app/oioi/workflow"
	"github.com/oioi-app/oioi/workflow/evidence"
	"github.com/oioi-app/oioi/workflow/role"
	"github.com/oioi-app/oioi/workflow/ticket"
)

// finished runs the whole workflow with the same answers every time they are asked for, as the shell does it.
func finished(t *testing.T, o map[role.Returns]role.Output, in role.Context) (workflow.Finish, workflow.State) {
	t.Helper()
	def, _ := workflow.Standard()
	s := workflow.State{}
	for range 3 * workflow.MaxCalls {
		in.Outputs = s.Outputs()
		switch move := workflow.Next(def, s, in).(type) {
		case workflow.Ask:
			s = stored(t, workflow.Accept(def, s, move.Step, raw(t, o[move.Step.Returns]), "hash", in))
		case workflow.Return:
			s = stored(t, workflow.SendBack(def, s, move))
		case workflow.Amend:
			s = stored(t, workflow.Apply(s, move))
		case workflow.Finish:
			return move, s
		default:
			t.Fatalf("the move is %#v", move)
		}
	}
	t.Fatal("the run does not end")
	return workflow.Finish{}, s
}

// What the roles insist on and no source carries, code takes back: the reply asks or a person finds the answer, and the question
// becomes a docs follow-up.
func TestWeDoNotKnowIsAnAnswer(t *testing.T) {
	set := evidence.Set{Items: []evidence.Item{{ID: "E1", Kind: evidence.Docs, Score: 0.9, Text: ticket.Text("Select Rotate once. It works.")}, {ID: "E2", Kind: evidence.Docs, Score: 0.1, Text: ticket.Text("Tokens end soon.")}}}
	in := role.Context{TicketText: "Rotate a token at night\nHow do I rotate a token at night?\nWe use 2.4.", Evidence: set}
	fact := func(text, id, quote string) role.Block {
		return role.Block{Kind: role.Fact, Text: text, Citations: []role.Citation{{Evidence: id, Quote: quote}}}
	}
	good, weak, own := fact("Select Rotate.", "E1", "Select Rotate once."), fact("It ends.", "E2", "Tokens end soon."), fact("You use 2.4.", "ticket", "We use 2.4.")
	question := role.Block{Kind: role.Question, Text: "Which token?"}
	for name, c := range map[string]struct {
		reply    []role.Block
		missing  bool
		language string
		floor    float64
		directed bool
		path     role.Path
		says     string // of the reply
		cut      []string
		gap      bool
	}{
		"a source answers":            {reply: []role.Block{good}, path: "answer", says: "Select Rotate."},
		"nothing is cited":            {reply: nil, path: "escalate", says: "We do not know", gap: true},
		"the ticket alone":            {reply: []role.Block{own}, path: "escalate", says: "You use 2.4.", gap: true},
		"too weak a source":           {reply: []role.Block{weak, own}, path: "escalate", says: "We do not know", cut: []string{"It ends."}, gap: true},
		"too weak, and a question":    {reply: []role.Block{weak, question}, missing: true, path: "ask", says: "Which token?", cut: []string{"It ends."}, gap: true},
		"a lower floor":               {reply: []role.Block{weak}, floor: 0.1, path: "answer", says: "It ends."},
		"a higher floor":              {reply: []role.Block{good}, floor: 0.99, path: "escalate", says: "Niemand rät", language: "de", cut: []string{"Select Rotate."}, gap: true},
		"no words in that language":   {reply: []role.Block{weak}, language: "fi", path: "escalate", cut: []string{"It ends."}, gap: true},
		"a maintainer said otherwise": {reply: []role.Block{weak}, directed: true, path: "escalate", says: "We do not know", cut: []string{"It ends."}},
	} {
		t.Run(name, func(t *testing.T) {
			in := in
			in.Floor, in.Directed = c.floor, c.directed
			o := answers()
			u := o[role.ReturnsUnderstanding].Understanding
			u.Category, u.Reply = role.HowTo, append(u.Reply, c.reply...)
			if c.language != "" {
				u.Language = c.language
			}
			if c.missing {
				u.Missing = []role.MissingInfo{{Question: "Which token?"}}
			}
			o[role.ReturnsHandlingPlan].HandlingPlan.Path = "answer"
			end, s := finished(t, o, in)
			got := end.Outputs
			if len(end.Unmet) > 0 || got.HandlingPlan.Path != c.path || s.Calls > workflow.MaxCalls {
				t.Errorf("path %s after %d calls, unmet %v; want %s", got.HandlingPlan.Path, s.Calls, end.Unmet, c.path)
			}
			if reply := role.ReplyText(got.Understanding.Reply); !strings.Contains(reply, strings.Replace(c.says, "Niemand rät", "raten möchten wir nicht", 1)) || (reply == "") != (c.says == "") {
				t.Errorf("the reply is %q, want %q in it", reply, c.says)
			}
			if !slices.Equal(end.Cut, c.cut) {
				t.Errorf("cut are %q, want %q", end.Cut, c.cut)
			}
			ups := got.FollowThrough.FollowUps
			if (len(ups) == 1 && ups[0].Kind == "docs" && strings.Contains(ups[0].Body, "> How do I rotate a token at night?") && got.FollowThrough.Nothing == nil) != c.gap {
				t.Errorf("the follow-through is %+v, want a gap: %t", got.FollowThrough, c.gap)
			}
			if (len(end.Amended) > 0) != (c.path != "answer") || !slices.Equal(s.Amended, end.Amended) {
				t.Errorf("amended is %q", end.Amended)
			}
			for _, b := range got.Understanding.Reply {
				if b.Kind == role.Commitment && !slices.ContainsFunc(got.HandlingPlan.Actions, func(a role.Action) bool { return a.ID == *b.Action }) {
					t.Errorf("no action keeps %+v", b)
				}
			}
		})
	}
}

// A role that records the question itself is believed, and one that does not is asked once.
func TestAGapIsAskedForBeforeCodeRecordsIt(t *testing.T) {
	o := answers()
	o[role.ReturnsUnderstanding].Understanding.Category = role.HowTo
	o[role.ReturnsHandlingPlan].HandlingPlan.Path = "escalate"
	in := role.Context{TicketText: "Rotating tokens\nCan tokens be rotated from the command line?"}
	end, s := finished(t, o, in)
	if s.Calls != 5 || len(end.Amended) != 1 || len(end.Outputs.FollowThrough.FollowUps) != 1 {
		t.Errorf("%d calls, amended %q, %+v", s.Calls, end.Amended, end.Outputs.FollowThrough)
	}
	o[role.ReturnsFollowThrough] = role.Output{FollowThrough: &role.FollowThrough{FollowUps: []role.FollowUp{{Kind: "docs", Title: "Say it", Body: "A customer: \"can tokens be rotated from the\ncommand line?\"", Acceptance: []string{"said"}, Tracker: "github", Priority: "P3"}}}}
	if end, s = finished(t, o, in); s.Calls != 4 || len(end.Amended) != 0 {
		t.Errorf("%d calls, amended %q", s.Calls, end.Amended)
	}
}

// Whatever a ticket is about, a question that a page could answer and nothing does is recorded, also where the customer has to
// be asked first. What no page answers is not.
func TestEveryQuestionForAPageIsRecorded(t *testing.T) {
	const asks = "The PDF\nCan the attachment ask for a password? Thanks."
	for name, c := range map[string]struct {
		category   role.Category
		path       role.Path
		text       string
		customer   string
		unrecorded bool
		gap        bool
	}{
		"of access, and asked first":        {role.AccountAccess, "ask", asks, "", false, true},
		"that a person decides":             {role.PrivacyLegal, "policy_decision", asks, "", false, true},
		"beside a fault":                    {role.Bug, "workaround", asks, "", false, true},
		"in an outage":                      {role.Outage, "escalate", asks, "", false, false},
		"of data that is gone":              {role.DataLoss, "escalate", "Notes\nIs there any way to get them back?", "", false, false},
		"of what went on":                   {role.Bug, "escalate", "Export\nIs there any news? Can you fix this?", "", false, false},
		"of a colleague, not the customer":  {role.Bug, "escalate", "Export\nIt fails.\nWhich browser do you use?", "Export\nIt fails.", false, false},
		"where others read it":              {role.Billing, "escalate", asks, "", true, false},
		"which an open ticket asks already": {role.Billing, "duplicate", asks, "", false, false},
		"of how to, in another language":    {role.HowTo, "escalate", "PDF:n salaus\nMiten suojaan liitteen salasanalla?", "", false, true},
	} {
		t.Run(name, func(t *testing.T) {
			o := answers()
			o[role.ReturnsUnderstanding].Understanding.Category = c.category
			p := o[role.ReturnsHandlingPlan].HandlingPlan
			if p.Path = c.path; c.path == "ask" {
				u := o[role.ReturnsUnderstanding].Understanding
				u.Missing, u.Reply = []role.MissingInfo{{Question: "Which one?"}}, append(u.Reply, role.Block{Kind: role.Question, Text: "Which one?"})
			}
			in := role.Context{TicketText: c.text, Customer: c.customer, Unrecorded: c.unrecorded}
			if c.path == "duplicate" {
				in.Evidence.Items = []evidence.Item{{ID: "E1", Kind: evidence.Similar, Number: 3, State: "open"}}
				p.DuplicateOf = &in.Evidence.Items[0].ID
			}
			end, _ := finished(t, o, in)
			ups := end.Outputs.FollowThrough.FollowUps
			if got := len(ups) == 1 && role.Recorded(*end.Outputs.FollowThrough, c.text); got != c.gap || len(end.Unmet) > 0 {
				t.Errorf("recorded: %t, unmet %v: %+v", got, end.Unmet, end.Outputs.FollowThrough)
			}
		})
	}
}
