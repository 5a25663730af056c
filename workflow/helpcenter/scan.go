package helpcenter

import (
	"strings"

	"github.com/oioi-app/oioi/workflow/pattern"
)

// scanned is a page cut into lines, with what each line belongs to.
type scanned struct {
	lines []string // without line ends
	front int      // so many lines at the top are front matter
	code  []bool   // the line belongs to a code fence, its marks too
	fence []int    // the line on which its fence begins
	open  int      // the line whose fence nothing closes, or -1
}

func scan(text string) scanned { return scanLines(splitLines(text), splitFront(text).lines) }

// scanBody scans a text that has no front matter, whatever it begins with.
func scanBody(text string) scanned { return scanLines(splitLines(text), 0) }

func scanLines(lines []string, front int) scanned {
	s := scanned{lines: lines, front: front, open: -1}
	s.code, s.fence = make([]bool, len(s.lines)), make([]int, len(s.lines))
	mark := ""
	for i := s.front; i < len(s.lines); i++ {
		m, rest := fenceMark(s.lines[i])
		switch {
		case mark == "" && m != "" && (m[0] == '~' || !strings.Contains(rest, "`")):
			mark, s.open = m, i
			s.code[i], s.fence[i] = true, i
		case mark != "":
			s.code[i], s.fence[i] = true, s.open
			if strings.HasPrefix(m, mark) && strings.TrimSpace(rest) == "" && !listItem().MatchString(s.lines[i]) {
				mark, s.open = "", -1
			}
		}
	}
	return s
}

// prose reports whether a line is neither front matter nor code in a fence.
func (s scanned) prose(i int) bool { return i >= s.front && i < len(s.lines) && !s.code[i] }

// fenceMark returns the run of backticks or tildes that a line begins with, however deep in lists and quotes it stands, and what
// follows: https://spec.commonmark.org/0.31.2/#fenced-code-blocks.
func fenceMark(line string) (mark, rest string) {
	bare := strings.TrimLeft(line, " \t>")
	if m := listItem().FindString(bare); m != "" {
		bare = strings.TrimLeft(bare[len(m):], " \t")
	}
	for _, c := range []string{"`", "~"} {
		if rest = strings.TrimLeft(bare, c); len(bare)-len(rest) >= 3 {
			return bare[:len(bare)-len(rest)], rest
		}
	}
	return "", ""
}

var (
	listItem  = pattern.Lazy(`^[ \t]*(?:[-*+]|[0-9]{1,9}[.)])(?:[ \t]+|$)`)
	themeRule = pattern.Lazy(`^ {0,3}(?:(?:-[ \t]*){3,}|(?:\*[ \t]*){3,}|(?:_[ \t]*){3,})$`)
	atxLine   = pattern.Lazy(`^ {0,3}(#{1,6})(?:[ \t]+(.*?))?(?:[ \t]+#+)?[ \t]*$`)
	underline = pattern.Lazy(`^ {0,3}(=+|-+)[ \t]*$`)
	codeSpan  = pattern.Lazy("``[^`]*``|`[^`]*`")
)

// heading is a heading of a Markdown page.
type heading struct {
	line, lines int // where it begins, from 0, and how many lines it takes
	level       int
	text        string
	setext      bool
	closed      bool // ## with marks at its end too ##
}

// headings are the headings of a page in order: those at its top level, or also those in quotes, tabs and components.
func (s scanned) headings(nested bool) []heading {
	var out []heading
	for i := s.front; i < len(s.lines); i++ {
		line := s.lines[i]
		if s.code[i] || line == "" {
			continue
		}
		if nested {
			line = strings.TrimLeft(line, " \t>")
		}
		if m := atxLine().FindStringSubmatch(line); m != nil {
			out = append(out, heading{line: i, lines: 1, level: len(m[1]), text: m[2], closed: strings.HasSuffix(strings.TrimRight(line, " \t"), " "+m[1])})
			continue
		}
		if i > s.front && s.paragraph(i-1) && (i-1 == s.front || !s.paragraph(i-2)) {
			if m := underline().FindStringSubmatch(line); m != nil {
				level := 1
				if m[1][0] == '-' {
					level = 2
				}
				out = append(out, heading{line: i - 1, lines: 2, level: level, text: strings.TrimSpace(s.lines[i-1]), setext: true})
			}
		}
	}
	return out
}

// special begins lines that are something else than the text of a paragraph.
var special = pattern.Lazy("^(?:[ \t]*(?:#{1,6}(?:[ \t]|$)|>|\\||<|:::|!!!|\\?\\?\\?|=== ?[\"!]|\\$\\$|\\{[%{<:#]|--8<--|\\[[^\\]]+\\]:|```|~~~|\\.\\. |%%|@include|: )|(?:import|export)[ \t]| {4}|\t)")

// paragraph reports whether a line is plain text at the top level, as opposed to a heading, a list, a table, markup or code.
func (s scanned) paragraph(i int) bool {
	return s.prose(i) && plainLine(s.lines[i])
}

func plainLine(line string) bool {
	return strings.TrimSpace(line) != "" && !special().MatchString(line) && !listItem().MatchString(line) &&
		!themeRule().MatchString(line) && !underline().MatchString(line) && !tableRule().MatchString(line)
}

var tableRule = pattern.Lazy(`^[ \t|:-]*-[ \t:-]*\|[ \t|:-]*$`)
