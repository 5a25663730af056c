package workflow

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/oioi-app/oioi/workflow/pattern"
	"github.com/oioi-app/oioi/workflow/ticket"
)

func itoa(n int) string { return strconv.Itoa(n) }

// The lines that open and close a fence. No text inside can hold them: Fence takes their brackets apart.
const (
	fenceOpen  = "<<<untrusted "
	fenceClose = ">>>untrusted "
)

var (
	brackets = strings.NewReplacer("<<<", "< < <", ">>>", "> > >")
	comments = strings.NewReplacer("<!--", "[hidden comment: ", "-->", " end of hidden comment]")
)

// Fence is the only way by which text from outside enters a prompt. It stands between two lines that name it and that it
// cannot contain itself, and what it hides from a person's eyes (comments, characters that show nothing, descriptions of
// images, folded parts) is shown as what it is.
func Fence(label string, t ticket.Untrusted) string {
	text := aside(reveal(ticket.UnixLines(t.Raw())))
	for strings.Contains(text, "<<<") || strings.Contains(text, ">>>") { // what is left of "<<<<<" is one again
		text = brackets.Replace(text)
	}
	return fenceOpen + label + "\n" + text + "\n" + fenceClose + label
}

// reveal shows runs of invisible characters as a note, with what they spell where they do.
func reveal(s string) string {
	if !strings.ContainsFunc(s, ticket.Invisible) {
		return s
	}
	var b, run strings.Builder
	hidden := 0
	flush := func() {
		if hidden > 0 {
			fmt.Fprintf(&b, "[%d hidden characters", hidden)
			if spelled, _ := ticket.Spelled(run.String()); strings.TrimSpace(spelled) != "" {
				fmt.Fprintf(&b, " that spell: %s", strings.Map(visibleOnly, spelled))
			}
			b.WriteString("]")
		}
		hidden = 0
		run.Reset()
	}
	last := rune(0)
	for _, r := range s {
		emoji := (r == 0x200D || r == 0xFE0F) && !ticket.Invisible(last) // those two are part of ordinary emoji
		last = r
		if ticket.Invisible(r) && !emoji {
			hidden++
			run.WriteRune(r)
			continue
		}
		flush()
		b.WriteRune(r)
	}
	flush()
	return b.String()
}

func visibleOnly(r rune) rune {
	if ticket.Invisible(r) || r == '\n' {
		return ' '
	}
	return r
}

var (
	image       = regexp.MustCompile(`!\[([^\]\n]+)\]([(\[])`)
	definition  = regexp.MustCompile(`(?m)^ {0,3}\[[^\]\n]{1,200}\]:[ \t]*(?:#|<>|<#>)[ \t]*["'(](.*)["')][ \t]*$`)
	detailsOpen = pattern.Lazy(`(?i)<details\b[^>\n]{0,200}>`)
	detailsEnd  = pattern.Lazy(`(?i)</details[ \t]*>`)
)

// aside marks what a reader of the page does not see, or not at once.
func aside(text string) string {
	text = comments.Replace(text)
	if strings.Contains(text, "]:") {
		text = definition.ReplaceAllString(text, "[hidden comment: $1 end of hidden comment]")
	}
	if strings.Contains(text, "![") {
		text = image.ReplaceAllString(text, "[an image; its description, which no reader sees: $1 end of description]$2")
	}
	if strings.Contains(text, "<") {
		text = detailsEnd().ReplaceAllString(detailsOpen().ReplaceAllString(text, "[folded away: "), " end of what is folded away]")
	}
	return text
}
