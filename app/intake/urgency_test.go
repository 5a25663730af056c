package intake

import "testing"

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
		if got := peek([]byte(tt.body)).urgency(tt.event); got != tt.want {
			t.Errorf("%s %s has urgency %d, want %d", tt.event, tt.body, got, tt.want)
		}
	}
}
