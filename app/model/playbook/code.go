package playbook

import (
	"strings"

	"github.com/oioi-app/oioi/workflow/pattern"
)

// mostCode is how many lines of code a reply shows after a sentence or a step: more is read on the page.
const mostCode = 16

var language = pattern.Lazy(`^[A-Za-z0-9_+#.-]{1,20}`)

// refenced writes lines of code in a fence of their own, without what they are all indented by.
func refenced(info string, lines []string) string {
	indent := -1
	for _, l := range lines {
		if strings.TrimSpace(l) == "" {
			continue
		}
		if n := len(l) - len(strings.TrimLeft(l, " \t")); indent < 0 || n < indent {
			indent = n
		}
	}
	mark := "```"
	out := make([]string, 0, len(lines)+2)
	for _, l := range lines {
		for strings.Contains(l, mark) {
			mark += "`"
		}
		out = append(out, strings.TrimRight(l[min(len(l), max(indent, 0)):], " \t\r"))
	}
	return mark + language().FindString(info) + "\n" + strings.Trim(strings.Join(out, "\n"), "\n") + "\n" + mark
}

// shownAfter returns the code that follows a unit of a passage at once, as a reply may show it.
func shownAfter(p passage, list []unit, i int) *quote {
	if i+1 >= len(list) {
		return nil
	}
	return p.code(list[i+1])
}

// code is a unit as code to show; nil where it is none, or too long.
func (p passage) code(u unit) *quote {
	if u.kind != code || strings.Count(u.block, "\n") > mostCode+1 || !quotable(p.item, u.quote) {
		return nil
	}
	return &quote{text: u.block, exact: u.quote, item: p.item}
}

// indented writes a block as a part of an item of a list.
func indented(block, by string) string {
	return by + strings.ReplaceAll(block, "\n", "\n"+by)
}
