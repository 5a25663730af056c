package words

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// What a customer writes and what a page says must share a key.
func TestWordsOfOneMeaningMeet(t *testing.T) {
	for ask, page := range map[string]string{
		"I can't log in":         "sign-in",
		"we signed up last week": "registration",
		"turn them all off":      "switch off",
		"my pw":                  "password",
		"schedules stopped":      "schedule",
		"get our reports back":   "restore",
		"Rechnung":               "invoice",
		"unsere Rechnungsnummer ist auf der Rechnung":        "invoice number",
		"wie kann ich das Kennwortfeld ändern und wo ist es": "password",
		"où est la facture de notre abonnement":              "invoice",
		"no puedo iniciar sesión en la cuenta":               "login",
		"la contraseña de mi cuenta":                         "password",
		"Größe der Datei und die Umlaute":                    "encoding",
		"smtp.host":                                          "host",
		"destroy my project":                                 "delete",
		"Wie setze ich es zurück? Zurücksetzen geht nicht":   "reset",
		"guardar como":                                       "save",
		"keep the client from syncing":                       "prevent synchronization",
		"our PCs":                                            "computer",
		"Wie kann ich das zweite Konto hinzufügen?":          "add an account",
		"mesurer la distance":                                "measure",
	} {
		asked, said := Set(ask), Set(page)
		met := false
		for key := range asked {
			met = met || said[key]
		}
		if !met {
			t.Errorf("%q and %q share nothing: %v, %v", ask, page, asked, said)
		}
	}
}

func TestDifferentThingsStayApart(t *testing.T) {
	for a, b := range map[string]string{"invoice": "webhook", "import": "export", "token": "region", "login": "logout", "upgrade": "downgrade", "host key": "token", "enable": "disable", "bank transfer": "credit card", "iphone": "android", "design": "template", "error message": "email"} {
		for key := range Set(a) {
			if Set(b)[key] {
				t.Errorf("%q and %q share %q", a, b, key)
			}
		}
	}
}

func TestCommonWordsSayNothing(t *testing.T) {
	for _, text := range []string{"Hello, could you please help me with this? Thanks!", "Wie kann ich das bitte machen, und was ist das?", "Bonjour, comment est-ce que je peux faire pour que ce soit bon ?", "Hola, ¿cómo se puede hacer esto, por favor?"} {
		for _, term := range Asked(text).Terms {
			if !term.Weak && term.Keys[0] != "favor" {
				t.Errorf("%q says %v", text, term.Keys)
			}
		}
	}
}

func TestTheTitleSaysMost(t *testing.T) {
	q := Asked("Refund\n" + strings.Repeat("We run many servers with a database and wrote about it at length. ", 20) + "The proxy is fine.")
	weight := func(key string) float64 {
		for _, term := range q.Terms {
			if slices.Contains(term.Keys, key) {
				return term.Weight
			}
		}
		return 0
	}
	if refund, proxy := weight("#refund"), weight("#proxy"); refund <= 2*proxy || proxy == 0 {
		t.Errorf("the title's word weighs %.2f, one at the end %.2f", refund, proxy)
	}
}

func TestWordsSuggestOthers(t *testing.T) {
	suggests := func(text, key string) bool {
		return slices.ContainsFunc(Asked(text).Suggests, func(s Suggestion) bool { return s.Key == key && s.Weight > 0 })
	}
	if !suggests("Keycloak", "#identity provider") || !suggests("the bookkeeper needs it", "#invoice") {
		t.Error("what a word suggests is not asked about")
	}
	if suggests("Keycloak", "#invoice") {
		t.Error("a word suggests something that has nothing to do with it")
	}
}

// Every concept that the lexicon refers to exists: a misspelt one would never be found.
func TestTheLexiconNamesItsConcepts(t *testing.T) {
	part := ""
	for line := range strings.SplitSeq(englishText, "\n") {
		switch {
		case line == "" || strings.HasPrefix(line, "#"):
			continue
		case strings.HasPrefix(line, "["):
			part = line
			continue
		}
		names := line
		if part == "[hint]" {
			var found bool
			if _, names, found = strings.Cut(line, " > "); !found {
				t.Errorf("a hint suggests nothing: %s", line)
			}
		}
		if part == "[same]" {
			continue
		}
		for name := range strings.SplitSeq(names, ", ") {
			if key := book().dictionaries["en"].resolve(name); key[0] != '#' && strings.Contains(name, " ") {
				t.Errorf("%q in %q is no concept", name, line)
			}
		}
	}
	for language, text := range map[string]string{"de": germanText, "fr": frenchText, "es": spanishText} {
		for line := range strings.SplitSeq(text, "\n") {
			if line == "" || strings.HasPrefix(line, "#") {
				continue
			}
			if _, names, found := strings.Cut(line, ": "); !found || strings.TrimSpace(names) == "" {
				t.Errorf("%s: a line without words: %q", language, line)
			}
		}
	}
}

func FuzzAsked(f *testing.F) {
	f.Add("Title\nHow do I log in? Das geht nicht, l'été n'est pas là ... don't!")
	f.Add("\xff\xfe ß İ ﷺ")
	f.Fuzz(func(t *testing.T, text string) {
		q := Asked(text)
		for _, term := range q.Terms {
			if len(term.Keys) == 0 || term.Weight <= 0 {
				t.Fatalf("a term without a key or a weight: %+v", term)
			}
			for _, key := range term.Keys {
				if key == "" || utf8.ValidString(text) && !utf8.ValidString(key) {
					t.Fatalf("key %q", key)
				}
			}
		}
		for _, s := range q.Suggests {
			if s.Weight <= 0 || s.Weight > 1 {
				t.Fatalf("suggestion %+v", s)
			}
		}
	})
}

// What a phrase suggests does not take its words away: "how often do you back up" suggests restoring, and is about backups.
func TestAPhraseThatSuggestsKeepsItsWords(t *testing.T) {
	keys := Set("How often do you back up?")
	if !keys["#backup"] {
		t.Errorf("it speaks of %v", keys)
	}
	if suggests := Asked("How often do you back up?").Suggests; !slices.ContainsFunc(suggests, func(s Suggestion) bool { return s.Key == "#restore" }) {
		t.Errorf("it suggests %v", suggests)
	}
}

func TestCompounds(t *testing.T) {
	for key, want := range map[string]bool{"ex-employee": true, "smtp.host": true, "v-cut": false, "host": false, "#two-factor": false, "#read-only": false} {
		if Compound(key) != want {
			t.Errorf("%q is a compound: %t", key, !want)
		}
	}
}
