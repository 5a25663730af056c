package effect

import (
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/text"

	"github.com/oioi-app/oioi/workflow/ticket"
)

// Allowed says what a text may do beyond saying something.
type Allowed struct {
	Mentions []string // logins, without @, that stay live
	Links    []string // URL prefixes that stay links
}

// Sanitize takes from Markdown what would act when it is posted: live mentions, references and closing keywords, commands of
// bots, images, HTML, hidden text and links to elsewhere. What it takes away stays readable. Code stays as it is.
// Sanitizing what is sanitized changes nothing.
func Sanitize(markdown string, allowed Allowed) string {
	out := strings.Map(func(r rune) rune {
		if r == '\r' || ticket.Invisible(r) && r != 0x200D && r != 0xFE0F {
			return -1
		}
		return r
	}, strings.ReplaceAll(markdown, "\r\n", "\n"))
	for range maxPasses {
		next := pass(out, allowed)
		if next == out {
			return out
		}
		out = next
	}
	// What keeps changing is no text that anybody wrote in good faith: show it as code, in which nothing acts.
	return fenced(out)
}

const maxPasses = 8

var gfm = goldmark.New(goldmark.WithExtensions(extension.GFM)).Parser()

// pass sanitizes what is not code, once.
func pass(source string, allowed Allowed) string {
	code := codeRanges([]byte(source))
	var out strings.Builder
	at := 0
	for _, c := range code {
		if c[0] < at {
			continue
		}
		out.WriteString(prose(source[at:c[0]], at == 0 || source[at-1] == '\n', allowed))
		out.WriteString(source[c[0]:c[1]])
		at = c[1]
	}
	out.WriteString(prose(source[at:], at == 0 || source[at-1] == '\n', allowed))
	return closeFence(out.String())
}

// codeRanges returns where code stands, in order.
func codeRanges(source []byte) [][2]int {
	var out [][2]int
	_ = ast.Walk(gfm.Parse(text.NewReader(source)), func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			return ast.WalkContinue, nil
		}
		switch n := n.(type) {
		case *ast.FencedCodeBlock, *ast.CodeBlock:
			lines := n.Lines()
			if lines.Len() > 0 {
				out = append(out, [2]int{lines.At(0).Start, lines.At(lines.Len() - 1).Stop})
			}
			return ast.WalkSkipChildren, nil
		case *ast.CodeSpan:
			first, last := n.FirstChild(), n.LastChild()
			if a, ok := first.(*ast.Text); ok {
				if b, ok := last.(*ast.Text); ok {
					out = append(out, [2]int{a.Segment.Start, b.Segment.Stop})
				}
			}
			return ast.WalkSkipChildren, nil
		}
		return ast.WalkContinue, nil
	})
	slices.SortFunc(out, func(a, b [2]int) int { return a[0] - b[0] })
	return out
}

var (
	comments  = regexp.MustCompile(`(?s)<!--.*?(?:-->|$)`)
	images    = regexp.MustCompile(`!\[`)
	inline    = regexp.MustCompile(`\[([^\[\]]*)\]\(\s*<?([^()\s<>]*(?:\([^()\s<>]*\)[^()\s<>]*)*)>?(?:\s+(?:"[^"]*"|'[^']*'))?\s*\)`)
	defines   = regexp.MustCompile(`(?m)^ {0,3}\[([^\[\]]+)\]:`)
	addresses = regexp.MustCompile(`(?i)\b(?:https?|ftp)://[^\s<>()\[\]` + "`" + `]+|\bwww\.[^\s<>()\[\]` + "`" + `]+|\bmailto:[^\s<>()\[\]` + "`" + `]+`)
	tags      = regexp.MustCompile(`<([A-Za-z/!?])`)
	mentions  = regexp.MustCompile(`(^|[^A-Za-z0-9_` + "`" + `/@.])@([A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:/[A-Za-z0-9._-]*[A-Za-z0-9_-])?)`)
	issueRefs = regexp.MustCompile(`(^|[^A-Za-z0-9_` + "`" + `&#])((?:[A-Za-z0-9][A-Za-z0-9-]*/[A-Za-z0-9._-]+)?#[0-9]+|(?i:GH)-[0-9]+)\b`)
	commands  = regexp.MustCompile(`(?m)^([ \t>*+-]*)/([A-Za-z])`)
)

// prose sanitizes text outside code. lineStart says whether it begins a line.
func prose(s string, lineStart bool, allowed Allowed) string {
	s = comments.ReplaceAllString(s, "")
	s = images.ReplaceAllString(s, "[")
	s = defines.ReplaceAllString(s, `\[$1]:`)
	kept := map[string]string{} // links that stay, out of the way of the rules below
	hold := func(link string) string {
		name := "\x02" + strings.Repeat("\x03", len(kept)+1) + "\x02"
		kept[name] = link
		return name
	}
	s = inline.ReplaceAllStringFunc(s, func(link string) string {
		m := inline.FindStringSubmatch(link)
		if allowedLink(m[2], allowed) {
			return hold("[" + strings.TrimSpace(bare(m[1])) + "](" + m[2] + ")")
		}
		if strings.TrimSpace(m[1]) == "" || m[1] == m[2] {
			return codeSpan(m[2])
		}
		return m[1] + " (" + codeSpan(m[2]) + ")"
	})
	s = addresses.ReplaceAllStringFunc(s, func(address string) string {
		if allowedLink(address, allowed) {
			return hold(address)
		}
		return codeSpan(address)
	})
	s = tags.ReplaceAllString(s, "&lt;$1")
	s = replaceOutsideSpans(s, mentions, func(m []string) string {
		if slices.ContainsFunc(allowed.Mentions, func(login string) bool { return strings.EqualFold(login, m[2]) }) {
			return m[0]
		}
		return m[1] + codeSpan("@"+m[2])
	})
	s = replaceOutsideSpans(s, issueRefs, func(m []string) string { return m[1] + codeSpan(m[2]) })
	if !lineStart {
		first, rest, more := strings.Cut(s, "\n")
		if more {
			rest = commands.ReplaceAllString(rest, `$1\/$2`)
			s = first + "\n" + rest
		}
	} else {
		s = commands.ReplaceAllString(s, `$1\/$2`)
	}
	for name, link := range kept {
		s = strings.Replace(s, name, link, 1)
	}
	return s
}

// replaceOutsideSpans replaces matches that do not stand in a code span which an earlier rule has made.
func replaceOutsideSpans(s string, pattern *regexp.Regexp, fn func([]string) string) string {
	parts := strings.Split(s, "`")
	for i := 0; i < len(parts); i += 2 {
		parts[i] = pattern.ReplaceAllStringFunc(parts[i], func(match string) string { return fn(pattern.FindStringSubmatch(match)) })
	}
	return strings.Join(parts, "`")
}

// bare takes from a link's text what would act in it.
func bare(s string) string {
	return strings.NewReplacer("@", "", "#", "", "<", "", "`", "").Replace(s)
}

func codeSpan(s string) string { return "`" + strings.ReplaceAll(s, "`", "'") + "`" }

func allowedLink(address string, allowed Allowed) bool {
	u, err := url.Parse(address)
	if err != nil || (u.Scheme != "https" && u.Scheme != "http") || u.User != nil {
		return false
	}
	return slices.ContainsFunc(allowed.Links, func(prefix string) bool {
		return prefix != "" && (address == prefix || strings.HasPrefix(address, strings.TrimSuffix(prefix, "/")+"/") && !strings.Contains(u.Path, ".."))
	})
}

// closeFence closes a code fence that a text leaves open, so that it cannot swallow what comes after.
func closeFence(s string) string {
	open := ""
	for line := range strings.SplitSeq(s, "\n") {
		trimmed := strings.TrimLeft(line, " ")
		if len(line)-len(trimmed) > 3 {
			continue
		}
		for _, mark := range []string{"`", "~"} {
			n := len(trimmed) - len(strings.TrimLeft(trimmed, mark))
			switch {
			case n < 3:
			case open == "" && (mark == "~" || !strings.Contains(trimmed[n:], "`")):
				open = trimmed[:n]
			case open != "" && strings.HasPrefix(trimmed, open) && strings.TrimSpace(trimmed[n:]) == "" && open[:1] == mark:
				open = ""
			}
		}
	}
	if open == "" {
		return s
	}
	return strings.TrimRight(s, "\n") + "\n" + open
}

// fenced shows a text as code, with a fence that it does not hold.
func fenced(s string) string {
	fence := "```"
	for strings.Contains(s, fence) {
		fence += "`"
	}
	return fence + "\n" + s + "\n" + fence
}
