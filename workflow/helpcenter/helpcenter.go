// Package helpcenter looks after changes of a help center, which is a folder of pages in a repository: it checks a change
// before a pull request opens, makes inserted text follow the style of its page, adds new pages to the navigation, and tells
// whether two changes are about the same thing. It only computes on the texts that it is given.
package helpcenter

import (
	"cmp"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/oioi-app/oioi/workflow/sorting"
)

// Kind says what a problem is about.
type Kind string

// The kinds of problems. Of a change that is Protected or Generated nothing is wrong but the place: it may be worth a
// follow-up issue that holds the patch.
const (
	Outside     Kind = "outside"      // the file is not in the help center
	Protected   Kind = "protected"    // the configuration protects the file
	Generated   Kind = "generated"    // a tool writes the file, and will overwrite the change
	FrontMatter Kind = "front matter" // of a page
	Markup      Kind = "markup"       // a block is not closed, or the text cannot be read
	Link        Kind = "link"         // leads to no file
	Anchor      Kind = "anchor"       // leads to a page but to no place in it
	Data        Kind = "data"         // a YAML or JSON file of the navigation cannot be read
)

// Problem is one thing that is wrong with a change.
type Problem struct {
	Kind Kind
	Page string // path of the file in the repository
	Line int    // 1-based, in the file after the change; 0 where the whole file is meant
	What string // what is wrong
	Do   string // what a person does about it
	key  string // what is wrong, however the lines around it move
}

// String is PAGE:LINE: what is wrong; what to do.
func (p Problem) String() string {
	place := p.Page
	if p.Line > 0 {
		place = fmt.Sprintf("%s:%d", p.Page, p.Line)
	}
	return place + ": " + p.What + "; " + p.Do
}

// Rules say what a change may touch.
type Rules struct {
	Root string // the help center's folder; "" or "." is the repository's top

	// Protected are globs of files that no change touches. A name without * protects a file or all of a folder; * and ? stand
	// for parts of a name and ** for any number of folders. A glob without a slash holds in every folder.
	Protected []string

	Navigation []string // files that may be changed though they are outside the root, as Navigate returned them
}

// maxPage is how much of a file is looked at, in bytes: larger files hold data.
const maxPage = 1 << 20

// Check says what a change breaks. Before and after hold all files of the repository, or all that are known, by path; of a file
// that is no text, such as a picture, the content may be left out. Where after lacks a file, the change deletes it.
//
// What was wrong with a page before does not count. Problems come sorted by page and line; none means that a pull request may
// open. Links and anchors are checked in Markdown and MDX; pages in reStructuredText and AsciiDoc are checked for the place,
// what protects them, their front matter, and Markdown that their builders would show as it is.
func Check(before, after map[string]string, rules Rules) []Problem {
	c := checker{rules: rules, old: newTree(rules.Root, before), new: newTree(rules.Root, after)}
	for name, text := range after {
		if was, existed := before[name]; !existed || was != text {
			c.changed = append(c.changed, name)
		}
	}
	for name := range before {
		if _, stays := after[name]; !stays {
			c.deleted = append(c.deleted, name)
		}
	}
	slices.Sort(c.changed)
	slices.Sort(c.deleted)
	for _, name := range slices.Concat(c.changed, c.deleted) {
		if problem, ok := c.place(name); ok {
			c.found = append(c.found, problem)
		}
	}
	for _, name := range c.changed {
		c.file(name)
	}
	if len(c.changed)+len(c.deleted) > 0 {
		c.others()
	}
	sorting.Stable(c.found, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.Page, b.Page), cmp.Compare(a.Line, b.Line), cmp.Compare(a.What, b.What))
	})
	return c.found
}

type checker struct {
	rules            Rules
	old, new         *tree
	changed, deleted []string
	found            []Problem
}

// place says whether a file may be changed at all.
func (c *checker) place(name string) (Problem, bool) {
	inRoot := inside(c.new.root, name) && path.Clean(name) == name && !path.IsAbs(name)
	if !inRoot && !slices.Contains(c.rules.Navigation, name) {
		return Problem{Kind: Outside, Page: name, What: fmt.Sprintf("the file is outside the help center %q", c.rules.Root),
			Do: "change a page below it"}, true
	}
	for _, glob := range c.rules.Protected {
		hit, err := Match(glob, name)
		if err != nil {
			return Problem{Kind: Protected, Page: name, What: fmt.Sprintf("the protected path %q cannot be read: %v", glob, err),
				Do: "correct it in the configuration, for example docs/legal or docs/**/*.gen.md"}, true
		}
		if hit {
			return Problem{Kind: Protected, Page: name, What: fmt.Sprintf("the configuration protects it with %q", glob),
				Do: "open an issue that holds the patch"}, true
		}
	}
	if why := GeneratedBy(name, c.old.files); why != "" {
		return Problem{Kind: Generated, Page: name, What: "a tool writes this file: " + why,
			Do: "change what it is made from, or open an issue that holds the patch"}, true
	}
	return Problem{}, false
}

// file checks a file that is new or changed.
func (c *checker) file(name string) {
	old, existed := c.old.files[name]
	text := c.new.files[name]
	if len(text) > maxPage || len(old) > maxPage {
		return
	}
	if !IsPage(name) {
		c.add(dataProblems(name, text), dataProblems(name, old))
		return
	}
	found := pageProblems(name, text, c.new.by)
	var had []Problem
	if existed {
		had = pageProblems(name, old, c.old.by)
		found = append(found, keptProblems(name, old, text)...)
	}
	if isMarkdown(name) {
		found = append(found, c.new.linkProblems(name)...)
		if existed {
			had = append(had, c.old.linkProblems(name)...)
		}
	}
	c.add(found, had)
}

// others looks for links from pages that stay as they are to what the change took away.
func (c *checker) others() {
	gone := c.goneMarks()
	if len(gone) == 0 {
		return
	}
	for name, text := range c.new.files {
		if !isMarkdown(name) || len(text) > maxPage || slices.Contains(c.changed, name) || !containsAny(text, gone) {
			continue
		}
		found, had := c.new.linkProblems(name), c.old.linkProblems(name)
		for i := range found {
			found[i].Do = "keep what it leads to, or correct this link in the same change"
		}
		c.add(found, had)
	}
}

// goneMarks are pieces of text without which no page links to what the change took away.
func (c *checker) goneMarks() []string {
	var out []string
	for _, name := range c.changed {
		if old, existed := c.old.files[name]; !existed || !isMarkdown(name) || len(old) > maxPage {
			continue
		}
		now := c.new.anchorsOf(name)
		for id := range c.old.anchorsOf(name).ids {
			if !now.has(id) {
				out = append(out, "#"+id, "#"+escapeFragment(id))
			}
		}
	}
	for _, name := range c.deleted {
		stem := strings.TrimSuffix(path.Base(name), path.Ext(name))
		if isIndex(name) {
			stem = path.Base(path.Dir(name))
		}
		out = append(out, withoutNumber(stem))
	}
	return out
}

// add takes the problems that were not there before: for each that was, one of the same kind is let go.
func (c *checker) add(found, had []Problem) {
	count := map[string]int{}
	for _, p := range had {
		count[string(p.Kind)+p.key]++
	}
	for _, p := range found {
		if key := string(p.Kind) + p.key; count[key] > 0 {
			count[key]--
			continue
		}
		c.found = append(c.found, p)
	}
}

func containsAny(text string, pieces []string) bool {
	return slices.ContainsFunc(pieces, func(piece string) bool { return strings.Contains(text, piece) })
}

// IsPage reports whether a file is a page by its ending.
func IsPage(name string) bool {
	return slices.Contains(pageEndings, strings.ToLower(path.Ext(name)))
}

// The endings of pages, in the order in which a link without an ending is tried.
var pageEndings = []string{".md", ".mdx", ".markdown", ".rst", ".adoc", ".asciidoc"}

func isMarkdown(name string) bool {
	switch strings.ToLower(path.Ext(name)) {
	case ".md", ".mdx", ".markdown":
		return true
	}
	return false
}

func isMDX(name string) bool { return strings.EqualFold(path.Ext(name), ".mdx") }

// isIndex reports whether a page is what one sees at the address of its folder.
func isIndex(name string) bool {
	switch strings.ToLower(strings.TrimSuffix(path.Base(name), path.Ext(name))) {
	case "index", "readme", "_index":
		return true
	}
	return false
}

// inside reports whether a file is below a folder; "" is the repository's top.
func inside(folder, name string) bool {
	return folder == "" && !strings.HasPrefix(name, "../") || strings.HasPrefix(name, folder+"/")
}
