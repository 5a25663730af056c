package docs

import (
	"path"
	"slices"
	"strconv"
	"strings"
)

// include is a directive that puts other files in its place.
type include struct {
	targets []string
	indent  string // the directive's own indentation, which its text gets
	shift   int    // how much deeper the headings go
	lines   int    // how many lines the directive takes
	pick    pick
	keep    bool // a directive that leads to no file stays a line of the page, for the format's reader
}

// pick is the part of a file that is wanted; the zero value wants all.
type pick struct {
	first, last   int    // 1-based, inclusive; 0 is the file's own
	after, before string // text that the part stands between
	tag           string // a region's name
}

// The limits of includes.
const (
	maxDepth    = 8
	maxIncludes = 500     // of a page
	maxInserted = 4 << 20 // bytes of a page
	lineCost    = 64      // what a line takes beside its text
)

// finder recognizes a directive on a line of a text.
type finder func(in *inserter, text []string, at int) (include, bool)

var finders = map[format]finder{markdown: findInMarkdown, mdx: findInMarkdown, restructured: findInRST, asciidoc: findInAsciiDoc}

// inserter makes the lines of a page of its text and of what it includes.
type inserter struct {
	d        *document
	kind     format
	find     finder
	imports  map[string]string // MDX: a component's name to the page that it is
	attrs    map[string]string // AsciiDoc: what the page has set so far
	count    int
	inserted int
}

// place is where a text stands.
type place struct {
	file   int
	no     int // the number of the line before the text's first one
	at     int // the page's line that it came by; 0 for the page's own text
	indent string
	shift  int
}

// put appends a text. stack holds the files that it was included by, outermost first.
func (in *inserter) put(text []string, p place, stack []string) {
	add := func(i int, hidden bool) {
		l := line{text: text[i], file: p.file, no: p.no + i + 1, at: p.at, shift: p.shift, hidden: hidden}
		if p.at == 0 {
			l.at = l.no
		}
		if p.indent != "" && l.text != "" {
			l.text = p.indent + l.text
		}
		in.d.lines = append(in.d.lines, l)
	}
	for i := 0; i < len(text); i++ {
		found, ok := in.find(in, text, i)
		if !ok {
			add(i, false)
			continue
		}
		in.d.alone = false
		at := p.at
		if at == 0 {
			at = p.no + i + 1
		}
		begin := len(in.d.lines)
		for range max(1, found.lines) {
			add(i, true)
			i++
		}
		i--
		done := false
		for _, target := range found.targets {
			inner := place{at: at, indent: p.indent + found.indent, shift: p.shift + found.shift}
			done = in.insert(target, found.pick, inner, append(stack, in.d.files[p.file])) || done
		}
		if !done && found.keep {
			for k := begin; k < len(in.d.lines); k++ {
				in.d.lines[k].hidden = false
			}
		}
	}
}

// insert puts a file in, and reports whether there was one that may be.
func (in *inserter) insert(target string, part pick, p place, stack []string) bool {
	name, ok := in.resolve(target, stack[len(stack)-1])
	if !ok || len(stack) > maxDepth || slices.Contains(stack, name) || in.count >= maxIncludes {
		return false
	}
	content := in.d.site.files[name]
	cost := len(content) + (strings.Count(content, "\n")+1)*(lineCost+len(p.indent))
	if in.inserted+cost > maxInserted || cost > in.d.site.budget {
		return false
	}
	in.count++
	in.inserted += cost
	in.d.site.budget -= cost
	in.d.site.included[name] = true
	_, text, taken := frontMatter(lines(content))
	text, skipped := part.of(text)
	if len(text) > 0 && text[len(text)-1] == "" {
		text = text[:len(text)-1] // the end of the file is no line
	}
	if p.file = slices.Index(in.d.files, name); p.file < 0 {
		p.file = len(in.d.files)
		in.d.files = append(in.d.files, name)
	}
	p.no = taken + skipped
	in.put(text, p, slices.Clip(stack))
	return true
}

// resolve finds the file that a directive means. Only files of the help center's folder count: no address, no path of a
// machine, and nothing that a path of dots leads to outside.
func (in *inserter) resolve(target, from string) (string, bool) {
	site := in.d.site
	target = strings.TrimSpace(target)
	if target == "" || len(target) > 300 || strings.Contains(target, "://") || strings.ContainsAny(target, "\\\x00") {
		return "", false
	}
	sphinx := in.kind != asciidoc
	bases := []string{path.Dir(from)}
	switch rest, top := strings.CutPrefix(target, "/"); {
	case top && !sphinx:
		return "", false
	case top: // Sphinx: from the top of the documentation
		target, bases = rest, []string{site.root}
	case strings.HasPrefix(target, "@/"): // VitePress
		target, bases = target[2:], []string{site.root}
	case strings.HasPrefix(target, "@site/"): // Docusaurus: the folder that holds its configuration
		target, bases = target[len("@site/"):], above(site.root)
	case in.kind == asciidoc: // Antora: from the families of the page's module
		if family, rest, ok := strings.Cut(target, "$"); ok {
			module, _, ok := strings.Cut(from, "/pages/")
			if m, _, inPartial := strings.Cut(from, "/partials/"); !ok && inPartial {
				module = m
			}
			target, bases = rest, []string{path.Join(module, strings.TrimSuffix(family, "s")+"s")}
		}
	case in.kind == markdown || in.kind == mdx:
		bases = append(bases, above(site.root)...)
		for _, folder := range []string{"_includes", "includes", "_snippets", "snippets", "_partials", "partials"} {
			bases = append(bases, path.Join(site.root, folder))
		}
	}
	for _, base := range bases {
		name := path.Join(base, target)
		if _, ok := site.files[name]; ok && inside(site.root, name) {
			return name, true
		}
	}
	return "", false
}

// above is a folder and those that it stands in.
func above(dir string) []string {
	out := []string{dir}
	for dir != "" && dir != "." {
		dir = path.Dir(dir)
		out = append(out, strings.TrimPrefix(dir, "."))
	}
	return out
}

// of returns the part of a text, and how many lines stand before it.
func (p pick) of(text []string) (part []string, skipped int) {
	from, to := 0, len(text)
	if p.first > 0 {
		from = min(p.first-1, to)
	}
	if p.last > 0 {
		to = max(from, min(p.last, to))
	}
	find := func(match func(string) bool) int {
		if i := slices.IndexFunc(text[from:to], match); i >= 0 {
			return from + i
		}
		return -1
	}
	if p.after != "" {
		if i := find(func(l string) bool { return strings.Contains(l, p.after) }); i >= 0 {
			from = i + 1
		}
	}
	if p.before != "" {
		if i := find(func(l string) bool { return strings.Contains(l, p.before) }); i >= 0 {
			to = i
		}
	}
	if p.tag != "" {
		i := find(func(l string) bool { return marks(l, "tag::"+p.tag+"[", "[start:"+p.tag+"]", "#region "+p.tag) })
		if i < 0 {
			return nil, 0
		}
		from = i + 1
		if i = find(func(l string) bool { return marks(l, "end::"+p.tag+"[", "[end:"+p.tag+"]", "#endregion") }); i >= 0 {
			to = i
		}
	}
	return text[from:to], from
}

func marks(l string, any ...string) bool {
	return slices.ContainsFunc(any, func(mark string) bool { return strings.Contains(l, mark) })
}

// number reads a line number; 0 is none.
func number(s string) int {
	n, err := strconv.Atoi(strings.TrimSpace(s))
	if err != nil || n < 0 || n > 1<<30 {
		return 0
	}
	return n
}
