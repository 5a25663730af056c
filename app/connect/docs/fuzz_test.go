package docs

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/rogpeppe/go-internal/txtar"
)

// seeds are the pages of testdata/formats that have one of the endings.
func seeds(f *testing.F, endings ...string) {
	archives, err := filepath.Glob("testdata/formats/*.txtar")
	if err != nil || len(archives) == 0 {
		f.Fatal("no archives", err)
	}
	for _, name := range archives {
		archive, err := txtar.ParseFile(name)
		if err != nil {
			f.Fatal(err)
		}
		for _, file := range archive.Files {
			for _, ending := range endings {
				if strings.HasSuffix(file.Name, ending) {
					f.Add(string(file.Data))
				}
			}
		}
	}
}

// read reads a page next to a copy of it that it may include, and checks that sections name lines that are there.
func read(t *testing.T, name, text string) (sections []Section, alone bool) {
	files := map[string]string{"docs/" + name: text, "docs/parts/x" + filepath.Ext(name): text, "x" + filepath.Ext(name): "outside"}
	s := newSite("docs", files)
	sections, _ = s.split("docs/" + name)
	for _, section := range sections {
		source, ok := files[section.File]
		if !ok || !strings.HasPrefix(section.File, "docs/") {
			t.Fatalf("a section of the file %q", section.File)
		}
		if n := strings.Count(source, "\n") + 1; section.StartLine < 1 || section.EndLine > n || section.StartLine > section.EndLine {
			t.Fatalf("section %q has lines %d-%d of a file of %d", section.Title(), section.StartLine, section.EndLine, n)
		}
		if strings.TrimSpace(section.Text) == "" || section.Title() == "" {
			t.Fatalf("a section without a text or a title: %+v", section)
		}
	}
	if s.included["x"+filepath.Ext(name)] {
		t.Fatal("a file outside the folder was included")
	}
	return sections, len(s.included) == 0
}

// contains reports whether a text is what is left of a source when some of it is cut out, space aside.
func contains(source, text string) bool {
	rest := []rune(source)
	for _, r := range text {
		if unicode.IsSpace(r) {
			continue
		}
		for len(rest) > 0 && rest[0] != r {
			rest = rest[1:]
		}
		if len(rest) == 0 {
			return false
		}
		rest = rest[1:]
	}
	return true
}

// Every section says which lines it covers; they must hold its text, or the permalinks of citations are wrong.
func holds(t *testing.T, text string, sections []Section) {
	source := lines(text)
	for _, s := range sections {
		if within := strings.Join(source[s.StartLine-1:s.EndLine], "\n"); !contains(within, s.Text) {
			t.Fatalf("lines %d-%d do not hold the section's text %q", s.StartLine, s.EndLine, s.Text)
		}
	}
}

func FuzzMarkdown(f *testing.F) {
	f.Add(page)
	f.Add("---\ntitle: x")
	f.Add("# a\n```\n# b")
	f.Add("--8<-- \"parts/x.md\"\n# b\n--8<-- \"../x.md\"")
	seeds(f, ".md")
	f.Fuzz(func(t *testing.T, text string) {
		if sections, alone := read(t, "p.md", text); alone {
			holds(t, text, sections)
			if strings.Contains(text, "<!--") || strings.HasPrefix(strings.TrimSpace(text), "import ") || strings.Contains(text, "---") {
				return
			}
			// Without anything to hide, a line stays whole.
			for _, s := range sections {
				for l := range strings.SplitSeq(s.Text, "\n") {
					if !strings.Contains(text, l) {
						t.Fatalf("the page has no line %q", l)
					}
				}
			}
		}
	})
}

func FuzzMDX(f *testing.F) {
	seeds(f, ".mdx")
	f.Add("import X from './parts/x.mdx'\n\n<X />\n<X\n title='a'\n>b</X>\n")
	f.Fuzz(func(t *testing.T, text string) {
		if sections, alone := read(t, "p.mdx", text); alone {
			holds(t, text, sections)
		}
	})
}

func FuzzRST(f *testing.F) {
	seeds(f, ".rst")
	f.Add(".. include:: parts/x.rst\n   :start-line: 2\n\n.. include:: ../x.rst\n")
	f.Fuzz(func(t *testing.T, text string) { read(t, "p.rst", text) })
}

func FuzzAsciiDoc(f *testing.F) {
	seeds(f, ".adoc")
	f.Add("include::parts/x.adoc[lines=1..2;4..5,leveloffset=-9]\n\ninclude::../x.adoc[]\n")
	f.Fuzz(func(t *testing.T, text string) { read(t, "p.adoc", text) })
}

// A page must not hold up a server, whatever is in it. These take tenths of a second; work that grows with the square of a
// page's size would take minutes.
func TestHostilePages(t *testing.T) {
	const size = 1 << 16
	repeat := func(s string) string { return strings.Repeat(s, size/len(s)) }
	half := func(a, b string) string { return repeat(a)[:size/2] + "\n" + repeat(b)[:size/2] }
	pages := map[string]string{
		"quotes":            half(">", "\n"),
		"quotes and lines":  half(">", ">\n"),
		"lists":             half("- ", "\n"),
		"lists and text":    half("- ", "a\n"),
		"growing lists":     growing("  ", "- a") + repeat("\n")[:size/2],
		"growing notes":     growing(" ", ".. note:: a") + repeat("\n")[:size/2],
		"notes":             growing("   ", ".. note::\n") + "\nx" + repeat("\n")[:size/2] + "x",
		"same headings":     repeat("# a\n\n"),
		"same titles":       repeat("a\n=\n\n") + repeat("aaaa\n====\n\n"),
		"numbered headings": numbered(size),
		"long heading":      "# " + repeat("[*`_"),
		"comments":          repeat("<!--"),
		"comment ends":      repeat("-->") + "\n" + repeat("<!--"),
		"one line comments": repeat("<!-- -->"),
		"tags":              repeat("<a {"),
		"tag lines":         repeat("<a {\n"),
		"quoted tags":       repeat("<a b=\"\n"),
		"exports":           repeat("export const a = {\n\n"),
		"front matter":      "---\ntitle: " + repeat("[")[:size/2] + "\n" + repeat("a: b\n")[:size/4] + "---\ntext",
		"aliases":           "---\ntitle: *a\n" + repeat("a: &a *a\n")[:size/2] + "---\ntext",
		"fences":            repeat("```\n~~~\n"),
		"snippets":          repeat("--8<-- \"p.md\"\n"),
		"snippet blocks":    "--8<--\n" + repeat("a.md\n"),
		"blocks":            growing("=", ""),
		"attributes":        ":a: " + strings.Repeat("a", 300) + "\n" + repeat("{a}"),
		"attribute lines":   ":a: " + strings.Repeat("a", 300) + "\n" + repeat("{a}{a}{a}\n"),
		"substitutions":     ".. |a| replace:: " + strings.Repeat("a", 300) + "\n\n" + repeat("|a| "),
		"colons":            repeat("a::\n\n b\n"),
		"targets":           repeat(".. _a:\n"),
		"directives":        repeat(".. a::\n :b: c\n\n"),
		"adornments":        repeat("====\na\n"),
		"ticks":             repeat("``:`"),
		"empty":             repeat("\n"),
		"carriage returns":  repeat("\r"),
		"blank":             repeat(" "),
		"tabs":              repeat("\t"),
		"nulls":             repeat("\x00\n# \xff\n"),
	}
	for _, name := range sortedKeys(pages) {
		for _, ending := range []string{".md", ".mdx", ".rst", ".adoc"} {
			t.Run(name+ending, func(t *testing.T) {
				start := time.Now()
				text := pages[name]
				if ending == ".mdx" {
					text = "import A from 'a'\n\n" + text
				}
				newSite("docs", map[string]string{"docs/p" + ending: text}).split("docs/p" + ending)
				if took := time.Since(start); took > 10*time.Second {
					t.Errorf("took %v", took)
				}
			})
		}
	}
}

// growing is half a page of lines, each further in than the one before.
func growing(indent, text string) string {
	var b strings.Builder
	for i := 0; b.Len() < 1<<15; i++ {
		b.WriteString(strings.Repeat(indent, i) + text + "\n")
	}
	return b.String()
}

func numbered(size int) string {
	var b strings.Builder
	for i := 0; b.Len() < size; i++ {
		fmt.Fprintf(&b, "# a\n\n# a-%d\n\n", i)
	}
	return b.String()
}

// Files that include each other many times over add up to no more than the limit.
func TestIncludesAreLimited(t *testing.T) {
	files := map[string]string{}
	for i := range 12 {
		files[fmt.Sprintf("docs/%d.md", i)] = "text\n" + strings.Repeat(fmt.Sprintf("--8<-- \"%d.md\"\n", i+1), 9)
	}
	cut, err := newSite("docs", files).sections(t.Context(), cutBefore{})
	if err != nil {
		t.Fatal(err)
	}
	sections := cut.sections
	total := 0
	for _, s := range sections {
		total += len(s.Text)
	}
	if len(sections) != len(files) || total > maxAdded {
		t.Fatalf("%d sections with %d bytes", len(sections), total)
	}
}
