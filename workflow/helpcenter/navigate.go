package helpcenter

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/oioi-app/oioi/workflow/markdown"
	"github.com/oioi-app/oioi/workflow/pattern"
	"github.com/oioi-app/oioi/workflow/sorting"
)

// Listing says how a new page gets into the navigation.
type Listing struct {
	Files  map[string]string // files that change, by path, as they are afterwards; nil where none does
	Reason string            // where the page is listed now; where no file changes, why: nothing is needed, or it is unclear where the page belongs
	Needed bool              // none changes though one should: a person has to list the page
}

// Navigate adds a new page to the navigation of the site that publishes it, next to the pages of its folder. It looks for the
// files of MkDocs, Docusaurus, VitePress, Jekyll, GitBook and mdBook (SUMMARY.md), and docsify (_sidebar.md); the one that is
// nearest to the page counts. Everything else of these files stays byte for byte.
//
// Files are all of the repository, or all that are known, by path, with the new page; root is the help center's folder.
func Navigate(files map[string]string, root, page, title string) Listing {
	if title = strings.Join(strings.Fields(title), " "); title == "" {
		title = titleOf(page, files[page])
	}
	n := navigation{files: files, root: strings.Trim(path.Clean("/"+root), "/"), page: page, title: title}
	type found struct {
		depth int
		at    string
		edit  func(at string) Listing
	}
	var candidates []found
	for at := range files {
		if dir, edit := n.kind(at); edit != nil && inside(dir, page) {
			candidates = append(candidates, found{len(dir), at, edit})
		}
	}
	sorting.Stable(candidates, func(a, b found) int {
		if a.depth != b.depth {
			return b.depth - a.depth
		}
		return strings.Compare(a.at, b.at)
	})
	var first *Listing
	for _, c := range candidates {
		switch listing := n.proven(c.at, c.edit(c.at)); {
		case listing.Files != nil || !listing.Needed && listing.Reason != "":
			return listing
		case first == nil && listing.Reason != "":
			first = &listing
		}
	}
	if first != nil {
		return *first
	}
	return Listing{Reason: "there is no file that lists the pages"}
}

// proven reads a changed file again: where the page is not found in it, its form was not understood, and a person has to list it.
func (n navigation) proven(at string, listing Listing) Listing {
	if listing.Files == nil {
		return listing
	}
	again := n
	again.files = maps.Clone(n.files)
	maps.Copy(again.files, listing.Files)
	if _, edit := again.kind(at); edit != nil {
		if second := edit(at); second.Files == nil && !second.Needed && second.Reason != "" {
			return listing
		}
	}
	return needed(at + " has a form of its own")
}

// Lists reports whether a file may list the pages of a help center: it is one of those that Navigate looks for, in a folder
// above or below root or in root itself.
func Lists(root, name string) bool {
	root = strings.Trim(path.Clean("/"+root), "/")
	dir, edit := navigation{}.kind(name)
	return edit != nil && (dir == root || inside(dir, root) || inside(root, dir))
}

type navigation struct {
	files             map[string]string
	root, page, title string
}

// kind tells whether a file is a navigation, which folder's pages it lists, and how it is edited.
func (n navigation) kind(at string) (dir string, edit func(at string) Listing) {
	dir, base := strings.TrimSuffix(path.Dir("/" + at)[1:], "/"), path.Base(at)
	switch {
	case base == "mkdocs.yml" || base == "mkdocs.yaml":
		return dir, n.mkdocs
	case strings.HasPrefix(base, "sidebars.") && slices.Contains([]string{".js", ".ts", ".mjs", ".cjs", ".json"}, path.Ext(base)):
		return dir, n.docusaurus
	case inVitePress().MatchString(at):
		return strings.Trim(at[:strings.Index("/"+at, "/.vitepress/")], "/"), n.vitepress
	case path.Base(dir) == "_data" && (base == "navigation.yml" || base == "nav.yml" || base == "sidebar.yml" || base == "toc.yml" || base == "docs.yml" || base == "navigation.yaml"):
		return strings.TrimPrefix(path.Dir("/"+dir), "/"), n.jekyll
	case base == "_config.yml":
		return dir, n.frontOrder
	case base == "SUMMARY.md" || base == "_sidebar.md":
		return dir, n.outline
	}
	return "", nil
}

// The configuration of VitePress may stand in several files: config.ts, config/en.ts, sidebar.ts, locales/en.ts.
var inVitePress = pattern.Lazy(`(?:^|/)\.vitepress/(?:(?:config|locales?|sidebars?|shared)/)?[^/]+\.[cm]?[jt]s$`)

// change is a listing that writes one file, next to an entry.
func (n navigation) change(at, text string, e entry, before bool) Listing {
	reason := fmt.Sprintf("%s lists it %s %s", at, map[bool]string{true: "before", false: "after"}[before], e.page)
	if e.choices > 1 {
		reason += fmt.Sprintf(", in the longest of %d lists that would do", e.choices)
	}
	return Listing{Files: map[string]string{at: text}, Reason: reason}
}

func needed(reason string) Listing    { return Listing{Reason: reason, Needed: true} }
func notNeeded(reason string) Listing { return Listing{Reason: reason} }

// entry is a page in a navigation.
type entry struct {
	page   string // path in the repository
	title  string
	at, to int // where it stands with everything below it: lines or bytes, as the format goes
	list   int // entries of one list have the same
	item   int // which of the format's items it is

	choices int // how many lists it was chosen from
}

// sibling chooses the entry that the new page goes after. Pages of the same folder count most, then those of the nearest
// folder above. Where the pages there are sorted by title, the new one goes to its place; otherwise it goes to the end of its
// folder's pages. Before is true where it goes before the entry. Same is false where no page of its own folder is listed.
func (n navigation) sibling(entries []entry) (chosen entry, before, same, ok bool) {
	dir := path.Dir(n.page)
	near := func(e entry) int {
		of := path.Dir(e.page)
		switch {
		case of == dir && !isIndex(e.page):
			return 1 << 20
		case of == dir:
			return 1 << 19
		case of == "." || strings.HasPrefix(dir, of+"/"):
			return 1 + len(of)
		}
		return 0
	}
	best, count := 0, map[int]int{}
	for _, e := range entries {
		best = max(best, near(e))
	}
	if best == 0 {
		return entry{}, false, false, false
	}
	for _, e := range entries {
		if near(e) == best {
			count[e.list]++
		}
	}
	list := most(count)
	var siblings []entry
	for _, e := range entries {
		if e.choices = len(count); e.list == list && near(e) == best {
			siblings = append(siblings, e)
		}
	}
	same = best >= 1<<19
	byTitle := func(a, b entry) int { return strings.Compare(strings.ToLower(a.title), strings.ToLower(b.title)) }
	if len(siblings) >= 3 && slices.IsSortedFunc(siblings, byTitle) && !slices.ContainsFunc(siblings, func(e entry) bool { return e.title == "" }) {
		for i, e := range siblings {
			if byTitle(e, entry{title: n.title}) > 0 {
				if i == 0 {
					return e, true, same, true
				}
				return siblings[i-1], false, same, true
			}
		}
	}
	return siblings[len(siblings)-1], false, same, true
}

// listed reports whether the page is in the navigation already.
func (n navigation) listed(entries []entry) bool {
	return slices.ContainsFunc(entries, func(e entry) bool { return e.page == n.page })
}

// address writes the address of the new page as a navigation writes that of another page, which is in the same folder or in
// one above. It returns "" where the other's address does not follow from its path.
func (n navigation) address(other, otherPage string) string {
	rest := strings.TrimPrefix(n.page, strings.TrimPrefix(path.Dir(otherPage)+"/", "./"))
	if rest == n.page && path.Dir(otherPage) != "." {
		return ""
	}
	stem := withoutEnding(path.Base(otherPage))
	head, tail, found := lastCut(other, stem)
	switch {
	case found && (tail == "" || tail == "/" || tail == ".html" || tail == ".md" || tail == path.Ext(otherPage)):
		if tail == path.Ext(otherPage) || tail == ".md" {
			tail = path.Ext(n.page)
		}
		return head + withoutEnding(rest) + tail
	case isIndex(otherPage) && (strings.HasSuffix(other, "/") || other == ""):
		return other + withoutEnding(rest)
	}
	if bare := withoutNumber(stem); bare != stem {
		if head, tail, found = lastCut(other, bare); found && (tail == "" || tail == "/") {
			return head + dropNumbers(withoutEnding(rest)) + tail
		}
	}
	return ""
}

// lastCut cuts an address around its last part, which begins with a name.
func lastCut(address, name string) (head, tail string, found bool) {
	trimmed := strings.TrimSuffix(address, "/")
	at := strings.LastIndexByte(trimmed, '/') + 1
	tail, found = strings.CutPrefix(address[at:], name)
	return address[:at], tail, found
}

// pageAt finds the page that an address in a navigation means: relative to the first of some folders where one is.
func (n navigation) pageAt(address string, folders ...string) string {
	address, _, _ = strings.Cut(address, "#")
	if address == "" || scheme().MatchString(address) {
		return ""
	}
	t := tree{files: n.files, root: n.root, folders: map[string]bool{}}
	for _, dir := range folders {
		if name, ok := t.file(path.Join(dir, strings.TrimPrefix(address, "/"))); ok && IsPage(name) {
			return name
		}
	}
	return ""
}

// titleOf is a page's title: from its front matter, its first heading, or its name.
func titleOf(name, text string) string {
	if title := splitFront(text).get("title"); title != "" {
		return title
	}
	if isMarkdown(name) {
		for _, h := range scan(text).headings(false) {
			if title := markdown.Heading(givenID.ReplaceAllString(h.text, "")); title != "" {
				return title
			}
		}
	}
	words := strings.Join(strings.FieldsFunc(withoutNumber(withoutEnding(path.Base(name))), func(r rune) bool { return r == '-' || r == '_' }), " ")
	if words == "" {
		return name
	}
	return strings.ToUpper(words[:1]) + words[1:]
}

// lineEnd is how the lines of a file end.
func lineEnd(text string) string {
	if StyleOf(text).CRLF {
		return "\r\n"
	}
	return "\n"
}

// insertLines puts lines before the line number at, from 0; the file's other lines stay byte for byte.
func insertLines(text string, at int, lines []string) string {
	end := lineEnd(text)
	all := strings.SplitAfter(text, "\n")
	if all[len(all)-1] == "" {
		all = all[:len(all)-1]
	}
	at = min(at, len(all))
	add := strings.Join(lines, end) + end
	if at == len(all) && at > 0 && !strings.HasSuffix(all[at-1], "\n") {
		add = end + strings.Join(lines, end)
	}
	return strings.Join(all[:at], "") + add + strings.Join(all[at:], "")
}

// pagesBelow are the pages in a folder, in order.
func (n navigation) pagesBelow(dir string) []string {
	return slices.DeleteFunc(slices.Sorted(maps.Keys(n.files)), func(name string) bool { return !IsPage(name) || !inside(dir, name) })
}
