package pages

import (
	"bytes"
	"fmt"
	"html"
	"html/template"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/microcosm-cc/bluemonday"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	goldrenderer "github.com/yuin/goldmark/renderer"
	goldhtml "github.com/yuin/goldmark/renderer/html"
	nethtml "golang.org/x/net/html"
)

// renderer turns Markdown from anybody into HTML that is safe to show, much as GitHub does.
type renderer struct {
	comment goldmark.Markdown // every line break shows, as in GitHub's comments
	file    goldmark.Markdown
	policy  *bluemonday.Policy
}

func newRenderer() renderer {
	build := func(options ...goldmark.Option) goldmark.Markdown {
		return goldmark.New(append([]goldmark.Option{
			goldmark.WithExtensions(extension.GFM, extension.Footnote),
			goldmark.WithParserOptions(parser.WithAutoHeadingID()),
		}, options...)...)
	}
	policy := bluemonday.UGCPolicy()
	policy.AllowElements("details", "summary", "input", "section")
	policy.AllowAttrs("open").OnElements("details")
	policy.AllowAttrs("type").Matching(regexp.MustCompile("^checkbox$")).OnElements("input")
	policy.AllowAttrs("checked", "disabled").OnElements("input")
	policy.AllowAttrs("id").Matching(regexp.MustCompile(`^[\p{L}\p{N}_:-]+$`)).Globally()
	policy.AllowAttrs("class").Matching(regexp.MustCompile(`^language-[A-Za-z0-9+-]+$`)).OnElements("code")
	policy.AllowRelativeURLs(true)
	return renderer{
		comment: build(goldmark.WithRendererOptions(htmlOptions(true)...)),
		file:    build(goldmark.WithRendererOptions(htmlOptions(false)...)),
		policy:  policy,
	}
}

// markdown renders a comment or an issue of a repository: mentions and references become links there.
func (r renderer) markdown(repo, source string) template.HTML {
	return r.run(r.comment, source, repo)
}

// page renders a Markdown file; front matter is left out.
func (r renderer) page(repo, source string) template.HTML {
	if rest, ok := strings.CutPrefix(source, "---\n"); ok {
		if _, body, found := strings.Cut(rest, "\n---\n"); found {
			source = body
		}
	}
	return r.run(r.file, source, repo)
}

func (r renderer) run(md goldmark.Markdown, source, repo string) template.HTML {
	var out bytes.Buffer
	if err := md.Convert([]byte(source), &out); err != nil {
		return template.HTML("<pre>" + html.EscapeString(source) + "</pre>") // #nosec G203 -- escaped
	}
	return template.HTML(link(r.policy.Sanitize(out.String()), repo)) // #nosec G203 -- sanitised by bluemonday
}

var hrefs = regexp.MustCompile(`href="([^"]*)"`)

var reference = regexp.MustCompile(`(^|[\s(\[,.:;])(?:@([A-Za-z0-9](?:[A-Za-z0-9-]{0,38})(?:/[A-Za-z0-9._-]+)?)|(?:([A-Za-z0-9-]+/[A-Za-z0-9._-]+))?#([0-9]{1,7}))\b`)

// link makes mentions and issue references in the text of sanitised HTML into links, outside code and links.
func link(safe, repo string) string {
	tokens := nethtml.NewTokenizer(strings.NewReader(safe))
	var out strings.Builder
	quiet := 0
	for {
		switch tokens.Next() {
		case nethtml.ErrorToken:
			return out.String()
		case nethtml.StartTagToken:
			if name, _ := tokens.TagName(); isQuiet(string(name)) {
				quiet++
			}
			out.Write(tokens.Raw())
		case nethtml.EndTagToken:
			if name, _ := tokens.TagName(); isQuiet(string(name)) && quiet > 0 {
				quiet--
			}
			out.Write(tokens.Raw())
		case nethtml.TextToken:
			raw := string(tokens.Raw())
			if quiet == 0 {
				raw = reference.ReplaceAllStringFunc(raw, func(match string) string { return anchor(match, repo) })
			}
			out.WriteString(raw)
		default:
			out.Write(tokens.Raw())
		}
	}
}

func isQuiet(tag string) bool { return tag == "a" || tag == "code" || tag == "pre" }

func anchor(match, repo string) string {
	m := reference.FindStringSubmatch(match)
	if m[2] != "" {
		return fmt.Sprintf(`%s<span class="mention">@%s</span>`, m[1], m[2])
	}
	target := repo
	if m[3] != "" {
		target = m[3]
	}
	return fmt.Sprintf(`%s<a href="/%s/issues/%s">%s#%s</a>`, m[1], target, m[4], m[3], m[4])
}

func itoa(n int) string { return strconv.Itoa(n) }

func (p *pages) funcs() template.FuncMap {
	return template.FuncMap{
		"markdown": p.render.markdown,
		"ago":      func(t time.Time) string { return ago(p.Now().Sub(t)) },
		"took":     took,
		"short":    func(sha string) string { return sha[:min(7, len(sha))] },
		"emoji":    func(content string) string { return emojis[content] },
		"clock":    func(t time.Time) string { return t.Local().Format("15:04:05") },
		"join":     strings.Join,
		"bot":      func(login string) bool { return strings.HasSuffix(login, "[bot]") },
		"lines":    patchLines,
		"inc":      func(i int) int { return i + 1 },
		"diffclass": func(line string) string {
			switch {
			case strings.HasPrefix(line, "@@"):
				return "hunk"
			case strings.HasPrefix(line, "+"):
				return "add"
			case strings.HasPrefix(line, "-"):
				return "del"
			}
			return ""
		},
		"human": func(kind string) string { return strings.ReplaceAll(kind, "_", " ") },
	}
}

var emojis = map[string]string{"+1": "👍", "-1": "👎", "laugh": "😄", "hooray": "🎉", "confused": "😕", "heart": "❤️", "rocket": "🚀", "eyes": "👀"}

func ago(d time.Duration) string {
	for _, unit := range []struct {
		name string
		size time.Duration
	}{{"year", 365 * 24 * time.Hour}, {"month", 30 * 24 * time.Hour}, {"day", 24 * time.Hour}, {"hour", time.Hour}, {"minute", time.Minute}} {
		if n := int(d / unit.size); n == 1 {
			return "1 " + unit.name + " ago"
		} else if n > 1 {
			return itoa(n) + " " + unit.name + "s ago"
		}
	}
	return "just now"
}

func took(d time.Duration) string {
	switch {
	case d <= 0:
		return ""
	case d < time.Millisecond:
		return "<1 ms"
	case d < time.Second:
		return itoa(int(d.Milliseconds())) + " ms"
	}
	return fmt.Sprintf("%.1f s", d.Seconds())
}

func htmlOptions(hardWraps bool) []goldrenderer.Option {
	options := []goldrenderer.Option{goldhtml.WithUnsafe()} // bluemonday decides what stays
	if hardWraps {
		options = append(options, goldhtml.WithHardWraps())
	}
	return options
}
