package effect

import (
	"cmp"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"

	"github.com/oioi-app/oioi/workflow/markdown"
	"github.com/oioi-app/oioi/workflow/pattern"
)

// Inspect is the last look at a text before it is posted: it says what in it would act, "" where nothing does. Texts are
// sanitized before they are put together; this finds what a template, a new kind of effect or a mistake let through.
// Beside what allowed names, it lets stand what OiOi itself writes: its folds, its hidden lines, and the number of the
// ticket where its templates say it. Links are not looked at, but for their scheme: those to what OiOi opened are live on purpose.
func Inspect(body, marker string, number int, allowed Allowed) string {
	body = strings.ReplaceAll(body, "\r\n", "\n")
	if strings.Contains(body, "\r") { // GitHub ends a line there, other readers do not
		return "its text ends a line with a lone carriage return"
	}
	if visible(body) != body {
		return "its text holds characters that show nothing"
	}
	if line := commandLine(body); line != "" {
		return "its text begins a line with a command: " + short(line)
	}
	for _, mark := range []string{marker, ReplyStart, ReplyEnd, statusStart, statusEnd, foldedMark, EditedMark} {
		if mark != "" {
			body = strings.Replace(body, mark, "", 1)
		}
	}
	body = ownLink().ReplaceAllString(body, "$1")
	if ownMark().MatchString(body) {
		return "its text holds a mark of OiOi's that is not its own"
	}
	body = ownHTML().ReplaceAllString(body, "")
	if line := commandLine(body); line != "" { // some bots read a text without its HTML
		return "its text begins a line with a command: " + short(line)
	}
	return live([]byte(withoutOwnNumber(body, number)), allowed)
}

// withoutOwnNumber takes the ticket's number out where the templates say it: no longer number that begins with it.
func withoutOwnNumber(body string, number int) string {
	own := fmt.Sprintf("support ticket #%d", number)
	var out strings.Builder
	for {
		before, after, found := strings.Cut(body, own)
		out.WriteString(before)
		if !found {
			return out.String()
		}
		if after != "" && (alphanumeric(after[0]) || after[0] == '_' || after[0] >= utf8.RuneSelf) {
			out.WriteString(own)
		} else {
			out.WriteString("support ticket")
		}
		body = after
	}
}

// ownLink is the place of a link that is not resolved yet: see Link.
var ownLink = pattern.Lazy(`\{\{oioi:link (?:follow_up/[0-9]+|docs|docs_patch|docs_gap)\|([^\n|{}]*)\}\}`)

// ownHTML is the HTML that the templates write.
var ownHTML = pattern.Lazy(`</?details>|<summary>[A-Za-z ,()0-9'.-]*</summary>|</?sub>`)

var (
	anyCommand  = pattern.Lazy(`^[ \t>*+-]*/[A-Za-z]`)
	openingCode = pattern.Lazy("^[ \\t>*+0-9.)-]*(`{3,}|~{3,})(.*)$")
)

// commandLine returns the first line that a bot could read as a command: in code only one that begins with it, elsewhere
// also one behind the marks of lists and quotes.
func commandLine(body string) string {
	fence := ""
	for line := range strings.SplitSeq(body, "\n") {
		if m := openingCode().FindStringSubmatch(line); m != nil {
			switch { // https://spec.commonmark.org/0.31.2/#fenced-code-blocks
			case fence == "" && (m[1][0] == '~' || !strings.Contains(m[2], "`")):
				fence = m[1]
				continue
			case fence != "" && strings.HasPrefix(m[1], fence) && strings.TrimSpace(m[2]) == "":
				fence = ""
				continue
			}
		}
		if codeCommand().MatchString(line) || fence == "" && anyCommand().MatchString(line) {
			return line
		}
	}
	return ""
}

var plainEmail = pattern.Lazy(`^[A-Za-z0-9][A-Za-z0-9._+-]*@[A-Za-z0-9._-]+$`)

// halfHTML is what one renderer takes for HTML and another does not.
var halfHTML = pattern.Lazy(`(?:^|[^\\])<[A-Za-z/!?]`)

// hostMention is what some renderers take for an address, of a host or for mail, with somebody's name behind it or a number
// before it, and others for one word.
var hostMention = pattern.Lazy(`(?i)(?:www\.|://|@)[^\s/@]*@[a-z0-9]|(?:#|gh-)[0-9]+(?:www\.|[a-z]+://)`)

// closing is a keyword that closes the issue whose address follows; the short forms are found as references.
// https://docs.github.com/en/issues/tracking-your-work-with-issues/using-issues/linking-a-pull-request-to-an-issue
var closing = pattern.Lazy(`(?i)\b(?:close[sd]?|fix(?:e[sd])?|resolve[sd]?)\b[:\s]*https?://[^\s/]+/[^\s/]+/[^\s/]+/(?:issues|pull)/[0-9]`)

// flat is what a reader sees of a text, with the addresses of its links, and its words as they are written; both without code.
func flat(root ast.Node, source []byte) (shown, raw string) {
	var b, words strings.Builder
	_ = ast.Walk(root, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		switch n := n.(type) {
		case *ast.FencedCodeBlock, *ast.CodeBlock, *ast.CodeSpan:
			b.WriteString("\x00")
			words.WriteString("\x00")
			return ast.WalkSkipChildren, nil
		case *ast.Link:
			if entering {
				b.WriteString(" " + string(n.Destination) + " ")
			}
		case *ast.AutoLink:
			if entering && n.AutoLinkType == ast.AutoLinkEmail {
				b.Write(n.Label(source)) // where it begins is read in two ways
			} else if entering {
				b.WriteString(" " + string(n.URL(source))) // what follows belongs to it for those who end an address later
			}
		case *ast.Text:
			if entering {
				words.Write(n.Value(source))
				b.Write(markdown.AsShown(n.Value(source)))
				if n.SoftLineBreak() || n.HardLineBreak() {
					b.WriteByte('\n')
				}
			}
		case *ast.String:
			if entering {
				b.Write(n.Value)
			}
		default:
			if n.Type() == ast.TypeBlock {
				b.WriteString("\x00")
				words.WriteString("\x00")
			}
		}
		return ast.WalkContinue, nil
	})
	return b.String(), words.String()
}

// live says what acts in a text, however a renderer reads its tables.
func live(source []byte, allowed Allowed) (why string) {
	why = liveAs(gfm, source, allowed)
	if cells := cellsApart(source); why == "" && cells != "" {
		why = cmp.Or(liveAs(withoutTables, source, allowed), liveAs(withoutTables, []byte(cells), allowed))
	}
	return why
}

// liveAs says what acts in a text as one renderer reads it.
func liveAs(renderer parser.Parser, source []byte, allowed Allowed) (why string) {
	root := renderer.Parse(text.NewReader(source))
	shown, raw := flat(root, source)
	switch {
	case closing().MatchString(shown):
		return "its text says that it closes an issue"
	case halfHTML().MatchString(raw):
		return "its text holds HTML"
	case hostMention().MatchString(shown):
		return "its text mentions somebody or refers to something"
	}
	_ = ast.Walk(root, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			return ast.WalkContinue, nil
		}
		switch n := n.(type) {
		case *ast.Image:
			why = "its text holds an image"
		case *ast.RawHTML, *ast.HTMLBlock:
			why = "its text holds HTML"
		case *ast.Link:
			if address := strings.ToLower(string(n.Destination)); !strings.HasPrefix(address, "https://") && !strings.HasPrefix(address, "http://") || strings.ContainsAny(address, " \t<>\\") {
				why = "its text links to " + short(address) + ", which is no web address"
			} else if liveWords(string(n.Title), allowed) { // for who sees no link here, the title is text
				why = "its text mentions somebody or refers to something"
			} else if len(tagsIn(n.Title)) > 0 {
				why = "its text holds HTML"
			}
		case *ast.CodeSpan:
			if line := n.FirstChild(); line != nil && htmlLine(line.NextSibling(), source) {
				why = "its text holds HTML"
				return ast.WalkStop, nil
			}
			return ast.WalkSkipChildren, nil
		case *ast.FencedCodeBlock, *ast.CodeBlock:
			return ast.WalkSkipChildren, nil
		case *ast.AutoLink: // what is an e-mail address for one renderer is a mention for another
			if n.AutoLinkType == ast.AutoLinkEmail && !plainEmail().Match(n.Label(source)) {
				why = "its text mentions somebody or refers to something"
			}
		default:
			if liveText(n, source, allowed) {
				why = "its text mentions somebody or refers to something"
			}
		}
		if why != "" {
			return ast.WalkStop, nil
		}
		return ast.WalkContinue, nil
	})
	return why
}

// htmlLine reports whether one of the further lines of a code span begins like HTML: for some renderers it ends the span there.
func htmlLine(line ast.Node, source []byte) bool {
	for ; line != nil; line = line.NextSibling() {
		if words, ok := line.(*ast.Text); ok && strings.HasPrefix(strings.TrimLeft(string(words.Value(source)), " \t>*+-"), "<") {
			return true
		}
	}
	return false
}
