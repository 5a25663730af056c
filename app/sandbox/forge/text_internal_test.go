package forge

import (
	"slices"
	"strings"
	"testing"
)

func TestClosingKeywords(t *testing.T) {
	for text, want := range map[string]string{
		"Fixes #12 and closes acme/kite#3":             "o/r#12 acme/kite#3",
		"resolve: #4":                                  "o/r#4",
		"fixed http://localhost:80/acme/kite/issues/7": "acme/kite#7",
		"This fixes nothing, see #5":                   "",
		"prefixes #6":                                  "",
		"`fixes #7` <!-- fixes #8 -->":                 "",
		"```\nfixes #9\n```":                           "",
		"- [ ] closes #10":                             "o/r#10",
	} {
		var got []string
		for _, r := range closes(text, "o/r") {
			got = append(got, r.String())
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%q closes %q, want %q", text, got, want)
		}
	}
}

func TestSearchTerms(t *testing.T) {
	words, by := terms(`export "two words" label:"good first" is:open`)
	if !slices.Equal(words, []string{"export", "two words"}) || by["label"][0] != "good first" || by["is"][0] != "open" {
		t.Errorf("words %q, qualifiers %q", words, by)
	}
}

func FuzzReadingText(f *testing.F) {
	for _, s := range []string{"@a and @b/c-d `@e` #1 o/r#2 fixes #3", "```\n@x", "<!-- @y", "@-", "##1", "\x00@a"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, who := range mentions(s) {
			if !strings.Contains(s, "@"+who) {
				t.Errorf("%q is not mentioned in %q", who, s)
			}
		}
		for _, r := range append(closes(s, "o/r"), references(s, "o/r")...) {
			if r.Number < 1 || strings.Count(r.Repo, "/") != 1 {
				t.Errorf("%v from %q", r, s)
			}
		}
		words, _ := terms(s)
		if slices.Contains(words, "") {
			t.Errorf("an empty word in %q", s)
		}
	})
}
