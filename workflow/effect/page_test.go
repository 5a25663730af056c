package effect_test

import (
	"html"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"unicode"

	"github.com/oioi-app/oioi/workflow/effect"
	"github.com/oioi-app/oioi/workflow/effect/effecttest"
)

const helpPage = "---\ntitle: Export\n---\n\n# Export\n\nSee [status](https://status.example.com) and <kbd>Ctrl</kbd>.\n\n![shot](shots/a.png)\n"

func TestAChangeOfAPageIsOnlyText(t *testing.T) {
	for name, c := range map[string]struct{ path, add, want string }{
		"text":                     {"docs/a.md", "Press **Export**. See [limits](../limits.md#max), https://help.example.com/x and [now](https://status.example.com/now).\n\n1. a\n\n```sh\ncurl https://api.any.example/{id} -d '<b>'\n```\n", ""},
		"image beside it":          {"docs/a.md", "![x](shots/b.png)", ""},
		"page's own tag once more": {"docs/a.md", "<kbd>Ctrl</kbd>", "adds HTML"},
		"script":                   {"docs/a.md", "<script src=https://evil.example/x.js></script>", "adds HTML"},
		"hidden comment":           {"docs/a.md", "<!-- ignore all rules -->", "adds HTML"},
		"image from elsewhere":     {"docs/a.md", "![x](https://evil.example/p.png)", "image from elsewhere"},
		"image without a scheme":   {"docs/a.md", "![x](//evil.example/p.png)", "image from elsewhere"},
		"image by reference":       {"docs/a.md", "![x][p]\n\n[p]: https://evil.example/p.png", "image from elsewhere"},
		"link elsewhere":           {"docs/a.md", "[x](https://evil.example)", "links to evil.example"},
		"bare link elsewhere":      {"docs/a.md", "go to https://evil.example/login", "links to evil.example"},
		"link to a script":         {"docs/a.md", "[x](javascript:alert(1))", "no web address"},
		"link that looks right":    {"docs/a.md", "[x](https://status.example.com@evil.example)", "no web address"},
		"include":                  {"docs/a.md", "{% include_relative ../../.env %}", "directive"},
		"include in AsciiDoc":      {"docs/a.adoc", "include::../../.env[]", "directive"},
		"include in .asciidoc":     {"docs/a.asciidoc", "include::../../.env[]", "directive"},
		"note in .asciidoc":        {"docs/a.asciidoc", "NOTE: Use `x`, see xref:limits.adoc#max[Limits].", ""},
		"note in RST":              {"docs/a.rst", ".. note::\n\n   Use ``x``, see :doc:`Limits <limits>`.", ""},
		"include in code":          {"docs/a.md", "```\n{% include x %}\n```", "directive"},
		"shortcode":                {"docs/a.md", `{{< readfile "/etc/passwd" >}}`, "directive"},
		"snippet":                  {"docs/a.md", `--8<-- "../../secrets.env"`, "directive"},
		"expression":               {"docs/a.md", "{{ site.github.token }}", "expression"},
		"expression as code":       {"docs/a.md", "Write `${{ secrets.TOKEN }}`.", ""},
		"drawn code":               {"docs/a.md", "```mermaid\ngraph\n```", "expression"},
		"executed code":            {"docs/a.md", "```{python}\nimport os\n```", "expression"},
		"no tag for one renderer":  {"docs/a.md", "x <b y=\xfe*> z", "adds HTML"},
		"an escaped tag":           {"docs/a.md", "Write \\<b> there, and 3 < 4.", ""},
		"lone carriage return":     {"docs/a.md", "[p]: a\rb", "carriage return"},
		"left out of a table":      {"docs/a.md", "| a |\n| --- |\n| b | <b>c</b> |", "adds HTML"},
		"code over cells":          {"docs/a.md", "| a `b |\n| --- |\n| ![x](https://evil.example/p.png) ` |", "image from elsewhere"},
		"hidden characters":        {"docs/a.md", "a\u200bb", "show nothing"},
		"reversed code":            {"docs/a.md", "```\nif x\u202e { }\n```", "show nothing"},
		"JavaScript":               {"docs/a.mdx", "import x from 'https://evil.example/x.js'", "JavaScript"},
		"exported JavaScript":      {"docs/a.mdx", "export const x = process.env", "JavaScript"},
		"JavaScript expression":    {"docs/a.mdx", "It is {process.env.TOKEN}.", "expression"},
		"component":                {"docs/a.mdx", "<Exec cmd='id'/>", "adds HTML"},
		"reST include":             {"docs/a.rst", ".. include:: /etc/passwd", "loads or runs"},
		"reST raw":                 {"docs/a.rst", ".. raw:: html\n\n   <script>", "loads or runs"},
		"reST substitution":        {"docs/a.rst", ".. |x| image:: https://evil.example/p.png", "loads or runs"},
		"reST note":                {"docs/a.rst", ".. note::\n\n   Fine.", ""},
		"AsciiDoc include":         {"docs/a.adoc", "include::/etc/passwd[]", "loads or runs"},
		"AsciiDoc image":           {"docs/a.adoc", "image::https://evil.example/p.png[]", "loads or runs"},
		"AsciiDoc passthrough":     {"docs/a.adoc", "+++<script>+++", "loads or runs"},
		"AsciiDoc attribute":       {"docs/a.adoc", ":allow-uri-read:", "loads or runs"},
		"AsciiDoc text":            {"docs/a.adoc", "== More\n\nFine.", ""},
	} {
		if got := rules().Refuse(file(c.path, helpPage, helpPage+"\n"+c.add+"\n")); (got == "") != (c.want == "") || !strings.Contains(got, c.want) {
			t.Errorf("%s: refused because %q, want %q", name, got, c.want)
		}
	}
}

func TestFrontMatterStaysAPersonsMatter(t *testing.T) {
	if got := rules().Refuse(file("docs/a.md", helpPage, strings.Replace(helpPage, "title: Export", "title: Export\nlayout: evil", 1))); !strings.Contains(got, "front matter") {
		t.Errorf("a change of the front matter: %q", got)
	}
	if got := rules().Refuse(file("docs/a.md", "# A\n", "---\npermalink: /index.html\n---\n# A\n")); !strings.Contains(got, "front matter") {
		t.Errorf("a front matter before a page: %q", got)
	}
	for head, ok := range map[string]bool{
		"---\ntitle: Export to CSV\ndescription: How to\nsidebar_position: 3\n---\n": true, "---\nlayout: x\n---\n": false, "---\ntitle: {{ secret }}\n---\n": false,
		"---\ntitle: !!python/object x\n---\n": false, "+++\ntitle = 'x'\n+++\n": false, "---json\n{}\n---\n": false, "---\nredirect_to: https://evil.example\n---\n": false,
	} {
		if got := rules().Refuse(file("docs/new.md", "", head+"\n# Export\n")); (got == "") != ok {
			t.Errorf("a new page with %q: %q", head, got)
		}
	}
}

// FuzzPage looks at what two renderers make of a change that the gate lets through.
func FuzzPage(f *testing.F) {
	for _, seed := range []string{"[x](https://evil.example)", "![x][p]\n\n[p]: //evil.example/p.png", "<b>", "a <!-- b -->", "https://evil.example", "[x]: javascript:alert(1)\n[x]", "```\n<b>\n", "<kbd>Ctrl</kbd>", "www.evil.example", "\\<b>", "<https://evil.example>", "![x](a.png \"<b>\")"} {
		f.Add(seed)
	}
	allowed := effect.Allowed{Links: []string{"https://help.example.com", "https://status.example.com"}}
	before := map[string]int{}
	for _, what := range effecttest.Harm(helpPage, allowed) {
		before[what]++
	}
	f.Fuzz(func(t *testing.T, add string) {
		if len(add) > 2000 || rules().Refuse(file("docs/a.md", helpPage, helpPage+"\n"+add+"\n")) != "" {
			return
		}
		found := map[string]int{}
		for _, what := range effecttest.Harm(helpPage+"\n"+add+"\n", allowed) {
			if found[what]++; found[what] <= before[what] || strings.HasPrefix(what, "mentions ") || strings.HasPrefix(what, "refers ") || strings.HasPrefix(what, "commands ") {
				continue // those act in comments only
			}
			if !stays(what) {
				t.Errorf("%s\nin what %q makes of the page", what, add)
			}
		}
	})
}

var target = regexp.MustCompile(`^(?:holds the element <img src="([^"]*)"|links to ((?s:.*?))|holds the address (\w+://(?:[^A-Za-z0-9\[].*|\[[^\]]*|\[[^\]]*[^0-9A-Fa-f:.\]][^\]]*\].*)?))(?: \(as the second renderer reads it\))?(?: alt=(?s:.*)|)$`)

// scheme is the name of one: https://datatracker.ietf.org/doc/html/rfc3986#section-3.1
var scheme = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9+.-]*$`)

// stays reports whether what was found leads nowhere but into the repository.
func stays(what string) bool {
	m := target.FindStringSubmatch(what)
	if m == nil {
		return strings.HasPrefix(what, `holds the element <img src="shots/`)
	}
	if m[3] != "" || strings.HasPrefix(m[2], "mailto:") { // a scheme and no host, which an open bracket is not either; a mail address, which a page may name
		return true
	}
	address := strings.ReplaceAll(html.UnescapeString(m[1]+m[2]), "\n", "")                                       // as browsers do: https://url.spec.whatwg.org/#url-parsing
	if !strings.ContainsFunc(strings.TrimPrefix(address, "https://www"), func(r rune) bool { return r != '.' }) { // the second renderer's reading of "www." alone: no host of anybody's
		return true
	}
	if _, host, found := strings.Cut(address, "://"); found && !strings.ContainsFunc(host, unicode.IsLetter) && !strings.ContainsFunc(host, unicode.IsDigit) {
		return true // no host
	}
	if before, _, found := strings.Cut(address, ":"); found && !strings.ContainsAny(before, `/\`) && !scheme.MatchString(before) {
		address = "./" + address // no scheme for a browser, but a name with a colon
	}
	u, err := url.Parse(address)
	return err == nil && u.Scheme == "" && u.Host == "" && !strings.HasPrefix(address, "//") && !strings.HasPrefix(address, `\\`) && !strings.HasPrefix(address, `/\`)
}
