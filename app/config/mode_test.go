package config

import (
	"strings"
	"testing"

	"github.com/oioi-app/oioi/workflow/role"
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
		{"mode: obsrve\n", `is "obsrve"; allowed: draft, approve, observe`, true, true},
		{"mode: observe\nfollow_ups: [\n", "oioi.yml:", true, true},
		{"draft: { destination: internal, repository: acme/internal }\n", "", false, true},
		{"draft: { destination: internal, repository: acme/internal }\nfollow_ups:\n  max: 9\n", "follow_ups.max", true, true},
		{"draft: { destination: inside }\n", `is "inside"; allowed: ticket, internal`, true, true},
		{"draft: { destination: internal, repository: internal }\n", "write OWNER/NAME", true, true},
		{"docs: { repository: acme/help }\n", "", false, true},
		{"docs: { repository: help }\n", `docs.repository is "help"; write OWNER/NAME`, false, true},
		{"docs: { repository: https://github.com/acme/help }\n", "write OWNER/NAME", false, true},
		{"docs: { repositories: acme/help }\n", `unknown key "repositories"`, false, true},
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

// A category has a mode of its own; what a wrong reply would harm is never automatic, and a mistake elsewhere in the file
// makes nothing automatic and takes back no approval.
func TestTheModeOfACategory(t *testing.T) {
	for _, test := range []struct {
		text, mistake, howTo, bug string
	}{
		{"", "", ModeDraft, ModeDraft},
		{"mode: approve\n", "", ModeApprove, ModeApprove},
		{"modes: {how_to: auto}\n", "", ModeAuto, ModeDraft},
		{"mode: approve\nmodes: {how_to: auto, bug: draft}\n", "", ModeAuto, ModeDraft},
		{"mode: observe\nmodes: {how_to: auto}\n", "", ModeObserve, ModeObserve},
		{"mode: auto\n", "auto is for single categories, below modes", ModeObserve, ModeObserve},
		{"modes: {billing: auto}\n", "modes.billing is auto, and a person always sends replies of this category", ModeDraft, ModeDraft},
		{"modes: {how-to: auto}\n", "modes.how-to is no category; allowed: how_to, ", ModeDraft, ModeDraft},
		{"modes: {how_to: observe}\n", `modes.how_to is "observe"; allowed: draft, approve, auto`, ModeApprove, ModeDraft},
		{"mode: approve\nmodes: {how_to: auto, bug: approve}\nfollow_ups:\n  max: 9\n", "follow_ups.max", ModeApprove, ModeApprove},
		{"modes: {how_to: auto, bug: approve}\nfollow_ups:\n  max: 9\n", "follow_ups.max", ModeDraft, ModeApprove},
		{"auto_above: 0.2\n", "auto_above is 0.2; allowed: 0.5 to 1", ModeDraft, ModeDraft},
	} {
		got, err := ParseRepository(".github/oioi.yml", []byte(test.text))
		if (err == nil) != (test.mistake == "") || err != nil && !strings.Contains(err.Error(), test.mistake) {
			t.Errorf("%q: error %v, want %q", test.text, err, test.mistake)
		}
		if h, b := got.ModeFor(role.HowTo), got.ModeFor(role.Bug); h != test.howTo || b != test.bug {
			t.Errorf("%q: how_to %s, bug %s; want %s, %s", test.text, h, b, test.howTo, test.bug)
		}
	}
	for _, category := range []role.Category{role.Security, role.PrivacyLegal, role.Billing, role.DataLoss, role.AccountAccess, role.Abuse, role.Outage} {
		if (Repository{Modes: map[string]string{string(category): ModeAuto}}).ModeFor(category) == ModeAuto {
			t.Errorf("%s is automatic", category)
		}
	}
}
