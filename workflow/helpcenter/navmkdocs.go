package helpcenter

import (
	"fmt"
	"path"
	"strings"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"

	"github.com/oioi-app/oioi/workflow/pattern"
)

// mkdocs adds the page to nav in mkdocs.yml: https://www.mkdocs.org/user-guide/configuration/#nav.
func (n navigation) mkdocs(at string) Listing {
	text := n.files[at]
	if len(text) > maxPage {
		return needed(at + " is too large to be read")
	}
	body, line, err := parseYAML(unixLines(text))
	if err != nil {
		return needed(fmt.Sprintf("%s:%d cannot be read: %v", at, line, err))
	}
	docs, nav := "docs", ast.Node(nil)
	values, _ := mappingOf(body)
	for _, v := range values {
		switch v.Key.GetToken().Value {
		case "docs_dir":
			docs = scalarOf(v.Value)
		case "nav":
			nav = v.Value
		}
	}
	dir := path.Join(path.Dir(at), docs)
	if dir == "." {
		dir = ""
	}
	switch {
	case !inside(dir, n.page):
		return Listing{}
	case nav == nil:
		return notNeeded(at + " has no nav, so MkDocs lists every page by itself")
	}
	list, ok := nav.(*ast.SequenceNode)
	if !ok || list.IsFlowStyle {
		return needed("nav in " + at + " is not a list with one entry a line")
	}
	w := yamlNav{navigation: n, dir: dir, lines: splitLines(text), nested: map[int]*ast.SequenceNode{}}
	w.walk(list, len(w.lines))
	switch {
	case n.listed(w.entries):
		return notNeeded(at + " lists the page already")
	case w.automatic:
		return notNeeded("nav in " + at + " takes in the pages of the folder by itself")
	case w.unclear || len(w.entries) == 0:
		return needed("nav in " + at + " is not a list with one entry a line")
	}
	e, before, _, ok := n.sibling(w.entries)
	if !ok {
		e = w.entries[len(w.entries)-1]
		for _, other := range w.entries {
			if other.list == 0 {
				e = other
			}
		}
		if e.list != 0 {
			return needed("nav in " + at + " has no page next to which this one belongs")
		}
	}
	mark := listMark().FindString(w.lines[e.at])
	if mark == "" {
		return needed(fmt.Sprintf("the entry at %s:%d has a form of its own", at, e.at+1))
	}
	added := mark + yamlScalar(strings.TrimPrefix(n.page, strings.TrimPrefix(dir+"/", "/")), w.quotes[e.item][1])
	if e.title != "" || !n.untitled(w.entries, e.list) {
		added = mark + yamlScalar(n.title, w.quotes[e.item][0]) + ": " + strings.TrimPrefix(added, mark)
	}
	where := e.to
	if before {
		where = e.at
	}
	return n.change(at, insertLines(text, where, []string{added}), e, before)
}

// untitled reports whether the entries of a list are paths without titles.
func (n navigation) untitled(entries []entry, list int) bool {
	for _, e := range entries {
		if e.list == list && e.title != "" {
			return false
		}
	}
	return true
}

var listMark = pattern.Lazy(`^[ \t]*-[ \t]+`)

type yamlNav struct {
	navigation
	dir       string
	lines     []string
	entries   []entry
	quotes    [][2]string // of each entry's title and path
	nested    map[int]*ast.SequenceNode
	automatic bool // a plugin fills in the pages of the folder
	unclear   bool
}

// walk takes the entries of a list, which ends before a line.
func (w *yamlNav) walk(list *ast.SequenceNode, end int) {
	id := len(w.nested)
	w.nested[id] = list
	if list.IsFlowStyle {
		w.unclear = true
		return
	}
	starts := make([]int, len(list.Values)+1)
	for i, v := range list.Values {
		starts[i] = firstLineOf(v)
	}
	starts[len(list.Values)] = end
	for i, v := range list.Values {
		at := starts[i]
		to := w.trim(at, min(max(starts[i+1], at+1), len(w.lines)), starts[i+1] == end)
		title, value, key := "", v, ast.Node(nil)
		if pairs, ok := mappingOf(v); ok && len(pairs) == 1 {
			key = pairs[0].Key
			title, value = pairs[0].Key.GetToken().Value, pairs[0].Value
		} else if ok {
			w.unclear = w.unclear || len(pairs) > 1
			continue
		}
		if below, ok := value.(*ast.SequenceNode); ok {
			w.walk(below, to)
			continue
		}
		address := scalarOf(value)
		if address == "" || scheme().MatchString(address) {
			continue
		}
		full := path.Join(w.dir, address)
		if strings.ContainsAny(address, "*?") || strings.HasSuffix(address, "/") { // https://lukasgeiter.github.io/mkdocs-awesome-nav/
			hit, _ := Match(full, w.page)
			w.automatic = w.automatic || hit
			continue
		}
		w.entries = append(w.entries, entry{page: full, title: title, at: at, to: to, list: id, item: len(w.quotes)})
		w.quotes = append(w.quotes, [2]string{quoteOf(key), quoteOf(value)})
	}
}

// quoteOf is the quote that a scalar is written with, or "".
func quoteOf(node ast.Node) string {
	if node != nil && node.GetToken() != nil {
		switch node.GetToken().Type {
		case token.SingleQuoteType:
			return "'"
		case token.DoubleQuoteType:
			return `"`
		}
	}
	return ""
}

// trim takes blank lines and comments off the end of an entry: they belong to what follows.
func (w *yamlNav) trim(at, to int, last bool) int {
	indent := width(leading(w.lines[at]))
	for i := at + 1; i < to && last; i++ {
		if line := w.lines[i]; strings.TrimSpace(line) != "" && !strings.HasPrefix(strings.TrimSpace(line), "#") && width(leading(line)) <= indent && !strings.HasPrefix(strings.TrimSpace(line), "- ") {
			to = i
		}
	}
	for to > at+1 && (strings.TrimSpace(w.lines[to-1]) == "" || strings.HasPrefix(strings.TrimSpace(w.lines[to-1]), "#")) {
		to--
	}
	return to
}

// firstLineOf is the line, from 0, on which a node begins; a mapping's own token is a colon in its middle.
func firstLineOf(node ast.Node) int {
	switch n := node.(type) {
	case *ast.MappingNode:
		if len(n.Values) > 0 {
			return firstLineOf(n.Values[0].Key)
		}
	case *ast.MappingValueNode:
		return firstLineOf(n.Key)
	}
	if t := node.GetToken(); t != nil && t.Position != nil {
		return max(0, t.Position.Line-1)
	}
	return 0
}

var plainYAML = pattern.Lazy(`^[\pL_/.(][^\n]*$`)

// yamlScalar writes a text as a scalar: in the quotes that are asked for, in none, or in double quotes where it needs some.
func yamlScalar(text, quote string) string {
	plain := plainYAML().MatchString(text) && !strings.Contains(text, ": ") && !strings.Contains(text, " #") && !strings.HasSuffix(text, ":") && text == strings.TrimSpace(text)
	switch strings.ToLower(text) {
	case "true", "false", "yes", "no", "on", "off", "null", "y", "n", ".inf", ".nan":
		plain = false
	}
	switch {
	case quote == "'":
		return "'" + strings.ReplaceAll(text, "'", "''") + "'"
	case quote == "" && plain:
		return text
	}
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(text) + `"`
}
