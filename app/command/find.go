package command

import (
	"strings"

	"github.com/oioi-app/oioi/workflow/pattern"
	"github.com/oioi-app/oioi/workflow/ticket"
)

// Parse finds the command in a comment. A command stands at the start of a line, with no more than three spaces before
// it, outside quotes, code and HTML comments, and above what a mail program quotes below an answer. One comment gives at
// most one command: the first; what comes after it is not read, so that nobody hides a second one below a long text.
func Parse(body string) (*Command, *Mistake) {
	var f finder
	lines := strings.Split(ticket.UnixLines(body), "\n")
	for i, line := range lines {
		text, end := f.line(line)
		if end {
			return nil, nil
		}
		rest, ok := strings.CutPrefix(text, Prefix)
		if !ok || (rest != "" && rest[0] != ' ' && rest[0] != '\t') || f.spans(lines[i:]) {
			continue
		}
		return parseLine(text, strings.TrimSpace(rest))
	}
	return nil, nil
}

// finder knows, line after line, whether a person's own words may stand there.
type finder struct {
	fence     string // the marks that close the code block
	hidden    bool   // inside an HTML comment
	block     string // the HTML element that the text is in
	quoted    bool   // a quote goes on, lazily, until an empty line
	paragraph string // what stood before in this paragraph
}

var (
	// What a mail program writes above the message that is answered. Everything from there on is somebody else's.
	mailQuote = pattern.Lazy(`(?i)^(?:-{2,}\s*(?:original message|ursprüngliche nachricht|message d'origine|mensaje original|forwarded message|weitergeleitete nachricht)\s*-{2,}` +
		`|_{20,}|on\s.{4,200}\swrote\s?:|am\s.{4,200}\sschrieb\s.{1,120}:|le\s.{4,200}\sa écrit\s?:|el\s.{4,200}\sescribió\s?:)$`)
	codeRuns = pattern.Lazy("`+")
)

// htmlBlocks are elements whose content is shown as code or as somebody else's words.
var htmlBlocks = []string{"pre", "code", "blockquote", "script", "style", "textarea", "samp"}

// line returns what a person says on the line, or "" where it is quoted, hidden or code; end: nothing below counts.
func (f *finder) line(line string) (own string, end bool) {
	indent := len(line) - len(strings.TrimLeft(line, " "))
	text := strings.TrimSpace(line)
	switch {
	case f.hidden:
		f.hidden = !strings.Contains(text, "-->")
		return "", false
	case f.fence != "":
		if strings.HasPrefix(text, f.fence) && strings.Trim(text, f.fence[:1]) == "" && indent < 4 {
			f.fence = ""
		}
		return "", false
	case f.block != "":
		if strings.Contains(strings.ToLower(text), "</"+f.block) {
			f.block = ""
		}
		return "", false
	case text == "":
		f.quoted, f.paragraph = false, ""
		return "", false
	case strings.HasPrefix(text, ">") && indent < 4:
		f.quoted = true
		return "", false
	case f.quoted:
		return "", false
	case mailQuote().MatchString(text):
		return "", true
	}
	if mark := fenceOf(text); mark != "" && indent < 4 {
		f.fence, f.paragraph = mark, ""
		return "", false
	}
	if at := strings.LastIndex(text, "<!--"); at >= 0 {
		f.hidden = !strings.Contains(text[at:], "-->")
		return "", false
	}
	if f.opens(strings.ToLower(text)) {
		return "", false
	}
	before := f.paragraph
	f.paragraph += text + "\n"
	if indent > 3 || strings.HasPrefix(line, "\t") || strings.HasPrefix(strings.TrimLeft(line, " "), "\t") {
		return "", false
	}
	if strings.HasPrefix(text, Prefix) {
		f.paragraph = before
	}
	return text, false
}

// opens notes the HTML element that begins on the line and does not end on it.
func (f *finder) opens(text string) bool {
	for _, name := range htmlBlocks {
		at := strings.LastIndex(text, "<"+name)
		if at < 0 {
			continue
		}
		after := text[at+len(name)+1:]
		if after != "" && !strings.ContainsAny(after[:1], " >\t/") {
			continue
		}
		if !strings.Contains(after, "</"+name) {
			f.block = name
		}
		return true
	}
	return false
}

// spans reports whether a code span that began earlier in the paragraph reaches over the line at the head of lines.
func (f *finder) spans(lines []string) bool {
	open := ""
	for _, run := range codeRuns().FindAllString(f.paragraph, -1) {
		switch open {
		case "":
			open = run
		case run:
			open = ""
		}
	}
	if open == "" {
		return false
	}
	for _, line := range lines {
		if strings.TrimSpace(line) == "" {
			return false
		}
		for _, run := range codeRuns().FindAllString(line, -1) {
			if run == open {
				return true
			}
		}
	}
	return false
}

func fenceOf(line string) string {
	for _, mark := range []string{"```", "~~~"} {
		if !strings.HasPrefix(line, mark) {
			continue
		}
		n := len(line) - len(strings.TrimLeft(line, mark[:1]))
		if mark[0] == '`' && strings.Contains(line[n:], "`") {
			return "" // a code span, not a fence
		}
		return line[:n]
	}
	return ""
}
