package config

import (
	"strings"
	"testing"
)

// What a file holds back stays held back while something else in it is wrong; in doubt nothing is written.
func TestAMistakeDoesNotLetOiOiWrite(t *testing.T) {
	for _, test := range []struct {
		text     string
		mistake  string // in the error; "" for none
		observes bool
		labels   bool
	}{
		{"", "", false, true},
		{"mode: draft\n", "", false, true},
		{"mode: observe\n", "", true, true},
		{"effects:\n  labels: false\n", "", false, false},
		{"effects:\n  labels: false\nfollow_ups:\n  max: 9\n", "follow_ups.max", false, false},
		{"mode: observe\nfollow_ups:\n  max: 9\n", "follow_ups.max", true, true},
		{"mode: obsrve\n", `is "obsrve"; allowed: draft, observe`, true, true},
		{"mode: observe\nfollow_ups: [\n", "oioi.yml:", true, true},
		{"draft: { destination: internal, repository: acme/internal }\n", "", false, true},
		{"draft: { destination: internal, repository: acme/internal }\nfollow_ups:\n  max: 9\n", "follow_ups.max", true, true},
		{"draft: { destination: inside }\n", `is "inside"; allowed: ticket, internal`, true, true},
		{"draft: { destination: internal, repository: internal }\n", "write OWNER/NAME", true, true},
		{"draft: [internal]\n", "oioi.yml:", true, true},
		{"draft: { destination: ticket }\nfollow_ups:\n  max: 9\n", "follow_ups.max", false, true},
		{"effects:\n  label: false\n", "effects.label is no kind of effect; allowed: comments, reactions, labels, follow_ups, docs_pull_requests", false, true},
		{"effects:\n  labels: off please\n", "oioi.yml:", false, false},
	} {
		got, err := ParseRepository(".github/oioi.yml", []byte(test.text))
		if (err == nil) != (test.mistake == "") || err != nil && !strings.Contains(err.Error(), test.mistake) {
			t.Errorf("%q: error %v, want %q", test.text, err, test.mistake)
		}
		if got.Observes() != test.observes || got.Wants(SwitchLabels) != test.labels {
			t.Errorf("%q: observes %t, labels %t", test.text, got.Observes(), got.Wants(SwitchLabels))
		}
	}
}
