package index

import (
	"testing"

	"github.com/oioi-app/oioi/workflow/words"
)

func first(t *testing.T, x *Index, ask string) int {
	t.Helper()
	hits := x.Search(words.Asked(ask), 5)
	if len(hits) == 0 {
		t.Fatalf("%q finds nothing", ask)
	}
	for i, h := range hits {
		if h.Score <= 0 || h.Score > 1 || i > 0 && h.Score > hits[i-1].Score {
			t.Fatalf("%q: hit %d scores %f", ask, i, h.Score)
		}
	}
	return hits[0].Entry
}

func TestWhereAWordStandsMatters(t *testing.T) {
	x := Build([]Entry{
		{Title: "Widgets", Heading: "Paint", Body: "Frobnicate and gurgle, then glaze."},
		{Title: "Widgets", Heading: "Glaze", Body: "Two coats."},
		{Title: "Widgets", Heading: "Other", About: "glaze", Body: "Nothing."},
		{Title: "Other", Heading: "Things", Body: "Frobnicate, always frobnicate."},
	})
	if got := first(t, x, "glaze"); got != 1 {
		t.Errorf("the heading's word finds entry %d first", got)
	}
	if got := first(t, x, "gurgle frobnicate"); got != 0 {
		t.Errorf("the rare word finds entry %d first", got)
	}
}

func TestMoreOfWhatIsAskedScoresMore(t *testing.T) {
	x := Build([]Entry{{Heading: "Invoices", Body: "Download the invoice."}, {Heading: "Tokens", Body: "Create a token."}, {Heading: "Sources", Body: "Connect."}})
	whole := x.Search(words.Asked("where do I download an invoice"), 1)[0].Score
	part := x.Search(words.Asked("where do I download an invoice of the zeppelin with glockenspiel on the gondola"), 1)[0].Score
	if part >= whole {
		t.Errorf("a question of which little is known scores %f, one of which all is known %f", part, whole)
	}
}

func TestNothingInNothingOut(t *testing.T) {
	if hits := Build(nil).Search(words.Asked("invoice"), 5); len(hits) != 0 {
		t.Errorf("an empty index finds %v", hits)
	}
	x := Build([]Entry{{Body: "Invoices"}})
	for _, ask := range []string{"", "?!", "the of and", "zeppelin"} {
		if hits := x.Search(words.Asked(ask), 5); len(hits) != 0 {
			t.Errorf("%q finds %v", ask, hits)
		}
	}
	if hits := x.Search(words.Asked("invoice"), 0); len(hits) != 0 {
		t.Errorf("none was wanted, and %v found", hits)
	}
}
