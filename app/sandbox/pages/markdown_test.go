package pages

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	nethtml "golang.org/x/net/html"
)

func comment(source string) string { return string(newRenderer().markdown("acme/desk", source)) }

func TestMarkdownShowsWhatGitHubShows(t *testing.T) {
	for name, c := range map[string]struct{ source, want string }{
		"a heading goes one level down":  {"### Product area\n\nAPI", `<h4>Product area</h4>`},
		"every line break shows":         {"one\ntwo", "one<br"},
		"task lists":                     {"- [x] done\n- [ ] open", `<input type="checkbox" disabled checked aria-label="Done">`},
		"task lists, open":               {"- [x] done\n- [ ] open", `<input type="checkbox" disabled aria-label="Not done">`},
		"details":                        {"<details><summary>More</summary>\n\n**in**\n</details>", "<details><summary>More</summary>"},
		"Markdown in details":            {"<details><summary>More</summary>\n\n**in**\n</details>", "<strong>in</strong>"},
		"open details":                   {"<details open><summary>More</summary>\n\nx\n</details>", "<details open"},
		"tables":                         {"| a | b |\n| - | -: |\n| 1 | 2 |", `<td align="right">2</td>`},
		"code keeps its language":        {"```go\nx := 1\n```", `<code class="language-go">`},
		"strikethrough":                  {"~~no~~", "<del>no</del>"},
		"a bare address":                 {"see https://example.com/a?b=1", `<a href="https://example.com/a?b=1" rel="nofollow">`},
		"a mention":                      {"ask @maintainer, please", `<span class="mention">@maintainer</span>,`},
		"a team":                         {"ask @acme/ops-team.", `<span class="mention">@acme/ops-team</span>.`},
		"an issue":                       {"see #12", `<a href="/acme/desk/issues/12">#12</a>`},
		"an issue elsewhere":             {"(acme/app#3)", `<a href="/acme/app/issues/3">acme/app#3</a>`},
		"no issue in an address":         {"a@b.example", `mailto:a@b.example`},
		"no mention in code":             {"`@maintainer #12`", "<code>@maintainer #12</code>"},
		"no mention in a block of code":  {"```\n@maintainer #12\n```", "@maintainer #12\n</code>"},
		"no reference in a link":         {"[see #12](https://example.com)", ">see #12</a>"},
		"no reference in a word":         {"color#12 and a#b", "color#12 and a#b"},
		"a picture from elsewhere":       {"![a cat](https://elsewhere.example/cat.png)", `<a class="picture" rel="nofollow" href="https://elsewhere.example/cat.png">a cat</a>`},
		"a picture without a protocol":   {"![](//elsewhere.example/cat.png)", `href="//elsewhere.example/cat.png">picture</a>`},
		"a picture from elsewhere, link": {"[![cat](https://e.example/c.png)](https://e.example/)", `<a href="https://e.example/" rel="nofollow">cat</a>`},
		"a picture of the site":          {"![logo](/avatars/oioi)", `<img src="/avatars/oioi" alt="logo"`},
		"text stays text":                {"1 < 2 & 3 > 2", "1 &lt; 2 &amp; 3 &gt; 2"},
	} {
		if got := comment(c.source); !strings.Contains(got, c.want) {
			t.Errorf("%s: %q gives\n%s\nwithout %s", name, c.source, got, c.want)
		}
	}
}

func TestMarkdownShowsNothingDangerous(t *testing.T) {
	for name, source := range map[string]string{
		"a script":               "<script>alert(1)</script>",
		"a handler":              `<img src=x onerror=alert(1)><p onclick="alert(1)">x</p>`,
		"a javascript link":      "[click](javascript:alert(1)) <a href='JaVaScRiPt:alert(1)'>x</a>",
		"a data link":            "[click](data:text/html;base64,PHNjcmlwdD4=)",
		"a frame":                `<iframe src="https://e.example"></iframe><object data=x></object><embed src=x>`,
		"a style":                `<style>body{display:none}</style><p style="position:fixed">x</p>`,
		"a form":                 `<form action="/switch" method=post><button name=user value=maintainer>x</button><input name=a><textarea></textarea></form>`,
		"a drawing":              `<svg onload=alert(1)><a xlink:href="javascript:alert(1)">x</a></svg><math></math>`,
		"our own ids":            `<div id="live" name="body">x</div><a name=main>y</a>`,
		"a base":                 `<base href="https://e.example/"><meta http-equiv=refresh content=0><link rel=stylesheet href=x>`,
		"a template":             `<template><script>alert(1)</script></template><noscript><p title="</noscript><script>alert(1)</script>">`,
		"broken pieces":          "<scr<script>ipt>alert(1)</scr</script>ipt><img src='x' alt='\"><script>alert(1)</script>'>",
		"a picture from a host":  `<img src="https://e.example/p.png" srcset="https://e.example/q.png 2x"><picture><source srcset="https://e.example/"></picture>`,
		"a reference with a tag": "@<b>x #1\"><script>alert(1)</script> [x]: javascript:alert(1)\n\n[x]",
	} {
		for _, complaint := range unsafeIn(comment(source)) {
			t.Errorf("%s: %s in %s", name, complaint, comment(source))
		}
	}
	if got := comment("before <!-- oioi:secret -->\n\n<!-- \nhidden\n-->\n\nafter"); strings.Contains(got, "secret") || strings.Contains(got, "hidden") || !strings.Contains(got, "after") {
		t.Errorf("comments are visible: %s", got)
	}
}

func TestAHugeTextIsRenderedInTime(t *testing.T) {
	for name, piece := range map[string]string{"quotes": ">", "lists": "- ", "brackets": "[", "stars": "*a ", "details": "<details>", "tags": "<b", "references": " #1", "mentions": " @a", "pipes": "|a", "backticks": "`a``", "links": "[a](b", "emoji": "🎉"} {
		start := time.Now()
		comment(strings.Repeat(piece, (64<<10)/len(piece)))
		if took := time.Since(start); took > 10*time.Second {
			t.Errorf("64 KB of %s take %s", name, took)
		}
	}
}

func TestAFileLeadsToItsNeighbours(t *testing.T) {
	at := place{repo: "acme/desk", ref: "oioi/x", dir: "docs/api"}
	got := string(newRenderer().page(at, "---\ntitle: x\n---\n# Tokens\r\n\n[a](errors.md#list) [b](../index.md) [c](/acme) [d](https://e.example) [e](#tokens) [f](../../../../up.md)\n\n![p](img/p.png)"))
	for _, want := range []string{`<h2 id="tokens">Tokens</h2>`, `href="/acme/desk/blob/oioi/x/docs/api/errors.md#list"`, `href="/acme/desk/blob/oioi/x/docs/index.md"`,
		`href="/acme"`, `href="https://e.example"`, `href="#tokens"`, `href="/acme/desk/blob/oioi/x/up.md"`, `src="/acme/desk/raw/oioi/x/docs/api/img/p.png"`} {
		if !strings.Contains(got, want) {
			t.Errorf("the page lacks %s:\n%s", want, got)
		}
	}
	if strings.Contains(got, "title: x") {
		t.Error("the page shows its front matter")
	}
}

var mayStay = regexp.MustCompile(`^(?i:https?:|mailto:|/|#|\?|[^:]*$)`)

// unsafeIn lists what in a piece of HTML must not come from a ticket.
func unsafeIn(html string) []string {
	allowed := strings.Fields("p br hr h2 h3 h4 h5 h6 blockquote pre code kbd samp var em strong b i s del ins sub sup small mark ul ol li dl dt dd details summary " +
		"div span table thead tbody tfoot tr th td caption input img a abbr q cite figure figcaption")
	attributes := map[string]string{"href": "a", "rel": "a", "title": "a abbr", "src": "img", "alt": "img", "loading": "img", "open": "details", "type": "input", "checked": "input",
		"disabled": "input", "aria-label": "input", "start": "ol", "align": "td th p div", "class": "code span a", "tabindex": "pre table"}
	var out []string
	tokens := nethtml.NewTokenizer(strings.NewReader(html))
	for {
		switch tokens.Next() {
		case nethtml.ErrorToken:
			return out
		case nethtml.CommentToken, nethtml.DoctypeToken:
			out = append(out, "a comment")
		case nethtml.StartTagToken, nethtml.SelfClosingTagToken, nethtml.EndTagToken:
			tag := tokens.Token()
			if !slices.Contains(allowed, tag.Data) {
				out = append(out, "the tag "+tag.Data)
			}
			for _, a := range tag.Attr {
				if !slices.Contains(strings.Fields(attributes[a.Key]), tag.Data) {
					out = append(out, "the attribute "+a.Key+" of "+tag.Data)
				}
				if (a.Key == "href" || a.Key == "src") && !mayStay.MatchString(strings.TrimSpace(a.Val)) {
					out = append(out, "the address "+a.Val)
				}
				if a.Key == "src" && (strings.Contains(a.Val, ":") || strings.HasPrefix(a.Val, "//")) {
					out = append(out, "a picture from elsewhere: "+a.Val)
				}
			}
		}
	}
}

func FuzzMarkdown(f *testing.F) {
	for _, seed := range []string{"# a\n- [x] b", "<details open>x", "@a/b #1 c/d#2 `#3`", "<img src=x onerror=y>", "[a](javascript:b)", "![a](http://b)", "| a |\n| -: |\n| b |",
		"<!-- x -->", "```go\nx\n```", "<a href=\"java\tscript:x\">", "&#x6A;avascript:", "<svg><script>", "</p></div></article>", "\x00<b>", "<input type=text>", "~~~\n#1\n~~~"} {
		f.Add(seed)
	}
	r := newRenderer()
	f.Fuzz(func(t *testing.T, source string) {
		for _, out := range []string{string(r.markdown("acme/desk", source)), strings.ReplaceAll(string(r.page(place{repo: "acme/desk", ref: "main", dir: "docs"}, source)), ` id="`, ` title="`)} {
			complaints := unsafeIn(out)
			complaints = slices.DeleteFunc(complaints, func(c string) bool { return strings.HasPrefix(c, "the attribute title of h") })
			if len(complaints) > 0 {
				t.Errorf("%q gives %s: %v", source, out, complaints)
			}
		}
	})
}

func FuzzLocal(f *testing.F) {
	for _, seed := range []string{"/", "/a/b?c=d#e", "//evil.example", `/\evil.example`, "https://evil.example/", "javascript:alert(1)", "/%2F/evil", "///x", "/\t/evil", "", "a/b", "/a//b", "mailto:x", "http:/x", "/..//x"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, target string) {
		got := local(target)
		if !strings.HasPrefix(got, "/") || strings.HasPrefix(got, "//") || strings.HasPrefix(got, `/\`) || strings.ContainsAny(got, "\\\r\n\t") {
			t.Errorf("%q leads to %q", target, got)
		}
	})
}

func TestLocalKeepsAPath(t *testing.T) {
	for target, want := range map[string]string{"/acme/desk/issues/1?edit=2": "/acme/desk/issues/1?edit=2", "https://evil.example/x": "/", "//evil.example": "/", `/\evil.example`: "/", "": "/", "x": "/"} {
		if got := local(target); got != want {
			t.Errorf("%q leads to %q, want %q", target, got, want)
		}
	}
}
