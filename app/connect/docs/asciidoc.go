package docs

import (
	"strings"
	"unicode/utf8"

	md "github.com/oioi-app/oioi/workflow/markdown"
	"github.com/oioi-app/oioi/workflow/pattern"
)

// How AsciiDoc marks things: https://docs.asciidoctor.org/asciidoc/latest/
var (
	adocInclude     = pattern.Lazy(`^include::([^\[\]]+)\[(.*)\][ \t]*$`)
	adocAttribute   = pattern.Lazy(`^:(!?)([A-Za-z0-9_][\w-]*)(!?):(?:[ \t]+(.*))?$`)
	adocReference   = pattern.Lazy(`\{([A-Za-z0-9_][\w-]*)\}`)
	adocConditional = pattern.Lazy(`^(?:ifdef|ifndef|ifeval|endif)::\S*?\[(.*)\][ \t]*$`)
	adocAnchor      = pattern.Lazy(`^\[\[([^\],\s]+)(?:,[^\]]*)?\]\]$`)
	adocList        = pattern.Lazy(`^\[(?:[\pL_.#%{,"'].*)?\]$`)
	adocHeading     = pattern.Lazy(`^(={1,6}|#{1,6})[ \t]+(\S.*)$`)
	adocEndAnchor   = pattern.Lazy(`[ \t]*\[\[([^\],\s]+)(?:,[^\]]*)?\]\]$`)
	adocMacro       = pattern.Lazy(`^(image|video|audio|toc|include)::[^\[]*\[(.*)\][ \t]*$`)
)

func findInAsciiDoc(in *inserter, text []string, at int) (include, bool) {
	l := strings.TrimRight(text[at], " \t")
	if len(l) > maxParsed {
		return include{}, false
	}
	if m := adocAttribute().FindStringSubmatch(l); m != nil && len(m[4]) <= maxShown {
		if in.attrs == nil {
			in.attrs = map[string]string{}
		}
		in.attrs[m[2]] = m[4]
	}
	if !strings.HasPrefix(l, "include::") {
		return include{}, false
	}
	m := adocInclude().FindStringSubmatch(l)
	if m == nil {
		return include{}, false
	}
	target := adocReference().ReplaceAllStringFunc(m[1], func(name string) string { return in.attrs[strings.Trim(name, "{}")] })
	target = strings.TrimPrefix(target, "./")
	found := include{targets: []string{target}, lines: 1}
	for _, option := range splitOptions(m[2]) {
		key, value, _ := strings.Cut(option, "=")
		value = strings.Trim(strings.TrimSpace(value), `"`)
		switch strings.TrimSpace(key) {
		case "leveloffset":
			found.shift = offset(value)
		case "lines":
			all := strings.FieldsFunc(value, func(r rune) bool { return r == ';' || r == ',' })
			if len(all) == 0 {
				continue
			}
			first, last, ranged := strings.Cut(all[0], "..")
			if found.pick.first, found.pick.last = number(first), number(last); !ranged {
				found.pick.last = found.pick.first
			}
		case "tag", "tags":
			if tag := strings.FieldsFunc(value, func(r rune) bool { return r == ';' || r == ',' }); len(tag) > 0 && !strings.ContainsAny(tag[0], "*!") {
				found.pick.tag = tag[0]
			}
		}
	}
	return found, true
}

// splitOptions cuts at commas outside quotes.
func splitOptions(s string) []string {
	quoted := false
	return strings.FieldsFunc(s, func(r rune) bool {
		quoted = quoted != (r == '"')
		return r == ',' && !quoted
	})
}

// offset reads how much deeper headings go, as +1.
func offset(s string) int {
	n := number(strings.TrimPrefix(strings.TrimPrefix(s, "+"), "-"))
	if n = min(n, 5); strings.HasPrefix(s, "-") {
		return -n
	}
	return n
}

// adoc reads a page of AsciiDoc, line by line.
type adoc struct {
	*document
	attrs  map[string]string
	open   []string // the delimiters of the blocks that a line stands in
	id     string   // what block attributes say of the next block
	style  string
	lang   string
	offset int
	blank  bool // no text stands right above, that a heading would belong to
	header int  // lines of the page's header that are still to come: author and revision
}

func readAsciiDoc(d *document) {
	a := adoc{document: d, attrs: map[string]string{}, blank: true}
	for i := 0; i < len(d.lines); i++ {
		l := &d.lines[i]
		if l.hidden {
			continue
		}
		bare := strings.TrimRight(l.text, " \t")
		if a.verbatim(l, bare) {
			a.blank = true
			continue
		}
		before := a.blank
		a.blank = true
		i += a.line(i, bare, before)
	}
	if len(a.heads) > 0 { // the page's title stands before the attributes that it may name
		a.heads[0].text = a.inserted(a.heads[0].text)
	}
}

// verbatim handles a line within code, a comment or a table, and reports whether it stands in one.
func (a *adoc) verbatim(l *line, bare string) bool {
	if len(a.open) == 0 {
		return false
	}
	block := a.open[len(a.open)-1]
	kind := block[0]
	if block == "--" || kind == '_' || kind == '*' || kind == '=' {
		return false
	}
	ends := bare == block
	if ends {
		a.open = a.open[:len(a.open)-1]
	}
	switch {
	case kind == '/', ends && (kind == '+' || strings.HasSuffix(block, "===")):
		l.hidden = true
	case ends:
		l.text = "```"
	case strings.HasSuffix(block, "==="):
		l.text = a.inline(l.text)
	case strings.HasPrefix(bare, `\include::`):
		l.text = bare[1:]
	}
	return true
}

// line reads a line of text, and returns how many lines after it are done with too.
func (a *adoc) line(i int, bare string, fresh bool) int {
	l := &a.lines[i]
	switch {
	case bare == "":
		a.header = 0
		return 0
	case a.delimiter(i, bare):
		return 0
	case len(bare) > maxInline:
		return 0
	case strings.HasPrefix(bare, "//") && !strings.HasPrefix(bare, "///"):
		l.hidden, a.blank = true, fresh
		return 0
	case bare[0] == ':' && a.attribute(bare):
		l.hidden = true
		return 0
	case a.header > 0:
		a.header--
		l.hidden = true // the author, the revision
		return 0
	}
	if m := adocConditional().FindStringSubmatch(bare); m != nil {
		if l.hidden = m[1] == "" || strings.HasPrefix(bare, "ifeval"); !l.hidden {
			l.text = a.inline(m[1])
		}
		return 0
	}
	if m := adocMacro().FindStringSubmatch(bare); m != nil {
		alt, _, _ := strings.Cut(m[2], ",")
		if l.text = strings.Trim(alt, `"`); m[1] != "image" || l.text == "" || strings.Contains(alt, "=") {
			l.hidden = true
		}
		return 0
	}
	if bare[0] == '[' && a.attributes(l, bare) {
		return 0
	}
	if len(a.open) == 0 && fresh {
		if used, ok := a.heading(i, bare); ok {
			return used
		}
	}
	a.id, a.style, a.lang = "", "", ""
	switch {
	case bare == "+", bare == "<<<", bare == "'''":
		l.hidden = true
	case bare[0] == '.' && len(bare) > 1 && bare[1] != '.' && bare[1] != ' ':
		l.text = "**" + a.inline(bare[1:]) + "**"
	default:
		l.text, a.blank = a.prose(bare), false
	}
	return 0
}

// maxBlocks is how deep blocks may nest.
const maxBlocks = 32

// delimiter opens or closes a block, and reports whether the line does that.
func (a *adoc) delimiter(i int, bare string) bool {
	l := &a.lines[i]
	code := strings.HasPrefix(bare, "```") && (len(bare) == 3 || bare[3] != '`')
	table := bare == "|===" || bare == ",===" || bare == ":===" || bare == "!==="
	if !code && !table && bare != "--" && (len(bare) < 4 || !strings.ContainsRune("-.+_*=/", rune(bare[0])) || strings.Trim(bare, bare[:1]) != "") {
		return false
	}
	for k := len(a.open) - 1; k >= 0; k-- {
		if a.open[k] == bare { // what is still open inside ends with it
			a.open = a.open[:k]
			l.hidden = true
			return true
		}
	}
	if len(a.open) == maxBlocks {
		return false
	}
	kind := bare
	if code {
		kind, a.lang = "```", bare[3:]
	}
	if a.style == "comment" && kind == "--" {
		kind = "////"
	}
	a.open = append(a.open, kind)
	if kind[0] == '-' && kind != "--" || kind[0] == '.' || code {
		l.text = "```" + strings.TrimSpace(a.lang)
	} else {
		l.hidden = true
	}
	a.id, a.style, a.lang = "", "", ""
	return true
}

// heading reads a heading of one line or with a line below, and reports whether there is one.
func (a *adoc) heading(i int, bare string) (used int, ok bool) {
	level, text := 0, ""
	if m := adocHeading().FindStringSubmatch(bare); m != nil {
		level, text = len(m[1]), strings.TrimSpace(strings.TrimSuffix(m[2], " "+m[1]))
	} else if i+1 < len(a.lines) && !a.lines[i+1].hidden {
		under := strings.TrimRight(a.lines[i+1].text, " \t")
		diff := utf8.RuneCountInString(bare) - len(under)
		if len(under) < 2 || strings.Trim(under, under[:1]) != "" || diff < -1 || diff > 1 || strings.Trim(bare, bare[:1]) == "" {
			return 0, false
		}
		if level = strings.IndexByte("=-~^+", under[0]) + 1; level == 0 {
			return 0, false
		}
		text, used = bare, 1
	}
	if level == 0 {
		return 0, false
	}
	h := head{at: i, to: i + 1 + used, level: max(1, level+a.lines[i].shift+a.offset), id: a.id, silent: a.style == "discrete" || a.style == "float"}
	if m := adocEndAnchor().FindStringSubmatchIndex(text); m != nil {
		h.id, text = text[m[2]:m[3]], text[:m[0]]
	}
	if len(text) > maxShown {
		text = strings.ToValidUTF8(text[:maxShown], "")
	}
	h.text = md.Heading(a.inline(text))
	if level == 1 && len(a.heads) == 0 {
		a.header = 2
	}
	a.id, a.style, a.lang = "", "", ""
	if h.text == "" {
		return 0, false
	}
	if h.silent {
		a.lines[i].text = "**" + h.text + "**"
		if used > 0 {
			a.lines[i+1].hidden = true
		}
	}
	a.heads = append(a.heads, h)
	return used, true
}
