package effect

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/oioi-app/oioi/workflow/evidence"
	"github.com/oioi-app/oioi/workflow/ticket"
)

// Internal is the issue in a private repository that stands for a ticket of a public one: drafts and commands have their place
// there. A ticket has one, whatever becomes of its drafts.
func Internal(t ticket.Ticket, in *ticket.Repository, labelPrefix string) Effect {
	e := Effect{Key: Key(t.Repository.ID, t.Number, KindInternal, SlotInternal), Kind: KindInternal, Slot: SlotInternal,
		Repository: t.Repository, Number: t.Number, IssueID: t.ID, Visibility: evidence.Public, In: in}
	title := fmt.Sprintf("%s %d: %s", t.Repository.Name, t.Number, cmp.Or(Plain(t.Title.Raw()), "a support ticket"))
	marker := Marker(e.Key)
	e.Issue = &Issue{Title: cut(Plain(title), 120), Marker: marker, Labels: []string{labelPrefix + "internal"},
		Body: "Drafts for [this ticket](" + linkTarget(t.URL) + ") stand here, where only the team reads them. Commands work here as they do there; what you send is posted there.\n\n" + marker}
	return e
}

// StandsForTicket reports whether a body of OiOi's own is that of an internal issue: no other ticket's follow-up is its topic.
func StandsForTicket(body string) bool {
	return strings.Contains(body, "/"+string(KindInternal)+"/"+SlotInternal+" -->")
}
