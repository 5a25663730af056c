package playbook

import (
	"testing"

	"github.com/oioi-app/oioi/workflow/evidence"
	"github.com/oioi-app/oioi/workflow/role"
	"github.com/oioi-app/oioi/workflow/ticket"
)

func TestRowsAreSaidInWords(t *testing.T) {
	list := units("| Option | Values | Default |\n| --- | --- | --- |\n| Separator | Comma, [Tab](tab.md) | Comma |\n| Header row | | On |\n\n| Payment | Refund |\n|---|---|\n| Charged twice | Always |\n| Later payments | |\n")
	for i, want := range []string{"Separator – Values: Comma, Tab; Default: Comma", "Header row – Default: On", "Charged twice: Always", "Later payments"} {
		if got := list[i].said(list[i].quote); got != want {
			t.Errorf("row %d is said as %q, want %q", i, got, want)
		}
	}
}

// A reply shows what readers of the page see, and no markup of its site.
func TestWhatIsShownOfAQuote(t *testing.T) {
	for quote, want := range map[string]string{
		`Click the <span mi icon>exit_to_app</span> button of [the member](members.md#remove).`: "Click the exit_to_app button of the member.",
		`![Members](a.png) All can invite.`:                                                     "All can invite.",
		`Enter a name.\ The page opens.`:                                                        "Enter a name. The page opens.",
		`Press <kbd>Ctrl</kbd>+<kbd>L</kbd>.<br/>`:                                              "Press Ctrl+L.",
		"Run `get <b> \\ ` as <version> says, <script>no</script>":                              "Run `get <b> \\ ` as <version> says, <script>no</script>",
		"![Only a picture](a.png)":                                                              "",
	} {
		if got := shown(quote); got != want {
			t.Errorf("%q is shown as %q, want %q", quote, got, want)
		}
	}
	item := section("team.md", "Team › Remove a member", "![Removing a member](remove.png)\n\nA member is removed on the members page.", 0.6)
	q, list := fitting("Former colleague", "How do I remove a member?", item)
	if facts, _ := q.pick(list[0]); len(facts) != 1 || facts[0].text != "A member is removed on the members page." {
		t.Errorf("it quotes %+v", facts)
	}
}

func TestCodeKeepsItsLines(t *testing.T) {
	text := "Write this:\n\n   ~~~yaml\n   a:\n     b: ```1```\n\n   ~~~\n\nDone with it all."
	list := units(text)
	want := "````yaml\na:\n  b: ```1```\n````"
	if len(list) != 3 || list[1].kind != code || list[1].block != want {
		t.Fatalf("the units are %+v, want code %q", list, want)
	}
	p := passage{text: text, item: evidence.Item{ID: "E1", Kind: evidence.Docs, Text: ticket.Text(text)}}
	q := newQuery(reading{title: "Where do I write a b?"}, []evidence.Item{p.item})
	facts, _ := q.pick(p)
	l := &letter{}
	c := &casework{answer: &p}
	c.sayFacts(l, "", facts)
	if got, want := l.parts[0].Text, "> Write this:\n>\n> ````yaml\n> a:\n>   b: ```1```\n> ````\n>\n> Done with it all."; got != want {
		t.Errorf("it says %q, want %q", got, want)
	}
	if n := len(l.parts[0].Citations); n != 3 || l.parts[0].Kind != role.Fact {
		t.Errorf("%d citations of a %s; each sentence and the code have one", n, l.parts[0].Kind)
	}
}
