// Package words reads what a text is about: it cuts it into words, takes endings off, and knows which words of product
// support mean the same, in English, German, French and Spanish. Search and drafting share it, so that a customer's words
// meet the help center's. It is pure, and everything in it is deterministic.
package words

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Split cuts a text into lower-case words without accents. Names with dots, dashes and underscores stay whole and are
// also cut: "smtp.host" gives "smtp.host", "smtp" and "host".
func Split(text string) []string {
	var out []string
	text = Fold(text)
	for _, word := range strings.FieldsFunc(text, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '.' && r != '_' && r != '-'
	}) {
		word = strings.Trim(word, "._-")
		if word == "" {
			continue
		}
		out = append(out, word)
		if strings.ContainsAny(word, "._-") {
			out = append(out, strings.FieldsFunc(word, func(r rune) bool { return r == '.' || r == '_' || r == '-' })...)
		}
	}
	return out
}

// Compound reports whether a key is a word whose parts stand for it: Split also cuts it, and none is a mere letter, as in
// "v-cut". A concept is none.
func Compound(key string) bool {
	parts := strings.FieldsFunc(key, func(r rune) bool { return r == '.' || r == '_' || r == '-' })
	return len(parts) > 1 && !strings.HasPrefix(key, conceptKey("")) && !slices.ContainsFunc(parts, func(p string) bool { return len(p) < 2 })
}

// Fold makes a text lower-case and takes its accents off. An apostrophe inside an English contraction is dropped: "can't"
// is "cant"; elsewhere it parts words, as in "l'adresse".
func Fold(s string) string {
	ascii := true
	for i := 0; i < len(s); i++ {
		if s[i] >= 0x80 {
			ascii = false
			break
		}
	}
	if !ascii {
		var b strings.Builder
		b.Grow(len(s))
		for _, r := range norm.NFD.String(s) {
			switch {
			case r == 'ß' || r == 'ẞ':
				b.WriteString("ss")
			case r == '’' || r == '‘':
				b.WriteByte('\'')
			case !unicode.Is(unicode.Mn, r):
				b.WriteRune(r)
			}
		}
		s = b.String()
	}
	s = strings.ToLower(s)
	if strings.IndexByte(s, '\'') >= 0 {
		s = contractions.Replace(s)
	}
	return s
}

var contractions = strings.NewReplacer("n't", "nt", "'s ", " ", "'re ", " ", "'ve ", " ", "'ll ", " ", "'m ", " ", "'d ", " ")

// Stem takes English endings off a folded word, gently: two forms of a word should meet, two words should not.
func Stem(word string) string {
	if len(word) < 4 || strings.ContainsAny(word, "0123456789._-") {
		return word
	}
	for _, rule := range endings {
		base, ok := strings.CutSuffix(word, rule.ending)
		if !ok || len(base) < 3 || rule.ending == "s" && strings.HasSuffix(base, "s") {
			continue
		}
		base += rule.with
		if n := len(base); rule.with == "" && n > 3 && base[n-1] == base[n-2] && !strings.ContainsRune("lsz", rune(base[n-1])) {
			base = base[:n-1] // stopped, stop
		}
		return strings.TrimSuffix(base, "e")
	}
	return word
}

var endings = []struct{ ending, with string }{
	{"ations", "ate"}, {"ation", "ate"}, {"ies", "y"}, {"ied", "y"}, {"sses", "ss"}, {"ings", ""}, {"ing", ""}, {"edly", ""},
	{"ed", ""}, {"ers", ""}, {"er", ""}, {"es", ""}, {"s", ""}, {"ly", ""}, {"e", ""},
}

// trunk takes the endings of another language off a folded word, roughly: its words are only looked up by it, or compared
// with words of the same language.
func trunk(language, word string) string {
	if strings.ContainsAny(word, "0123456789._-") {
		return word
	}
	for _, ending := range trunkEndings[language] {
		if base, ok := strings.CutSuffix(word, ending); ok && len(base) >= 4 {
			return base
		}
	}
	return word
}

// The endings are tried in this order, the longest first.
var trunkEndings = map[string][]string{
	"de": {"ungen", "innen", "ende", "ung", "tet", "ten", "est", "te", "en", "em", "er", "es", "et", "st", "e", "n", "s", "t"},
	"fr": {"issements", "issement", "ements", "ations", "ement", "ation", "euses", "euse", "eurs", "aient", "eur", "ions", "ees", "ent", "ant",
		"ait", "ais", "ons", "ee", "ez", "er", "es", "ir", "it", "is", "e", "s", "x", "i"},
	"es": {"amientos", "amiento", "aciones", "acion", "iendo", "ciones", "cion", "adas", "ados", "ando", "aron", "amos", "emos", "ado", "ada", "idos", "idas",
		"ido", "ida", "aba", "ar", "er", "ir", "as", "os", "es", "an", "en", "a", "o", "e", "s"},
}
