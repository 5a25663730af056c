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
		if (len(lost) > 0) != (c.problem != "") {
			t.Errorf("%s %q: cut are %q", c.id, c.quote, lost)
		}
	}
}
