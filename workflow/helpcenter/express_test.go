package helpcenter

import (
	"strings"
	"testing"

	"github.com/oioi-app/oioi/workflow/role"
)

func TestExpress(t *testing.T) {
	const rst, adoc = "Guide\n=====\n\nIntro.\n\nImport\n~~~~~~\n\nFirst.\n", "= Guide\n\nIntro.\n\n== Import\n\nFirst.\n"
	for markdown, want := range map[string][2]string{
		"## How large?\n\nAt most 5 MB.":      {"How large?\n~~~~~~~~~~\n\nAt most 5 MB.", "== How large?\n\nAt most 5 MB."},
		"### Deeper":                          {"Deeper\n------", "=== Deeper"},
		"\n\n**Note:** Use `a_b`.":            {"\n\n.. note::\n\n   Use ``a_b``.", "\n\nNOTE: Use `a_b`."},
		"See [Limits](../x/limits.FMT#most).": {"See :doc:`Limits <../x/limits>`.", "See xref:../x/limits.FMT#most[Limits]."},
		"See [x](https://example.com/a).":     {"See `x <https://example.com/a>`__.", "See https://example.com/a[x]."},
		"1. One\n2. Two\n   - Deep":           {"#. One\n#. Two\n   - Deep", ". One\n. Two\n** Deep"},
		"```sh\nls -l\n```":                   {".. code-block:: sh\n\n   ls -l", "[source,sh]\n----\nls -l\n----"},
		"The **old** one; see foo_ and {x}.":  {"The **old** one; see foo\\_ and {x}.", "The **old** one; see foo_ and \\{x}."},
	} {
		if got := Express("docs/a.rst", rst, strings.ReplaceAll(markdown, "FMT", "rst")); got != want[0] {
			t.Errorf("%q is in reStructuredText %q, want %q", markdown, got, want[0])
		}
		if got := Express("docs/a.asciidoc", adoc, strings.ReplaceAll(markdown, "FMT", "adoc")); got != strings.ReplaceAll(want[1], "FMT", "adoc") {
			t.Errorf("%q is in AsciiDoc %q, want %q", markdown, got, strings.ReplaceAll(want[1], "FMT", "adoc"))
		}
		if got := Express("docs/a.md", "", markdown); got != markdown {
			t.Errorf("%q is changed in a Markdown page: %q", markdown, got)
		}
	}
}

// What is expressed passes, and what cannot be is reported.
func TestMarkdownInAPageOfAnotherFormatIsReported(t *testing.T) {
	pages := map[string]string{"docs/a.rst": "Guide\n=====\n\nUse :ref:`x <y>` and `z`_.\n", "docs/b.adoc": "= Guide\n\nIntro.\n"}
	check := func(name, insert string) []Problem {
		after := map[string]string{"docs/a.rst": pages["docs/a.rst"], "docs/b.adoc": pages["docs/b.adoc"]}
		for _, e := range ConformEdits(name, pages[name], []role.Edit{{Insert: insert}}) {
			after[name] += "\n" + e.Insert + "\n"
		}
		return Check(pages, after, Rules{Root: "docs"})
	}
	const good = "## New\n\n**Note:** Use `x`, see [A](https://example.com).\n\n```sh\nls [a](b)\n```"
	for name := range pages {
		if got := check(name, good); len(got) > 0 {
			t.Errorf("%s: %v", name, got)
		}
		for _, bad := range []string{"| a | b |\n| --- | --- |\n| 1 | 2 |", "![A picture](x.png)"} {
			if got := check(name, bad); len(got) != 1 || got[0].Kind != Markup {
				t.Errorf("%s: %q is reported as %v", name, bad, got)
			}
		}
	}
}
