package markdown_test

import (
	"strings"
	"testing"

	"github.com/oioi-app/oioi/workflow/markdown"
)

// Each escape and each reference is read once: what one of them stands for is no beginning of another.
func TestATextIsReadOnceAsItIsShown(t *testing.T) {
	for text, want := range map[string]string{
		`plain`:                     `plain`,
		`AT&amp;T`:                  `AT&T`,
		`\&amp;`:                    `&amp;`,
		`&amp;lt;`:                  `&lt;`,
		`&#92;*`:                    `\*`,
		`&#x41;&#66;&Gamma;`:        `ABΓ`,
		`\\&amp;`:                   `\&`,
		`\*no stars\*`:              `*no stars*`,
		`\n stays, and so does \`:   `\n stays, and so does \`,
		`&nothing of the kind; & ;`: `&nothing of the kind; & ;`,
		`&#12345678;`:               `&#12345678;`,
	} {
		if got := string(markdown.AsShown([]byte(text))); got != want {
			t.Errorf("%q is shown as %q, want %q", text, got, want)
		}
		if got := markdown.Heading(text); got != strings.TrimSpace(want) {
			t.Errorf("the heading %q is read as %q, want %q", text, got, want)
		}
	}
}

func TestAHeadingIsReadWithoutItsMarks(t *testing.T) {
	for raw, want := range map[string]string{
		"The `tls` **setting** of [a server](x.md)": "The tls setting of a server",
		"![a picture](x.png) With a picture":        "With a picture",
		"In code, `\\&amp;` is itself":              `In code, \&amp; is itself`,
		"Mail <ada@example.com>":                    "Mail ada@example.com",
		"Bro\xffken":                                "Broken",
		strings.Repeat("a", 500):                    strings.Repeat("a", markdown.MaxHeading),
	} {
		if got := markdown.Heading(raw); got != want {
			t.Errorf("%q is read as %q, want %q", raw, got, want)
		}
	}
}

func TestReference(t *testing.T) {
	long := "&" + strings.Repeat("a", 32) + ";"
	for text, want := range map[string]string{"&amp; so": "&amp;", "&#35;": "&#35;", "x&amp;": "", "&;": "", "": "", long + "x": long, "&a" + long[1:]: ""} {
		if got := markdown.Reference(text); got != want {
			t.Errorf("%q begins with %q, want %q", text, got, want)
		}
	}
}
