package workflow

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/oioi-app/oioi/workflow/ticket"
)

func itoa(n int) string { return strconv.Itoa(n) }

// The lines that open and close a fence. No text inside can hold them: Fence takes their brackets apart.
const (
	fenceOpen  = "<<<untrusted "
	fenceClose = ">>>untrusted "
)

// Fence is the only way by which text from outside enters a prompt. It stands between two lines that name it and that it
// cannot contain itself, and what it hides from a person's eyes (HTML comments, characters that show nothing) is shown as what it is.
func Fence(label string, t ticket.Untrusted) string {
	text := strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(t.Raw())
	text = strings.NewReplacer("<!--", "[hidden comment: ", "-->", " end of hidden comment]").Replace(text)
	text = reveal(text)
	for strings.Contains(text, "<<<") || strings.Contains(text, ">>>") { // what is left of "<<<<<" is one again
		text = strings.NewReplacer("<<<", "< < <", ">>>", "> > >").Replace(text)
	}
	return fenceOpen + label + "\n" + text + "\n" + fenceClose + label
}

// reveal shows runs of invisible characters as a note.
func reveal(s string) string {
	var b strings.Builder
	hidden := 0
	flush := func() {
		if hidden > 0 {
			fmt.Fprintf(&b, "[%d hidden characters]", hidden)
		}
		hidden = 0
	}
	for _, r := range s {
		if ticket.Invisible(r) && r != 0x200D && r != 0xFE0F { // those two are part of ordinary emoji
			hidden++
			continue
		}
		flush()
		b.WriteRune(r)
	}
	flush()
	return b.String()
}
