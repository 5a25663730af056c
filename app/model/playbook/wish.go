package playbook

import (
	"strings"

	"github.com/oioi-app/oioi/workflow/policy"
)

// wish is what the playbooks understand of a maintainer's direction.
type wish struct {
	words    string
	shorter  bool
	escalate bool
	language string
	facts    []policy.RequiredFact
	ignored  bool // there is a direction, and none of it was understood
}

// readWish reads a direction. What is not understood is said in the handoff note, not passed over in silence.
func readWish(words string) wish {
	w := wish{words: strings.TrimSpace(words)}
	if w.words == "" {
		return w
	}
	understood := false
	has := func(phrases ...string) bool {
		hit := policy.Mentions(w.words, phrases...)
		understood = understood || hit
		return hit
	}
	w.shorter = has("short*", "brief*", "concise*", "less text", "fewer words", "kürzer", "kurz")
	w.escalate = has("escalat*")
	for code, names := range map[string][]string{"de": {"german", "deutsch", "auf deutsch"}, "en": {"english", "englisch"}, "es": {"spanish", "español"}, "fr": {"french", "français"}} {
		if has(names...) {
			w.language = code
		}
	}
	if has("ask*", "request*", "need*") || has("log", "logs", "version", "steps") {
		for id, fact := range wishes {
			if has(fact.words...) {
				w.facts = append(w.facts, policy.RequiredFact{ID: id, Question: fact.question, Why: "A maintainer asked for it", When: "always"})
			}
		}
	}
	w.ignored = !understood
	return w
}

// wishes are the facts that a maintainer can have asked for in words.
var wishes = map[string]struct {
	words    []string
	question map[string]string
}{
	"log": {[]string{"log", "logs", "error message", "stack trace"}, map[string]string{
		"en": "Could you add the log or the exact error message?", "de": "Können Sie das Protokoll oder die genaue Fehlermeldung ergänzen?",
		"es": "¿Puede añadir el registro o el mensaje de error exacto?", "fr": "Pouvez-vous ajouter le journal ou le message d'erreur exact ?"}},
	"version": {[]string{"version"}, map[string]string{
		"en": "Which version do you use?", "de": "Welche Version verwenden Sie?", "es": "¿Qué versión utiliza?", "fr": "Quelle version utilisez-vous ?"}},
	"steps": {[]string{"steps", "reproduce", "reproduction"}, map[string]string{
		"en": "Which steps lead there?", "de": "Welche Schritte führen dorthin?", "es": "¿Qué pasos llevan hasta ahí?", "fr": "Quelles étapes y mènent ?"}},
}

// asks returns the wished facts that are not asked for already.
func (w wish) asks(have []policy.RequiredFact) []policy.RequiredFact {
	var out []policy.RequiredFact
	for _, fact := range w.facts {
		known := false
		for _, h := range have {
			known = known || h.ID == fact.ID
		}
		if !known {
			out = append(out, fact)
		}
	}
	return out
}
