package docs

import (
	"context"
	"path"
	"strings"
)

// site is a help center while its pages are read: all its files, so that pages can include others, and what is known of the
// generator that publishes it.
type site struct {
	root     string
	files    map[string]string // path in the repository to content
	maker    anchorStyle       // how Markdown headings become anchors
	budget   int               // how many more bytes includes and attributes may add
	included map[string]bool   // files that some page includes
}

// maxAdded is how much includes and attributes may add to a help center, in bytes: files that include each other many times
// over grow without end.
const maxAdded = 64 << 20

func newSite(root string, files map[string]string) *site {
	s := &site{root: strings.TrimSuffix(path.Clean(root), "/"), files: files, budget: maxAdded, included: map[string]bool{}}
	if s.root == "." {
		s.root = ""
	}
	s.maker = makerOf(s.root, files)
	return s
}

// cutBefore is how pages were cut in a center that this one follows.
type cutBefore struct {
	files    map[string]string
	sections []Section
	at       map[string][2]int      // a page's sections
	alone    map[string]anchorStyle // pages that are made of nothing but their own text, and how their headings became anchors
}

// again returns the sections of a page that is as it was.
func (b cutBefore) again(s *site, name string) ([]Section, bool) {
	style, alone := b.alone[name]
	at, kept := b.at[name]
	if !alone || !kept || style != s.style(name) || b.files[name] != s.files[name] {
		return nil, false
	}
	return b.sections[at[0]:at[1]], true
}

// sections cuts all pages, those that are as they were in before no second time. Drafts, unlisted and private pages are left out, and so are files that pages are put together
// from.
func (s *site) sections(ctx context.Context, before cutBefore) (cutBefore, error) {
	done := cutBefore{files: s.files, at: map[string][2]int{}, alone: map[string]anchorStyle{}}
	var out []Section
	for _, name := range sortedKeys(s.files) {
		if err := ctx.Err(); err != nil {
			return done, err
		}
		if !IsPage(name) || !inside(s.root, name) || isPiece(s.root, name) {
			continue
		}
		if same, ok := before.again(s, name); ok {
			out, done.alone[name] = append(out, same...), before.alone[name]
			continue
		}
		cut, alone := s.split(name)
		if out = append(out, cut...); alone {
			done.alone[name] = s.style(name)
		}
	}
	for _, section := range out {
		if s.included[section.Path] && inPieces(s.root, section.Path) {
			continue
		}
		n := len(done.sections)
		if at, began := done.at[section.Path]; began {
			done.at[section.Path] = [2]int{at[0], n + 1}
		} else {
			done.at[section.Path] = [2]int{n, n + 1}
		}
		done.sections = append(done.sections, section)
	}
	return done, nil
}

// split cuts one page into sections, and reports whether they are made of nothing but the page's own text.
func (s *site) split(name string) (sections []Section, alone bool) {
	d := &document{site: s, name: name, files: []string{name}, alone: true}
	var body int
	var text []string
	d.meta, text, body = frontMatter(lines(s.files[name]))
	if d.meta.hidden {
		return nil, false
	}
	kind := formatOf(name)
	in := inserter{d: d, find: finders[kind], kind: kind}
	in.put(text, place{no: body}, nil)
	switch kind {
	case markdown, mdx:
		readMarkdown(d, kind == mdx)
	case restructured:
		readRST(d)
	case asciidoc:
		readAsciiDoc(d)
	}
	if d.meta.hidden { // some formats say so in the page's body
		return nil, false
	}
	return d.sections(), d.alone && kind == markdown
}

// style is how a page's headings become anchors.
func (s *site) style(name string) anchorStyle {
	switch formatOf(name) {
	case restructured:
		return docutils
	case asciidoc:
		return asciidoctor
	}
	return s.maker
}

// lines cuts text at line ends. A byte order mark is no text.
func lines(text string) []string {
	out := strings.Split(strings.TrimPrefix(text, "\ufeff"), "\n")
	for i, l := range out {
		out[i] = strings.TrimSuffix(l, "\r")
	}
	return out
}

// isPiece reports whether generators publish no page for a file: one whose name begins with an underscore (Docusaurus, Antora,
// docsify's _sidebar.md), one in a folder of pieces, or GitBook's and mdBook's list of pages. Hugo's _index.md is a page.
// https://docusaurus.io/docs/create-doc https://docs.antora.org/antora/latest/standard-directories/
func isPiece(root, name string) bool {
	base := strings.ToLower(path.Base(name))
	if strings.HasPrefix(base, "_") && strings.TrimSuffix(base, path.Ext(base)) != "_index" || base == "summary.md" {
		return true
	}
	for _, folder := range folders(root, name) {
		switch folder {
		case "_includes", "_include", "_partials", "_snippets", "_shared", "_templates", "_layouts":
			return true
		}
	}
	return false
}

// inPieces reports whether a file stands in a folder whose name says that other pages are put together from it; it may also
// be a folder of pages about snippets.
func inPieces(root, name string) bool {
	for _, folder := range folders(root, name) {
		switch folder {
		case "includes", "include", "partials", "snippets", "fragments", "parts", "shared", "reusables":
			return true
		}
	}
	return false
}

// folders are the lower-case names of the folders between the help center's and a file.
func folders(root, name string) []string {
	dir := path.Dir(strings.TrimPrefix(strings.TrimPrefix(name, root), "/"))
	return strings.Split(strings.ToLower(dir), "/")
}

// The files that tell which generator publishes a help center.
var configs = map[string]anchorStyle{
	"mkdocs.yml": pythonMarkdown, "mkdocs.yaml": pythonMarkdown, "zensical.toml": pythonMarkdown,
	"conf.py":              docutils,
	"docusaurus.config.js": github, "docusaurus.config.ts": github, "docusaurus.config.mjs": github, "docusaurus.config.cjs": github,
	".vitepress/config.js": vitePress, ".vitepress/config.ts": vitePress, ".vitepress/config.mjs": vitePress, ".vitepress/config.mts": vitePress,
}

// isConfig reports whether a file is a generator's configuration that holds for the help center: in its folder or one above.
func isConfig(root, name string) bool {
	dir, base := path.Dir(name), path.Base(name)
	if path.Base(dir) == ".vitepress" {
		dir, base = path.Dir(dir), ".vitepress/"+base
	}
	if _, ok := configs[base]; !ok {
		return false
	}
	return dir == "." || dir == root || strings.HasPrefix(root, dir+"/")
}

// makerOf tells from the configurations how Markdown headings become anchors; the nearest one counts.
func makerOf(root string, files map[string]string) anchorStyle {
	for dir := root; ; dir = path.Dir(dir) {
		for _, base := range sortedKeys(configs) {
			content, ok := files[path.Join(dir, base)]
			if !ok {
				continue
			}
			style := configs[base]
			if style == pythonMarkdown && strings.Contains(content, "pymdownx.slugs") {
				style = pymdown
			}
			if style == docutils {
				style = github // MyST makes anchors of Markdown headings as GitHub does
			}
			return style
		}
		if dir == "" || dir == "." {
			return github
		}
	}
}
