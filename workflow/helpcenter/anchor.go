package helpcenter

import (
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"github.com/oioi-app/oioi/workflow/markdown"
	"github.com/oioi-app/oioi/workflow/pattern"
)

// generator is the tool that publishes a help center, as far as links differ.
type generator int

const (
	anyGenerator generator = iota // not known: GitHub itself, Jekyll, Hugo, docsify, mdBook, …
	mkdocs
	docusaurus
	vitepress
)

// anchorSet are the places of a page that a link can lead to.
type anchorSet struct {
	ids  map[string]bool
	open bool // the page takes in other files, so it may have more
}

func (a anchorSet) has(id string) bool { return a.open || a.ids[id] }

// Anchors that authors give by hand: {#id} (https://docusaurus.io/docs/markdown-features/toc#heading-ids,
// https://vitepress.dev/guide/markdown#custom-anchors), {: #id} (https://kramdown.gettalong.org/syntax.html#specifying-a-header-id),
// {/* #id */}, MyST's (label)=, and the id or name of an HTML element.
var (
	givenID    = regexp.MustCompile(`\{:?[ \t]*(?:[^{}#\n]*[ \t])?#([^\s{}]+)[^{}\n]*\}|\{/\*[ \t]*#([^\s*]+)[ \t]*\*/\}`)
	elementID  = regexp.MustCompile(`(?i)<[a-z][^<>]*?[ \t\n](?:id|name)[ \t]*=[ \t]*["']?([^\s"'<>]+)`)
	labelID    = regexp.MustCompile(`^\(([^\s()]+)\)=[ \t]*$`)
	footnoteID = regexp.MustCompile(`^\[\^([^\]\s]+)\]:`)
	includes   = pattern.Lazy(`--8<--|\{!|<!--[ \t]*@include|\{%-?[ \t]*include|\{\{[ \t]*(?:include|template)|\{\{[<%]|#include|\{include\}|(?m)^import[ \t].*\.mdx?["']|^:::[ \t]+\w+\.\w`)
)

// anchorsOf finds the places of a Markdown page, by the rules of the generator or, where it is not known, by any.
func anchorsOf(page string, by generator) anchorSet {
	out := anchorSet{ids: map[string]bool{}, open: includes().MatchString(page) || len(page) > maxPage}
	if out.open {
		return out
	}
	s := scan(page)
	var names []func(string) (name, join string)
	if by != mkdocs && by != vitepress {
		names = append(names, func(h string) (string, string) { return githubName(h), "-" })
	}
	if by == mkdocs || by == anyGenerator {
		names = append(names, func(h string) (string, string) { return pythonName(h), "_" })
	}
	if by == mkdocs { // pymdownx.slugs, where it is configured: https://facelessuser.github.io/pymdown-extensions/extras/slugs/
		names = append(names, func(h string) (string, string) { return githubName(h), "_" })
	}
	if by == vitepress || by == anyGenerator {
		names = append(names, func(h string) (string, string) { return vitePressName(h), "-" })
	}
	for i, line := range s.lines {
		if !s.prose(i) {
			continue
		}
		for _, re := range []*regexp.Regexp{givenID, elementID, labelID, footnoteID} {
			for _, m := range re.FindAllStringSubmatch(line, -1) {
				for _, id := range m[1:] {
					if id != "" {
						out.ids[id] = true
					}
				}
			}
		}
	}
	heads := s.headings(true)
	for _, name := range names {
		taken := map[string]int{}
		for _, h := range heads {
			raw := h.text
			if m := givenID.FindStringIndex(raw); m != nil && strings.TrimSpace(raw[m[1]:]) == "" {
				continue // it has the anchor that was given, and no other
			}
			id, join := name(markdown.Heading(raw))
			unique := id
			for n := taken[id]; ; n++ {
				if n > 0 {
					unique = id + join + strconv.Itoa(n)
				}
				if _, used := taken[unique]; !used && unique != "" {
					taken[id], taken[unique] = max(taken[id], n), 0
					break
				}
			}
			out.ids[unique] = true
		}
	}
	return out
}

// githubName is how GitHub, Docusaurus and Hugo name a heading: https://github.com/Flet/github-slugger.
func githubName(heading string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == ' ':
			return '-'
		case r == '-', unicode.In(r, unicode.L, unicode.M, unicode.Nd, unicode.Nl, unicode.Pc):
			return unicode.ToLower(r)
		}
		return -1
	}, heading)
}

// pythonName is how MkDocs does: https://python-markdown.github.io/extensions/toc/#slugify.
func pythonName(heading string) string {
	ascii := strings.Map(func(r rune) rune {
		switch {
		case r == '_', r == '-', r >= '0' && r <= '9', r >= 'a' && r <= 'z', r == ' ', r == '\t':
			return r
		case r >= 'A' && r <= 'Z':
			return unicode.ToLower(r)
		}
		return -1
	}, norm.NFKD.String(heading))
	return dashes().ReplaceAllString(strings.TrimSpace(ascii), "-")
}

var dashes = pattern.Lazy(`[-\s]+`)

// vitePressName is how VitePress does: https://github.com/mdit-vue/mdit-vue/tree/main/packages/shared.
func vitePressName(heading string) string {
	out := strings.Map(func(r rune) rune {
		switch {
		case r >= 0x300 && r <= 0x36f, r < ' ' && !unicode.IsSpace(r):
			return -1
		case unicode.IsSpace(r), strings.ContainsRune("~`!@#$%^&*()-_+=[]{}|\\;:\"'“”‘’<>,.?/", r):
			return '-'
		}
		return unicode.ToLower(r)
	}, norm.NFKD.String(heading))
	out = strings.Join(strings.FieldsFunc(out, func(r rune) bool { return r == '-' }), "-")
	if out != "" && out[0] >= '0' && out[0] <= '9' {
		out = "_" + out
	}
	return out
}

// escapeFragment writes an anchor as browsers do.
func escapeFragment(id string) string { return (&url.URL{Fragment: id}).EscapedFragment() }
