// Package markdown tells what a reader sees of a Markdown text.
package markdown

import (
	"html"
	"strings"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"

	"github.com/oioi-app/oioi/workflow/pattern"
)

var reference = pattern.Lazy(`^&(?:#[xX][0-9A-Fa-f]{1,6}|#[0-9]{1,7}|[A-Za-z][A-Za-z0-9]{1,31});`)

// longestReference is as long as the expression's longest match, in bytes.
const longestReference = 34

// Reference returns the character reference that a text begins with, such as &amp; or &#35;, or "".
func Reference(text string) string {
	if !strings.HasPrefix(text, "&") {
		return ""
	}
	return reference().FindString(text[:min(len(text), longestReference)])
}

// AsShown is a text as a renderer shows it: what is escaped stands for itself, a reference for its character, each read once.
func AsShown(text []byte) []byte {
	out := make([]byte, 0, len(text))
	for i := 0; i < len(text); i++ {
		switch {
		case text[i] == '\\' && i+1 < len(text) && util.IsPunct(text[i+1]):
			i++
		case text[i] == '&':
			if m := Reference(string(text[i:min(len(text), i+longestReference)])); m != "" {
				out = append(out, html.UnescapeString(m)...)
				i += len(m) - 1
				continue
			}
		}
		out = append(out, text[i])
	}
	return out
}

// MaxHeading is how much of a heading is looked at, in bytes.
const MaxHeading = 400

var parser = goldmark.DefaultParser()

// Heading is a heading as people read it: without the marks of links, emphasis and code, and without pictures.
func Heading(raw string) string {
	raw = strings.ToValidUTF8(raw[:min(len(raw), MaxHeading)], "")
	if !strings.ContainsAny(raw, "`*_[]<>&\\!") {
		return strings.TrimSpace(raw)
	}
	source := []byte("# " + strings.ReplaceAll(raw, "\r", " "))
	var b strings.Builder
	_ = ast.Walk(parser.Parse(text.NewReader(source)), func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			return ast.WalkContinue, nil
		}
		switch in := n.(type) {
		case *ast.Image:
			return ast.WalkSkipChildren, nil
		case *ast.AutoLink:
			b.Write(in.Label(source))
		case *ast.Text:
			if words := in.Segment.Value(source); in.Parent().Kind() == ast.KindCodeSpan {
				b.Write(words)
			} else {
				b.Write(AsShown(words))
			}
		}
		return ast.WalkContinue, nil
	})
	return strings.Join(strings.Fields(b.String()), " ")
}
