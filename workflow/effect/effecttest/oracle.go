// Package effecttest says what of a text acts when GitHub shows it. It reads the text as two renderers make a page of it and
// as bots read its lines, and shares no code with the sanitizer that it judges.
package effecttest

import (
	"bytes"
	"regexp"
	"slices"
	"strings"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"
	renderer "github.com/yuin/goldmark/renderer/html"
	"golang.org/x/net/html"
	second "rsc.io/markdown"

	"github.com/oioi-app/oioi/workflow/effect"
)

// page renders as GitHub does before it takes unsafe HTML out, so that what comes through from an input is seen.
var page = goldmark.New(goldmark.WithExtensions(extension.GFM), goldmark.WithRendererOptions(renderer.WithUnsafe()))

// markdownTags are the elements that Markdown itself makes. Anything else in a rendered text came through as HTML.
var markdownTags = strings.Fields("p h1 h2 h3 h4 h5 h6 ul ol li blockquote pre code em strong del a hr br table thead tbody tr th td input")

var (
	mentioned = regexp.MustCompile(`(?:^|[^A-Za-z0-9_])@([A-Za-z0-9][A-Za-z0-9_/-]*)`)
	referred  = regexp.MustCompile(`#[0-9]+\b|\b(?i:GH)-[0-9]+\b`)
	commanded = regexp.MustCompile(`^[\s>*+-]*/[A-Za-z]`)
	bare      = regexp.MustCompile(`^/[A-Za-z][A-Za-z0-9_-]*(?:\s|$)`)
	closes    = regexp.MustCompile(`(?i)\b(?:close[sd]?|fix(?:e[sd])?|resolve[sd]?)\b[:\s]*https?://[^\s/]+/[^\s/]+/[^\s/]+/(?:issues|pull)/[0-9]+`)
	address   = regexp.MustCompile(`(?i)\b(?:https?|ftp)://\S*|\bwww\.[a-z0-9]\S*`)
)

// other is a renderer that shares no code with the first: where the two read a text differently, one of them may read it
// as GitHub does.
var other = second.Parser{Strikethrough: true, TaskListItems: true, AutoLinkText: true, Table: true}

// Harm says what of a Markdown text acts when GitHub shows it; nothing where the text is safe. It reads the rendered page,
// of two renderers, and the raw lines, and shares no code with the sanitizer.
func Harm(markdown string, allowed effect.Allowed) []string {
	var rendered bytes.Buffer
	if err := page.Convert([]byte(markdown), &rendered); err != nil {
		return []string{err.Error()}
	}
	out := harmOf(rendered.String(), allowed)
	for _, what := range harmOf(otherPage(markdown), allowed) {
		out = append(out, what+" (as the second renderer reads it)")
	}
	return append(out, commands(markdown)...)
}

// Elements are the names of the elements of a text's page, as either renderer makes it, each once.
func Elements(markdown string) []string {
	var rendered bytes.Buffer
	if err := page.Convert([]byte(markdown), &rendered); err != nil {
		return nil
	}
	var out []string
	tokens := html.NewTokenizer(strings.NewReader(rendered.String() + "\n" + otherPage(markdown)))
	for kind := tokens.Next(); kind != html.ErrorToken; kind = tokens.Next() {
		if name := tokens.Token().Data; (kind == html.StartTagToken || kind == html.SelfClosingTagToken) && !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	return out
}

// otherPage renders with the second renderer. It has no opinion on what it breaks off at.
func otherPage(markdown string) (rendered string) {
	defer func() { _ = recover() }()
	return second.ToHTML(other.Parse(markdown))
}

// harmOf says what of a rendered page acts.
func harmOf(rendered string, allowed effect.Allowed) []string {
	var out []string
	tokens := html.NewTokenizer(strings.NewReader(rendered))
	code, link := 0, 0
	text, flat := "", ""
	flush := func() {
		if code == 0 {
			flat += text
		}
		if code == 0 && link == 0 {
			for _, m := range mentioned.FindAllStringSubmatch(text, -1) {
				if !slices.ContainsFunc(allowed.Mentions, func(name string) bool { return strings.EqualFold(name, m[1]) }) {
					out = append(out, "mentions "+m[1])
				}
			}
			if m := referred.FindString(text); m != "" {
				out = append(out, "refers to "+m)
			}
			for _, m := range address.FindAllString(text, -1) {
				if !below(addressOf(m), allowed) {
					out = append(out, "holds the address "+m)
				}
			}
		}
		text = ""
	}
	for {
		kind := tokens.Next()
		if kind == html.ErrorToken {
			break
		}
		token := tokens.Token()
		if kind == html.TextToken {
			text += token.Data
			continue
		}
		flush()
		step := map[html.TokenType]int{html.StartTagToken: 1, html.EndTagToken: -1}[kind]
		switch {
		case kind == html.CommentToken || kind == html.DoctypeToken:
			out = append(out, "holds a comment "+token.String())
		case slices.Contains([]string{"p", "li", "td", "th", "pre", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote"}, token.Data):
			flat += "\x00"
		case !slices.Contains(markdownTags, token.Data):
			out = append(out, "holds the element "+token.String())
		case token.Data == "code":
			code += step
		case token.Data == "a":
			link += step
			for _, a := range token.Attr {
				if a.Key == "href" {
					flat += " " + a.Val + " "
				}
				if a.Key == "href" && !below(a.Val, allowed) {
					out = append(out, "links to "+a.Val)
				}
			}
		}
	}
	flush()
	if m := closes.FindString(flat); m != "" {
		out = append(out, "closes "+m)
	}
	return out
}

// addressOf is an address without what ends the sentence, or the bracket, that it stands in.
// https://github.github.com/gfm/#extended-autolink-path-validation
func addressOf(word string) string {
	for {
		shorter := strings.TrimRight(word, "?!.,:;")
		if strings.HasSuffix(shorter, ")") && strings.Count(shorter, ")") > strings.Count(shorter, "(") {
			shorter = shorter[:len(shorter)-1]
		}
		if shorter == word {
			return word
		}
		word = shorter
	}
}

func below(address string, allowed effect.Allowed) bool {
	return slices.ContainsFunc(allowed.Links, func(prefix string) bool { return address == prefix || strings.HasPrefix(address, prefix+"/") })
}

// commands finds lines that begin with a slash command, as the bots do that read a comment's source: outside of code with
// any mark before it, and with nothing before it anywhere.
func commands(markdown string) []string {
	var out []string
	fence := ""
	for line := range strings.SplitSeq(markdown, "\n") {
		mark := strings.TrimLeft(line, " >-*+0123456789.)")
		run := len(mark) - len(strings.TrimLeft(mark, "`"))
		if run == 0 {
			run = len(mark) - len(strings.TrimLeft(mark, "~"))
		}
		switch {
		case fence != "" && run >= len(fence) && strings.TrimSpace(mark[run:]) == "" && mark[:1] == fence[:1]:
			fence = ""
			continue
		case fence == "" && run >= 3 && !strings.Contains(mark[run:], "`"):
			fence = mark[:run]
		}
		if fence == "" && commanded.MatchString(line) || bare.MatchString(line) {
			out = append(out, "commands "+line)
		}
	}
	return out
}

// Seen is the text of a Markdown document as a reader sees it, without its marks.
func Seen(markdown string) string {
	var rendered bytes.Buffer
	if err := page.Convert([]byte(markdown), &rendered); err != nil {
		return ""
	}
	var out strings.Builder
	tokens := html.NewTokenizer(&rendered)
	for {
		switch tokens.Next() {
		case html.ErrorToken:
			return out.String()
		case html.TextToken:
			out.WriteString(tokens.Token().Data)
		}
	}
}
