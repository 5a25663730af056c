package docs

import (
	"strings"
	"unicode/utf8"

	"github.com/oioi-app/oioi/workflow/pattern"
)

// How reStructuredText marks things: https://docutils.sourceforge.io/docs/ref/rst/restructuredtext.html
var (
	rstInclude   = pattern.Lazy(`^([ \t]*)\.\. include::[ \t]+(\S.*)$`)
	rstTarget    = pattern.Lazy("^\\.\\. _(`[^`]+`|(?:[^:\\\\]|\\\\.|:\\S)+):(?:[ \t]+(.*))?$")
	rstDirective = pattern.Lazy(`^\.\. (?:\|([^|]+)\| )?([A-Za-z][\w:+.-]*?) ?::(?:[ \t]+(.*))?$`)
	rstNote      = pattern.Lazy(`^\.\. \[([^\]]+)\](.*)$`)
	rstField     = pattern.Lazy(`^:([A-Za-z][\w -]*):(?:[ \t]+(.*))?$`)
	rstOption    = pattern.Lazy(`^[ \t]+:([A-Za-z][\w-]*):(?:[ \t]+(.*))?$`)
)

func findInRST(_ *inserter, text []string, at int) (include, bool) {
	l := text[at]
	if len(l) > maxParsed || !strings.Contains(l, ".. include::") {
		return include{}, false
	}
	m := rstInclude().FindStringSubmatch(l)
	if m == nil {
		return include{}, false
	}
	found := include{targets: []string{strings.TrimSpace(m[2])}, indent: m[1], lines: 1, keep: true}
	for i := at + 1; i < len(text) && i <= at+maxOptions; i++ {
		option := rstOption().FindStringSubmatch(text[i])
		if option == nil || indentOf(text[i]) <= len(m[1]) {
			break
		}
		if option[1] == "literal" || option[1] == "code" {
			return include{}, false
		}
		found.pick.option(strings.TrimSpace(text[i]))
		found.lines++
	}
	return found, true
}

// rst reads a page of reStructuredText, line by line.
type rst struct {
	*document
	next   []int          // of each line, the first at or after it that is not blank
	styles map[string]int // of an adornment, the level that it stands for: the order of first use
	id     string         // a label that waits for its heading
	subs   map[string]string
}

func readRST(d *document) {
	r := rst{document: d, next: make([]int, len(d.lines)+1), styles: map[string]int{}, subs: map[string]string{}}
	r.next[len(d.lines)] = len(d.lines)
	for i := len(d.lines) - 1; i >= 0; i-- {
		l := &d.lines[i]
		if strings.Contains(l.text, "\t") && len(l.text) <= maxParsed {
			l.text = strings.ReplaceAll(l.text, "\t", "        ")
		}
		if r.next[i] = i; l.hidden || strings.TrimSpace(l.text) == "" {
			r.next[i] = r.next[i+1]
		}
	}
	r.fields()
	for i := r.next[0]; i < len(d.lines); {
		i = r.next[r.block(i)]
	}
}

// fields reads the list of fields at the page's top.
func (r *rst) fields() {
	for i := r.next[0]; i < len(r.lines); i++ {
		l := &r.lines[i]
		if len(l.text) > maxParsed {
			return
		}
		m := rstField().FindStringSubmatch(l.text)
		if m == nil {
			return
		}
		r.meta.set(m[1], strings.TrimSpace(m[2]))
		l.hidden = true
		r.next[i] = r.next[i+1]
	}
}

// block reads what begins on a line, and returns the line after what is done with.
func (r *rst) block(i int) int {
	l := r.lines[i].text
	indent := indentOf(l)
	if bare := l[indent:]; bare == ".." || strings.HasPrefix(bare, ".. ") {
		return r.explicit(i, indent, bare)
	}
	if strings.HasPrefix(l[indent:], "__ ") {
		r.lines[i].hidden = true
		return i + 1
	}
	if indent == 0 {
		if to, ok := r.title(i); ok {
			return to
		}
	}
	// A paragraph, to the next blank line, markup or heading's end.
	for ; i < len(r.lines) && r.next[i] == i; i++ {
		l := r.lines[i].text
		if bare := strings.TrimLeft(l, " "); strings.HasPrefix(bare, ".. ") {
			return i
		}
		if strings.HasSuffix(strings.TrimRight(l, " "), "::") {
			return r.literal(i)
		}
		r.lines[i].text = r.inline(l)
	}
	return i
}

// title reads a heading with a line below, or lines above and below.
func (r *rst) title(i int) (to int, ok bool) {
	line := func(k int) string {
		if k >= len(r.lines) || r.lines[k].hidden {
			return ""
		}
		return strings.TrimRight(r.lines[k].text, " ")
	}
	at, text, style := i, line(i), ""
	if over := adornment(text); over != 0 && adornment(line(i+2)) == over && len(line(i+2)) == len(text) && line(i+1) != "" {
		text, to, style = strings.TrimSpace(line(i+1)), i+3, string(over)+"over"
	} else if under := adornment(line(i + 1)); under != 0 && over == 0 {
		width := utf8.RuneCountInString(text)
		if n := len(line(i + 1)); n < width && n < 4 || strings.HasPrefix(text, "- ") || strings.HasPrefix(text, "* ") || strings.HasPrefix(text, "+ ") {
			return 0, false
		}
		to, style = i+2, string(under)
	} else {
		if over != 0 && r.next[i+1] != i+1 { // a rule between paragraphs
			r.lines[i].hidden = true
			return i + 1, true
		}
		return 0, false
	}
	level, known := r.styles[style]
	if !known {
		level = len(r.styles) + 1
		r.styles[style] = level
	}
	if len(text) > maxShown {
		text = strings.ToValidUTF8(text[:maxShown], "")
	}
	r.heads = append(r.heads, head{at: at, to: to, level: level, text: strings.NewReplacer("`", "", "**", "").Replace(r.inline(text)), id: r.id})
	r.id = ""
	return to, true
}

// adornment returns the sign that a line of one punctuation sign repeats, or 0.
func adornment(l string) byte {
	if len(l) < 2 || !strings.ContainsRune("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~", rune(l[0])) || strings.Trim(l, l[:1]) != "" || l == "::" || l == ".." {
		return 0
	}
	return l[0]
}

// end is the line after the indented block that belongs to line i.
func (r *rst) end(i, indent int) int {
	end := i + 1
	for k := r.next[i+1]; k < len(r.lines) && indentOf(r.lines[k].text) > indent; k = r.next[k+1] {
		end = k + 1
	}
	return end
}

// literal makes code of the block below a line that ends in two colons, and returns the line after it.
func (r *rst) literal(i int) int {
	l := &r.lines[i]
	indent := indentOf(l.text)
	if text := strings.TrimRight(l.text, " :"); strings.TrimSpace(text) == "" {
		l.hidden = true
	} else {
		l.text = r.inline(text) + ":"
	}
	end := r.end(i, indent)
	r.code(i+1, end, indent, "")
	return end
}

// code marks the lines from a to b as code, as Markdown does.
func (r *rst) code(a, b, indent int, language string) {
	a = r.next[a]
	if a >= b {
		return
	}
	depth := indentOf(r.lines[a].text)
	for i := r.next[a]; i < b; i = r.next[i+1] {
		depth = min(depth, indentOf(r.lines[i].text))
	}
	for i := r.next[a]; i < b; i = r.next[i+1] {
		r.lines[i].text = r.lines[i].text[max(0, depth-indent):]
	}
	pad := strings.Repeat(" ", min(indent, maxNesting))
	r.lines[a].text = pad + "```" + language + "\n" + r.lines[a].text
	r.lines[b-1].text += "\n" + pad + "```"
}

func (r *rst) hide(a, b int) {
	for i := a; i < b; i++ {
		r.lines[i].hidden = true
	}
}

func indentOf(l string) int { return len(l) - len(strings.TrimLeft(l, " ")) }
