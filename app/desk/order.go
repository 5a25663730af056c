package desk

import (
	"fmt"
	"time"

	"github.com/oioi-app/oioi/app/command"
)

// undoes names, for each command that another one undoes, what both decide on. Of these the newest counts, in whatever order
// they arrive: one that comes late would end the run, or the hold, that a later word began.
var undoes = map[string]string{
	"run": "the run", "rerun": "the run", "docs": "the run", "cancel": "the run",
	"hold": "the hold", "resume": "the hold",
	"assign": "the owner",
}

// Word is a comment by which somebody decided something.
type Word struct {
	Comment int64     `json:"comment"`
	Review  bool      `json:"review,omitempty"` // on a line of a pull request, which GitHub numbers apart
	At      time.Time `json:"at"`
}

// after reports whether a comment was written later. GitHub's times have whole seconds; its numbers tell more.
func (w Word) after(other Word) bool {
	if w.Review == other.Review {
		return w.Comment > other.Comment
	}
	return w.At.After(other.At)
}

// late reports whether a newer command has decided on the same already: then this one is noted, and changes nothing.
func (a answering) late(cmd command.Command) bool {
	what := undoes[cmd.Spec.Name]
	word := Word{a.e.Comment.ID, a.e.Review, a.e.Comment.CreatedAt}
	if a.data.Words[what].after(word) {
		a.react("eyes")
		a.note("late", fmt.Sprintf("`%s %s` by @%s arrived after a newer command about %s, which counts", command.Prefix, cmd.Spec.Name, a.e.Sender.Login, what))
		return true
	}
	a.alter(func(d *ticketData) {
		if d.Words == nil {
			d.Words = map[string]Word{}
		}
		d.Words[what] = word
	})
	return false
}
