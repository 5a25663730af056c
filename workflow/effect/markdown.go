package effect

import (
	"slices"
	"strings"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"

	"github.com/oioi-app/oioi/workflow/markdown"
	"github.com/oioi-app/oioi/workflow/pattern"
	"github.com/oioi-app/oioi/workflow/sorting"
)

var (
	gfm           = goldmark.New(goldmark.WithExtensions(extension.GFM)).Parser()
	withoutTables = goldmark.New(goldmark.WithExtensions(extension.Linkify, extension.Strikethrough, extension.TaskList)).Parser()
)

// stretch is a part of a source, in bytes. Code has what stands for it in the sanitized text.
type stretch struct {
	start, end int
	text       string
}

// document is where in a source there is code and where HTML, in order and never overlapping.
type document struct {
	code []stretch
	html []stretch
}

func parse(source []byte) document {
	var doc document
	root := gfm.Parse(text.NewReader(source))
	fences := fencePositions(root)
	_ = ast.Walk(root, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			return ast.WalkContinue, nil
		}
		switch n := n.(type) {
		case *ast.FencedCodeBlock:
			doc.code = append(doc.code, fencedBlock(source, n, fences))
			return ast.WalkSkipChildren, nil
		case *ast.CodeBlock:
			if n.Parent() == root && n.Lines().Len() > 0 {
				doc.code = append(doc.code, indentedBlock(source, n))
			}
			return ast.WalkSkipChildren, nil
		case *ast.CodeSpan:
			if span, ok := spanOf(source, n.Pos()); ok {
				doc.code = append(doc.code, span)
			}
			return ast.WalkSkipChildren, nil
		case *ast.HTMLBlock:
			if lines := n.Lines(); lines.Len() > 0 {
				end := lines.At(lines.Len() - 1).Stop
				if n.HasClosure() {
					end = max(end, n.ClosureLine.Stop)
				}
				doc.html = append(doc.html, stretch{start: lines.At(0).Start, end: end})
			}
		case *ast.RawHTML:
			if n.Segments.Len() > 0 {
				doc.html = append(doc.html, stretch{start: n.Segments.At(0).Start, end: n.Segments.At(n.Segments.Len() - 1).Stop})
			}
		}
		return ast.WalkContinue, nil
	})
	byStart := func(a, b stretch) int { return a.start - b.start }
	sorting.Stable(doc.code, byStart)
	sorting.Stable(doc.html, byStart)
	return doc
}

func fencePositions(root ast.Node) map[int]bool {
	out := map[int]bool{}
	_ = ast.Walk(root, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if f, ok := n.(*ast.FencedCodeBlock); ok && entering {
			out[f.Pos()] = true
		}
		return ast.WalkContinue, nil
	})
	return out
}

// runOf returns how often the character at a place is repeated.
func runOf(source []byte, at int) int {
	n := 0
	for at+n < len(source) && source[at+n] == source[at] {
		n++
	}
	return n
}

// spanOf returns the code span that begins at a place: up to the next run of as many backticks.
func spanOf(source []byte, at int) (stretch, bool) {
	if at < 0 || at >= len(source) || source[at] != '`' {
		return stretch{}, false
	}
	n := runOf(source, at)
	for i := at + n; i < len(source); i++ {
		if source[i] != '`' {
			continue
		}
		run := runOf(source, i)
		if run == n {
			end := i + run
			text := spanCommand().ReplaceAllString(string(source[at:end]), " $1")
			return stretch{start: at, end: end, text: spanTabs().ReplaceAllStringFunc(text, spaced)}, true
		}
		i += run - 1
	}
	return stretch{}, false
}

// spanCommand finds a line of a code span that begins like a command, also behind the marks of lists and quotes, or like HTML,
// which ends the span for some renderers. Markdown makes a blank of the line's end anyway.
var spanCommand = pattern.Lazy(`\n([ \t>*+_~#|()\[\].xX0-9-]*[/<])`)

// spanTabs finds the tabs before the words of a further line.
var spanTabs = pattern.Lazy(`\n[ >*+-]*\t[ \t>*+-]*`)

// spaced is the beginning of a line with spaces for its tabs: how deep a tab goes depends on what the text is put into.
func spaced(begins string) string {
	var out strings.Builder
	column := -1 // at the line's end before it
	for _, c := range begins {
		if c != '\t' {
			out.WriteRune(c)
			column++
			continue
		}
		out.WriteString("    "[column%4:])
		column += 4 - column%4
	}
	return out.String()
}

// alive are the languages that GitHub does not show as code but draws, links and all.
var alive = []string{"mermaid", "geojson", "topojson", "stl", "math", "suggestion"}

var plainInfo = pattern.Lazy(`^[A-Za-z0-9+#._-]{1,40}$`)

// fencedBlock returns a fenced block with its opening and closing line. An info string that is more than the name of a
// language is taken off, and a block at the end that nobody closed is closed, so that it cannot swallow what comes after.
func fencedBlock(source []byte, n *ast.FencedCodeBlock, fences map[int]bool) stretch {
	at := n.Pos()
	fence := string(source[at : at+runOf(source, at)])
	lineEnd := endOfLine(source, at)
	info := strings.TrimSpace(string(source[at+len(fence) : lineEnd]))
	switch first, _, _ := strings.Cut(info, " "); {
	case slices.Contains(alive, strings.ToLower(first)):
		info = "text"
	case !plainInfo().MatchString(info):
		info = ""
	}
	end := min(lineEnd+1, len(source))
	if lines := n.Lines(); lines.Len() > 0 {
		end = max(end, lines.At(lines.Len()-1).Stop)
	}
	content := calm(string(source[min(lineEnd, end):end]))
	out := stretch{start: at, end: end, text: fence + info + content}
	if closing := endOfLine(source, end); closes(source, end, fence, fences) {
		out.text += string(source[end:closing])
		out.end = closing
	} else if n.Parent().Kind() == ast.KindDocument {
		out.text = strings.TrimRight(fence+info+content, "\n") + "\n" + fence
	}
	return out
}

func endOfLine(source []byte, at int) int {
	for at < len(source) && source[at] != '\n' {
		at++
	}
	return at
}

// closes reports whether the line at a place closes a fence.
func closes(source []byte, at int, fence string, fences map[int]bool) bool {
	line := string(source[at:endOfLine(source, at)])
	trimmed := strings.TrimLeft(line, " \t>")
	mark := strings.TrimRight(trimmed, " \t")
	return len(mark) >= len(fence) && strings.Trim(mark, fence[:1]) == "" && !fences[at+len(line)-len(trimmed)]
}

// indentedBlock makes a fenced block of an indented one: how much of an indent makes code depends on what a text is put into.
func indentedBlock(source []byte, n *ast.CodeBlock) stretch {
	lines := n.Lines()
	start := lines.At(0).Start
	for start > 0 && source[start-1] != '\n' {
		start--
	}
	var code strings.Builder
	for i := range lines.Len() {
		line := lines.At(i)
		code.Write(line.Value(source))
	}
	out := stretch{start: start, end: lines.At(lines.Len() - 1).Stop, text: fenced(code.String())}
	if out.end > 0 && source[out.end-1] == '\n' {
		out.text += "\n"
	}
	return out
}

var (
	liveMention = pattern.Lazy(`(?:^|[^A-Za-z0-9])@([A-Za-z0-9][A-Za-z0-9_/-]*)`) // "_" ends emphasis for some, and no word then
	liveRef     = pattern.Lazy(`#[0-9]+\b|\b(?i:GH)-[0-9]`)
)

// acts reports whether a sanitized text still holds something that acts. It does not look at the source but at what a
// renderer makes of it, so that a mistake of the scanner is found here.
func acts(source string, allowed Allowed) bool {
	data := []byte(source)
	if actsAs(gfm, data, allowed) {
		return true
	}
	cells := cellsApart(data)
	return cells != "" && (actsAs(withoutTables, data, allowed) || actsAs(withoutTables, []byte(cells), allowed))
}

// actsAs is acts for one renderer.
func actsAs(renderer parser.Parser, data []byte, allowed Allowed) (found bool) {
	root := renderer.Parse(text.NewReader(data))
	_ = ast.Walk(root, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering || found {
			return ast.WalkContinue, nil
		}
		switch n := n.(type) {
		case *ast.Image, *ast.RawHTML, *ast.HTMLBlock, *ast.LinkReferenceDefinition:
			found = true
		case *ast.Link:
			found = !allowedLink(string(n.Destination), allowed) || liveText(n, data, allowed)
			return ast.WalkSkipChildren, nil
		case *ast.AutoLink:
			found = !allowedLink(string(n.URL(data)), allowed)
		case *ast.FencedCodeBlock, *ast.CodeBlock, *ast.CodeSpan:
			return ast.WalkSkipChildren, nil
		default:
			found = liveText(n, data, allowed)
		}
		return ast.WalkContinue, nil
	})
	return found
}

// liveText reports whether the text directly in a node mentions or refers.
func liveText(n ast.Node, source []byte, allowed Allowed) bool {
	var b strings.Builder
	for child := n.FirstChild(); child != nil; child = child.NextSibling() {
		switch c := child.(type) {
		case *ast.Text:
			b.Write(markdown.AsShown(c.Value(source)))
			if c.SoftLineBreak() || c.HardLineBreak() {
				b.WriteByte('\n')
			}
		case *ast.String:
			b.Write(c.Value)
		default:
			b.WriteByte('\n')
		}
	}
	return liveWords(b.String(), allowed)
}

func liveWords(words string, allowed Allowed) bool {
	if liveRef().MatchString(words) {
		return true
	}
	for _, m := range liveMention().FindAllStringSubmatch(words, -1) {
		if !mayMention(m[1], allowed) {
			return true
		}
	}
	return false
}

func mayMention(login string, allowed Allowed) bool {
	return slices.ContainsFunc(allowed.Mentions, func(name string) bool { return strings.EqualFold(name, login) })
}
