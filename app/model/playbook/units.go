package playbook

import (
	"regexp"
	"strings"

	"github.com/oioi-app/oioi/workflow/pattern"
)

// unit is a piece of a passage that can be quoted word for word.
type unit struct {
	kind  unitKind
	quote string // as it stands in the source, on one line
	terms map[string]bool
	block string   // of code: as it stands in the source, in a fence
	head  []string // of a row: the table's head
	late  bool     // it stands after the steps of its passage
	after *quote   // the code that follows it
}

type unitKind int

const (
	sentence unitKind = iota
	step              // of a numbered list
	bullet
	row
	code
)

var (
	numbered = regexp.MustCompile(`^\s*\d{1,2}[.)]\s+`)
	bulleted = pattern.Lazy(`^\s*[-*+]\s+`)
	rule     = regexp.MustCompile(`^[\s|:+\-=]+$`)
	link     = regexp.MustCompile(`\[([^\]]*)\]\([^)]*\)`)
)

// units cuts Markdown into what can be quoted.
func units(text string) []unit {
	var out []unit
	var paragraph []string
	kind := sentence
	info := "" // of the fence: its language
	flush := func() {
		lines := paragraph
		whole := flat(strings.Join(paragraph, "\n"))
		paragraph = nil
		if whole == "" {
			return
		}
		switch kind {
		case sentence:
			for _, s := range sentences(whole) {
				out = append(out, newUnit(sentence, s))
			}
		case code:
			u := newUnit(code, whole)
			u.block = refenced(info, lines)
			out = append(out, u)
		default:
			out = append(out, newUnit(kind, whole))
		}
		kind = sentence
	}
	fence := ""
	var head []string // of the table
	for line := range strings.SplitSeq(strings.ReplaceAll(text, "\r\n", "\n"), "\n") {
		trimmed := strings.TrimSpace(line)
		if mark := fenceOf(trimmed); mark != "" && (fence == "" || strings.HasPrefix(mark, fence)) {
			flush()
			if fence == "" {
				fence, kind, info = mark, code, strings.TrimSpace(strings.TrimLeft(trimmed, mark[:1]))
			} else {
				fence = ""
			}
			continue
		}
		if !strings.HasPrefix(trimmed, "|") {
			head = nil
		}
		switch {
		case fence != "":
			kind = code
			paragraph = append(paragraph, line)
		case trimmed == "", strings.HasPrefix(trimmed, "#"), strings.HasPrefix(trimmed, "<!--"), strings.HasPrefix(trimmed, "!!!"), strings.HasPrefix(trimmed, ":::"):
			flush()
		case strings.HasPrefix(trimmed, "|"):
			flush()
			if !rule.MatchString(trimmed) {
				u := newUnit(row, flat(trimmed))
				u.head = head
				out = append(out, u)
			} else if n := len(out); n > 0 && out[n-1].kind == row {
				head = cells(out[n-1].quote)
				out = out[:n-1]
			}
		case strings.HasPrefix(trimmed, ">"):
			flush()
			paragraph = append(paragraph, strings.TrimLeft(trimmed, "> "))
			flush()
		case numbered.MatchString(line):
			flush()
			kind = step
			paragraph = append(paragraph, numbered.ReplaceAllString(line, ""))
		case bulleted().MatchString(line):
			flush()
			kind = bullet
			paragraph = append(paragraph, bulleted().ReplaceAllString(line, ""))
		default:
			paragraph = append(paragraph, line)
		}
	}
	flush()
	return out
}

func newUnit(kind unitKind, quote string) unit {
	return unit{kind: kind, quote: quote, terms: termSet(quote)}
}

// shown is how a quote is written in a reply: as readers of the page see it, without links, which are relative to their page,
// without pictures, inline HTML and breaks of a line. Code stays as it is.
func shown(quote string) string {
	parts := strings.Split(link.ReplaceAllString(picture().ReplaceAllString(quote, ""), "$1"), "`")
	for i := 0; i < len(parts); i += 2 { // the others stand between backticks
		parts[i] = hardBreak().ReplaceAllString(inlineHTML().ReplaceAllString(parts[i], ""), "$1")
	}
	return strings.TrimSpace(strings.Join(parts, "`"))
}

var (
	picture    = pattern.Lazy(`!\[[^\]]*\]\([^)]*\) ?`)
	inlineHTML = pattern.Lazy(`(?i)</?(?:a|abbr|b|big|br|center|cite|del|em|font|i|img|ins|kbd|mark|q|s|small|span|strong|sub|sup|u|wbr)(?:\s[^<>]*)?/?>`)
	hardBreak  = pattern.Lazy(`\\( |$)`)
)

// said is how words of a unit are written in a reply: a row of a table as what its first cell names and what the others say of
// it, under the names of their columns where there are several.
func (u unit) said(words string) string {
	text := shown(words)
	if u.kind != row {
		return text
	}
	row := cells(text)
	var out []string
	for i, cell := range row[1:] {
		if name := ""; cell != "" {
			if len(row) > 2 && i+1 < len(u.head) && u.head[i+1] != "" {
				name = u.head[i+1] + ": "
			}
			out = append(out, name+cell)
		}
	}
	if len(out) == 0 {
		return row[0]
	}
	between := ": "
	if len(row) > 2 {
		between = " – "
	}
	return row[0] + between + strings.Join(out, "; ")
}

// cells are the cells of a table's row.
func cells(row string) []string {
	out := strings.Split(strings.Trim(row, "| "), "|")
	for i := range out {
		out[i] = strings.TrimSpace(out[i])
	}
	return out
}
