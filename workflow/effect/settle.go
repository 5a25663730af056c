package effect

import (
	"fmt"
	"slices"
	"strings"

	"github.com/oioi-app/oioi/workflow/evidence"
)

// SlotAnswered begins the slot of the comment that says on a record of a question, whose slot comes after it, that the help center
// answers the question by now.
const SlotAnswered = "answered/"

// StandingGap is what an earlier run left because the help center did not answer a question then: a follow-up, a docs pull request,
// or a line in the list of docs gaps.
type StandingGap struct {
	Kind   Kind
	Slot   string
	Title  string
	Number int  // of the issue or pull request
	Said   bool // the comment of AnsweredSlot stands there; of a line: it is ticked, with the page that answers it
	Closed bool // it is closed, so that nobody has to hear of it
	Onto   bool // of a pull request: it is another ticket's, with a commit for this one
	Line   *Gap // of a line: as it was put there
}

// AnsweredSlot is the slot of the comment that says on it what became of its question. A ticket's docs pull requests come one after
// the other in one slot, and each has a comment of its own.
func (g StandingGap) AnsweredSlot() string {
	if g.Kind == KindPull {
		return fmt.Sprintf("%s%s/%d", SlotAnswered, g.Slot, g.Number)
	}
	return SlotAnswered + g.Slot
}

// settle says on what earlier runs left, once, that the help center answers its question by now, and takes it back where the
// question is without an answer again. It returns what the draft says of what is answered, and the line of the list as it is to
// stand once the reply was sent.
func (p *planner) settle(sources []evidence.Item, opened []Effect) (lines []string, sent *Gap) {
	var pages []string
	for _, s := range sources {
		if s.Kind == evidence.Docs {
			pages = append(pages, p.link(cut(s.Title, 200), s.URL, s.Kind))
		}
	}
	missing := slices.ContainsFunc(opened, func(e Effect) bool { return e.Issue != nil && e.Issue.Gap || e.Pull != nil || e.Gap != nil })
	answered := len(pages) > 0 && !missing
	for _, gap := range p.in.Gaps {
		if gap.Kind != KindIssue && p.in.Rules.Sensitive {
			continue // it stands where everybody reads it
		}
		again := slices.ContainsFunc(opened, func(e Effect) bool { return e.Kind == gap.Kind && e.Slot == gap.Slot })
		switch {
		case answered && gap.Kind == KindGap && !gap.Said:
			lines = append(lines, Link(gap.Slot, "the ticket's line in the list of docs gaps")+byNow+", and sending the reply ticks it off where no person has changed it")
			sent = gap.Line.As(pages[0], "")
		case missing && gap.Kind == KindGap && gap.Said && !again:
			e := p.effect(KindGap, gap.Slot)
			e.Gap = gap.Line.As("", "")
			p.settled = append(p.settled, e)
		case gap.Kind == KindGap:
		case answered && !gap.Closed:
			closes := ", and sending the reply closes it where no person works on it"
			if gap.Onto {
				closes = ""
			}
			lines = append(lines, Link(gap.Slot, p.label(gap.Title))+byNow+closes)
			p.tell(gap, true, p.answeredBy(gap, strings.Join(pages, ", ")))
		case again && gap.Said:
			p.tell(gap, false, p.answeredBy(gap, ""))
		}
	}
	return lines, sent
}

const byNow = ": the help center answers it by now"

// answeredBy is what a record's readers hear of its question. With pages "" these do not answer it any more. Who reads a pull request
// may not know the draft.
func (p *planner) answeredBy(gap StandingGap, pages string) string {
	ticket := fmt.Sprintf("the support ticket #%d", p.in.Ticket.Number)
	if gap.Kind == KindPull {
		if pages == "" {
			return fmt.Sprintf("For %s, OiOi does not find the answer in the help center any more: this change is needed still.", ticket)
		}
		then := "Once that answer is sent, OiOi closes this pull request, unless a person has pushed to its branch, edited or reviewed it, commented here or marked it as ready, or it holds another ticket's change as well."
		if gap.Onto {
			then = "What was added here for that ticket may not be needed any more."
		}
		return fmt.Sprintf("For %s, OiOi finds the answer in the help center by now: %s.\n\n%s", ticket, pages, then)
	}
	if p.in.Inside != nil {
		ticket = p.link("the support ticket", p.in.Ticket.URL, evidence.Linked)
	}
	if pages == "" {
		return fmt.Sprintf("A newer draft for %s does not answer this from the help center any more: the work here is still to do.", ticket)
	}
	return fmt.Sprintf("A draft for %s, which no person has approved yet, answers this from the help center: %s.\n\nOnce the reply is sent, OiOi closes this issue, unless a person is assigned, has edited it or has commented here.", ticket, pages)
}

// tell comments on a record, where that stands.
func (p *planner) tell(gap StandingGap, answered bool, text string) {
	e := p.effect(KindComment, gap.AnsweredSlot())
	marker := Marker(e.Key)
	e.Comment = &Comment{Body: text + "\n\n" + marker, Marker: marker, On: gap.Number, Settle: &Settle{Answered: answered, Pull: gap.Kind == KindPull}}
	if gap.Kind == KindIssue {
		e = e.Inside(p.in.Inside)
	}
	p.settled = append(p.settled, e)
}
