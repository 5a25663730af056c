package ticket

import (
	"slices"
	"strings"
	"unicode"
)

// chores are form fields that say nothing about the topic.
var chores = []string{"before you submit", "contact", "i have", "consent", "impact", "environment", "code of conduct"}

// areas are the labels of the field in which a customer chooses a part of the product.
var areas = []string{"product area", "area", "component", "category", "module", "bereich", "domaine", "área"}

// Area returns the part of the product that the customer chose in the form, or "". It is no part of Words: its words are the
// form's, so a search for them finds the pages that are called like the area, whatever the ticket says.
func (t Ticket) Area() string { return ParseForm(t.Body.Raw()).Get(areas...) }

// Words returns the ticket's text to search with: the title and what the customer wrote, without form headings, empty
// answers, the product's area, check boxes, long logs and hidden text.
func (t Ticket) Words() string {
	form := parseForm(t.Body.Raw(), given) // with the fences, which tell where a log is
	parts := []string{t.Title.Raw(), form.Free}
	for _, field := range form.Fields {
		if isChore(field.Label) {
			continue
		}
		parts = append(parts, field.Value)
	}
	var out []string
	fence := ""
	logged := 0
	for line := range strings.SplitSeq(Visible(strings.Join(parts, "\n")), "\n") {
		was := fence
		if fence = nextFence(fence, line); fence != "" || was != "" {
			if logged++; logged > 12 { // the first lines of a log name the error
				continue
			}
		}
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "- [") || strings.HasPrefix(line, "```") || strings.HasPrefix(line, "~~~") || line == "" {
			continue
		}
		out = append(out, line)
	}
	return strings.Join(out, "\n")
}

func isChore(label string) bool {
	label = strings.ToLower(label)
	return slices.ContainsFunc(slices.Concat(chores, areas), func(chore string) bool { return strings.HasPrefix(label, chore) })
}

// Visible returns what a person sees of Markdown: without HTML comments and without characters that show nothing.
func Visible(s string) string {
	var b strings.Builder
	for {
		at := strings.Index(s, "<!--")
		if at < 0 {
			break
		}
		b.WriteString(s[:at])
		end := strings.Index(s[at:], "-->")
		if end < 0 {
			s = ""
			break
		}
		s = s[at+end+3:]
	}
	b.WriteString(s)
	return strings.Map(func(r rune) rune {
		if Invisible(r) {
			return -1
		}
		return r
	}, b.String())
}

// Invisible reports whether a character shows nothing and can hide or reorder text: zero-width and bidirectional controls,
// tag characters, variation selectors, soft hyphens, and everything else that Unicode lets a font leave out
// (Default_Ignorable_Code_Point, https://www.unicode.org/reports/tr44/#Default_Ignorable_Code_Point). Line breaks and tabs are none.
func Invisible(r rune) bool {
	switch {
	case r == '\n' || r == '\t' || r == '\r' || r >= ' ' && r < 0x7F:
		return false
	case unicode.In(r, unicode.Cf, unicode.Variation_Selector, unicode.Other_Default_Ignorable_Code_Point):
		return true
	case r == 0x2800 || r >= 0xE0000 && r <= 0xE0FFF:
		return true // the Braille pattern without a dot; the plane of tags, whether assigned or not
	}
	return unicode.IsControl(r)
}

// Language guesses the language of a text from its script and its most common words: a BCP 47 code, or "und".
func Language(text string) string {
	counts := map[string]int{}
	letters := 0
	for _, r := range text {
		if !unicode.IsLetter(r) {
			continue
		}
		letters++
		switch {
		case unicode.Is(unicode.Hiragana, r), unicode.Is(unicode.Katakana, r):
			counts["ja"] += 3
		case unicode.Is(unicode.Han, r):
			counts["zh"]++
		case unicode.Is(unicode.Hangul, r):
			counts["ko"]++
		case unicode.Is(unicode.Cyrillic, r):
			counts["ru"]++
		case unicode.Is(unicode.Arabic, r):
			counts["ar"]++
		case unicode.Is(unicode.Greek, r):
			counts["el"]++
		}
	}
	best, most := "und", letters/4
	for _, language := range []string{"ja", "zh", "ko", "ru", "ar", "el"} {
		if counts[language] > most {
			best, most = language, counts[language]
		}
	}
	if best != "und" {
		return best
	}
	return byStopWords(text)
}

// stopWords of a language that the team seldom reads are none in English, so that a short English text is not taken for one in it.
var stopWords = map[string]string{
	"en": "the and is to of in it for not with we are this that you on my when can how do our have i be but what",
	"de": "der die das und ist nicht wir ich sie ein eine mit für auf den von zu im es wie kann haben bei nach wenn aber unsere",
	"es": "el la los las y es no que de en un una con para por como cuando se mi nuestro pero puedo qué está hemos",
	"fr": "le la les et est ne pas que de des un une avec pour dans sur nous je vous quand comment mais notre ce sont peut",
	"it": "il lo la gli e è non che di un una con per come quando si mio ma possiamo sono della nel questo",
	"pt": "o os e é não que de um uma com para por como quando se meu mas nosso estão na isso",
	"nl": "de het een en is niet we ik van met voor op dat die te hoe kan bij maar onze als zijn naar",
	"pl": "w na nie się jest że z jak czy od proszę po dla ale mam mamy są nas naszego który może mogę przez",
	"cs": "je se na že v jak prosím po od pro ale máme jsem není který nám naše můžeme jsou při",
	"sv": "och är att det inte vi jag som på en ett för med har när hur kan vår våra från till den",
	"da": "og er det ikke vi jeg som på en et med har når hvordan kan vores fra til den",
	"nb": "og er det ikke vi jeg som på en et med har når hvordan kan vår våre fra til den hva",
	"fi": "ja ei se että kun miten voi mutta meidän olen ovat myös joka tämä ole mitä",
	"tr": "ve bir bu için nasıl ile çok mı değil var ama biz bizim yok lütfen ne gibi daha olarak",
	"ro": "și este nu că la un o cu pentru cum când dar noastră sunt din pe să vă",
	"hu": "és az nem hogy egy van ez meg csak hogyan de kérem nekünk vagy lehet",
}

// ownLetters stand in the words of one language only, among those with stop words.
var ownLetters = map[string]string{"pl": "ąęłżźśćń", "cs": "řěůďťň", "tr": "ığş", "pt": "ãõ", "ro": "țșăţ", "hu": "őű", "de": "ß"}

// languages with stop words; the earlier one is guessed where two are as likely.
var languages = []string{"en", "de", "es", "fr", "it", "pt", "nl", "pl", "cs", "sv", "da", "nb", "fi", "tr", "ro", "hu"}

// Foreign reports whether a text whose language nobody knows is surely no English: it has letters that English has not, and
// none of its most common words.
func Foreign(text string) bool {
	lower := strings.ToLower(text)
	if !strings.ContainsFunc(lower, func(r rune) bool { return r > 127 && unicode.IsLetter(r) }) {
		return false
	}
	english := strings.Fields(stopWords["en"])
	return !slices.ContainsFunc(wordsOf(lower), func(word string) bool { return slices.Contains(english, word) })
}

func wordsOf(lower string) []string {
	return strings.FieldsFunc(lower, func(r rune) bool { return !unicode.IsLetter(r) })
}

func byStopWords(text string) string {
	words := wordsOf(strings.ToLower(text))
	best, most, second := "und", 0, 0
	for _, language := range languages {
		known := map[string]bool{}
		for word := range strings.FieldsSeq(stopWords[language]) {
			known[word] = true
		}
		n := 0
		for _, word := range words {
			if known[word] || strings.ContainsAny(word, ownLetters[language]) {
				n++
			}
		}
		switch {
		case n > most:
			best, most, second = language, n, most
		case n > second:
			second = n
		}
	}
	if most < 2 || most == second {
		if most == 0 && len(words) > 0 && len(words) <= 6 && ascii(text) {
			return "en" // too short to tell; what is pasted without words is mostly English logs
		}
		if most < 2 {
			return "und"
		}
	}
	return best
}

func ascii(s string) bool {
	for _, r := range s {
		if r > 127 {
			return false
		}
	}
	return true
}
