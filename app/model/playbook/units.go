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
	link     = regexp.MustCompile(`!?\[([^\]]*)\]\([^)]*\)`)
)

// units cuts Markdown into what can be quoted.
func units(text string) []unit {
	var out []unit
	var paragraph []string
	kind := sentence
	flush := func() {
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
			out = append(out, newUnit(code, whole))
		default:
			out = append(out, newUnit(kind, whole))
		}
		kind = sentence
	}
	fence := ""
	for line := range strings.SplitSeq(strings.ReplaceAll(text, "\r\n", "\n"), "\n") {
		trimmed := strings.TrimSpace(line)
		if mark := fenceOf(trimmed); mark != "" && (fence == "" || strings.HasPrefix(mark, fence)) {
			flush()
			if fence == "" {
				fence, kind = mark, code
			} else {
				fence = ""
			}
			continue
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
				out = append(out, newUnit(row, flat(trimmed)))
			} else if n := len(out); n > 0 && out[n-1].kind == row {
				out = out[:n-1] // the table's head
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

// shown is how a quote is written in a reply: without links, which are relative to their page.
func shown(quote string) string {
	text := link.ReplaceAllString(quote, "$1")
	if strings.HasPrefix(text, "|") {
		cells := strings.Split(strings.Trim(text, "| "), "|")
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		text = strings.Join(cells, " · ")
	}
	return strings.TrimSpace(text)
}
