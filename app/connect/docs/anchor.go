package docs

import (
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"github.com/oioi-app/oioi/workflow/helpcenter"
)

// anchorStyle is a generator's way to make anchors of headings.
type anchorStyle int

const (
	github         anchorStyle = iota // also Docusaurus, Hugo, Jekyll with GitHub's Markdown: https://github.com/Flet/github-slugger
	pythonMarkdown                    // MkDocs: https://python-markdown.github.io/extensions/toc/
	pymdown                           // MkDocs where pymdownx.slugs is configured: https://facelessuser.github.io/pymdown-extensions/extras/slugs/
	vitePress                         // https://github.com/mdit-vue/mdit-vue/tree/main/packages/shared
	docutils                          // with Sphinx' id1, id2 for what is taken: https://docutils.sourceforge.io/docs/ref/rst/directives.html#identifier-normalization
	asciidoctor                       // https://docs.asciidoctor.org/asciidoc/latest/sections/auto-ids/
)

// anchors hands out the anchors of a page, each once.
type anchors struct {
	style             anchorStyle
	prefix, separator *string // AsciiDoc's idprefix and idseparator, where a page sets them
	taken             map[string]bool
	next              map[string]int // the number to try next for a name: pages with one heading a thousand times stay cheap
	numbered          int            // docutils counts over all names
}

func newAnchors(style anchorStyle) *anchors {
	return &anchors{style: style, taken: map[string]bool{}, next: map[string]int{}}
}

// of returns a heading's anchor.
func (a *anchors) of(h head) string {
	if h.id != "" {
		a.taken[h.id] = true
		if a.style == docutils { // the heading's own name leads there too
			a.taken[a.name(h.text)] = true
		}
		return h.id
	}
	name := a.name(h.text)
	if name == "" && a.style != pythonMarkdown && a.style != pymdown && a.style != docutils {
		return "" // nothing of the heading can stand in an anchor
	}
	unique := name
	for unique == "" || a.taken[unique] {
		a.next[name]++
		n := strconv.Itoa(a.next[name])
		switch a.style {
		case pythonMarkdown, pymdown:
			unique = name + "_" + n
		case docutils:
			a.numbered++
			unique = "id" + strconv.Itoa(a.numbered)
		case asciidoctor:
			unique = name + a.join() + strconv.Itoa(a.next[name]+1)
		default:
			unique = name + "-" + n
		}
	}
	a.taken[unique] = true
	return unique
}

// name is what the style makes of a text, before it is made unique.
func (a *anchors) name(text string) string {
	switch a.style {
	case pythonMarkdown:
		ascii := strings.Map(func(r rune) rune {
			if r == '_' || r == '-' || isASCIIWord(r) || r <= unicode.MaxASCII && unicode.IsSpace(r) {
				return unicode.ToLower(r)
			}
			return -1
		}, norm.NFKD.String(text))
		return squeeze(strings.Join(strings.Fields(ascii), "-"), '-')
	case vitePress:
		out := strings.Map(func(r rune) rune {
			switch {
			case r >= 0x300 && r <= 0x36f, r < ' ' && !unicode.IsSpace(r):
				return -1
			case unicode.IsSpace(r), strings.ContainsRune("~`!@#$%^&*()-_+=[]{}|\\;:\"'“”‘’<>,.?/", r):
				return '-'
			}
			return unicode.ToLower(r)
		}, norm.NFKD.String(text))
		out = strings.Trim(squeeze(out, '-'), "-")
		if out != "" && out[0] >= '0' && out[0] <= '9' {
			out = "_" + out
		}
		return out
	case docutils:
		return helpcenter.Identifier(text)
	case asciidoctor:
		return a.asciidoctor(text)
	}
	return strings.Map(func(r rune) rune {
		switch {
		case r == ' ' || r == '\t' && a.style == pymdown:
			return '-'
		case r == '-', r == '\u200c', r == '\u200d', unicode.In(r, unicode.L, unicode.M, unicode.Nd, unicode.Nl, unicode.Pc):
			return unicode.ToLower(r)
		}
		return -1
	}, strings.TrimSpace(text))
}

// replaced are the signs that Asciidoctor makes one sign of, which has no part in anchors.
var replaced = strings.NewReplacer(" -- ", "", "...", "", "(C)", "", "(R)", "", "(TM)", "")

// asciidoctor makes an anchor as Asciidoctor does, by the page's own prefix and separator where it sets them.
func (a *anchors) asciidoctor(text string) string {
	join := a.join()
	out := strings.Map(func(r rune) rune {
		switch {
		case r == ' ', r == '.', r == '-':
			if join == "" {
				return -1
			}
			return rune(join[0])
		case unicode.In(r, unicode.L, unicode.M, unicode.Nd, unicode.Nl, unicode.Pc):
			return unicode.ToLower(r)
		}
		return -1
	}, replaced.Replace(text))
	prefix := "_"
	if a.prefix != nil {
		prefix = *a.prefix
	}
	out = prefix + out
	if join == "" {
		return out
	}
	out = strings.TrimSuffix(squeeze(out, join[0]), join)
	if prefix == "" {
		out = strings.TrimPrefix(out, join)
	}
	return out
}

func (a *anchors) join() string {
	switch {
	case a.separator == nil:
		return "_"
	case *a.separator == "":
		return ""
	}
	return (*a.separator)[:1]
}

func isASCIIWord(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9'
}

// squeeze leaves one of several equal bytes in a row.
func squeeze(s string, c byte) string {
	var b strings.Builder
	for i := range len(s) {
		if s[i] != c || i == 0 || s[i-1] != c {
			b.WriteByte(s[i])
		}
	}
	return b.String()
}
