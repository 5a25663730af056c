package effect

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/oioi-app/oioi/workflow/role"
)

// SlotGap is the slot of a ticket's line in the list of docs gaps.
const SlotGap = "docs_gap"

// gapWhy says why a docs change is on the list.
func (p *planner) gapWhy() string {
	if onto := p.in.Onto; onto != nil && onto.Theirs {
		return fmt.Sprintf("a person works on the same section in pull request %d", onto.Number)
	}
	return "enough pull requests wait for people"
}

// gap puts a docs change on the repository's list, because a person has to decide on what is open first.
func (p *planner) gap(edits []role.DocsEdit) Effect {
	t := p.in.Ticket
	e := p.effect(KindGap, SlotGap)
	marker, line := Marker(Key(t.Repository.ID, 0, KindGap, "list")), Marker(e.Key)
	question := p.label(cmp.Or(p.in.Outputs.Understanding.CustomerGoal, t.Title.Raw()))
	e.Gap = &Gap{Title: "Docs gaps from support tickets", Marker: marker, LineMarker: line, Labels: []string{p.in.Rules.LabelPrefix + "docs"},
		Intro: "Tickets that the help center does not answer, and for which no pull request was opened because enough of OiOi's wait already, or because a person works on the same section in one. `/oioi docs` on a ticket asks for its pull request once others are merged or closed.\n\n" + marker,
		Line:  fmt.Sprintf(openTask+"[%s](%s): %s %s", cut(question, 200), linkTarget(t.URL), codeSpan(ownMarks(visible(cut(edits[0].Page, 200)))), line)}
	return e
}

const openTask, doneTask = "- [ ] ", "- [x] "

// Stands is the line as it is to stand on the list: open, or ticked with what became of it.
func (g Gap) Stands() string {
	if g.Answered+g.Proposed == "" {
		return g.Line
	}
	became := "answered by now in " + g.Answered
	if g.Answered == "" {
		became = "proposed in " + g.Proposed
	}
	line := strings.TrimSuffix(strings.TrimPrefix(g.Line, openTask), " "+g.LineMarker)
	return doneTask + line + ", " + became + " " + g.LineMarker
}

// As is what is changed of a line that stands, once the ticket's docs pull request has opened or a page answers the ticket; with
// neither it is open again.
func (g Gap) As(answered, proposed string) *Gap {
	g.Settle, g.Answered, g.Proposed = true, answered, proposed
	return &g
}

// ProposedIn ticks a line with the pull request that proposes a page.
func (g Gap) ProposedIn(pull Pull, address string) *Gap {
	return g.As("", "["+linkWords(cut(pull.Title, 200))+"]("+linkTarget(address)+")")
}
