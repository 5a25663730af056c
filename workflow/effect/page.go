package effect

import (
	"cmp"
	"fmt"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"

	"github.com/oioi-app/oioi/workflow/markdown"
	"github.com/oioi-app/oioi/workflow/pattern"
)

// pageOK says why a change of a page may not be proposed, "" where it may. A help center is built by programs: what a page
// may say is text, headings, lists, tables, code and links to where the page or the help center links already. Whatever
// loads, runs, hides or configures something is refused where the page did not hold it before; a person can add it.
func pageOK(f File, allowed Allowed) string {
	kind := strings.ToLower(path.Ext(f.Path))
	if kind == ".asciidoc" {
		kind = ".adoc"
	}
	head, body := frontMatter(f.New)
	oldHead, oldBody := frontMatter(f.Old)
	switch {
	case f.Old != "" && head != oldHead:
		return f.Path + ": the change touches the page's front matter, which configures how it is built"
	case f.Old == "" && head != "" && !plainHead(head):
		return f.Path + ": the new page's front matter sets more than a title, a description and an order"
	}
	if loneReturns(f.New) > loneReturns(f.Old) {
		return f.Path + ": the change ends a line with a lone carriage return, which only some programs take for a line's end"
	}
	if added := moreOf(hiddenRunes(f.Old), hiddenRunes(f.New)); added != "" {
		return f.Path + ": the change adds characters that show nothing"
	}
	for _, rule := range active {
		if !slices.Contains(rule.kinds, kind) {
			continue
		}
		if added := moreOf(rule.pattern.FindAllString(oldBody, -1), rule.pattern.FindAllString(body, -1)); added != "" {
			return fmt.Sprintf("%s: the change adds %s: %s", f.Path, rule.what, short(strings.TrimSpace(added)))
		}
	}
	if kind == ".rst" || kind == ".adoc" {
		return elsewhere(f.Path, plainURL().FindAllString(oldBody, -1), plainURL().FindAllString(body, -1), allowed)
	}
	allowed.Links = append(slices.Clone(allowed.Links), plainURL().FindAllString(oldBody, -1)...) // also those that stand in code
	why := addedTo(f.Path, parts(gfm, oldBody, kind), parts(gfm, body, kind), allowed)
	if cells := cellsApart([]byte(body)); why == "" && cells != "" {
		why = cmp.Or(addedTo(f.Path, parts(withoutTables, oldBody, kind), parts(withoutTables, body, kind), allowed),
			addedTo(f.Path, parts(withoutTables, cellsApart([]byte(oldBody)), kind), parts(withoutTables, cells, kind), allowed))
	}
	return why
}

// addedTo says what a change adds to the parts of a Markdown page that may not be proposed.
func addedTo(name string, was, is pieces, allowed Allowed) string {
	if added := moreOf(was.html, is.html); added != "" {
		return name + ": the change adds HTML: " + short(added)
	}
	if added := moreOf(was.code, is.code); added != "" {
		return name + ": the change adds an expression or a template's directive: " + short(added)
	}
	for _, image := range is.images {
		if !slices.Contains(was.images, image) && !besidePage(image) {
			return name + ": the change loads an image from elsewhere: " + short(image)
		}
	}
	for _, link := range is.links {
		if !slices.Contains(was.links, link) && badScheme(link) {
			return name + ": the change links to " + short(link) + ", which is no web address"
		}
	}
	return elsewhere(name, was.links, is.links, allowed)
}

// active is what the builders of help centers run or load, by the formats in which they do.
var active = []struct {
	what    string
	kinds   []string
	pattern *regexp.Regexp
}{
	{"a directive of a site builder", []string{".md", ".mdx", ".markdown", ".rst", ".adoc"}, regexp.MustCompile(`\{%[^\n]*|\{\{[<%][^\n]*|<%[^\n]*|--8<--[^\n]*|!!?include[^\n]*|@import[^\n]*`)},
	{"a line of JavaScript", []string{".mdx"}, regexp.MustCompile(`(?m)^(?:import|export)\s[^\n]*`)},
	{"a directive that loads or runs something", []string{".rst"}, regexp.MustCompile(`(?mi)^[ \t]*\.\.[ \t]+(?:\|[^|\n]*\|[ \t]*)?(?:include|raw|literalinclude|csv-table|image|figure|exec|program-output|command-output|automodule|autoclass|autofunction|jinja|meta|role|default-role|ifconfig|only|eval-rst|code-exec|runblock|plantuml|graphviz|uml|download|toctree)(?:::|[ \t])[^\n]*|:(?:download|raw-html)[^\n]*`)},
	{"a directive that loads or runs something", []string{".adoc"}, regexp.MustCompile(`(?mi)^(?:include|ifdef|ifndef|ifeval|plantuml|graphviz|ditaa|mermaid)::[^\n]*|(?:image|video|audio|iframe)::?[^\s\[]*\[[^\n]*|\+\+\+[^\n]*|pass:[^\n]*|^:[!A-Za-z][\w-]*!?:[^\n]*|link:(?:javascript|data|vbscript)[^\n]*|\{set:[^\n]*`)},
}

var (
	plainURL   = pattern.Lazy(`(?i)(?:https?|ftp)://[^\s<>()\[\]"'` + "`" + `]+`)
	plainName  = pattern.Lazy(`(?i)www\.[^\s<>()\[\]"']+`)
	almostHTML = pattern.Lazy(`<[!?][^\n]*|(?:^|[^\\])</?[A-Za-z][^<>]*>`)
	headLine   = pattern.Lazy(`^(?:title|description|summary|sidebar_label|sidebar_position|nav_order|order|weight|slug|id):[ \t]*[^{}\[\]&*!|>%@` + "`" + `]*$`)
	rstHead    = pattern.Lazy(`^---[ \t]*\n`)
)

// frontMatter splits a page into the block between two lines of dashes (YAML) or pluses (TOML) at its top and the rest.
func frontMatter(page string) (head, body string) {
	page = strings.ReplaceAll(strings.TrimPrefix(page, "\uFEFF"), "\r\n", "\n")
	for _, mark := range []string{"---", "+++", ";;;"} {
		rest, ok := strings.CutPrefix(page, mark)
		if !ok {
			continue
		}
		if at := strings.Index(rest, "\n"+mark); at >= 0 {
			end := len(mark) + at + 1 + len(mark)
			return page[:end], page[end:]
		}
	}
	return "", page
}

// plainHead reports whether a front matter only says how the page is called and where it stands.
func plainHead(head string) bool {
	if !rstHead().MatchString(head) {
		return false
	}
	for line := range strings.SplitSeq(strings.Trim(head, "-\n"), "\n") {
		if line = strings.TrimRight(line, " \t"); line != "" && !headLine().MatchString(line) {
			return false
		}
	}
	return true
}

// pieces are the parts of a Markdown page that act.
type pieces struct{ html, code, images, links []string }

var (
	expression = regexp.MustCompile(`\{[^\n]*`)
	mustaches  = regexp.MustCompile(`\{\{[^\n]*`)
)

func parts(renderer parser.Parser, page, kind string) pieces {
	var out pieces
	var words, shown strings.Builder // outside of code: as written, and as displayed
	source := []byte(page)
	root := renderer.Parse(text.NewReader(source))
	directives := mustaches
	if kind == ".mdx" {
		directives = expression
	}
	_ = ast.Walk(root, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			return ast.WalkContinue, nil
		}
		switch n := n.(type) {
		case *ast.HTMLBlock:
			for i := range n.Lines().Len() {
				line := n.Lines().At(i)
				out.html = append(out.html, strings.TrimSpace(string(line.Value(source))))
			}
			if n.HasClosure() {
				out.html = append(out.html, strings.TrimSpace(string(n.ClosureLine.Value(source))))
			}
		case *ast.RawHTML:
			var tag strings.Builder
			for i := range n.Segments.Len() {
				piece := n.Segments.At(i)
				tag.Write(piece.Value(source))
			}
			out.html = append(out.html, tag.String())
		case *ast.Image:
			out.images = append(out.images, string(n.Destination))
			out.html = append(out.html, tagsIn(n.Destination, n.Title)...)
		case *ast.Link:
			out.links = append(out.links, string(n.Destination))
			out.html = append(out.html, tagsIn(n.Destination, n.Title)...)
		case *ast.AutoLink:
			out.links = append(out.links, string(n.URL(source)))
		case *ast.Text:
			words.Write(n.Value(source))
			shown.Write(markdown.AsShown(n.Value(source)))
			if n.SoftLineBreak() || n.HardLineBreak() {
				words.WriteByte('\n')
				shown.WriteByte('\n')
			}
		case *ast.FencedCodeBlock:
			if language := strings.ToLower(string(n.Language(source))); slices.Contains(alive, language) || strings.HasPrefix(language, "{") {
				out.code = append(out.code, language)
			}
			return ast.WalkSkipChildren, nil
		case *ast.CodeBlock:
			return ast.WalkSkipChildren, nil
		case *ast.CodeSpan:
			words.WriteByte('`')
			shown.WriteByte('`')
			return ast.WalkSkipChildren, nil
		default:
			if n.Type() == ast.TypeBlock {
				words.WriteByte('\n')
				shown.WriteByte('\n')
			}
		}
		return ast.WalkContinue, nil
	})
	// One renderer links, or takes for HTML, what another leaves as text.
	text := words.String()
	out.code = append(out.code, directives.FindAllString(text, -1)...)
	out.html = append(out.html, almostHTML().FindAllString(text, -1)...)
	text += "\n" + shown.String() // a program may link what is displayed
	out.links = append(out.links, plainURL().FindAllString(text, -1)...)
	for _, name := range plainName().FindAllString(text, -1) {
		out.links = append(out.links, "http://"+name)
	}
	return out
}

// tagsIn returns those of a link's address and title that hold HTML for who sees no link there.
func tagsIn(texts ...[]byte) (out []string) {
	for _, text := range texts {
		if halfHTML().Match(text) {
			out = append(out, string(text))
		}
	}
	return out
}

// moreOf returns the first of is that stands there more often than in was; "" where there is none.
func moreOf(was, is []string) string {
	left := map[string]int{}
	for _, s := range was {
		left[s]++
	}
	for _, s := range is {
		if left[s]--; left[s] < 0 {
			return s
		}
	}
	return ""
}

func loneReturns(page string) int { return strings.Count(page, "\r") - strings.Count(page, "\r\n") }

func hiddenRunes(page string) []string {
	var out []string
	shown := []rune(visible(page))
	for _, r := range page {
		if len(shown) > 0 && (shown[0] == r || r == '\r') {
			if shown[0] == r {
				shown = shown[1:]
			}
			continue
		}
		out = append(out, string(r))
	}
	return out
}

// besidePage reports whether an image lies in the repository.
func besidePage(address string) bool {
	u, err := url.Parse(address)
	return err == nil && u.Scheme == "" && u.Host == "" && !strings.HasPrefix(address, "//") && !strings.Contains(address, `\`)
}

func badScheme(address string) bool {
	u, err := url.Parse(address)
	if err != nil {
		return true
	}
	switch u.Scheme {
	case "":
		return u.Host != "" || strings.HasPrefix(address, "//") || strings.Contains(address, `\`) // browsers read "/\a.example" as an address, too
	case "https", "http":
		return u.User != nil || u.Host == "" // browsers read "https:a.example" as an address
	}
	return true
}

// elsewhere says which host a change links to that neither the page nor the help center links to.
func elsewhere(name string, was, is []string, allowed Allowed) string {
	known := map[string]bool{}
	for _, address := range append(slices.Clone(was), allowed.Links...) {
		known[hostOf(address)] = true
	}
	for _, address := range is {
		if host := hostOf(address); host != "" && !known[host] {
			return fmt.Sprintf("%s: the change links to %s, where neither the page nor the help center links", name, host)
		}
	}
	return ""
}

func hostOf(address string) string {
	u, err := url.Parse(strings.TrimRight(address, `.,;:!?)`))
	if err != nil {
		return "an address that cannot be read"
	}
	return strings.ToLower(u.Hostname())
}
