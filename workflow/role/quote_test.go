package role_test

import (
	"strings"
	"testing"

	"github.com/oioi-app/oioi/workflow/evidence"
	"github.com/oioi-app/oioi/workflow/role"
	"github.com/oioi-app/oioi/workflow/ticket"
)

// found is the evidence of these tests.
var found = evidence.Set{Items: []evidence.Item{
	{ID: "E1", Kind: evidence.Docs, Title: "Exports › Limits", Score: 0.9, Text: ticket.Text("An export may hold 100,000 rows. Split larger exports by month.")},
	{ID: "E2", Kind: evidence.Release, Title: "v2.5.0", Score: 0.4, Text: ticket.Text("Fixed exports.")},
}}

// understood is an understanding that fulfils its contract, with the blocks as its reply.
func understood(blocks ...role.Block) role.Output {
	return role.Output{Understanding: &role.Understanding{Summary: "s", CustomerGoal: "g", BlockedOn: "b", Impact: "i", Severity: "S4", Category: role.HowTo, Language: "en",
		ReplyMust: []string{"say how"}, Reply: append([]role.Block{{Kind: role.Courtesy, Text: "Hello"}}, blocks...)}}
}

func cited(kind role.BlockKind, text, id, quote string) role.Block {
	return role.Block{Kind: kind, Text: text, Citations: []role.Citation{{Evidence: id, Quote: quote}}}
}

func TestAQuoteProvesSomething(t *testing.T) {
	in := role.Context{TicketText: "Export stops\nWe cannot export our orders.\n### Version\n\n2.4.1", Evidence: found}
	for _, c := range []struct{ id, quote, problem string }{
		{"E1", "Split larger exports", ""},
		{"E1", "the", "not in E1"},
		{"E1", "An", `only "An", which shows nothing`},
		{"E1", "export may", `only "export may"`},
		{"E1", "port may hold 100,000", "not in E1"},
		{"E1", "hold 100", "not in E1"},
		{"E2", "Fixed exports.", ""}, // the whole of it
		{"E2", "Fixed", "shows nothing"},
		{"ticket", "We cannot export", ""},
		{"ticket", "2.4.1", ""}, // a line of the form
		{"ticket", "orders", "shows nothing"},
		{"E9", "Split larger exports", "is no evidence of this run"},
	} {
		problems := role.Validate(role.ReturnsUnderstanding, understood(cited(role.Fact, "So it is.", c.id, c.quote)), in)
		switch {
		case c.problem == "" && len(problems) > 0:
			t.Errorf("%s %q: %v", c.id, c.quote, problems)
		case c.problem != "" && (len(problems) != 1 || !strings.Contains(problems[0].Message, c.problem)):
			t.Errorf("%s %q: %v, want one problem with %q", c.id, c.quote, problems, c.problem)
		}
		_, lost := role.CutUnverified(understood(cited(role.Fact, "So it is.", c.id, c.quote)), in)
		if (len(lost.Claims) > 0) != (c.problem != "") {
			t.Errorf("%s %q: cut are %q", c.id, c.quote, lost)
		}
	}
}

func TestAnInstructionNeedsASourceBesideTheTicket(t *testing.T) {
	in := role.Context{TicketText: "We cannot export our orders.", Evidence: found, PolicyText: "never promise release dates\nOpen Settings, then Limits, and ask for more."}
	for _, c := range []struct {
		block role.Block
		bad   bool
	}{
		{role.Block{Kind: role.Instruction, Text: "Open **Settings › X**."}, true},
		{cited(role.Instruction, "Export again.", "ticket", "We cannot export"), true},
		{cited(role.Instruction, "Export by month.", "E1", "Split larger exports by month"), false},
		{cited(role.Instruction, "Export by week.", "E1", "Split larger exports by week"), true},
		{cited(role.Instruction, "Ask for more.", "policy", "Open Settings, then Limits"), false},
		{cited(role.Instruction, "Ask for more.", "policy", "Open Settings, then Exports"), true},
	} {
		if problems := role.Validate(role.ReturnsUnderstanding, understood(c.block), in); (len(problems) > 0) != c.bad {
			t.Errorf("%+v: %v", c.block, problems)
		}
		rest, lost := role.CutUnverified(understood(c.block, cited(role.Fact, "100,000 rows.", "E1", "hold 100,000 rows")), in)
		if (len(lost.Instructions) == 1) != c.bad || len(lost.Claims) != 0 || len(rest.Understanding.Reply) != map[bool]int{true: 2, false: 3}[c.bad] {
			t.Errorf("%+v: cut are %+v, left is %+v", c.block, lost, rest.Understanding.Reply)
		}
	}
}
