package intake

import (
	"testing"

	"github.com/oioi-app/oioi/app/store"
)

func TestStrangersAreLookedAtAfterTheTeam(t *testing.T) {
	for _, tt := range []struct {
		event, body string
		want        int
	}{
		{"issues", `{"action":"opened","issue":{"user":{"login":"new"},"author_association":"NONE"},"sender":{"login":"new"}}`, 3},
		{"issues", `{"action":"opened","issue":{"user":{"login":"new"},"author_association":"FIRST_TIMER"},"sender":{"login":"new"}}`, 3},
		{"issues", `{"action":"opened","issue":{"user":{"login":"new"}},"sender":{"login":"new"}}`, 3},
		{"issues", `{"action":"opened","issue":{"user":{"login":"known"},"author_association":"CONTRIBUTOR"},"sender":{"login":"known"}}`, 2},
		{"issues", `{"action":"opened","issue":{"user":{"login":"team"},"author_association":"MEMBER"},"sender":{"login":"team"}}`, 1},
		{"issues", `{"action":"labeled","issue":{"user":{"login":"new"},"author_association":"NONE"},"sender":{"login":"team"}}`, 1},
		{"issue_comment", `{"action":"created","comment":{"author_association":"OWNER"},"issue":{"user":{"login":"new"},"author_association":"NONE"},"sender":{"login":"team"}}`, 1},
		{"issue_comment", `{"action":"created","comment":{"author_association":"NONE"},"issue":{"user":{"login":"team"},"author_association":"OWNER"},"sender":{"login":"new"}}`, 3},
		{"push", `{"ref":"refs/heads/oioi/7","sender":{"login":"new"}}`, 1},
	} {
		if got := Mailbox(store.Delivery{Event: tt.event, TicketKey: "7/1", Payload: []byte(tt.body)}); got != (MailboxArgs{TicketKey: "7/1", Urgency: tt.want}) {
			t.Errorf("%s %s becomes %+v, want the urgency %d", tt.event, tt.body, got, tt.want)
		}
	}
}
