package web

import (
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// maxDepth is how deep elements are followed. A page of nothing but open elements is no page.
const maxDepth = 500

// skipped are the elements that hold no part of what a page says.
var skipped = map[atom.Atom]bool{
	atom.Script: true, atom.Style: true, atom.Template: true, atom.Noscript: true, atom.Svg: true, atom.Nav: true, atom.Header: true, atom.Footer: true,
	atom.Aside: true, atom.Form: true, atom.Iframe: true, atom.Button: true, atom.Select: true, atom.Object: true, atom.Canvas: true, atom.Head: true,
}

// blocks are the elements that begin a line of their own.
var blocks = map[atom.Atom]string{
	atom.P: "\n\n", atom.Div: "\n", atom.Li: "\n- ", atom.Tr: "\n", atom.Br: "\n", atom.Pre: "\n\n", atom.Blockquote: "\n\n", atom.Td: " ", atom.Th: " ", atom.Dt: "\n", atom.Dd: "\n",
	atom.H1: "\n\n# ", atom.H2: "\n\n## ", atom.H3: "\n\n### ", atom.H4: "\n\n#### ", atom.Section: "\n", atom.Article: "\n", atom.Table: "\n\n", atom.Ul: "\n", atom.Ol: "\n",
}

// Text returns a page's title and what its main part says, as plain text with Markdown's headings and lists. What a reader
// does not see (hidden elements, comments) is left out.
func Text(page string) (title, text string) {
	root, err := html.Parse(strings.NewReader(page))
	if err != nil {
		return "", ""
	}
	if t := first(root, func(n *html.Node) bool { return n.DataAtom == atom.Title }, 0); t != nil && t.FirstChild != nil {
		title = strings.Join(strings.Fields(t.FirstChild.Data), " ")
	}
	main := first(root, func(n *html.Node) bool { return n.DataAtom == atom.Main || attribute(n, "role") == "main" }, 0)
	if main == nil {
		main = first(root, func(n *html.Node) bool { return n.DataAtom == atom.Article }, 0)
	}
	if main == nil {
		main = root
	}
	var out strings.Builder
	write(&out, main, false, 0)
	return title, tidy(out.String())
}

func first(n *html.Node, is func(*html.Node) bool, depth int) *html.Node {
	if depth > maxDepth {
		return nil
	}
	if n.Type == html.ElementNode && is(n) && !hidden(n) {
		return n
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if found := first(c, is, depth+1); found != nil {
			return found
		}
	}
	return nil
}

func attribute(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func hidden(n *html.Node) bool {
	for _, a := range n.Attr {
		style := strings.ReplaceAll(strings.ToLower(a.Val), " ", "")
		if a.Key == "hidden" || a.Key == "aria-hidden" && a.Val == "true" || a.Key == "style" &&
			(strings.Contains(style, "display:none") || strings.Contains(style, "visibility:hidden") || strings.Contains(style, "font-size:0") || strings.Contains(style, "opacity:0")) {
			return true
		}
	}
	return false
}

func write(out *strings.Builder, n *html.Node, pre bool, depth int) {
	switch {
	case depth > maxDepth:
		return
	case n.Type == html.TextNode && pre:
		out.WriteString(n.Data)
		return
	case n.Type == html.TextNode:
		words := strings.Fields(n.Data)
		if len(words) == 0 {
			out.WriteByte(' ')
			return
		}
		if strings.TrimLeft(n.Data, " \t\r\n") != n.Data {
			out.WriteByte(' ')
		}
		out.WriteString(strings.Join(words, " "))
		if strings.TrimRight(n.Data, " \t\r\n") != n.Data {
			out.WriteByte(' ')
		}
		return
	case n.Type == html.ElementNode && (skipped[n.DataAtom] || hidden(n)):
		return
	case n.Type == html.ElementNode:
		out.WriteString(blocks[n.DataAtom])
		pre = pre || n.DataAtom == atom.Pre
	case n.Type != html.DocumentNode:
		return
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		write(out, c, pre, depth+1)
	}
	if n.Type == html.ElementNode && strings.HasPrefix(blocks[n.DataAtom], "\n") {
		out.WriteByte('\n')
	}
}

// tidy leaves at most one empty line between two others, and no blanks at the ends of lines.
func tidy(s string) string {
	var out []string
	for line := range strings.SplitSeq(s, "\n") {
		line = strings.TrimRight(line, " \t\r")
		if trimmed := strings.TrimSpace(line); trimmed == "" && (len(out) == 0 || out[len(out)-1] == "") || trimmed == "-" || trimmed == "#" {
			continue
		}
		out = append(out, line)
	}
	return strings.TrimSpace(strings.Join(out, "\n"))
}
