package helpcenter

import (
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/oioi-app/oioi/workflow/pattern"
)

// tree is the files of a repository with what links need to know of them. It is made for one goroutine.
type tree struct {
	files   map[string]string
	root    string
	by      generator
	site    string              // the folder of the generator's configuration
	folders map[string]bool     // all folders that hold something
	whole   bool                // files outside the root are known
	slugs   map[string]string   // addresses that pages give themselves, to the page
	stems   map[string][]string // names without ending and number, to files
	anchors map[string]anchorSet
}

func newTree(root string, files map[string]string) *tree {
	t := &tree{files: files, root: strings.Trim(path.Clean("/"+root), "/"), anchors: map[string]anchorSet{}}
	t.by, t.site = generatorOf(t.root, files)
	return t
}

// generatorConfigs tell which generator publishes the pages below their folder.
var generatorConfigs = map[string]generator{
	"mkdocs.yml": mkdocs, "mkdocs.yaml": mkdocs,
	"docusaurus.config.js": docusaurus, "docusaurus.config.ts": docusaurus, "docusaurus.config.mjs": docusaurus, "docusaurus.config.cjs": docusaurus,
	".vitepress/config.js": vitepress, ".vitepress/config.ts": vitepress, ".vitepress/config.mjs": vitepress, ".vitepress/config.mts": vitepress,
}

// generatorOf looks for a configuration in the root and above; the nearest one counts. Where the root itself stands above
// one, as the repository's top does, the only one below counts.
func generatorOf(root string, files map[string]string) (generator, string) {
	for dir := root; ; dir = strings.TrimPrefix(path.Dir("/"+dir), "/") {
		for _, base := range slices.Sorted(maps.Keys(generatorConfigs)) {
			if _, ok := files[path.Join(dir, base)]; ok {
				return generatorConfigs[base], dir
			}
		}
		if dir == "" {
			return anyGenerator, root
		}
	}
}

func (t *tree) index() {
	if t.folders != nil {
		return
	}
	t.folders = map[string]bool{"": true}
	for name := range t.files {
		t.whole = t.whole || !inside(t.root, name)
		for dir := path.Dir(name); dir != "." && dir != "/" && !t.folders[dir]; dir = path.Dir(dir) {
			t.folders[dir] = true
		}
	}
}

func (t *tree) anchorsOf(name string) anchorSet {
	set, ok := t.anchors[name]
	if !ok {
		set = anchorsOf(t.files[name], t.by)
		t.anchors[name] = set
	}
	return set
}

// resolve finds the file that an address on a page leads to: a path to a file, as GitHub and MkDocs read it, or the address of
// a page, as Docusaurus and VitePress do. It returns "" and true where that cannot be told from the files.
//
// https://www.mkdocs.org/user-guide/writing-your-docs/#linking-to-pages https://docusaurus.io/docs/markdown-features/links
// https://vitepress.dev/guide/routing#linking-between-pages
func (t *tree) resolve(from, address string, image bool) (string, bool) {
	t.index()
	if rest, ok := strings.CutPrefix(address, "@site/"); ok {
		return t.file(path.Join(t.site, rest))
	}
	if strings.HasPrefix(address, "/") {
		return t.absolute(from, address, image)
	}
	dir := path.Dir(from)
	bases := []string{dir}
	asFile := path.Ext(address) != "" && !strings.HasSuffix(address, "/")
	if !isIndex(from) {
		folder := withoutEnding(from) // the address of the page, with a slash at its end
		switch {
		case image || asFile && isMarkdown(address):
		case t.by == mkdocs && !asFile:
			bases = []string{folder}
		default:
			bases = append(bases, folder)
		}
	}
	for _, base := range bases {
		to := path.Join(base, address)
		if strings.HasPrefix(to, "..") {
			continue
		}
		if name, ok := t.file(to); ok {
			return name, true
		}
		if name, ok := t.slug(strings.TrimPrefix(to, t.root)); ok {
			return name, true
		}
		if !inside(t.root, to) && !t.whole && to != t.root {
			return "", true
		}
	}
	return "", false
}

// absolute resolves an address from the site's top, which the configuration may put at the root, below a base or into
// another folder for files that are copied as they are.
func (t *tree) absolute(from, address string, image bool) (string, bool) {
	rest := strings.Trim(path.Clean(address), "/")
	if rest == "" || t.by == docusaurus && strings.HasPrefix(rest, "category/") {
		return "", true
	}
	for part := rest; part != ""; _, part, _ = strings.Cut(part, "/") { // the first parts may be the site's base
		for dir := t.root; ; dir = strings.TrimPrefix(path.Dir("/"+dir), "/") {
			for _, folder := range []string{"", "static", "public", ".vitepress/public", "src/pages", "src", "assets", "docs"} {
				if name, ok := t.file(path.Join(dir, folder, part)); ok {
					return name, true
				}
			}
			if dir == "" {
				break
			}
		}
		if name, ok := t.slug("/" + part); ok {
			return name, true
		}
		if image && part == rest {
			break
		}
	}
	// What other pages link to in the same words is made elsewhere: a page that is written in code, or another site.
	for name, page := range t.files {
		if name != from && isMarkdown(name) && (strings.Contains(page, "("+address+")") || strings.Contains(page, `"`+address+`"`)) {
			return "", true
		}
	}
	return "", false
}

// file finds the file at a path, or the page whose path it is without an ending, a number at the front, or "index".
func (t *tree) file(at string) (string, bool) {
	at = strings.Trim(at, "/")
	if at == "." {
		at = ""
	}
	if _, ok := t.files[at]; ok {
		return at, true
	}
	bare := at
	if ext := strings.ToLower(path.Ext(at)); ext == ".html" || ext == ".htm" {
		bare = at[:len(at)-len(ext)]
	}
	if bare != "" {
		for _, ext := range append(slices.Clone(pageEndings), ".tsx", ".jsx", ".js", ".vue", ".ipynb") {
			if name := bare + ext; t.has(name) {
				return name, true
			}
		}
	}
	for _, base := range []string{"index", "README", "readme", "_index", "Readme"} {
		for _, ext := range append(slices.Clone(pageEndings), ".html", ".tsx", ".js") {
			if name := path.Join(bare, base+ext); t.has(name) {
				return name, true
			}
		}
	}
	if t.folders[at] && t.by == anyGenerator {
		return at, true // GitHub lists a folder
	}
	if t.by == docusaurus { // 01-intro.md has the address intro: https://docusaurus.io/docs/sidebar/autogenerated#using-number-prefixes
		for _, name := range t.byStem()[strings.ToLower(path.Base(bare))] {
			if dropNumbers(withoutEnding(name)) == dropNumbers(bare) {
				return name, true
			}
		}
	}
	return "", false
}

func (t *tree) has(name string) bool { _, ok := t.files[name]; return ok }

// byStem groups pages by their names without number and ending.
func (t *tree) byStem() map[string][]string {
	if t.stems == nil {
		t.stems = map[string][]string{}
		for _, name := range slices.Sorted(maps.Keys(t.files)) {
			if inside(t.root, name) || IsPage(name) {
				stem := strings.ToLower(withoutNumber(withoutEnding(path.Base(name))))
				t.stems[stem] = append(t.stems[stem], name)
			}
		}
	}
	return t.stems
}

// slug finds the page that gives itself an address in its front matter.
func (t *tree) slug(at string) (string, bool) {
	if t.slugs == nil {
		t.slugs = map[string]string{}
		for _, name := range slices.Sorted(maps.Keys(t.files)) {
			if !IsPage(name) || !inside(t.root, name) {
				continue
			}
			front := splitFront(t.files[name])
			if front.kind == "" || !strings.Contains(front.text, "slug") && !strings.Contains(front.text, "permalink") && !strings.Contains(front.text, "url") && !strings.Contains(front.text, "id") {
				continue
			}
			address := front.get(addressKeys...)
			if address == "" {
				continue
			}
			if !strings.HasPrefix(address, "/") {
				address = path.Join(strings.TrimPrefix(path.Dir(name), t.root), address)
			}
			t.slugs[tidyAddress(address)] = name
		}
	}
	name, ok := t.slugs[tidyAddress(at)]
	return name, ok
}

func tidyAddress(at string) string {
	return strings.TrimSuffix(strings.Trim(path.Clean("/"+dropNumbers(at)), "/"), ".html")
}

var numberPrefix = pattern.Lazy(`^[0-9]+[ \t]*[-_.][-_. \t]*`)

// withoutNumber takes off the number that orders a file among others, as in 01-intro.
func withoutNumber(base string) string {
	if bare := numberPrefix().ReplaceAllString(base, ""); bare != "" {
		return bare
	}
	return base
}

func dropNumbers(name string) string {
	parts := strings.Split(name, "/")
	for i, part := range parts {
		parts[i] = withoutNumber(part)
	}
	return strings.Join(parts, "/")
}

// withoutEnding takes off the ending of a page, or of what a page becomes.
func withoutEnding(name string) string {
	if ext := path.Ext(name); IsPage(name) || strings.EqualFold(ext, ".html") {
		return name[:len(name)-len(ext)]
	}
	return name
}
