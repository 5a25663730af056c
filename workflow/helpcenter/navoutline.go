package helpcenter

import (
	"net/url"
	"path"
	"strings"

	"github.com/oioi-app/oioi/workflow/pattern"
)

// outlineItem is a line with a link: leading space, mark, words, address.
var outlineItem = pattern.Lazy(`^([ \t]*)([-*+][ \t]+)\[((?:[^\[\]\\]|\\.|\[[^\[\]]*\])*)\]\((<[^<>]*>|[^()\s]*)((?:[ \t]+"[^"]*")?)\)[ \t]*$`)

// outline adds the page to a list of links: SUMMARY.md of GitBook (https://gitbook.com/docs/getting-started/git-sync/content-configuration)
// and mdBook (https://rust-lang.github.io/mdBook/format/summary.html), and docsify's _sidebar.md
// (https://docsify.js.org/#/more-pages?id=sidebar).
func (n navigation) outline(at string) Listing {
	text := n.files[at]
	if len(text) > maxPage {
		return needed(at + " is too large to be read")
	}
	dir := strings.TrimPrefix(path.Dir("/"+at), "/")
	if !inside(dir, n.page) || n.page == at {
		return Listing{}
	}
	s := scan(text)
	var entries []entry
	var items [][]string
	var open []entry // the items that the line is below
	lists := map[int]int{}
	next, section := 0, 0
	for i, line := range s.lines {
		if !s.prose(i) || strings.TrimSpace(line) == "" {
			continue
		}
		indent := width(leading(line))
		if !listItem().MatchString(line) {
			if indent == 0 {
				section++ // headings part the lists
			}
			continue
		}
		for len(open) > 0 && open[len(open)-1].item >= indent {
			open = open[:len(open)-1]
		}
		parent := -section - 1
		if len(open) > 0 {
			parent = open[len(open)-1].at
		}
		if _, known := lists[parent]; !known {
			lists[parent] = next
			next++
		}
		open = append(open, entry{at: i, item: indent})
		m := outlineItem().FindStringSubmatch(line)
		if m == nil {
			continue
		}
		address := strings.Trim(m[4], "<>")
		if plain, err := url.PathUnescape(address); err == nil {
			address = plain
		}
		to := i + 1
		for j := to; j < len(s.lines) && (strings.TrimSpace(s.lines[j]) == "" || width(leading(s.lines[j])) > indent); j++ {
			if strings.TrimSpace(s.lines[j]) != "" {
				to = j + 1
			}
		}
		if name := n.pageAt(address, dir, n.root); name != "" {
			entries = append(entries, entry{page: name, title: m[3], at: i, to: to, list: lists[parent], item: len(items)})
			items = append(items, append(m, address))
		}
	}
	if n.listed(entries) {
		return notNeeded(at + " lists the page already")
	}
	if len(entries) == 0 {
		return needed(at + " has no list of links that lead to pages")
	}
	e, before, _, ok := n.sibling(entries)
	if !ok {
		for _, other := range entries { // the end of the top-level list
			if width(items[other.item][1]) == 0 {
				e, ok = other, true
			}
		}
		if !ok {
			return needed(at + " has no page next to which this one belongs")
		}
	}
	item := items[e.item]
	model := item[len(item)-1]
	address := n.address(model, e.page)
	if address == "" {
		address = strings.TrimPrefix(n.page, strings.TrimPrefix(dir+"/", "/"))
		if strings.HasPrefix(model, "/") {
			address = "/" + address
		}
	}
	indent, where := item[1], e.to
	switch {
	case before:
		where = e.at
	case isIndex(e.page) && path.Dir(e.page) == path.Dir(n.page) && e.page != e.rootIndex(dir):
		indent += strings.Repeat(" ", max(2, n.step(s))) // below the page of its folder
		if strings.Contains(text, "\n\t") {
			indent = item[1] + "\t"
		}
	}
	words := strings.NewReplacer("[", `\[`, "]", `\]`).Replace(n.title)
	return n.change(at, insertLines(text, where, []string{indent + item[2] + "[" + words + "](" + outlineAddress(address) + ")"}), e, before)
}

// rootIndex is the first page of the folder that is listed: the others stand beside it, not below.
func (e entry) rootIndex(dir string) string {
	if path.Dir(e.page) == dir || dir == "" && path.Dir(e.page) == "." {
		return e.page
	}
	return ""
}

// step is how far nested items are indented: the smallest indent that there is.
func (n navigation) step(s scanned) int {
	step := 0
	for i, line := range s.lines {
		if w := width(leading(line)); s.prose(i) && listItem().MatchString(line) && w > 0 && (step == 0 || w < step) {
			step = w
		}
	}
	return step
}

// outlineAddress writes an address so that it can stand in a link.
func outlineAddress(address string) string {
	if !strings.ContainsAny(address, " ()<>%") {
		return address
	}
	return strings.NewReplacer("%", "%25", " ", "%20", "(", "%28", ")", "%29", "<", "%3C", ">", "%3E").Replace(address)
}
