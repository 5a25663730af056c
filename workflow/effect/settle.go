package effect

import (
	"fmt"
	"slices"
	"strings"

	"github.com/oioi-app/oioi/workflow/evidence"
)

// SlotAnswered begins the slot of the comment that says on a follow-up, whose slot comes after it, that the help center answers
// its question by now.
const SlotAnswered = "answered/"

// StandingGap is a follow-up of an earlier run that records a question which the help center did not answer then.
type StandingGap struct {
	Slot   string
	Title  string
	Number int  // of the issue
	Said   bool // the comment of SlotAnswered stands there
}

// settle says on each follow-up of an earlier run, once, that the help center answers its question by now, and takes it back where
// the question is without an answer again. It returns what the draft says of those that are answered.
func (p *planner) settle(sources []evidence.Item, opened []Effect) (lines []string) {
	which := fmt.Sprintf("the support ticket #%d", p.in.Ticket.Number)
	if p.in.Inside != nil {
		which = p.link("the support ticket", p.in.Ticket.URL, evidence.Linked)
	}
	var pages []string
	for _, s := range sources {
		if s.Kind == evidence.Docs {
			pages = append(pages, p.link(s.Title, s.URL, s.Kind))
		}
	}
	missing := slices.ContainsFunc(opened, func(e Effect) bool { return e.Issue != nil && e.Issue.Gap || e.Pull != nil || e.Gap != nil })
	answered := len(pages) > 0 && !missing
	for _, gap := range p.in.Gaps {
		again := slices.ContainsFunc(opened, func(e Effect) bool { return e.Kind == KindIssue && e.Slot == gap.Slot })
		var text string
		switch {
		case answered:
			lines = append(lines, Link(gap.Slot, p.label(gap.Title))+": the help center answers it by now, and sending the reply closes it where no person works on it")
			text = fmt.Sprintf("A draft for %s, which no person has approved yet, answers this from the help center: %s.\n\nOnce the reply is sent, OiOi closes this issue, unless a person is assigned, has edited it or has commented here.", which, strings.Join(pages, ", "))
		case again && gap.Said:
			text = fmt.Sprintf("A newer draft for %s does not answer this from the help center any more: the work here is still to do.", which)
		default:
			continue
		}
		e := p.effect(KindComment, SlotAnswered+gap.Slot)
		marker := Marker(e.Key)
		e.Comment = &Comment{Body: text + "\n\n" + marker, Marker: marker, On: gap.Number, Settle: &Settle{Answered: answered}}
		p.settled = append(p.settled, e.Inside(p.in.Inside))
	}
	return lines
}
