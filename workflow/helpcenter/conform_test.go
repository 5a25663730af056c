package helpcenter

import (
	"strings"
	"testing"
)

func TestFormatFollowsANeighbour(t *testing.T) {
	neighbour := "Setup\r\n=====\r\n\r\n* one\r\n* two\r\n\r\nA paragraph that stands in lines which somebody\r\nhas wrapped at a column around fifty, as one\r\nsees from where they end and the next begins.\r\n"
	got := StyleOf(neighbour).Format("---\ntitle: New\n---\n# New\n- a\n- b\n\nThis text is longer than the column that the neighbour is wrapped at, so it is broken.\n\n```\n- code stays as it is, however long the line may be that somebody wrote there\n```")
	want := "---\r\ntitle: New\r\n---\r\n\r\nNew\r\n===\r\n\r\n* a\r\n* b\r\n\r\nThis text is longer than the column that the\r\nneighbour is wrapped at, so it is broken.\r\n\r\n```\r\n- code stays as it is, however long the line may be that somebody wrote there\r\n```\r\n"
	if got != want {
		t.Errorf("got\n%q\nwant\n%q", got, want)
	}
}

// letters is what a text says, whatever marks and line ends it is written with.
func letters(text string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune(" \t\r\n#=-*+`~.)", r) {
			return -1
		}
		return r
	}, text)
}

func FuzzConform(f *testing.F) {
	f.Add("# A\n\ntext of the page\nin two lines\n\n- a\n- b\n", "\n\n## New\n\nmore text\n", 8, 8)
	f.Add("---\ntitle: x\n---\r\nA\r\n=\r\n\r\n~~~\r\ncode\r\n~~~\r\n", "\n```sh\nrun\n```\n* x", 30, 30)
	f.Add("a\n\n1) x\n\n2) y", "1. z", 3, 7)
	f.Add("| a |\n|--|\n| b |", "\n| c |", 15, 15)
	f.Fuzz(func(t *testing.T, page, text string, start, end int) {
		in := Conform("docs/a.md", page, Insertion{start, end, text})
		if in.Start < 0 || in.End < in.Start || in.End > len(page) {
			t.Fatalf("%d-%d is not in the page of %d", in.Start, in.End, len(page))
		}
		got := in.Apply(page)
		if !strings.HasPrefix(got, page[:in.Start]) || !strings.HasSuffix(got, page[in.End:]) {
			t.Fatal("something else of the page changed")
		}
		if letters(in.Text) != letters(text) {
			t.Fatalf("the text was %q and is %q", text, in.Text)
		}
		_ = StyleOf(page).Format(text)
	})
}
