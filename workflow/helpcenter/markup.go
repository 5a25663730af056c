package helpcenter

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/oioi-app/oioi/workflow/pattern"
)

// pageProblems says what cannot be read on a page, links aside. Docusaurus reads all Markdown as MDX:
// https://docusaurus.io/docs/markdown-features/react#markdown-and-jsx-interoperability.
func pageProblems(name, text string, by generator) []Problem {
	out := frontProblems(name, text)
	report := func(line int, key, what, do string) {
		out = append(out, Problem{Kind: Markup, Page: name, Line: line, key: key, What: what, Do: do})
	}
	if !utf8.ValidString(text) || strings.Contains(text, "\x00") {
		report(0, "utf-8", "the page is not in UTF-8", "save it as UTF-8")
		return out
	}
	if !isMarkdown(name) {
		foreign(name, text, report)
		return out
	}
	s := scan(text)
	if s.open >= 0 {
		report(s.open+1, "fence", "nothing closes the code that begins here", "put the same marks on a line of their own after it")
	}
	s.comments(report)
	s.containers(report)
	s.indented(report)
	s.pairs(report, isMDX(name) || by == docusaurus, by == docusaurus)
	for i, line := range s.lines {
		if strings.HasPrefix(line, "<<<<<<< ") || strings.HasPrefix(line, ">>>>>>> ") {
			report(i+1, "conflict "+line, "there is a mark of a merge conflict", "choose one side and take the marks out")
		}
	}
	return out
}

type reporter func(line int, key, what, do string)

// comments looks for a comment that nothing ends: all text after it is hidden.
func (s scanned) comments(report reporter) {
	open := -1
	for i := range s.lines {
		if !s.prose(i) && open < 0 {
			continue
		}
		line := s.lines[i]
		if open < 0 {
			line = codeSpan().ReplaceAllString(line, "")
		}
		for {
			mark := "<!--"
			if open >= 0 {
				mark = "-->"
			}
			_, rest, found := strings.Cut(line, mark)
			if !found {
				break
			}
			if line = rest; open >= 0 {
				open = -1
			} else {
				open = i
			}
		}
	}
	if open >= 0 {
		report(open+1, "comment", "nothing ends the comment that begins here", "put --> after it")
	}
}

var (
	containerOpen  = pattern.Lazy(`^[ \t>]*(:{3,})[ \t]*(\{?[A-Za-z][\w-]*)(.*)$`)
	containerClose = pattern.Lazy(`^[ \t>]*(:{3,})[ \t]*$`)
)

// containers follows admonitions between colons: https://docusaurus.io/docs/markdown-features/admonitions
// https://vitepress.dev/guide/markdown#custom-containers. mkdocstrings' "::: some.module" begins none:
// https://mkdocstrings.github.io/usage/.
func (s scanned) containers(report reporter) {
	type container struct{ line, colons int }
	var open []container
	for i, line := range s.lines {
		if !s.prose(i) {
			continue
		}
		if m := containerOpen().FindStringSubmatch(line); m != nil {
			if rest := m[3]; !strings.HasPrefix(rest, ".") || strings.ContainsAny(rest, " \t") {
				open = append(open, container{i, len(m[1])})
			}
			continue
		}
		m := containerClose().FindStringSubmatch(line)
		if m == nil {
			continue
		}
		at := len(open) - 1
		for at >= 0 && open[at].colons > len(m[1]) {
			at--
		}
		if at < 0 {
			report(i+1, "stray container", "this line closes an admonition that nothing opened", "take it out, or use as many colons as the line that opens it")
			continue
		}
		for _, lost := range open[at+1:] {
			report(lost.line+1, "container", "nothing closes the admonition that begins here", "put a line of "+strings.Repeat(":", lost.colons)+" after it")
		}
		open = open[:at]
	}
	for _, lost := range open {
		report(lost.line+1, "container", "nothing closes the admonition that begins here", "put a line of "+strings.Repeat(":", lost.colons)+" after it")
	}
}

var indentedBlock = pattern.Lazy(`^([ \t]*)(?:!!!|\?\?\?\+?|===)[+!]?[ \t]+(?:[\w "'-]+)$`)

// indented looks at admonitions and tabs whose text is what is indented: https://python-markdown.github.io/extensions/admonition/
// https://facelessuser.github.io/pymdown-extensions/extensions/tabbed/.
func (s scanned) indented(report reporter) {
	for i, line := range s.lines {
		if !s.prose(i) {
			continue
		}
		m := indentedBlock().FindStringSubmatch(line)
		if m == nil || strings.HasPrefix(strings.TrimSpace(line), "===") && !strings.Contains(line, `"`) {
			continue
		}
		next := i + 1
		for next < len(s.lines) && strings.TrimSpace(s.lines[next]) == "" {
			next++
		}
		if next == len(s.lines) || width(leading(s.lines[next])) < width(m[1])+4 {
			report(i+1, "indented "+strings.TrimSpace(line), fmt.Sprintf("no text belongs to %s", quoteShort(strings.TrimSpace(line))), "indent its text by four spaces")
		}
	}
}

func leading(line string) string {
	return line[:len(line)-len(strings.TrimLeft(line, " \t"))]
}

// width of space, with tab stops every four columns.
func width(space string) int {
	n := 0
	for _, c := range space {
		if n++; c == '\t' {
			n = (n + 3) / 4 * 4
		}
	}
	return n
}

var (
	// Elements that hide or swallow the rest of a page when they stay open, and components of MDX.
	elementTag = pattern.Lazy(`<(/?)(details|summary|table|div|[A-Z][\w.]*)\b((?:[^<>"'{}]|"[^"]*"|'[^']*'|\{[^{}]*\}|=>)*?)(/?)>`)
	// Blocks of Liquid, Jinja and GitBook, but not Hugo's shortcodes, of which some have no end: https://shopify.github.io/liquid/ https://gitbook.com/docs/creating-content/blocks
	templateTag = pattern.Lazy(`\{%-?[ \t]*(end)?(hint|tabs|tab|raw|highlight|capture|if|unless|for|comment|code|stepper|step|columns|column|details|note|warning|tip|content-ref|swagger|expandable)\b[^%]*%\}`)
	// What MDX cannot read: https://mdxjs.com/docs/troubleshooting-mdx/
	mdxBroken = pattern.Lazy(`<(?:[0-9=$%&*+.,;:-]|https?:|[\w.+-]+@|!--)`)
)

// pairs looks for tags without their other half, and in MDX for what it cannot read; Docusaurus takes comments of HTML all the same.
func (s scanned) pairs(report reporter, mdx, comments bool) {
	type count struct{ open, first int }
	counts := map[string]*count{}
	var order []string
	see := func(name string, end bool, line int) {
		c := counts[name]
		if c == nil {
			c = &count{first: line}
			counts[name] = c
			order = append(order, name)
		}
		if end {
			c.open--
		} else {
			c.open++
		}
	}
	var text strings.Builder
	for i, line := range s.lines {
		if s.prose(i) {
			line = codeSpan().ReplaceAllString(line, "")
			if mdx && !strings.Contains(line, "{/*") {
				for _, hit := range mdxBroken().FindAllString(line, -1) {
					if comments && hit == "<!--" {
						continue
					}
					report(i+1, "mdx "+strings.TrimSpace(line), fmt.Sprintf("MDX cannot read %q", hit), `write \< or put it into backticks; write links as [text](address)`)
				}
			}
			text.WriteString(line)
		}
		text.WriteByte('\n')
	}
	all := text.String()
	line, from := 1, 0
	lineOf := func(at int) int {
		line += strings.Count(all[from:at], "\n")
		from = at
		return line
	}
	for _, m := range elementTag().FindAllStringSubmatchIndex(all, -1) {
		if m[8] == m[9] { // not closed in itself
			name := all[m[4]:m[5]]
			if !mdx && name[0] >= 'A' && name[0] <= 'Z' && strings.ToUpper(name) == name {
				continue // a placeholder such as <NAME>
			}
			see("<"+name+">", m[3] > m[2], lineOf(m[0]))
		}
	}
	line, from = 1, 0
	for _, m := range templateTag().FindAllStringSubmatchIndex(all, -1) {
		if m[0] > 0 && all[m[0]-1] == '{' {
			continue
		}
		see("{% "+all[m[4]:m[5]]+" %}", m[2] >= 0, lineOf(m[0]))
	}
	for _, name := range order {
		c := counts[name]
		for range max(c.open, -c.open) {
			what, do := "nothing closes "+name, "close it, or take it out"
			if c.open < 0 {
				what, do = "more is closed of "+name+" than was opened", "take out what closes it, or open it first"
			}
			report(c.first, "pair "+name, what, do)
		}
	}
}
