package helpcenter

import (
	"bytes"
	"fmt"
	"net/url"
	"path"
	"strings"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/text"

	"github.com/oioi-app/oioi/workflow/pattern"
)

// link is where a page leads to.
type link struct {
	to    string // as it stands in the page
	line  int    // 1-based
	image bool
}

var (
	gfm        = goldmark.New(goldmark.WithExtensions(extension.GFM)).Parser()
	attribute  = pattern.Lazy(`(?i)[ \t\n](href|src|to)[ \t]*=[ \t]*(?:"([^"{}<>\n]*)"|'([^'{}<>\n]*)')`)
	scheme     = pattern.Lazy(`^(?:[A-Za-z][A-Za-z0-9+.-]*:|//)`)
	templating = pattern.Lazy(`\{\{|\{%|\{|\$\{|<|>|%%|^\$`)
)

// linksOf finds the links and pictures of a Markdown page, in its HTML too.
func linksOf(page string) []link {
	if len(page) > maxPage {
		return nil
	}
	source := []byte(flat(page))
	var out []link
	at, line := 0, 1
	lineOf := func(pos int) int {
		if pos = min(max(pos, 0), len(source)); pos < at {
			at, line = 0, 1
		}
		line += bytes.Count(source[at:pos], []byte("\n"))
		at = pos
		return line
	}
	attributes := func(from, to int) {
		for _, m := range attribute().FindAllSubmatchIndex(source[from:to], -1) {
			start, end := m[4], m[5]
			if start < 0 {
				start, end = m[6], m[7]
			}
			out = append(out, link{string(source[from+start : from+end]), lineOf(from + start), source[from+m[2]] == 's'})
		}
	}
	_ = ast.Walk(gfm.Parse(text.NewReader(source)), func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			return ast.WalkContinue, nil
		}
		switch n := n.(type) {
		case *ast.Link:
			out = append(out, link{string(n.Destination), lineOf(n.Pos()), false})
		case *ast.Image:
			out = append(out, link{string(n.Destination), lineOf(n.Pos()), true})
		case *ast.RawHTML:
			if k := n.Segments.Len(); k > 0 {
				attributes(n.Segments.At(0).Start, n.Segments.At(k-1).Stop)
			}
		case *ast.HTMLBlock:
			for i := range n.Lines().Len() {
				attributes(n.Lines().At(i).Start, n.Lines().At(i).Stop)
			}
		}
		return ast.WalkContinue, nil
	})
	return out
}

// maxNesting is how many bytes of list and quote marks are left to the parser: its work grows with how deep they nest.
const maxNesting = 60

// flat is a page as the parser gets it: without front matter, with line ends of one kind, and as many lines as before.
func flat(page string) string {
	lines := splitLines(page)
	for i := range splitFront(page).lines {
		lines[i] = ""
	}
	for i, l := range lines {
		if n := len(l) - len(strings.TrimLeft(l, " \t>-*+0123456789.)")); n > maxNesting {
			lines[i] = l[:maxNesting] + l[n:]
		}
	}
	return strings.Join(lines, "\n")
}

// linkProblems says which links of a page lead nowhere.
func (t *tree) linkProblems(name string) []Problem {
	var out []Problem
	for _, l := range linksOf(t.files[name]) {
		to := strings.TrimSpace(l.to)
		if to == "" || scheme().MatchString(to) || templating().MatchString(to) {
			continue
		}
		address, fragment, _ := strings.Cut(to, "#")
		address, _, _ = strings.Cut(address, "?")
		if plain, err := url.PathUnescape(address); err == nil {
			address = plain
		}
		target := name
		if address != "" {
			found, ok := t.resolve(name, address, l.image)
			if !ok {
				out = append(out, Problem{Kind: Link, Page: name, Line: l.line, key: l.to,
					What: fmt.Sprintf("the %s %s leads to no file", noun(l.image), quoteShort(l.to)), Do: t.suggest(name, address)})
				continue
			}
			target = found
		}
		if !isMarkdown(target) || fragment == "" || fragment == "top" || strings.HasPrefix(fragment, ":~:") || strings.HasPrefix(fragment, "fn") {
			continue
		}
		id := fragment
		if plain, err := url.PathUnescape(fragment); err == nil {
			id = plain
		}
		if set := t.anchorsOf(target); !set.has(id) && !set.has(fragment) {
			where := target
			if target == name {
				where = "this page"
			}
			out = append(out, Problem{Kind: Anchor, Page: name, Line: l.line, key: l.to,
				What: fmt.Sprintf("the link %s leads to no heading of %s", quoteShort(l.to), where), Do: nearestAnchor(set, id)})
		}
	}
	return out
}

func noun(image bool) string {
	if image {
		return "picture"
	}
	return "link"
}

// suggest says what to do about a link that leads to no file: the file may stand elsewhere.
func (t *tree) suggest(from, address string) string {
	stem := withoutEnding(path.Base(strings.TrimSuffix(address, "/")))
	best := ""
	for _, name := range t.byStem()[strings.ToLower(withoutNumber(stem))] {
		if best == "" || len(relative(path.Dir(from), name)) < len(relative(path.Dir(from), best)) {
			best = name
		}
	}
	if best != "" {
		return fmt.Sprintf("write %q, or take the link out", relative(path.Dir(from), best))
	}
	return "correct the path, or take the link out"
}

// nearestAnchor names an anchor that is nearly the one that was meant.
func nearestAnchor(set anchorSet, id string) string {
	fold := func(s string) string {
		return strings.Map(func(r rune) rune {
			if r == '-' || r == '_' {
				return -1
			}
			return r
		}, strings.ToLower(s))
	}
	best := ""
	for have := range set.ids {
		if a, b := fold(have), fold(id); a != "" && b != "" && (a == b || strings.HasPrefix(a, b) || strings.HasPrefix(b, a)) && (best == "" || len(have) < len(best) || len(have) == len(best) && have < best) {
			best = have
		}
	}
	if best != "" {
		return fmt.Sprintf("write #%s, or take the anchor off", best)
	}
	return "name a heading that is there, or take the anchor off"
}

// relative is the path from a folder to a file.
func relative(dir, name string) string {
	from, to := strings.Split(dir, "/"), strings.Split(name, "/")
	if dir == "." {
		from = nil
	}
	same := 0
	for same < len(from) && same < len(to)-1 && from[same] == to[same] {
		same++
	}
	return strings.Repeat("../", len(from)-same) + strings.Join(to[same:], "/")
}
