package helpcenter

import (
	"path"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/oioi-app/oioi/workflow/pattern"
)

// Drafters write Markdown, whatever the page is written in.
var (
	mdHeading = pattern.Lazy(`^(#{1,6})[ \t]+(\S.*?)[ \t]*#*$`)
	mdFence   = pattern.Lazy("^(`{3,}|~{3,})[ \t]*([\\w+-]*)[ \t]*$")
	mdNote    = pattern.Lazy(`^\*\*(Note|Tip|Warning|Important|Caution):\*\*[ \t]+(\S.*)$`)
	mdItem    = pattern.Lazy(`^([ \t]*)(?:[-*+]|([0-9]{1,9})[.)])[ \t]+(\S.*)$`)
	mdSpan    = pattern.Lazy("``[^`]+``|`[^`]+`|!?\\[[^\\[\\]]*\\]\\([^()\\s]*\\)|\\*\\*[^*]+\\*\\*")
	mdTable   = pattern.Lazy(`^[ \t]*\|?[ \t]*:?-{3,}:?[ \t]*\|`)
	rstRole   = pattern.Lazy("(?:^|[\\s(]):[\\w:+.-]+:`[^`]+`|`[^`]+`__?|``[^`]+``")
	rstLine   = pattern.Lazy("^([!-/:-@[-`{-~])[!-/:-@[-`{-~]*[ \t]*$")
	rstEnd    = pattern.Lazy(`(\w)_(\W|$)`)
	adocActs  = pattern.Lazy(`\{[\w-]|<<|\+\+|(?:^|\s)[_+^~#]\S`) // what would be an attribute, a reference, or text in another style
)

// Express writes a Markdown text that goes into a page in the page's own format: headings as deep as those of the page, links,
// lists, notes and code. What it does not know stays as it is, for Check to report. In a Markdown page all stays. The pages are
// those that a link may lead to.
func Express(name, page, text string, pages map[string]string) string {
	var to writer
	switch strings.ToLower(path.Ext(name)) {
	case ".rst":
		to = restructured{marks: rstMarks(page), section: func(file, anchor string) rstSection {
			if file == "" {
				return sectionOf(page, anchor)
			}
			file = path.Join(path.Dir(name), file)
			return sectionOf(pages[file], anchor).reached(pages, file)
		}}
	case ".adoc", ".asciidoc":
		to = asciidoc{}
	default:
		return text
	}
	lines := strings.Split(unixLines(text), "\n")
	var out []string
	for i := 0; i < len(lines); i++ {
		line := lines[i]
		if m := mdFence().FindStringSubmatch(line); m != nil {
			end := i + 1
			for end < len(lines) && strings.TrimSpace(lines[end]) != m[1] {
				end++
			}
			if end < len(lines) {
				out = append(out, to.code(m[2], lines[i+1:end])...)
				i = end
				continue
			}
		}
		if m := mdHeading().FindStringSubmatch(line); m != nil {
			out = append(out, to.heading(len(m[1]), inline(to, m[2]))...)
		} else if m := mdNote().FindStringSubmatch(line); m != nil {
			rest := []string{inline(to, m[2])}
			for i+1 < len(lines) && strings.TrimSpace(lines[i+1]) != "" {
				i++
				rest = append(rest, inline(to, lines[i]))
			}
			out = append(out, to.note(m[1], rest)...)
		} else if m := mdItem().FindStringSubmatch(line); m != nil {
			out = append(out, to.item(m[1], m[2] != "", inline(to, m[3])))
		} else {
			out = append(out, inline(to, line))
		}
	}
	return strings.Join(out, "\n")
}

// writer writes what Markdown says in another format.
type writer interface {
	heading(level int, text string) []string
	note(kind string, lines []string) []string
	code(language string, lines []string) []string
	item(indent string, ordered bool, text string) string
	span(text string) string
	link(words, target string) string
	plain(text string) string
}

// inline writes a line's code, links and strong words.
func inline(to writer, line string) string {
	var out strings.Builder
	for line != "" {
		at := mdSpan().FindStringIndex(line)
		if at == nil {
			break
		}
		out.WriteString(to.plain(line[:at[0]]))
		span := line[at[0]:at[1]]
		switch {
		case span[0] == '`':
			out.WriteString(to.span(span))
		case span[0] == '[':
			words, target, _ := strings.Cut(span[1:len(span)-1], "](")
			out.WriteString(to.link(words, target))
		default: // strong words are marked alike; a picture is left for Check
			out.WriteString(span)
		}
		line = line[at[1]:]
	}
	return out.String() + to.plain(line)
}

// restructured is reStructuredText: https://docutils.sourceforge.io/docs/ref/rst/restructuredtext.html
type restructured struct {
	marks   string                               // the characters under its headings, by level
	section func(file, anchor string) rstSection // that a link leads to
}

// rstMarks are the characters that a page puts under its headings, in the order in which they first stand there, which is what
// gives them their level.
func rstMarks(page string) string {
	lines, marks := strings.Split(unixLines(page), "\n"), ""
	for i := 1; i < len(lines); i++ {
		above := strings.TrimRight(lines[i-1], " \t")
		m := rstLine().FindStringSubmatch(lines[i])
		if m == nil || above == "" || unicode.IsSpace(rune(above[0])) || rstLine().MatchString(above) || strings.Trim(strings.TrimSpace(lines[i]), m[1]) != "" ||
			len(strings.TrimSpace(lines[i])) < max(3, utf8.RuneCountInString(above)) {
			continue
		}
		if !strings.Contains(marks, m[1]) {
			marks += m[1]
		}
	}
	return marks
}

func (r restructured) heading(level int, text string) []string {
	marks := r.marks
	for _, mark := range `=-~^"'` {
		if !strings.ContainsRune(marks, mark) {
			marks += string(mark)
		}
	}
	at := min(level-1, len(r.marks), len(marks)-1) // no level is left out
	return []string{text, strings.Repeat(marks[at:at+1], max(3, utf8.RuneCountInString(text)))}
}

func (restructured) note(kind string, lines []string) []string {
	return append([]string{".. " + strings.ToLower(kind) + "::", ""}, shifted(lines, "   ")...)
}

func (restructured) code(language string, lines []string) []string {
	if language == "" {
		language = "text"
	}
	return append([]string{".. code-block:: " + language, ""}, shifted(lines, "   ")...)
}

func (restructured) item(indent string, ordered bool, text string) string {
	if ordered {
		return indent + "#. " + text
	}
	return indent + "- " + text
}

func (restructured) span(text string) string { return "``" + strings.Trim(text, "`") + "``" }

func (r restructured) link(words, target string) string {
	file, anchor, _ := strings.Cut(target, "#")
	if strings.Contains(target, "://") || file == "" && anchor == "" || file != "" && !IsPage(file) {
		return "`" + words + " <" + target + ">`__"
	}
	at := rstSection{}
	if anchor != "" {
		at = r.section(file, anchor)
	}
	switch {
	case at.label != "":
		return ":ref:`" + words + " <" + at.label + ">`"
	case file == "":
		return "`" + words + " <" + target + ">`__"
	}
	link := ":doc:`" + words + " <" + strings.TrimSuffix(file, path.Ext(file)) + ">`"
	if at.heading != "" && !strings.EqualFold(at.heading, words) {
		link += " (*" + at.heading + "*)" // Sphinx leads to no section that has no label
	}
	return link
}

func (restructured) plain(text string) string { return rstEnd().ReplaceAllString(text, `${1}\_$2`) }

// asciidoc is AsciiDoc: https://docs.asciidoctor.org/asciidoc/latest/
type asciidoc struct{}

func (asciidoc) heading(level int, text string) []string {
	return []string{strings.Repeat("=", level) + " " + text}
}

func (asciidoc) note(kind string, lines []string) []string {
	lines[0] = strings.ToUpper(kind) + ": " + lines[0]
	return lines
}

func (asciidoc) code(language string, lines []string) []string {
	out := []string{"----"}
	if language != "" {
		out = []string{"[source," + language + "]", "----"}
	}
	return append(append(out, lines...), "----")
}

func (asciidoc) item(indent string, ordered bool, text string) string {
	mark := "*"
	if ordered {
		mark = "."
	}
	return strings.Repeat(mark, 1+width(indent)/2) + " " + text
}

func (asciidoc) span(text string) string { return "`" + strings.Trim(text, "`") + "`" }

func (asciidoc) link(words, target string) string {
	if strings.Contains(target, "://") {
		return target + "[" + words + "]"
	}
	file, anchor, found := strings.Cut(target, "#")
	if file == "" {
		return "<<" + anchor + "," + words + ">>"
	}
	if found {
		file += "#" + anchor
	}
	return "xref:" + file + "[" + words + "]"
}

func (asciidoc) plain(text string) string {
	return adocActs().ReplaceAllStringFunc(text, func(acts string) string {
		bare := strings.TrimLeft(acts, " \t")
		return acts[:len(acts)-len(bare)] + `\` + bare
	})
}

func shifted(lines []string, by string) []string {
	out := make([]string, len(lines))
	for i, line := range lines {
		if out[i] = line; strings.TrimSpace(line) != "" {
			out[i] = by + line
		}
	}
	return out
}

// foreign reports the Markdown that stands in a page of another format: its builder would show the marks.
func foreign(name, text string, report reporter) {
	rst := strings.EqualFold(path.Ext(name), ".rst")
	format := map[bool]string{true: "reStructuredText", false: "AsciiDoc"}[rst]
	listing := ""
	for i, line := range strings.Split(unixLines(text), "\n") {
		bare := strings.TrimSpace(line)
		if !rst && (bare == "----" || bare == "....") {
			if listing == "" {
				listing = bare
			} else if listing == bare {
				listing = ""
			}
			continue
		}
		if listing != "" || rst && strings.HasPrefix(line, " ") {
			continue // code
		}
		what := ""
		switch rest := mdSpan().FindAllString(rstRole().ReplaceAllString(line, ""), -1); {
		case rst && mdHeading().MatchString(line):
			what = "a heading"
		case rst && mdFence().MatchString(line):
			what = "a block of code"
		case mdTable().MatchString(line):
			what = "a table"
		default:
			for _, span := range rest {
				switch {
				case strings.HasPrefix(span, "!["):
					what = "a picture"
				case span[0] == '[':
					what = "a link"
				case rst && span[0] == '`':
					what = "code"
				}
			}
		}
		if what != "" {
			report(i+1, "markdown "+bare, what+" is written as in Markdown, and the page is "+format, "write it as "+format+" does")
		}
	}
}
