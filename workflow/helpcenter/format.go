package helpcenter

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/oioi-app/oioi/workflow/pattern"
)

// Format writes a Markdown text in the style: a new page in the style of its neighbours, for example. What a text says stays;
// code, tables, quotes, HTML and components stay byte for byte. Line ends and the last line's end are the style's.
func (s Style) Format(text string) string {
	text = unixLines(text)
	front := splitFront(text).lines
	lines := strings.Split(text, "\n")
	head := strings.Join(lines[:front], "\n")
	body := strings.Trim(strings.Join(s.lines(strings.Join(lines[front:], "\n")), "\n"), "\n")
	switch {
	case front > 0 && body != "":
		body = head + "\n\n" + body
	case front > 0:
		body = head
	}
	if s.Final && body != "" {
		body += "\n"
	}
	return s.ends(body)
}

func unixLines(text string) string { return strings.ReplaceAll(text, "\r\n", "\n") }

// ends gives a text with line ends as on Unix those of the style.
func (s Style) ends(text string) string {
	if s.CRLF {
		return strings.ReplaceAll(text, "\n", "\r\n")
	}
	return text
}

// lines writes a text without front matter in the style.
func (s Style) lines(text string) []string {
	p := scanBody(text)
	heads := map[int]heading{}
	for _, h := range p.headings(false) {
		heads[h.line] = h
	}
	var out []string
	for i := 0; i < len(p.lines); {
		line := p.lines[i]
		h, isHeading := heads[i]
		switch {
		case p.code[i]:
			to := i + 1
			for to < len(p.lines) && p.code[to] && p.fence[to] == i {
				to++
			}
			out = append(out, s.fence(p.lines[i:to], p.open < 0 || p.open < i)...)
			i = to
		case isHeading:
			for len(out) > 0 && blanks(out) < max(1, s.Above) {
				out = append(out, "")
			}
			out = append(out, s.heading(h, p.lines[i:i+h.lines])...)
			switch i += h.lines; {
			case i >= len(p.lines):
			case s.Tight && p.lines[i] == "" && i+1 < len(p.lines) && p.paragraph(i+1):
				i++
			case !s.Tight && p.lines[i] != "":
				out = append(out, "")
			}
		case !themeRule().MatchString(line) && listItem().MatchString(line) && strings.TrimSpace(listItem().FindString(line)) != "":
			mark := listItem().FindString(line)
			to := i + 1
			for to < len(p.lines) && p.paragraph(to) {
				to++
			}
			first := s.marker(mark)
			rest := strings.Repeat(" ", utf8.RuneCountInString(mark))
			item := slices.Clone(p.lines[i:to])
			if item[0] = item[0][len(mark):]; plainLine(item[0]) && !strings.Contains(mark, "\t") {
				out = append(out, s.reflow(item, first, rest)...)
			} else {
				out = append(out, first+item[0])
				out = append(out, item[1:]...)
			}
			i = to
		case p.paragraph(i):
			to := i + 1
			for to < len(p.lines) && p.paragraph(to) {
				to++
			}
			out = append(out, s.reflow(p.lines[i:to], leading(line), leading(line))...)
			i = to
		default:
			out = append(out, line)
			i++
		}
	}
	return out
}

// blanks counts the blank lines at the end.
func blanks(lines []string) int {
	n := 0
	for n < len(lines) && strings.TrimSpace(lines[len(lines)-1-n]) == "" {
		n++
	}
	return n
}

// fence writes a block of code with the style's marks, unless its code could be taken for them.
func (s Style) fence(block []string, closed bool) []string {
	mark, info := fenceMark(block[0])
	if s.Fence == 0 || mark == "" || mark[0] == s.Fence || !closed || len(block) < 2 || s.Fence == '`' && strings.Contains(info, "`") {
		return block
	}
	swap := strings.Repeat(string(s.Fence), len(mark))
	if slices.ContainsFunc(block[1:len(block)-1], func(line string) bool { return strings.Contains(line, swap) }) {
		return block
	}
	last := block[len(block)-1]
	end, _ := fenceMark(last)
	if !strings.HasPrefix(end, mark) {
		return block
	}
	out := slices.Clone(block)
	out[0] = strings.Replace(block[0], mark, swap, 1)
	out[len(out)-1] = strings.Replace(last, end, strings.Repeat(string(s.Fence), len(end)), 1)
	return out
}

// heading writes a heading in the style; its words stay.
func (s Style) heading(h heading, lines []string) []string {
	text := strings.TrimSpace(h.text)
	marks := strings.Repeat("#", h.level)
	switch {
	case s.Heading == Setext && h.level <= 2 && plainLine(text) && !h.setext:
		return []string{text, strings.Repeat(map[int]string{1: "=", 2: "-"}[h.level], max(3, utf8.RuneCountInString(text)))}
	case s.Heading == ATX && (h.setext || h.closed) && text != "":
		return []string{marks + " " + text}
	case s.Heading == ATXClosed && !h.closed && text != "":
		return []string{marks + " " + text + " " + marks}
	}
	return lines
}

// marker writes the mark of a list item in the style.
func (s Style) marker(mark string) string {
	bare := strings.TrimSpace(mark)
	want := s.Bullet
	if last := bare[len(bare)-1]; last == '.' || last == ')' {
		want = s.Ordered
	} else if width(leading(mark)) >= 2 && s.Nested != 0 {
		want = s.Nested
	}
	if want == 0 {
		return mark
	}
	at := len(leading(mark)) + len(bare) - 1
	return mark[:at] + string(want) + mark[at+1:]
}

var (
	// A word, in which code, links' addresses, tags and templates are not broken.
	wordToken = pattern.Lazy("(?:``[^`]*``|`[^`]*`|\\{[^{}]*\\}|<[^<>]*>|\\]\\([^()]*\\)|\\S)+")
	// What would begin another block at the start of a line.
	beginsBlock = pattern.Lazy("^(?:[-+*=>|#~:!?@$%{\\\\<]|[0-9]{1,9}[.)]|```|--8<|\\.\\.|_{3}|\\[[^\\]]*\\]:|import\\b|export\\b)")
	abbreviated = pattern.Lazy(`(?i)(?:^|[^\pL])(?:e\.g|i\.e|etc|vs|cf|approx|no|dr|mr|ms|[a-z])\.$`)
	hardBreak   = pattern.Lazy(`(?:  |\\|<br ?/?>)$`)
)

// reflow writes the lines of a paragraph at the style's width. Lines that end on purpose stay.
func (s Style) reflow(lines []string, first, rest string) []string {
	text := strings.Join(lines, "\n")
	keep := s.Width == UnknownWidth || unspaced(text)
	for i, line := range lines {
		keep = keep || i < len(lines)-1 && hardBreak().MatchString(line)
	}
	for _, span := range codeSpan().FindAllString(text, -1) {
		keep = keep || strings.Contains(span, "  ") || strings.Contains(span, "\n ")
	}
	if keep {
		out := slices.Clone(lines)
		if first != rest {
			out[0] = first + strings.TrimLeft(out[0], " \t")
		}
		return out
	}
	var joined strings.Builder
	for i, line := range lines {
		if i > 0 {
			joined.WriteByte(' ')
		}
		joined.WriteString(strings.TrimSpace(line))
	}
	words := wordToken().FindAllString(joined.String(), -1)
	var out []string
	line, prefix := "", first
	for i, word := range words {
		switch {
		case line == "":
			line = prefix + word
		case s.breaks(line, words[i-1], word) && !beginsBlock().MatchString(word):
			out = append(out, line)
			prefix = rest
			line = prefix + word
		default:
			line += " " + word
		}
	}
	return append(out, line)
}

// breaks reports whether a line ends before a word.
func (s Style) breaks(line, last, word string) bool {
	if s.Sentences {
		start, _ := utf8.DecodeRuneInString(strings.TrimLeft(word, "*_`\"'“‘(["))
		return sentenceEnd().MatchString(last) && !strings.HasSuffix(last, ":") && !abbreviated().MatchString(last) && (unicode.IsUpper(start) || unicode.IsDigit(start))
	}
	return s.Width > 0 && utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) > s.Width
}
