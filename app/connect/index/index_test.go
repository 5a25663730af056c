package index

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/oioi-app/oioi/workflow/words"
)

func build(t *testing.T, entries []Entry) *Index {
	t.Helper()
	x, err := Build(t.Context(), entries)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

func search(t *testing.T, x *Index, ask string, limit int) []Hit {
	t.Helper()
	hits, err := x.Search(t.Context(), words.Asked(ask), limit)
	if err != nil {
		t.Fatal(err)
	}
	return hits
}

func first(t *testing.T, x *Index, ask string) int {
	t.Helper()
	hits := search(t, x, ask, 5)
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
	x := build(t, []Entry{
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
	x := build(t, []Entry{{Heading: "Invoices", Body: "Download the invoice."}, {Heading: "Tokens", Body: "Create a token."}, {Heading: "Sources", Body: "Connect."}})
	whole := search(t, x, "where do I download an invoice", 1)[0].Score
	part := search(t, x, "where do I download an invoice of the zeppelin with glockenspiel on the gondola", 1)[0].Score
	if part >= whole {
		t.Errorf("a question of which little is known scores %f, one of which all is known %f", part, whole)
	}
}

func TestNothingInNothingOut(t *testing.T) {
	if hits := search(t, build(t, nil), "invoice", 5); len(hits) != 0 {
		t.Errorf("an empty index finds %v", hits)
	}
	x := build(t, []Entry{{Body: "Invoices"}})
	for _, ask := range []string{"", "?!", "the of and", "zeppelin"} {
		if hits := search(t, x, ask, 5); len(hits) != 0 {
			t.Errorf("%q finds %v", ask, hits)
		}
	}
	if hits := search(t, x, "invoice", 0); len(hits) != 0 {
		t.Errorf("none was wanted, and %v found", hits)
	}
}

// everything scores all entries, without the table.
func everything(x *Index, of []reading, q words.Query, limit int) []Hit {
	terms, ideal := x.asked(q), Ideal(x.Weigh(q))
	var hits []Hit
	for i, r := range of {
		if score := x.score(terms, r); score > 0 {
			hits = append(hits, Hit{i, min(1, score/ideal)})
		}
	}
	slices.SortFunc(hits, func(a, b Hit) int { return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.Entry, b.Entry)) })
	return hits[:min(limit, len(hits))]
}

func readAll(x *Index) (out []reading) {
	var reader words.Analyzer
	for _, e := range x.entries {
		r, _ := read(&reader, map[string]float64{}, e)
		out = append(out, r)
	}
	return out
}

// someText is words of a vocabulary as skewed as a language's, and of what help centers speak about.
func someText(random *rand.Rand, zipf *rand.Zipf, n int) string {
	known := strings.Fields("token invoice password upload report schedule member workspace export error delivery webhook refund server backup restore license database column region")
	var b strings.Builder
	for range n {
		if random.IntN(12) == 0 {
			b.WriteString(known[random.IntN(len(known))] + " ")
		} else {
			fmt.Fprintf(&b, "wo%xrd ", zipf.Uint64())
		}
	}
	return b.String()
}

// What the table names is only the candidates: they must hold what scores best of all.
func TestTheTableNamesTheBest(t *testing.T) {
	for entries, least := range map[int]float64{150: 1, 1200: 0.95} {
		random := rand.New(rand.NewPCG(3, 4))
		zipf := rand.NewZipf(random, 1.1, 4, 20_000)
		var list []Entry
		for range entries {
			list = append(list, Entry{Heading: someText(random, zipf, 3), Title: someText(random, zipf, 2), Body: someText(random, zipf, 30)})
		}
		x := build(t, list)
		of := readAll(x)
		same, all := 0, 0
		for range 20 {
			q := words.Asked(someText(random, zipf, 6) + "\n" + someText(random, zipf, 40))
			got, err := x.Search(t.Context(), q, 5)
			if err != nil {
				t.Fatal(err)
			}
			for _, want := range everything(x, of, q, 5) {
				all++
				if slices.Contains(got, want) {
					same++
				}
			}
		}
		if share := float64(same) / float64(all); all < 100 || share < least {
			t.Errorf("of %d entries, %d of the %d best are found", entries, same, all)
		}
	}
}

// An index that follows another one says what one says that is built anew, when entries come, go, move and are there twice.
func TestAFollowingIndexSaysTheSame(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	zipf := rand.NewZipf(random, 1.1, 4, 300)
	entry := func() Entry { return Entry{Heading: someText(random, zipf, 2), Body: someText(random, zipf, 20)} }
	var list []Entry
	for range 40 {
		list = append(list, entry())
	}
	x := build(t, list)
	for step := range 40 {
		switch before := x; step % 4 {
		case 0:
			list = append(list, entry(), list[random.IntN(len(list))])
		case 1:
			at := random.IntN(len(list))
			list = slices.Delete(slices.Clone(list), at, at+1)
		case 2:
			list = slices.Insert(slices.Clone(list), random.IntN(len(list)), entry())
		case 3:
			list = slices.Clone(list)
			slices.Reverse(list)
			defer func() { search(t, before, "invoice", 3) }() // those before answer as well
		}
		var err error
		if x, err = x.Next(t.Context(), list); err != nil {
			t.Fatal(err)
		}
		anew := build(t, list)
		if len(x.docs) != len(anew.docs) {
			t.Fatalf("step %d: %d keys, anew %d", step, len(x.docs), len(anew.docs))
		}
		ask := someText(random, zipf, 8)
		if got, want := search(t, x, ask, 10), search(t, anew, ask, 10); !slices.EqualFunc(got, want, func(a, b Hit) bool { return a.Entry == b.Entry && math.Abs(a.Score-b.Score) < 1e-9 }) {
			t.Fatalf("step %d, %q: %v, anew %v", step, ask, got, want)
		}
	}
}

// FuzzSearch asks an index of any text for any text: SQLite's query language must never see it.
func FuzzSearch(f *testing.F) {
	f.Add("Glaze", "Two \"coats\" OR more", "glaze AND NEAR(coats, 2)")
	f.Add("identity provider", "c++ a.b_c-d ﬁ \x00 ١٢", "openid connect: \"*\" ^coats heading:x")
	f.Fuzz(func(t *testing.T, heading, body, ask string) {
		x, err := Build(t.Context(), []Entry{{Heading: heading, Body: body}, {Body: ask}})
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = x.Close() }()
		q := words.Asked(ask)
		hits, err := x.Search(t.Context(), q, 2)
		if err != nil {
			t.Fatal(err)
		}
		if want := everything(x, readAll(x), q, 2); !slices.Equal(hits, want) {
			t.Fatalf("%v is found, of all %v are best", hits, want)
		}
	})
}
