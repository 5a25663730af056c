package docs

import (
	"path"
	"strings"
	"unicode/utf8"

	"github.com/oioi-app/oioi/workflow/evidence"
	"github.com/oioi-app/oioi/workflow/helpcenter"
	"github.com/oioi-app/oioi/workflow/pattern"
)

// Section is a stretch of a page under one heading: the unit that is found and cited.
type Section struct {
	Path      string   // the page
	File      string   // whose lines StartLine and EndLine count: Path, or a file that the page includes
	PageTitle string   // as front matter says, else the first top heading, else made of the file's name
	About     string   // the description in front matter
	Slug      string   // the address that front matter asks for: slug, permalink, url or id; "" where it asks for none
	Trail     []string // the headings above it, outermost first, its own last; empty before the first heading
	Anchor    string   // as the site's generator makes it of the heading; "" before the first heading
	StartLine int      // 1-based, inclusive: the heading's line
	EndLine   int      // the last line with text
	Text      string   // without the heading, and without what readers of the published page do not see
}

// Title is the section's name for people.
func (s Section) Title() string {
	parts := s.Trail
	if len(parts) == 0 || !strings.EqualFold(parts[0], s.PageTitle) {
		parts = append([]string{s.PageTitle}, parts...)
	}
	return strings.Join(parts, " › ")
}

// format is a markup language.
type format int

const (
	none format = iota
	markdown
	mdx
	restructured
	asciidoc
)

func formatOf(name string) format {
	switch strings.ToLower(path.Ext(name)) {
	case ".md", ".markdown", ".mdown", ".mkd":
		return markdown
	case ".mdx":
		return mdx
	case ".rst", ".rest":
		return restructured
	case ".adoc", ".asciidoc":
		return asciidoc
	}
	return none
}

// Endings says in words which files are pages.
const Endings = "Markdown, MDX, reStructuredText or AsciiDoc pages (.md, .markdown, .mdx, .rst, .adoc, .asciidoc)"

// IsPage reports whether a file is a help-center page that OiOi reads.
func IsPage(name string) bool { return formatOf(name) != none }

// IsPart reports whether a file is no page, but one that pages may include or that says how the site is built and which pages
// its navigation lists. root is the help center's folder; name is a path in the repository.
func IsPart(root, name string) bool {
	switch strings.ToLower(path.Ext(name)) {
	case ".txt", ".inc", ".include", ".snippet", ".attributes":
		return inside(root, name)
	}
	switch path.Base(name) {
	case ".gitattributes": // says which files tools write
		dir := path.Dir(name)
		return dir == "." || inside(dir, root) || inside(root, name)
	}
	return isConfig(root, name) || helpcenter.Lists(root, name)
}

// inside reports whether a path of the repository stands below a folder.
func inside(root, name string) bool {
	return root == "" || root == "." || strings.HasPrefix(name, strings.TrimSuffix(root, "/")+"/")
}

// line is a line of a page, with what it includes put in its place.
type line struct {
	text   string
	file   int  // index into document.files
	no     int  // 1-based, in its file
	at     int  // the page's own line that it came by
	shift  int  // how much deeper an include directive sets the headings
	hidden bool // readers of the published page do not see it as text
}

// head is a heading: the lines from at to before to.
type head struct {
	at, to int
	level  int // 1 is the page's title; only the order counts
	text   string
	id     string // given by hand; "" where the generator makes it
	silent bool   // takes an anchor of its own, and begins no section
}

// document is a page while it is read.
type document struct {
	site  *site
	name  string
	meta  meta
	files []string // files[0] is the page
	alone bool     // it includes nothing, and does not ask for it
	lines []line
	heads []head
}

// sections cuts the page at its headings.
func (d *document) sections() []Section {
	ids := newAnchors(d.site.style(d.name))
	ids.prefix, ids.separator = d.meta.idPrefix, d.meta.idSeparator
	page := Section{Path: d.name, PageTitle: d.title(), About: d.meta.about, Slug: d.meta.slug}
	var out []Section
	var open []head
	current, begin, from := page, 0, 0 // begin: where the heading stands; from: where its text does
	cut := func(to int) {
		for i, at := range d.parts(from, to) {
			part := current
			if i > 0 {
				begin = at[0]
			}
			if d.fill(&part, begin, at[0], at[1]) {
				out = append(out, part)
			}
		}
	}
	for _, h := range d.heads {
		anchor := ids.of(h)
		if h.silent {
			continue
		}
		cut(h.at)
		for len(open) > 0 && open[len(open)-1].level >= h.level {
			open = open[:len(open)-1]
		}
		open = append(open, h)
		current, begin, from = page, h.at, h.to
		current.Anchor = anchor
		for _, above := range open {
			if above.text != "" { // a heading may hold nothing but its anchor
				current.Trail = append(current.Trail, above.text)
			}
		}
	}
	cut(len(d.lines))
	return out
}

// longestPart is how many bytes of text a section holds before it is cut into parts of about the same size. A reader sees the
// paragraph that answers; a search that takes a long section as one finds it for any words, and evidence holds only its
// beginning.
var longestPart = evidence.DefaultBudget.PerItem

// parts cuts the lines of a section between paragraphs, never inside a list, a table or code.
func (d *document) parts(from, to int) [][2]int {
	total := 0
	for i := from; i < to; i++ {
		if !d.lines[i].hidden {
			total += len(d.lines[i].text) + 1
		}
	}
	if total <= longestPart {
		return [][2]int{{from, to}}
	}
	each := total / (1 + total/longestPart)
	var out [][2]int
	size, fence, blank := 0, "", false
	for i := from; i < to; i++ {
		l := &d.lines[i]
		if l.hidden {
			continue
		}
		text := strings.TrimSpace(l.text)
		if fence == "" && blank && size >= each && paragraph(l.text) {
			out = append(out, [2]int{from, i})
			from, size = i, 0
		}
		if mark := strings.TrimLeft(text, "`~"); len(text)-len(mark) >= 3 {
			switch mark = text[:len(text)-len(mark)]; {
			case fence == "":
				fence = mark
			case strings.HasPrefix(mark, fence):
				fence = ""
			}
		}
		size, blank = size+len(l.text)+1, text == ""
	}
	return append(out, [2]int{from, to})
}

// paragraph reports whether a line may be the first one of a paragraph.
func paragraph(line string) bool {
	if line == "" || line[0] == ' ' || line[0] == '\t' || line[0] == '|' || line[0] == ':' {
		return false
	}
	return !listed().MatchString(line)
}

var listed = pattern.Lazy(`^([-+*]|\d+[.)])\s`)

// fill sets a section's text and lines, and reports whether there is any text.
func (d *document) fill(s *Section, begin, from, to int) bool {
	var text strings.Builder
	first, last, gap, blank := -1, -1, false, true
	for i := from; i < to; i++ {
		l := &d.lines[i]
		empty := strings.TrimSpace(l.text) == ""
		if l.hidden || empty && gap && blank { // what is hidden leaves no hole
			gap = true
			continue
		}
		gap, blank = gap && empty, empty
		text.WriteString(l.text)
		text.WriteByte('\n')
		if !empty {
			if last = i; first < 0 {
				first = i
			}
		}
	}
	if last < 0 {
		return false
	}
	if from == begin { // before the first heading
		begin = first
	}
	s.Text = strings.TrimSpace(text.String())
	if s.Text == "" {
		return false
	}
	s.File, s.StartLine, s.EndLine = d.files[d.lines[begin].file], d.lines[begin].no, d.lines[last].no
	for i := begin; i <= last; i++ {
		if d.lines[i].file != d.lines[begin].file { // of several files: the page's own lines hold them together
			s.File, s.StartLine, s.EndLine = d.name, d.lines[begin].at, d.lines[last].at
			break
		}
	}
	return true
}

// title is the page's name.
func (d *document) title() string {
	if d.meta.title != "" {
		return d.meta.title
	}
	for _, h := range d.heads {
		if h.level == 1 && !h.silent && h.text != "" {
			return h.text
		}
	}
	base := path.Base(d.name)
	name := strings.TrimSuffix(base, path.Ext(base))
	if lower := strings.ToLower(name); lower == "index" || lower == "_index" || lower == "readme" {
		if folder := path.Base(path.Dir(d.name)); folder != "." && folder != "/" {
			name = folder
		}
	}
	name = strings.TrimSpace(strings.NewReplacer("-", " ", "_", " ").Replace(name))
	if name == "" {
		return base
	}
	_, size := utf8.DecodeRuneInString(name)
	return strings.ToUpper(name[:size]) + name[size:]
}
