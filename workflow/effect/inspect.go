package effect

import (
	"fmt"
	"strings"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/text"

	"github.com/oioi-app/oioi/workflow/pattern"
)

// Inspect is the last look at a text before it is posted: it says what in it would act, "" where nothing does. Texts are
// sanitized before they are put together; this finds what a template, a new kind of effect or a mistake let through.
// Beside what allowed names, it lets stand what OiOi itself writes: its folds, its hidden lines, and the number of the
// ticket where its templates say it. Links are not looked at, but for their scheme: those to what OiOi opened are live on purpose.
func Inspect(body, marker string, number int, allowed Allowed) string {
	body = strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(body)
	if visible(body) != body {
		return "its text holds characters that show nothing"
	}
	if line := commandLine(body); line != "" {
		return "its text begins a line with a command: " + short(line)
	}
	for _, mark := range []string{marker, ReplyStart, ReplyEnd, statusStart, statusEnd, foldedMark} {
		if mark != "" {
			body = strings.Replace(body, mark, "", 1)
		}
	}
	body = ownLink().ReplaceAllString(body, "$1")
	if ownMark().MatchString(body) {
		return "its text holds a mark of OiOi's that is not its own"
	}
	body = ownHTML().ReplaceAllString(body, "")
	body = strings.ReplaceAll(body, fmt.Sprintf("support ticket #%d", number), "support ticket")
	return live([]byte(body), allowed)
}

// ownLink is the place of a link that is not resolved yet: see Link.
var ownLink = pattern.Lazy(`\{\{oioi:link (?:follow_up/[0-9]+|docs|docs_patch|docs_gap)\|([^\n|{}]*)\}\}`)

// ownHTML is the HTML that the templates write.
var ownHTML = pattern.Lazy(`</?details>|<summary>[A-Za-z ,()0-9'.-]*</summary>|</?sub>`)

var (
	anyCommand  = pattern.Lazy(`^[ \t>*+-]*/[A-Za-z]`)
	openingCode = pattern.Lazy("^[ \\t>*+0-9.)-]*(`{3,}|~{3,})")
)

// commandLine returns the first line that a bot could read as a command: in code only one that begins with it, elsewhere
// also one behind the marks of lists and quotes.
func commandLine(body string) string {
	fence := ""
	for line := range strings.SplitSeq(body, "\n") {
		if m := openingCode().FindStringSubmatch(line); m != nil {
			switch {
			case fence == "":
				fence = m[1]
			case strings.HasPrefix(m[1], fence):
				fence = ""
			}
			continue
		}
		if codeCommand().MatchString(line) || fence == "" && anyCommand().MatchString(line) {
			return line
		}
	}
	return ""
}

// live says what acts in a text as a renderer reads it.
func live(source []byte, allowed Allowed) (why string) {
	root := gfm.Parse(text.NewReader(source))
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
			if address := strings.ToLower(string(n.Destination)); !strings.HasPrefix(address, "https://") && !strings.HasPrefix(address, "http://") {
				why = "its text links to " + short(address) + ", which is no web address"
			}
		case *ast.FencedCodeBlock, *ast.CodeBlock, *ast.CodeSpan:
			return ast.WalkSkipChildren, nil
		case *ast.AutoLink:
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
