package intake

import "github.com/oioi-app/oioi/app/store"

// Mailbox is the job of a delivery about a ticket, as urgent as who caused it.
func Mailbox(d store.Delivery) MailboxArgs {
	p, _ := peek(d.Payload) // it was checked before it was stored
	return MailboxArgs{TicketKey: d.TicketKey, Urgency: p.urgency(d.Event)}
}

// urgency is the priority of the delivery's mailbox, the most urgent first: 1 for people of the team and for everything that
// nobody else can cause, 2 for those whose work the repository has taken before, 3 for accounts that nobody there knows. So a
// flood of tickets or comments from new accounts is looked at after what the team does. GitHub says who is who; the payload is
// signed. It decides nothing but the order.
// https://docs.github.com/en/graphql/reference/enums#commentauthorassociation
func (p peeked) urgency(event string) int {
	from := ""
	switch {
	case event == "issue_comment" || event == "pull_request_review_comment":
		from = p.commentFrom
	case event == "issues" && p.sender == p.pull.Author:
		from = p.issueFrom
	default:
		return 1
	}
	switch from {
	case "OWNER", "MEMBER", "COLLABORATOR":
		return 1
	case "CONTRIBUTOR":
		return 2
	}
	return 3
}
