package effect_test

import (
	"strings"
	"testing"

	"github.com/oioi-app/oioi/workflow/effect"
)

// Who sent a reply stands below it in the customer's language, and is taken off again.
func TestWhoSentAReplyStandsInTheCustomersLanguage(t *testing.T) {
	for language, want := range map[string]string{"de": "<sub>Gesendet von `@jo`</sub>", "fr-CA": "<sub>Envoyé par `@jo`</sub>", "es": "<sub>Enviado por `@jo`</sub>",
		"en": "<sub>Sent by `@jo`</sub>", "und": "<sub>Sent by `@jo`</sub>", "": "<sub>Sent by `@jo`</sub>"} {
		const reply = "H<sub>2</sub>O.\n\n<sub>small</sub>"
		sent := effect.SentReply(reply, "jo", language)
		if !strings.HasSuffix(sent, "\n\n"+want) || effect.WithoutSender(sent) != reply {
			t.Errorf("%s: %q", language, sent)
		}
	}
	if got := effect.SentAutomatically("Ja.", "de-AT"); got != "Ja.\n\n<sub>Automatisch gesendet von OiOi (Modus auto)</sub>" {
		t.Error(got)
	}
}
