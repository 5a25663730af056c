package evidence_test

import (
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/oioi-app/oioi/workflow/evidence"
	"github.com/oioi-app/oioi/workflow/ticket"
)

func items() []evidence.Item {
	return []evidence.Item{
		{Kind: evidence.Docs, Path: "a.md", Score: 0.5, Text: ticket.Text("a")},
		{Kind: evidence.Docs, Path: "b.md", Score: 0.5, Text: ticket.Text("b")},
		{Kind: evidence.Docs, Path: "b.md", Anchor: "x", Score: 0.5, Text: ticket.Text("bx")},
		{Kind: evidence.Similar, Number: 3, Score: 0.9, Text: ticket.Text("three"), Resolution: ticket.Text("done")},
		{Kind: evidence.Similar, Number: 4, Score: 0.6, Text: ticket.Text("four")},
		{Kind: evidence.Incident, Number: 5, Score: 0.8, Text: ticket.Text("five")},
		{Kind: evidence.Page, URL: "https://example.com", Score: 0.9, Text: ticket.Text("page")},
		{Kind: evidence.Docs, Path: "a.md", Score: 0.4, Text: ticket.Text("a again")},
	}
}

func TestTheSameItemsGetTheSameIDs(t *testing.T) {
	want := evidence.Rank(items(), evidence.DefaultBudget)
	if len(want) != 7 {
		t.Fatalf("%d items are left, want 7: one place was named twice", len(want))
	}
	if want[0].Kind != evidence.Incident || want[1].Kind != evidence.Similar || want[0].ID != "E1" || want[6].ID != "E7" {
		t.Errorf("the order is %+v", want)
	}
	for seed := range uint64(200) {
		shuffled := items()
		rand.New(rand.NewPCG(seed, 0)).Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
		if got := evidence.Rank(shuffled, evidence.DefaultBudget); !reflect.DeepEqual(got, want) {
			t.Fatalf("in another order of answers the items are\n%+v\nwant\n%+v", got, want)
		}
	}
}

func TestTheBestOfOnePlaceIsKept(t *testing.T) {
	got := evidence.Rank(items(), evidence.DefaultBudget)
	for _, item := range got {
		if item.Text.Raw() == "a again" {
			t.Error("of two items about one place the worse is kept")
		}
	}
}

func TestEvidenceIsCutToItsBudget(t *testing.T) {
	long := strings.Repeat("Zeile mit Umlauten: äöüß 日本\n", 500)
	budget := evidence.Budget{PerItem: 1000, Total: 2500}
	got := evidence.Rank([]evidence.Item{
		{Kind: evidence.Docs, Path: "a", Score: 0.9, Text: ticket.Text(long)},
		{Kind: evidence.Similar, Number: 1, Score: 0.9, Text: ticket.Text(long), Resolution: ticket.Text(long)},
		{Kind: evidence.Docs, Path: "c", Score: 0.5, Text: ticket.Text(long)},
		{Kind: evidence.Docs, Path: "d", Score: 0.4, Text: ticket.Text("short")},
	}, budget)
	total := 0
	for _, item := range got {
		n := utf8.RuneCountInString(item.Text.Raw()) + utf8.RuneCountInString(item.Resolution.Raw())
		total += n
		if n > budget.PerItem || !utf8.ValidString(item.Text.Raw()) {
			t.Errorf("%s has %d characters, valid %v", item.ID, n, utf8.ValidString(item.Text.Raw()))
		}
		if item.Text.Raw() != "short" && !strings.HasSuffix(item.Text.Raw(), "日本") {
			t.Errorf("%s ends within a line: %q", item.ID, item.Text.Raw()[len(item.Text.Raw())-20:])
		}
	}
	if total > budget.Total || got[len(got)-1].Text.Raw() != "short" {
		t.Errorf("%d characters in all, the last is %q; what still fits is wanted", total, got[len(got)-1].Path)
	}
	if similar := got[1]; similar.Number != 1 || similar.Resolution.Raw() == "" || similar.Text.Raw() == "" {
		t.Errorf("of a ticket and its resolution one is lost: %+v", similar)
	}
}

func TestAQuoteStandsWordForWord(t *testing.T) {
	text := "An export may hold\r\n 100,000 rows.\n\nSplit larger ones."
	for quote, want := range map[string]bool{
		"An export may hold 100,000 rows.": true, "hold\n100,000": true, "  rows.  Split ": true, "an export": false, "100000 rows": false, "": false, " \n": false, "rows": true, "more": false,
	} {
		if got := evidence.Contains(text, quote); got != want {
			t.Errorf("contains %q: %v, want %v", quote, got, want)
		}
	}
	for quote, want := range map[string]bool{
		"An export may hold": true, "may hold 100,000": true, "hold 100,000": false, "rows": false, "the": false, "port may hold": false, "An export ma": false,
		"may hold 100": false, "hold 100,000 row": false, "Split larger ones": true, "Split larger ones.": true, "larger ones.": false,
	} {
		if got := evidence.Quotes(text, quote); got != want {
			t.Errorf("quotes %q: %v, want %v", quote, got, want)
		}
	}
	for quote, want := range map[string]bool{"runs on 2.4": false, "runs on 2.4.1": true, "on 2.4.1,": false, "4.1, she says": false} {
		if got := evidence.Quotes("It runs on 2.4.1, she says.", quote); got != want {
			t.Errorf("quotes %q: %v, want %v", quote, got, want)
		}
	}
	if !evidence.Quotes("エクスポートは十万行まで", "十万行まで") || evidence.Quotes("エクスポートは十万行まで", "まで") {
		t.Error("in a script without blanks each character counts as a word")
	}
	form := "### Version\n\n2.4.1\n\n### Error\n\nTP-4012 at night\n"
	for quote, want := range map[string]bool{"2.4.1": true, "2.4": false, "TP-4012": false, "TP-4012 at night": true} {
		if got := evidence.QuotesLine(form, quote); got != want {
			t.Errorf("of a form quotes %q: %v, want %v", quote, got, want)
		}
	}
	item := evidence.Item{Text: ticket.Text("problem"), Resolution: ticket.Text("solution")}
	if !evidence.Quoted(item, "solution") || !evidence.Quoted(item, "problem") || evidence.Quoted(item, "problem solution") {
		t.Error("a quote is looked for in the text and in the resolution, and never across them")
	}
}

func TestASetIsCutToItsAudience(t *testing.T) {
	set := evidence.Set{Items: []evidence.Item{{ID: "E1", Visibility: evidence.Public}, {ID: "E2", Visibility: evidence.Repository}, {ID: "E3", Visibility: evidence.Private}}, Missing: []evidence.Missing{{Source: "web"}}}
	for audience, want := range map[evidence.Visibility]int{evidence.Public: 1, evidence.Repository: 2, evidence.Private: 3} {
		if got := set.Within(audience); len(got.Items) != want || len(got.Missing) != 1 {
			t.Errorf("within %v there are %+v", audience, got)
		}
	}
	if _, ok := set.ByID("E2"); !ok {
		t.Error("E2 is not found")
	}
	if _, ok := set.ByID("E9"); ok {
		t.Error("E9 is found")
	}
}

func TestAnItemWithoutAVisibilityIsForTheTeamOnly(t *testing.T) {
	set := evidence.Set{Items: []evidence.Item{{ID: "E1", Text: ticket.Text("whose reader forgot to say")}}}
	if got := set.Within(evidence.Repository); len(got.Items) != 0 {
		t.Errorf("customers see %+v", got)
	}
	if got := evidence.Rank(set.Items, evidence.DefaultBudget); got[0].Visibility != evidence.Private {
		t.Errorf("ranked it is %v", got[0].Visibility)
	}
}

func TestWordsThatAreTooFewAreQuotedWithTheirNeighbours(t *testing.T) {
	text := "First.\n\n1. Log in.\n2. Open Exports.\n3. Choose the month."
	for words, want := range map[string]string{
		"Log in.": "Log in. 2.", "Choose the month.": "Choose the month.", "month.": "Choose the month.", "First.": "First. 1. Log", "Open": "Open Exports. 3.", "nowhere": "", "Expo": "", "": "",
	} {
		got := evidence.Passage(text, words)
		if got != want || got != "" && !evidence.Quotes(text, got) {
			t.Errorf("the passage of %q is %q, want %q", words, got, want)
		}
	}
	if got := evidence.Passage("Gone.", "Gone"); got != "Gone." {
		t.Errorf("of a text of one word the passage is %q", got)
	}
}

// A long section comes in parts, each of which is a piece of evidence; the same part comes once.
func TestRankKeepsThePartsOfASection(t *testing.T) {
	part := func(line int, text string) evidence.Item {
		return evidence.Item{Kind: evidence.Docs, Path: "docs/a.md", Anchor: "options", URL: "docs/a.md#options", StartLine: line, Text: ticket.Text(text), Score: 0.5}
	}
	if got := evidence.Rank([]evidence.Item{part(5, "one"), part(60, "two"), part(5, "one")}, evidence.DefaultBudget); len(got) != 2 {
		t.Errorf("%d pieces of evidence, want 2", len(got))
	}
}
