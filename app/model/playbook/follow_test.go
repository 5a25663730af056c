package playbook

import "testing"

// TestANoteStandsBeforeWhatItTakesBack: whoever reads a page from above reads the correction first.
func TestANoteStandsBeforeWhatItTakesBack(t *testing.T) {
	for text, want := range map[string]string{
		"Set the server:\n\n```yaml\nsmtp:\n  tls: true\n```\n\nThe setting `smtp.tls` switches it on.": "Set the server:",
		"All about mail.\n\nFirst line,\nand `smtp.tls` in the second one.":                             "First line,",
		"- one\n- `smtp.tls` is the second":                                                             "- one",
		"## Heading\nThe setting `smtp.tls` switches it on.":                                            "The setting `smtp.tls` switches it on.",
		"Set:\n\n```\na\n```\n\nSet:\n\nUse `smtp.tls`.":                                                "Use `smtp.tls`.",
		"Twice.\n\nTwice.\n```\nsmtp.tls\n```":                                                          "",
		"| `smtp.tls` | on |":                                                                           "",
		"Nothing about it.":                                                                             "",
	} {
		if got := blockOf(text, []string{"smtp.tls"}); got != want {
			t.Errorf("before %q, want %q, in:\n%s", got, want, text)
		}
	}
}
