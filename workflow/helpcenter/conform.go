package helpcenter

import (
	"slices"
	"strings"

	"github.com/oioi-app/oioi/workflow/role"
)

// Insertion is a text that takes the place of the bytes from Start to End of a page; where they are equal, nothing is taken.
type Insertion struct {
	Start, End int
	Text       string
}

// Apply makes the change. Everything else of the page stays byte for byte.
func (in Insertion) Apply(page string) string { return page[:in.Start] + in.Text + page[in.End:] }

// Conform makes an insertion follow the page: its line ends, and in Markdown its line width, headings, list marks, code fences,
// and the blank lines around. A new block that would split a paragraph goes after it. Where the text goes into front matter or
// into code, and in pages that are no Markdown, only line ends follow. Start and End are brought into the page's bounds.
func Conform(name, page string, in Insertion) Insertion {
	in.Start = min(max(in.Start, 0), len(page))
	in.End = min(max(in.End, in.Start), len(page))
	style := StyleOf(page)
	text := unixLines(in.Text)
	verbatim := func() Insertion { return Insertion{in.Start, in.End, style.ends(text)} }
	if !isMarkdown(name) || strings.Trim(text, "\n") == "" {
		return verbatim()
	}
	s := scan(page)
	if at := strings.Count(page[:in.Start], "\n"); at < s.front || insideCode(s, page, in.Start) {
		return verbatim()
	}
	if strings.TrimSpace(page) == "" {
		return Insertion{in.Start, in.End, style.Format(text)}
	}
	atStart := in.Start == 0 || page[in.Start-1] == '\n'
	if !atStart && !strings.Contains(text, "\n") {
		return Insertion{in.Start, in.End, style.ends(style.inline(s, page, in, text))}
	}
	atEnd := in.End == len(page) || page[in.End] == '\n' || strings.HasPrefix(page[in.End:], "\r\n")
	moved := false
	if at := strings.Count(page[:in.Start], "\n"); in.Start == in.End && (strings.HasPrefix(text, "\n\n") || !plainLine(firstLine(strings.TrimLeft(text, "\n")))) &&
		(strings.HasPrefix(text, "\n") || atStart && at > 0 && s.paragraph(at-1) && s.paragraph(at)) {
		var end int
		if end, moved = paragraphEnd(s, page, in.Start); moved {
			in.Start, in.End, atStart, atEnd = end, end, false, true
		}
	}
	if !atEnd && !strings.HasSuffix(text, "\n") {
		return verbatim() // its last line goes on with what follows
	}
	head := ""
	if !atStart && in.Text != "" && text[0] != '\n' && !moved { // its first line belongs to the line before
		head, text, _ = strings.Cut(text, "\n")
		text = "\n" + text
	}
	lines := style.lines(strings.Trim(text, "\n"))
	out := head + style.above(page[:in.Start]+head, text, lines, atStart) + strings.Join(lines, "\n") + style.below(page[in.End:], lines, text)
	return Insertion{in.Start, in.End, style.ends(out)}
}

// ConformEdits makes anchored edits of a page, which are applied one after the other, follow it: effect.ApplyEdits then makes what
// Conform says. In a page of another format than Markdown they are written as that format does. An edit whose anchor does not stand exactly once stays as it is, for ApplyEdits to report. So do the edits of a
// page that is new, "": their text can be written in the style of a neighbour with Style.Format.
//
// The pages are those that a link may lead to.
func ConformEdits(name, page string, edits []role.Edit, pages map[string]string) []role.Edit {
	out := slices.Clone(edits)
	text := unixLines(page)
	for i := range out {
		out[i].Insert = Express(name, page, out[i].Insert, pages)
	}
	for i, e := range out {
		find := unixLines(e.Find)
		in := Insertion{Text: e.Insert}
		switch {
		case strings.TrimSpace(find) == "": // at the end of the page
			if find = lastUnique(text); find == "" || !isMarkdown(name) {
				return out
			}
			e.Replace = false
			in.Start = len(strings.TrimRight(text, "\n"))
			in.Text = "\n\n" + strings.Trim(unixLines(e.Insert), "\n")
		case strings.Count(text, find) != 1:
			continue
		default:
			in.Start = strings.Index(text, find)
			if !e.Replace {
				in.Start += len(find)
			}
		}
		in.End = in.Start
		if e.Replace {
			in.End += len(find)
		}
		at := in.Start
		in = Conform(name, text, in)
		out[i] = role.Edit{Find: find + text[at:max(at, in.Start)], Insert: in.Text, Replace: e.Replace}
		text = in.Apply(text)
	}
	return out
}

// lastUnique is the shortest end of a page, in whole lines and without the last line end, that stands in it only once.
func lastUnique(page string) string {
	page = strings.TrimRight(page, "\n")
	for at := len(page); at > 0; {
		at = strings.LastIndexByte(page[:at], '\n')
		if tail := page[at+1:]; strings.TrimSpace(tail) != "" && strings.Count(page, tail) == 1 {
			return tail
		}
		if at < 0 {
			break
		}
	}
	return ""
}

// insideCode reports whether a place is within a fence: after its first line and before its last line's end.
func insideCode(s scanned, page string, at int) bool {
	line := strings.Count(page[:at], "\n")
	if !s.code[line] {
		return false
	}
	last := line+1 >= len(s.lines) || !s.code[line+1] || s.fence[line+1] != s.fence[line]
	begin := at == 0 || page[at-1] == '\n'
	endOfLine := at == len(page) || page[at] == '\n' || page[at] == '\r'
	if s.fence[line] == line && begin {
		return false // before the fence
	}
	return !(last && endOfLine && !begin) || s.open >= 0 && line >= s.open
}

// paragraphEnd is where the paragraph ends that a place is within, if that is further down.
func paragraphEnd(s scanned, page string, at int) (int, bool) {
	line := strings.Count(page[:at], "\n")
	if !s.paragraph(line) && !(s.prose(line) && listItem().MatchString(s.lines[line])) {
		return at, false
	}
	if line+1 < len(s.lines) && underline().MatchString(s.lines[line+1]) {
		line++ // the heading's line under it
	}
	for line+1 < len(s.lines) && s.paragraph(line+1) {
		line++
	}
	end := 0
	for range line {
		end += strings.IndexByte(page[end:], '\n') + 1
	}
	end += len(s.lines[line])
	return end, end > at
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	return line
}

// inline breaks a text that goes into the middle of a line, where it would make the line too long. What stands around it
// is not broken anew, so that the change stays small.
func (style Style) inline(s scanned, page string, in Insertion, text string) string {
	line := strings.Count(page[:in.Start], "\n")
	item := s.prose(line) && listItem().MatchString(s.lines[line])
	if style.Width <= 0 || !s.paragraph(line) && !item || unspaced(text) || strings.ContainsAny(text, "`<{") {
		return text
	}
	from := strings.LastIndexByte(page[:in.Start], '\n') + 1
	prefix := leading(page[from:in.Start])
	if item {
		prefix = strings.Repeat(" ", len(listItem().FindString(s.lines[line])))
	}
	column := len([]rune(page[from:in.Start]))
	var out strings.Builder
	for i, piece := range strings.SplitAfter(text, " ") {
		word := strings.TrimRight(piece, " ")
		if n := len([]rune(word)); i > 0 && word != "" && column+n > style.Width && !beginsBlock().MatchString(word) {
			kept := strings.TrimRight(out.String(), " ")
			out.Reset()
			out.WriteString(kept + "\n" + prefix)
			column = len(prefix)
		}
		out.WriteString(piece)
		column += len([]rune(piece))
	}
	return out.String()
}

// above are the line ends between what stands before and the inserted lines.
func (style Style) above(before, text string, lines []string, atStart bool) string {
	had := strings.Split(unixLines(before), "\n")
	if atStart {
		had = had[:len(had)-1]
	}
	blank := blanks(had)
	need := style.between(had[:len(had)-blank], lines, strings.HasPrefix(text, "\n\n") || blank > 0)
	if blank == len(had) {
		need = 0 // nothing stands before
	}
	out := strings.Repeat("\n", max(0, need-blank))
	if !atStart {
		out += "\n"
	}
	return out
}

// below are the line ends between the inserted lines and what follows.
func (style Style) below(after string, lines []string, text string) string {
	after = unixLines(after)
	lineEnd := after == "" || after[0] == '\n'
	rest := strings.TrimLeft(after, "\n")
	if strings.TrimSpace(rest) == "" {
		if after == "" && style.Final {
			return "\n"
		}
		return ""
	}
	blank := len(after) - len(rest)
	if lineEnd {
		blank--
	}
	need := style.between(lines, strings.Split(rest, "\n"), blank > 0 || strings.HasSuffix(text, "\n\n"))
	out := strings.Repeat("\n", max(0, need-blank))
	if !lineEnd {
		out += "\n"
	}
	return out
}

// between is how many blank lines stand between two blocks. Where authors put none between two lines of the same kind, such as
// rows of a table or lines of a paragraph, they go on with what stands there.
func (style Style) between(before, after []string, apart bool) int {
	if len(before) == 0 || len(after) == 0 {
		return 0
	}
	last, next := before[len(before)-1], after[0]
	switch {
	case atxLine().MatchString(next) || len(after) > 1 && plainLine(next) && underline().MatchString(after[1]):
		return max(1, style.Above)
	case atxLine().MatchString(last) || len(before) > 1 && underline().MatchString(last) && plainLine(before[len(before)-2]):
		if style.Tight && plainLine(next) {
			return 0
		}
		return 1
	case listItem().MatchString(next) && inList(before):
		if looseList(listAtEnd(before)) || looseList(listAtStart(after)) {
			return 1
		}
		return 0
	case strings.HasPrefix(next, "|") && strings.HasPrefix(last, "|"), strings.HasPrefix(next, ">") && strings.HasPrefix(last, ">") && !apart:
		return 0
	case !apart && plainLine(last) && plainLine(next), !apart && inList(before) && width(leading(next)) >= 2:
		return 0
	}
	return 1
}

// inList reports whether lines end within a list: with an item, or with what is indented below one.
func inList(lines []string) bool {
	for i := len(lines) - 1; i >= 0; i-- {
		switch line := lines[i]; {
		case themeRule().MatchString(line):
			return false
		case listItem().MatchString(line):
			return true
		case strings.TrimSpace(line) != "" && width(leading(line)) < 2 && !(plainLine(line) && i > 0 && strings.TrimSpace(lines[i-1]) != ""):
			return false
		}
	}
	return false
}

// listAtEnd are the lines of the list that lines end with, and listAtStart of the one they begin with.
func listAtEnd(lines []string) []string {
	from := len(lines)
	for from > 0 && (listItem().MatchString(lines[from-1]) || strings.TrimSpace(lines[from-1]) == "" || width(leading(lines[from-1])) >= 2) {
		from--
	}
	return lines[from:]
}

func listAtStart(lines []string) []string {
	to := 0
	for to < len(lines) && (listItem().MatchString(lines[to]) || strings.TrimSpace(lines[to]) == "" || width(leading(lines[to])) >= 2) {
		to++
	}
	return lines[:to]
}

// looseList reports whether blank lines stand between the items of a list.
func looseList(lines []string) bool {
	for i := 1; i+1 < len(lines); i++ {
		if strings.TrimSpace(lines[i]) == "" && listItem().MatchString(lines[i+1]) {
			return true
		}
	}
	return false
}
