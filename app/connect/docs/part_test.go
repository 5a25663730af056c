package docs

import (
	"fmt"
	"strings"
	"testing"
)

// A section that is longer than a piece of evidence is cut between paragraphs, so that what it says last is found, too.
func TestLongSectionsAreCutBetweenParagraphs(t *testing.T) {
	var text strings.Builder
	text.WriteString("# Preferences\n\nShort.\n\n## Common preferences\n\n")
	for i := range 30 {
		fmt.Fprintf(&text, "**Option %d:** Whether the canvas is drawn with more detail while an object is moved over it.\n\n", i)
		if i == 12 {
			text.WriteString("```sh\nfirst\n\nsecond\n```\n\n1. Open it.\n\n   With care.\n\n2. Close it.\n\n| A | B |\n| --- | --- |\n| 1 | 2 |\n\n")
		}
	}
	text.WriteString("**Most backups:** The oldest backup is deleted when there are more than so many.\n\n## Last\n\nEnd.\n")
	pages := map[string]string{"docs/preferences.md": text.String()}
	cut, err := newSite("docs", pages).sections(t.Context(), cutBefore{})
	if err != nil {
		t.Fatal(err)
	}
	sections := cut.sections
	if len(sections) != 4 {
		t.Fatalf("%d sections, want the short ones whole and the long one in two parts", len(sections))
	}
	holds(t, text.String(), sections)
	one, two := sections[1], sections[2]
	if one.Anchor != "common-preferences" || two.Anchor != one.Anchor || two.Title() != one.Title() || two.StartLine <= one.EndLine || one.StartLine != 5 {
		t.Errorf("the parts are %s:%d-%d and %s:%d-%d", one.Anchor, one.StartLine, one.EndLine, two.Anchor, two.StartLine, two.EndLine)
	}
	for _, whole := range []string{"```sh\nfirst\n\nsecond\n```", "1. Open it.\n\n   With care.\n\n2. Close it.", "| A | B |\n| --- | --- |\n| 1 | 2 |"} {
		if !strings.Contains(one.Text, whole) && !strings.Contains(two.Text, whole) {
			t.Errorf("%q was cut", whole)
		}
	}
	if n := len(one.Text) - len(two.Text); n < -800 || n > 800 {
		t.Errorf("the parts hold %d and %d bytes", len(one.Text), len(two.Text))
	}
	found, err := center(t, pages).Search(t.Context(), "Too many backups\nHow do I limit how many backups are kept?", 3)
	if err != nil || len(found) == 0 || !strings.Contains(found[0].Text.Raw(), "The oldest backup is deleted") || found[0].StartLine != two.StartLine {
		t.Errorf("found %+v, %v", found, err)
	}
}
