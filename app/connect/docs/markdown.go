package docs

import (
	"regexp"
	"sort"
	"strings"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"

	md "github.com/oioi-app/oioi/workflow/markdown"
	"github.com/oioi-app/oioi/workflow/pattern"
)

// The blocks of a page are all that is needed to find its headings; marks within lines are read in headings only.
var blockParser = parser.NewParser(parser.WithBlockParsers(parser.DefaultBlockParsers()...))

// readMarkdown hides what readers do not see and finds the headings.
func readMarkdown(d *document, jsx bool) {
	jsx = jsx || startsWithImport(d)
	hideComments(d, jsx)
	if jsx {
		stripJSX(d)
	}
	source, starts := skeleton(d, jsx)
	lineAt := func(offset int) int { return sort.SearchInts(starts, offset+1) - 1 }
	root := blockParser.Parse(text.NewReader(source))
	_ = ast.Walk(root, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering || n.Type() == ast.TypeInline {
			return ast.WalkSkipChildren, nil
		}
		nested := n.Parent() != root
		switch block := n.(type) {
		case *ast.Heading:
			if l := block.Lines(); l.Len() > 0 {
				d.heading(lineAt(l.At(0).Start), lineAt(l.At(l.Len()-1).Start), block.Level, nested)
			}
			return ast.WalkSkipChildren, nil
		case *ast.HTMLBlock:
			for i := range block.Lines().Len() {
				at := lineAt(block.Lines().At(i).Start)
				d.htmlHeading(at, nested)
			}
			return ast.WalkSkipChildren, nil
		}
		return ast.WalkContinue, nil
	})
	d.labels()
}

// heading adds the heading whose text stands on the lines first to last.
func (d *document) heading(first, last, level int, nested bool) {
	var words []string
	for i := first; i <= last; i++ {
		words = append(words, strings.TrimSpace(d.lines[i].text))
	}
	raw := strings.Join(words, " ")
	h := head{at: first, to: last + 1, level: level + d.lines[first].shift, silent: nested}
	if after := strings.TrimLeft(raw, "#"); len(raw)-len(after) == level && first == last && (after == "" || after[0] == ' ' || after[0] == '\t') {
		raw = strings.TrimSpace(after)
		if bare := strings.TrimRight(raw, "#"); bare == "" || bare[len(bare)-1] == ' ' || bare[len(bare)-1] == '\t' {
			raw = strings.TrimSpace(bare)
		}
	} else if nested {
		raw = strings.TrimLeft(raw, "#>-*+ \t")
	} else {
		h.to++ // the underline
	}
	raw, h.id = explicitID(raw)
	if h.text = md.Heading(raw); h.text == "" && h.id == "" {
		return
	}
	d.heads = append(d.heads, h)
}

// htmlHeading adds the heading of a line as <h2 id="limits">Limits</h2>.
func (d *document) htmlHeading(at int, nested bool) {
	l := d.lines[at]
	if len(l.text) > maxShown || l.hidden {
		return
	}
	m := htmlHeading().FindStringSubmatch(l.text)
	if m == nil {
		return
	}
	h := head{at: at, to: at + 1, level: int(m[1][0]-'0') + l.shift, text: md.Heading(m[3]), silent: nested}
	if id := htmlID().FindStringSubmatch(m[2]); id != nil {
		h.id = id[1]
	}
	if h.text != "" {
		d.heads = append(d.heads, h)
	}
}

// Anchors that authors give by hand: {#id} (Docusaurus, VitePress, kramdown, MkDocs' attr_list, Hugo), {: #id}, {/* #id */}
// (Docusaurus), and an empty link with a name.
var (
	attributeID  = regexp.MustCompile(`[ \t]*\{:?[ \t]*(?:[^{}#]*[ \t])?#([^\s{}]+)[^{}]*\}[ \t]*$`)
	commentID    = regexp.MustCompile(`[ \t]*\{/\*[ \t]*#([^\s*]+)[ \t]*\*/\}[ \t]*$`)
	namedLink    = pattern.Lazy(`<a[ \t]+(?:id|name)[ \t]*=[ \t]*["']?([^\s"'<>]+)["']?[ \t]*(?:/>|>[ \t]*(?:</a>)?)`)
	htmlHeading  = pattern.Lazy(`(?i)^[ \t]*<h([1-6])((?:[ \t][^<>]*)?)>(.*?)</h[1-6]>`)
	htmlID       = pattern.Lazy(`(?i)\bid[ \t]*=[ \t]*["']?([^\s"'<>]+)`)
	mystLabel    = pattern.Lazy(`^\(([^\s()]+)\)=[ \t]*$`)
	nextLineAttr = pattern.Lazy(`^\{:[^{}]*?#([^\s{}]+)[^{}]*\}[ \t]*$`)
)

func explicitID(raw string) (text, id string) {
	if len(raw) > maxShown || !strings.ContainsAny(raw, "#<") {
		return raw, ""
	}
	for _, form := range []*regexp.Regexp{attributeID, commentID} {
		if m := form.FindStringSubmatchIndex(raw); m != nil {
			return raw[:m[0]], raw[m[2]:m[3]]
		}
	}
	if m := namedLink().FindStringSubmatchIndex(raw); m != nil {
		return raw[:m[0]] + raw[m[1]:], raw[m[2]:m[3]]
	}
	return raw, ""
}

// labels gives headings the anchors that stand on a line of their own: MyST's (label)= before and kramdown's {: #id} after.
func (d *document) labels() {
	for i := range d.heads {
		h := &d.heads[i]
		if h.to < len(d.lines) {
			if m := nextLineAttr().FindStringSubmatch(d.lines[h.to].text); m != nil && h.id == "" {
				h.id = m[1]
				d.lines[h.to].hidden = true
			}
		}
		if h.at > 0 {
			if m := mystLabel().FindStringSubmatch(d.lines[h.at-1].text); m != nil {
				d.lines[h.at-1].hidden = true
				if h.id == "" {
					h.id = m[1]
				}
			}
		}
	}
}

// maxShown is how much of a heading is looked at, in bytes.
const maxShown = md.MaxHeading

// What is left of a line for the block parser. Its work grows with how deep quotes and lists nest, and only hostile pages
// nest deeper than this.
const (
	maxNesting = 40   // bytes of list and quote marks
	maxParsed  = 1000 // bytes from the line's start, and a fifth of that from its end, where comments and tags end
)

// skeleton is the page as the block parser gets it, line by line, and where each line starts in it.
func skeleton(d *document, jsx bool) (source []byte, starts []int) {
	starts = make([]int, len(d.lines))
	fence := fenceState{}
	blank := 0
	for i, l := range d.lines {
		starts[i] = len(source)
		s := l.text
		if blank++; blank > 2 && (l.hidden || strings.TrimSpace(s) == "") {
			continue // to the parser, many blank lines are one, and the next line takes its place
		}
		if !l.hidden {
			if strings.TrimSpace(s) != "" {
				blank = 0
			}
			if marker := len(s) - len(strings.TrimLeft(s, " \t>-*+0123456789.)")); marker > maxNesting {
				s = s[:maxNesting] + s[marker:]
			}
			// In MDX, what is indented is no code.
			if jsx && (fence.mark == "" || !fence.step(s)) {
				bare := strings.TrimLeft(s, " \t")
				if s = s[:min(3, len(s)-len(bare))] + bare; strings.HasPrefix(bare, "#") {
					s = bare
				}
				fence.step(s)
			}
			if len(s) > maxParsed+maxParsed/5 {
				s = s[:maxParsed] + s[len(s)-maxParsed/5:]
			}
			source = append(source, strings.ReplaceAll(s, "\r", " ")...)
		}
		source = append(source, '\n')
	}
	return source, starts
}
