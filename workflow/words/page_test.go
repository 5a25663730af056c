package words

import (
	"slices"
	"testing"
)

// What a page could say to everybody is told from what only people can do or know.
func TestPageQuestions(t *testing.T) {
	for text, want := range map[string][]string{
		"PDF\nThe report goes out by email. Can the attachment ask for a password? Thanks":                        {"Can the attachment ask for a password?"},
		"SCIM\n\nSingle sign-on works.\nWhich URL and\ntoken do we use?\n\n```\nHow do I run this?\n```":          {"Which URL and token do we use?"},
		"What does Skipped mean?\n### What happened to the run?\nIt says Skipped.":                                {"What does Skipped mean?"},
		"Bons\nOù puis-je saisir le numéro pour qu'il soit imprimé ? Merci":                                       {"Où puis-je saisir le numéro pour qu'il soit imprimé ?"},
		"Sprache\nWo stelle ich die Sprache der App um? Danke.":                                                   {"Wo stelle ich die Sprache der App um?"},
		"Factura\n¿Dónde puedo cambiar el idioma de la factura?":                                                  {"¿Dónde puedo cambiar el idioma de la factura?"},
		"High availability\nIs active/active supported, and how do runners agree on who takes which run?":         {"Is active/active supported, and how do runners agree on who takes which run?"},
		"Two people\nWhat happens when two people edit one item? What happened to mine?":                          {"What happens when two people edit one item?"},
		"SOC 2\nOur auditor asks. Are you certified? Is it normal that nobody answers?":                           {"Are you certified?"},
		"Audit\nIs the data center certified for ISO 27001?":                                                      {"Is the data center certified for ISO 27001?"},
		"All is down\nWhat is going on? When will it be back? How long will this take? Is there a known issue?":   nil,
		"Export fails\nCan you fix this? Is there any news? Can somebody look into it? How can this be?":          nil,
		"Money\nHow do I get a refund for October? Can I have my money back?":                                     nil,
		"Alles weg\nWas ist passiert? Wie lange dauert das noch? Kann sich das jemand ansehen?":                   nil,
		"Hello\nHow do I do that?\nIs it possible?\nYou may know why a token ends. I do.":                         nil,
		"Our proxy\nWhere do I enter it?":                                                                         {"Where do I enter it?"}, // the title says what
		"Card declined\nHow quickly is everything back to normal once we paid?":                                   {"How quickly is everything back to normal once we paid?"},
		"Two\nHow do I rotate a token? Where are the old ones listed?":                                            {"How do I rotate a token?", "Where are the old ones listed?"},
		"Sommer\nWelche Ordner werden gesichert?\n\nKann man den Ordner mit den Rechnungen davon ausnehmen? Gruß": {"Welche Ordner werden gesichert?", "Kann man den Ordner mit den Rechnungen davon ausnehmen?"},
	} {
		if got := PageQuestions(text); !slices.Equal(got, want) {
			t.Errorf("%q asks %q, want %q", text, got, want)
		}
	}
	for question, want := range map[string]bool{"Is there any way to get these back?": true, "Peut-on récupérer une sauvegarde ?": true, "Can I generate another secret?": false} {
		if GetsBack(question) != want {
			t.Errorf("%q asks for what is gone: %t", question, !want)
		}
	}
}

func FuzzPageQuestions(f *testing.F) {
	f.Add("Title\nHow do I do it?\n```\nWhere?\n```")
	f.Fuzz(func(t *testing.T, text string) {
		for _, q := range PageQuestions(text) {
			if !asksPage(q) {
				t.Errorf("%q is none", q)
			}
		}
	})
}
