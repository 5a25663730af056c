package playbook

import (
	"strings"
	"unicode"
)

// line folds a text into one line.
func line(s string) string { return strings.Join(strings.Fields(s), " ") }

// clip shortens a text at a word.
func clip(s string, most int) string {
	s = strings.TrimSpace(s)
	runes := []rune(s)
	if len(runes) <= most {
		return s
	}
	cut := string(runes[:most-1])
	if at := strings.LastIndexAny(cut, " \n"); at > most/2 {
		cut = cut[:at]
	}
	return strings.TrimSpace(cut) + "…"
}

// sentences cuts prose into sentences. Code, tables, headings and images are left out; list items are sentences of their own.
func sentences(text string) []string {
	var out []string
	fenced := false
	var paragraph []string
	flush := func() {
		out = append(out, split(strings.Join(paragraph, " "))...)
		paragraph = nil
	}
	for l := range strings.SplitSeq(text, "\n") {
		trimmed := strings.TrimSpace(l)
		if strings.HasPrefix(trimmed, "```") || strings.HasPrefix(trimmed, "~~~") {
			fenced = !fenced
			flush()
			continue
		}
		switch {
		case fenced:
		case trimmed == "", strings.HasPrefix(trimmed, "#"), strings.HasPrefix(trimmed, "|"), strings.HasPrefix(trimmed, "!["), strings.HasPrefix(trimmed, "<"):
			flush()
		case item(trimmed) != "":
			flush()
			paragraph = append(paragraph, item(trimmed))
		default:
			paragraph = append(paragraph, trimmed)
		}
	}
	flush()
	return out
}

// item returns the text of a list item, or "".
func item(l string) string {
	for _, mark := range []string{"- ", "* ", "+ "} {
		if rest, ok := strings.CutPrefix(l, mark); ok {
			return strings.TrimSpace(rest)
		}
	}
	digits := strings.TrimLeft(l, "0123456789")
	if len(digits) < len(l) && (strings.HasPrefix(digits, ". ") || strings.HasPrefix(digits, ") ")) {
		return strings.TrimSpace(digits[2:])
	}
	return ""
}

// split cuts a paragraph after its full stops, question and exclamation marks.
func split(paragraph string) []string {
	var out []string
	start := 0
	runes := []rune(paragraph)
	for i, r := range runes {
		end := strings.ContainsRune(".?!。？！", r) && (i+1 == len(runes) || unicode.IsSpace(runes[i+1]) || r > 0x2FFF)
		if !end || i+2 < len(runes) && r == '.' && unicode.IsLower(runes[i+2]) {
			continue // "e.g. this"
		}
		if s := strings.TrimSpace(string(runes[start : i+1])); s != "" {
			out = append(out, s)
		}
		start = i + 1
	}
	if s := strings.TrimSpace(string(runes[start:])); s != "" {
		out = append(out, s)
	}
	return out
}

// terms are the words of a text that say what it is about, in the shape in which two texts are compared.
func terms(text string) []string {
	var out []string
	for _, w := range strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
		if len([]rune(w)) > 2 && !plain[w] {
			out = append(out, stem(w))
		}
	}
	return out
}

// stem takes English endings off, roughly: enough to see that "tokens" and "token" are one word.
func stem(w string) string {
	for _, ending := range []string{"ations", "ation", "ings", "ing", "ies", "ied", "ers", "er", "es", "ed", "s"} {
		if base, ok := strings.CutSuffix(w, ending); ok && len(base) >= 3 {
			if ending == "ies" || ending == "ied" {
				return base + "y"
			}
			return strings.TrimSuffix(base, "e")
		}
	}
	return strings.TrimSuffix(w, "e")
}

var plain = func() map[string]bool {
	out := map[string]bool{}
	for w := range strings.FieldsSeq(`about after again all also and any anything are because been before being but came can cannot could did does doing done
		each even every everything from get gets getting got had has have having hello help her here him his how http https into its just know like look made make
		makes many may more most much must need needs never new next not nothing now off once one only other our out over please quite really same say says see
		seems set should since some something still such sure take tell than thank thanks that the their them then there these they thing things this those through
		too tried try trying two under until use used uses using very want wants was way week well were what when where which while who why will with within without
		work works would yes yesterday yet you your happen happens happened instead today tomorrow since last first ever keep keeps always`) {
		out[w] = true
	}
	return out
}()
