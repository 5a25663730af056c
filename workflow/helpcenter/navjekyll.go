package helpcenter

import (
	"fmt"
	"path"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml/ast"

	"github.com/oioi-app/oioi/workflow/pattern"
)

// jekyll adds the page to a file of _data: https://jekyllrb.com/tutorials/navigation/. Entries are mappings with an address and a
// title; the new one is a copy of a neighbour's lines.
func (n navigation) jekyll(at string) Listing {
	text := n.files[at]
	if len(text) > maxPage {
		return needed(at + " is too large to be read")
	}
	body, line, err := parseYAML(unixLines(text))
	if err != nil {
		return needed(fmt.Sprintf("%s:%d cannot be read: %v", at, line, err))
	}
	w := dataNav{yamlNav: yamlNav{navigation: n, lines: splitLines(text)}, site: path.Dir(path.Dir(at))}
	w.collect(body, len(w.lines))
	if n.listed(w.entries) {
		return notNeeded(at + " lists the page already")
	}
	e, before, same, ok := n.sibling(w.entries)
	if !ok || !same {
		return needed(at + " lists no page of the same folder")
	}
	item := w.items[e.item]
	address := splitFront(n.files[n.page]).get("permalink", "url")
	if address == "" && splitFront(n.files[e.page]).get("permalink", "url") == "" {
		address = n.address(item.address, e.page)
	}
	if address == "" {
		return needed("the page has no permalink, and what the others have does not follow from their paths")
	}
	lines := append([]string{}, w.lines[item.at:item.to]...)
	for i, line := range lines {
		m := dataField().FindStringSubmatch(line)
		if m == nil {
			return needed(fmt.Sprintf("the entry at %s:%d has a form of its own", at, item.at+1))
		}
		quote := ""
		if m[3][0] == '"' || m[3][0] == '\'' {
			quote = m[3][:1]
		}
		switch {
		case m[2] == item.key:
			lines[i] = m[1] + yamlScalar(address, quote)
		case titleKeys[m[2]]:
			lines[i] = m[1] + yamlScalar(n.title, quote)
		default:
			return needed(fmt.Sprintf("the entry at %s:%d has the key %q, which a person has to fill in", at, item.at+i+1, m[2]))
		}
	}
	where := e.to
	if before {
		where = e.at
	}
	return n.change(at, insertLines(text, where, lines), e, before)
}

var (
	titleKeys = map[string]bool{"title": true, "text": true, "name": true, "label": true, "page": true}
	urlKeys   = []string{"url", "link", "href", "path", "permalink", "doc"}
	dataField = pattern.Lazy(`^([ \t]*(?:-[ \t]+)?([\w-]+):[ \t]+)("[^"]*"|'[^']*'|[^"'\s#{\[&*!|>][^#]*?)[ \t]*$`)
)

type dataItem struct {
	at, to       int
	key, address string
}

type dataNav struct {
	yamlNav
	site  string
	items []dataItem
	lists int
}

// collect takes the entries with an address, however deep they stand.
func (w *dataNav) collect(node ast.Node, end int) {
	list, ok := node.(*ast.SequenceNode)
	if !ok {
		pairs, _ := mappingOf(node)
		for i, pair := range pairs {
			to := end
			if i+1 < len(pairs) {
				to = firstLineOf(pairs[i+1])
			}
			w.collect(pair.Value, to)
		}
		return
	}
	if list.IsFlowStyle {
		return
	}
	w.lists++
	id := w.lists
	for i, v := range list.Values {
		pairs, ok := mappingOf(v)
		if !ok || len(pairs) == 0 {
			continue
		}
		to := end
		if i+1 < len(list.Values) {
			to = firstLineOf(list.Values[i+1])
		}
		at := firstLineOf(v)
		to = w.trim(at, min(max(to, at+1), len(w.lines)), true)
		e := entry{at: at, to: to, list: id, item: len(w.items)}
		leaf := true
		for _, pair := range pairs {
			key, value := pair.Key.GetToken().Value, scalarOf(pair.Value)
			switch {
			case titleKeys[key] && value != "":
				e.title = value
			case value == "":
				leaf = false
			}
			for _, name := range urlKeys {
				if key == name && value != "" {
					if e.page = w.jekyllPage(value); e.page != "" {
						w.items = append(w.items, dataItem{at: at, to: to, key: key, address: value})
					}
				}
			}
		}
		if e.page != "" && leaf && e.item < len(w.items) {
			w.entries = append(w.entries, e)
		}
		w.collect(v, to)
	}
}

// jekyllPage finds the page with an address: from its front matter, its path, or its collection, whose folder begins with an
// underscore that the address lacks.
func (w *dataNav) jekyllPage(address string) string {
	if scheme().MatchString(address) {
		return ""
	}
	if name := w.pageAt(address, w.site, w.root, path.Dir("/" + w.root)[1:]); name != "" {
		return name
	}
	want := tidyAddress(address)
	for _, name := range w.pagesBelow(strings.TrimPrefix(w.site, ".")) {
		own := splitFront(w.files[name]).get("permalink", "url")
		at := strings.TrimPrefix(strings.TrimPrefix(withoutEnding(name), strings.TrimPrefix(w.site+"/", "./")), "_")
		if own != "" && tidyAddress(own) == want || own == "" && tidyAddress(at) == want {
			return name
		}
	}
	return ""
}

// frontOrder gives the page the parent and the place that its neighbours have in their front matter, by which the theme Just
// the Docs lists pages: https://just-the-docs.com/docs/navigation/.
func (n navigation) frontOrder(at string) Listing {
	dir := path.Dir(n.page)
	parent, order, with, without := "", 0, 0, 0
	for name, text := range n.files {
		if path.Dir(name) != dir || !isMarkdown(name) || isIndex(name) || name == n.page {
			continue
		}
		front := splitFront(text)
		if front.get("nav_order") == "" && front.get("parent") == "" {
			without++
			continue
		}
		with++
		if place, err := strconv.Atoi(front.get("nav_order")); err == nil {
			order = max(order, place)
		}
		switch own := front.get("parent"); {
		case with == 1:
			parent = own
		case parent != own:
			return needed("the pages of the folder have different parents in their front matter; a person has to choose one")
		}
	}
	if with <= without {
		return Listing{}
	}
	text := n.files[n.page]
	front := splitFront(text)
	if front.kind != "YAML" {
		return needed("the page has no front matter, in which its neighbours say where they are listed")
	}
	var lines []string
	if parent != "" && front.get("parent") == "" {
		lines = append(lines, "parent: "+yamlScalar(parent, ""))
	}
	if order > 0 && front.get("nav_order") == "" {
		lines = append(lines, "nav_order: "+strconv.Itoa(order+1))
	}
	if len(lines) == 0 {
		return notNeeded("the page says in its front matter where it is listed")
	}
	return Listing{Files: map[string]string{n.page: insertLines(text, front.lines-1, lines)}, Reason: "its front matter lists it with the other pages of the folder"}
}
