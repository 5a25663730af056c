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
		if got := Express("docs/a.rst", rst, strings.ReplaceAll(markdown, "FMT", "rst"), nil); got != want[0] {
			t.Errorf("%q is in reStructuredText %q, want %q", markdown, got, want[0])
		}
		if got := Express("docs/a.asciidoc", adoc, strings.ReplaceAll(markdown, "FMT", "adoc"), nil); got != strings.ReplaceAll(want[1], "FMT", "adoc") {
			t.Errorf("%q is in AsciiDoc %q, want %q", markdown, got, strings.ReplaceAll(want[1], "FMT", "adoc"))
		}
		if got := Express("docs/a.md", "", markdown, nil); got != markdown {
			t.Errorf("%q is changed in a Markdown page: %q", markdown, got)
		}
	}
}

// A link to a section keeps the section: by its label, by the one that Sphinx makes of its heading, or at least by its name.
func TestALinkInReStructuredTextKeepsItsSection(t *testing.T) {
	const guide = "=====\nGuide\n=====\n\n.. _most_of:\n.. _other:\n\nMost rows\n---------\n\nMany.\n\n.. _lost:\n\nText.\n\nLeast of all\n============\n\nFew.\n"
	const auto = "extensions = ['sphinx.ext.autosectionlabel']\nautosectionlabel_prefix_document = True\n"
	for link, want := range map[string][2]string{ // without and with labels for all headings
		"[Rows](../x/guide.rst#most-of)":              {":ref:`Rows <most_of>`", ":ref:`Rows <most_of>`"},
		"[Rows](../x/guide.rst#most-rows)":            {":ref:`Rows <most_of>`", ":ref:`Rows <most_of>`"},
		"[Few](../x/guide.rst#least-of-all)":          {":doc:`Few <../x/guide>` (*Least of all*)", ":ref:`Few <x/guide:Least of all>`"},
		"[Least of all](../x/guide.rst#least-of-all)": {":doc:`Least of all <../x/guide>`", ":ref:`Least of all <x/guide:Least of all>`"},
		"[Guide](../x/guide.rst#guide)":               {":doc:`Guide <../x/guide>`", ":ref:`Guide <x/guide:Guide>`"},
		"[Gone](../x/guide.rst#gone)":                 {":doc:`Gone <../x/guide>`", ":doc:`Gone <../x/guide>`"},
		"[No page](../x/none.rst#most-of)":            {":doc:`No page <../x/none>`", ":doc:`No page <../x/none>`"},
		"[Here](#most-rows)":                          {":ref:`Here <most_of>`", ":ref:`Here <most_of>`"},
		"[Nowhere](#gone)":                            {"`Nowhere <#gone>`__", "`Nowhere <#gone>`__"},
	} {
		for i, conf := range []string{"", auto} {
			pages := map[string]string{"docs/x/guide.rst": guide, "docs/conf.py": conf}
			if got := Express("docs/a/b.rst", guide, link, pages); got != want[i] {
				t.Errorf("%q is %q, want %q", link, got, want[i])
			}
		}
	}
}

// What is expressed passes, and what cannot be is reported.
func TestMarkdownInAPageOfAnotherFormatIsReported(t *testing.T) {
	pages := map[string]string{"docs/a.rst": "Guide\n=====\n\nUse :ref:`x <y>` and `z`_.\n", "docs/b.adoc": "= Guide\n\nIntro.\n"}
	check := func(name, insert string) []Problem {
		after := map[string]string{"docs/a.rst": pages["docs/a.rst"], "docs/b.adoc": pages["docs/b.adoc"]}
		for _, e := range ConformEdits(name, pages[name], []role.Edit{{Insert: insert}}, pages) {
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
