package effect

import (
	"fmt"
	"strings"
)

// Waiting is one effect of a plan that a person decides on, as the draft lists it.
type Waiting struct {
	ID    string // see ShortID; "" once it is decided on
	What  string // what it would do; clean Markdown
	State string // waits, done, failed, rejected, or what else became of it; clean Markdown
}

// ListedAbove stands in a draft's text in place of the link to what waits for a person.
const ListedAbove = "see what waits, above"

// Asks reports whether the effect waits for a person where a team approves each effect of a plan. The draft itself, which
// says what waits, does not, nor do the answers to people.
func (e Effect) Asks() bool {
	switch e.Kind {
	case KindLabel, KindIssue, KindPull, KindGap, KindAssign:
		return true
	}
	return e.Comment != nil && e.Comment.Settle != nil
}

// Does says what the effect would do, on one line of clean Markdown.
func (e Effect) Does() string {
	var out string
	switch {
	case e.Label != nil && e.Label.Remove:
		out = "take off the label " + Code(e.Label.Name)
	case e.Label != nil:
		out = "set the label " + Code(e.Label.Name)
	case e.Issue != nil:
		out = "open the follow-up “" + SanitizeLine(Plain(e.Issue.Title), Allowed{}) + "”"
	case e.Pull != nil:
		out = fmt.Sprintf("open the draft docs pull request “%s”, which changes ", SanitizeLine(Plain(e.Pull.Title), Allowed{}))
		if e.Pull.Onto != 0 {
			out = fmt.Sprintf("add “%s” to the open docs pull request %d, which changes ", SanitizeLine(Plain(e.Pull.Title), Allowed{}), e.Pull.Onto)
		}
		paths := make([]string, len(e.Pull.Files))
		for i, f := range e.Pull.Files {
			paths[i] = Code(f.Path)
		}
		out += strings.Join(paths, ", ")
	case e.Gap != nil && e.Gap.Answered+e.Gap.Proposed != "":
		out = "tick off the ticket's line in the list of docs gaps"
	case e.Gap != nil && e.Gap.Settle:
		out = "open the ticket's line in the list of docs gaps again"
	case e.Gap != nil:
		out = "put the ticket on the list of docs gaps"
	case e.Assign != nil:
		out = "make " + Code("@"+e.Assign.Login) + " the owner"
	case e.Comment != nil && e.Comment.Settle != nil:
		on, what := "follow-up", "answered"
		if e.Comment.Settle.Pull {
			on = "docs pull request"
		}
		if !e.Comment.Settle.Answered {
			what = "without an answer again"
		}
		out = fmt.Sprintf("say on the %s %d that its question is %s", on, e.Comment.On, what)
	case e.Comment != nil:
		out = "comment " + Code(e.Slot)
	}
	return strings.ReplaceAll(out, "|", "\\|")
}

// statusBlock is a status as it stands in a draft's comment.
func statusBlock(text string) string {
	return statusStart + "\n\n" + strings.TrimSpace(text) + "\n\n" + statusEnd
}
