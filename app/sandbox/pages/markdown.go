package pages

import (
	"bytes"
	"fmt"
	"html"
	"html/template"
	"path"
	"regexp"
	"strings"

	"github.com/microcosm-cc/bluemonday"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	goldhtml "github.com/yuin/goldmark/renderer/html"
	nethtml "golang.org/x/net/html"
)

// renderer turns Markdown from anybody into HTML that is safe to show, much as GitHub does.
type renderer struct {
	comment, file             goldmark.Markdown
	commentPolicy, filePolicy *bluemonday.Policy
}

func newRenderer() renderer {
	tables := extension.NewTable(extension.WithTableCellAlignMethod(extension.TableCellAlignAttribute))
	extensions := goldmark.WithExtensions(tables, extension.Strikethrough, extension.Linkify, extension.TaskList)
	unsafe := goldmark.WithRendererOptions(goldhtml.WithUnsafe()) // bluemonday decides what stays
	headings := bluemondayPolicy()
	// Pages are linked to by heading. Ids in comments could be taken for the page's own.
	headings.AllowAttrs("id").Matching(regexp.MustCompile(`^[\p{L}\p{N}_:.-]+$`)).OnElements("h1", "h2", "h3", "h4", "h5", "h6", "a")
	return renderer{
		// In comments every line break shows.
		comment: goldmark.New(extensions, unsafe, goldmark.WithRendererOptions(goldhtml.WithHardWraps())), commentPolicy: bluemondayPolicy(),
		file: goldmark.New(extensions, unsafe, goldmark.WithParserOptions(parser.WithAutoHeadingID())), filePolicy: headings,
	}
}

func bluemondayPolicy() *bluemonday.Policy {
	p := bluemonday.NewPolicy()
	p.AllowElements("p", "br", "hr", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "pre", "code", "kbd", "samp", "var", "em", "strong", "b", "i",
		"s", "del", "ins", "sub", "sup", "small", "mark", "ul", "ol", "li", "dl", "dt", "dd", "details", "summary", "div", "span", "table",
		"thead", "tbody", "tfoot", "tr", "th", "td", "caption", "input", "img", "a", "abbr", "q", "cite", "figure", "figcaption")
	p.AllowStandardURLs() // http, https, mailto and relative; rel=nofollow
	p.AllowAttrs("href").OnElements("a")
	p.AllowAttrs("src", "alt").OnElements("img")
	p.AllowAttrs("open").Matching(regexp.MustCompile(`^(|open)$`)).OnElements("details")
	p.AllowAttrs("type").Matching(regexp.MustCompile("^checkbox$")).OnElements("input")
	p.AllowAttrs("checked").Matching(regexp.MustCompile("^(|checked)$")).OnElements("input")
	p.AllowAttrs("start").Matching(bluemonday.Integer).OnElements("ol")
	p.AllowAttrs("align").Matching(regexp.MustCompile("^(left|right|center)$")).OnElements("th", "td", "p", "div")
	p.AllowAttrs("title").Matching(bluemonday.Paragraph).OnElements("abbr", "a")
	p.AllowAttrs("class").Matching(regexp.MustCompile(`^language-[A-Za-z0-9+#.-]+$`)).OnElements("code")
	return p
}

// place says where a text stands, for the links in it.
type place struct {
	repo     string // owner/name: whose issues "#1" means
	ref, dir string // of a file: what its relative links start from
}

// markdown renders a comment or an issue of a repository: mentions and references become links there.
func (r renderer) markdown(repo, source string) template.HTML {
	return run(r.comment, r.commentPolicy, source, place{repo: repo})
}

// page renders a Markdown file; front matter is left out, relative links lead to the same commit's pages.
func (r renderer) page(at place, source string) template.HTML {
	source = strings.ReplaceAll(source, "\r\n", "\n")
	if rest, ok := strings.CutPrefix(source, "---\n"); ok {
		if _, body, found := strings.Cut(rest, "\n---\n"); found {
			source = body
		}
	}
	return run(r.file, r.filePolicy, source, at)
}

func run(md goldmark.Markdown, policy *bluemonday.Policy, source string, at place) template.HTML {
	var out bytes.Buffer
	if tangled(source) || md.Convert([]byte(source), &out) != nil {
		return template.HTML(`<pre tabindex="0">` + html.EscapeString(source) + "</pre>") // #nosec G203 -- escaped
	}
	return template.HTML(at.finish(policy.Sanitize(out.String()))) // #nosec G203 -- sanitised by bluemonday
}

// What nobody writes by hand and a Markdown parser takes seconds for: it is shown as plain text.
const (
	tooDeep   = 100 // quotes and lists within each other
	tooBroken = 500 // links that do not end
)

var markers = regexp.MustCompile(`^(?:[ \t]*(?:>|[-*+][ \t]|[0-9]{1,9}[.)][ \t]))+`)

func tangled(source string) bool {
	if strings.Count(source, "](")-strings.Count(source, ")") > tooBroken {
		return true
	}
	for line := range strings.Lines(source) {
		head := markers.FindString(line)
		if len(head) > tooDeep && strings.Count(head, ">")+len(strings.Fields(head)) > tooDeep {
			return true
		}
	}
	return false
}

// finish goes over sanitised HTML once: mentions and issue references in its text become links, outside code and links;
// headings go one level down, because a page has its own first heading; pictures from elsewhere become links to them, because
// nothing is loaded from elsewhere; boxes can be read, not ticked.
func (at place) finish(safe string) string {
	tokens := nethtml.NewTokenizer(strings.NewReader(safe))
	var out strings.Builder
	quiet := 0
	for {
		kind := tokens.Next()
		if kind == nethtml.ErrorToken {
			return out.String()
		}
		raw := string(tokens.Raw())
		switch kind {
		case nethtml.TextToken:
			if quiet == 0 {
				raw = reference.ReplaceAllStringFunc(raw, at.anchor)
			}
			out.WriteString(raw)
		case nethtml.StartTagToken, nethtml.SelfClosingTagToken:
			token := tokens.Token()
			if isQuiet(token.Data) && kind == nethtml.StartTagToken {
				quiet++
			}
			out.WriteString(at.tag(token, quiet > 0))
		case nethtml.EndTagToken:
			token := tokens.Token()
			if isQuiet(token.Data) && quiet > 0 {
				quiet--
			}
			token.Data = lower(token.Data)
			out.WriteString(token.String())
		}
	}
}

func isQuiet(tag string) bool { return tag == "a" || tag == "code" || tag == "pre" }

// lower is the heading one level below a heading; other tags stay.
func lower(tag string) string {
	if len(tag) == 2 && tag[0] == 'h' && tag[1] >= '1' && tag[1] < '6' {
		return "h" + string(tag[1]+1)
	}
	return tag
}

func (at place) tag(token nethtml.Token, inLink bool) string {
	attr := func(name string) (string, bool) {
		for _, a := range token.Attr {
			if a.Key == name {
				return a.Val, true
			}
		}
		return "", false
	}
	switch token.Data {
	case "input":
		if kind, _ := attr("type"); kind != "checkbox" {
			return ""
		}
		if _, done := attr("checked"); done {
			return `<input type="checkbox" disabled checked aria-label="Done">`
		}
		return `<input type="checkbox" disabled aria-label="Not done">`
	case "img":
		return at.picture(token, inLink)
	case "a":
		for i, a := range token.Attr {
			if a.Key == "href" && at.ref != "" {
				token.Attr[i].Val = at.join("blob", a.Val)
			}
		}
	case "pre", "table":
		// Both scroll sideways by themselves on a small screen; the keyboard has to reach them for that.
		token.Attr = append(token.Attr, nethtml.Attribute{Key: "tabindex", Val: "0"})
	}
	token.Data = lower(token.Data)
	return token.String()
}

// join makes a relative link of a file one to another file of the same commit.
func (at place) join(kind, target string) string {
	if target == "" || target[0] == '#' || target[0] == '/' || elsewhere(target) {
		return target
	}
	return "/" + at.repo + "/" + kind + "/" + at.ref + path.Join("/", at.dir, target)
}

var scheme = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9+.-]*:`)

// elsewhere reports whether a sanitised address leads to another site.
func elsewhere(address string) bool {
	return scheme.MatchString(address) || strings.HasPrefix(address, "//")
}

func (at place) picture(token nethtml.Token, inLink bool) string {
	src, alt := "", ""
	for _, a := range token.Attr {
		switch a.Key {
		case "src":
			src = a.Val
		case "alt":
			alt = a.Val
		}
	}
	switch {
	case src == "":
		return html.EscapeString(alt)
	case !elsewhere(src) && at.ref != "":
		return fmt.Sprintf(`<img src="%s" alt="%s" loading="lazy">`, html.EscapeString(at.join("raw", src)), html.EscapeString(alt))
	case !elsewhere(src):
		return fmt.Sprintf(`<img src="%s" alt="%s" loading="lazy">`, html.EscapeString(src), html.EscapeString(alt))
	}
	if alt == "" {
		alt = "picture"
	}
	if inLink {
		return html.EscapeString(alt)
	}
	return fmt.Sprintf(`<a class="picture" rel="nofollow" href="%s">%s</a>`, html.EscapeString(src), html.EscapeString(alt))
}

var reference = regexp.MustCompile(`(^|[\s(\[,.:;])(?:@([A-Za-z0-9](?:[A-Za-z0-9-]{0,38})(?:/[A-Za-z0-9._-]+)?)|(?:([A-Za-z0-9-]+/[A-Za-z0-9._-]+))?#([0-9]{1,7}))\b`)

func (at place) anchor(match string) string {
	m := reference.FindStringSubmatch(match)
	if m[2] != "" {
		return fmt.Sprintf(`%s<span class="mention">@%s</span>`, m[1], m[2])
	}
	target := at.repo
	if m[3] != "" {
		target = m[3]
	}
	if target == "" {
		return match
	}
	return fmt.Sprintf(`%s<a href="/%s/issues/%s">%s#%s</a>`, m[1], target, m[4], m[3], m[4])
}
