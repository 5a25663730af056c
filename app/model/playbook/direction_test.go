package playbook

import (
	"reflect"
	"slices"
	"strings"
	"testing"
)

// What a direction means, and what of it is left over: that is said to the maintainer.
func TestReadWish(t *testing.T) {
	for direction, want := range map[string]wish{
		"longer, with no promises":                     {longer: true, noPromise: true},
		"Make it too short? No: more detail.":          {longer: true, shorter: true, left: []string{}},
		"use docs/api/tokens.md and be friendlier":     {use: "docs/api/tokens.md", friendlier: true},
		"answer from the page Backup and restore":      {use: "Backup and restore"},
		`please link to "Rotate a token", and shorter`: {mention: "Rotate a token", shorter: true},
		"use a warmer tone":                            {friendlier: true},
		"do not ask, be formal":                        {noQuestion: true, formal: true},
		"add it to the docs in docs/api/tokens.md":     {docs: true, page: "docs/api/tokens.md"},
		"ask for the log and the version, please":      {ask: []string{"log", "version"}},
		"on a new page":                                {docs: true, newPage: true},
		"in Portuguese":                                {left: []string{"in Portuguese"}},
	} {
		got := readWish(direction)
		got.words = ""
		if want.shorter && want.longer { // people contradict themselves; both are noted and nothing fails
			if !got.shorter || !got.longer {
				t.Errorf("%q: %+v", direction, got)
			}
			continue
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%q:\n got %+v\nwant %+v", direction, got, want)
		}
	}
}

// A direction comes from a person's comment: whatever it holds, reading it ends, and each word of it is done or left over.
func FuzzReadWish(f *testing.F) {
	for _, s := range []string{"shorter, please", `use "x" and y`, "mention docs/a.md; ask for logs und version", "use that page", `"" use`, "„a“ use the page"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, direction string) {
		w := readWish(direction)
		if slices.Contains(w.left, "") || w.page != "" && !strings.Contains(direction, w.page) {
			t.Errorf("%q: %+v", direction, w)
		}
	})
}
