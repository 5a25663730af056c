package playbook

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/oioi-app/oioi/workflow/pattern"
	"github.com/oioi-app/oioi/workflow/policy"
	"github.com/oioi-app/oioi/workflow/ticket"
	"github.com/oioi-app/oioi/workflow/words"
)

// reading is what the ticket itself says.
type reading struct {
	title       string // one line
	words       string // what the customer wrote, with comments, without form headings and code
	raw         string // everything that "ticket" may be quoted from
	happened    string
	expected    string
	steps       string
	log         string
	area        string
	version     string
	environment string
	impact      string
	language    string
	team        bool     // it is written in the team's language, as the pages are
	codes       []string // error codes and statuses, most telling first
	amount      string
	question    string // the sentence that says best what it is about
}

// maxRead is how much of a ticket is read; the rest of a pasted file says nothing more about what is wanted.
const maxRead = 12_000

func readTicket(t ticket.Ticket, teamLanguage string) reading {
	var r reading
	form := ticket.ParseForm(t.Body.Raw())
	r.title = oneLine(ticket.Visible(t.Title.Raw()), 140)
	r.area = oneLine(t.Area(), 60)
	r.version = form.Get("version", "app version", "release")
	r.environment = oneLine(form.Get("environment", "deployment", "platform", "umgebung"), 60)
	r.impact = oneLine(form.Get("impact", "severity", "urgency", "priority", "auswirkung"), 80)
	r.expected = block(form.Get("what did you expect", "expected", "what should happen", "what would you like"))
	r.steps = block(form.Get("steps", "how can we reproduce", "how to reproduce", "reproduction", "to reproduce", "request"))
	r.log = block(form.Get("error message", "error", "log", "output", "stack trace", "console"))
	r.happened = block(form.Get("what happened", "describe", "description", "problem", "question", "summary", "details", "what do you want", "message"))

	said := t.Words()
	said = strings.TrimSpace(strings.TrimPrefix(said, ticket.Visible(t.Title.Raw())))
	raw := []string{t.Title.Raw(), t.Body.Raw()}
	for _, c := range t.Comments {
		if c.Ours {
			continue
		}
		raw = append(raw, c.Body.Raw())
		if c.Author.ID == t.Author.ID {
			said += "\n" + ticket.Visible(c.Body.Raw())
		}
	}
	r.raw = strings.Join(raw, "\n")
	said = clip(said, maxRead)
	prose, code := apart(said)
	r.words = prose
	if r.log == "" {
		r.log = block(code)
	}
	if r.happened == "" && len(form.Fields) == 0 {
		r.happened = block(prose)
	}
	r.language = ticket.Language(r.title + "\n" + prose)
	if r.language == "und" {
		r.language = teamLanguage
		if text := r.title + "\n" + prose; ticket.Foreign(text) {
			r.language = likely(text)
		}
	}
	r.team = r.language == teamLanguage
	r.codes = codes(r.title + "\n" + said)
	r.amount = policy.Amount(r.title + "\n" + prose)
	r.version = r.versionOf(said)
	r.question = r.ask()
	return r
}

// likely is the language that the common words of a short text are of, among those in which there are replies; "und" where
// none or several are as likely.
func likely(text string) string {
	best, most := "und", 0
	for _, language := range []string{"de", "es", "fr"} {
		n := 0
		for _, word := range words.Split(text) {
			if words.Common(language, word) {
				n++
			}
		}
		switch {
		case n > most:
			best, most = language, n
		case n == most:
			best = "und"
		}
	}
	return best
}

var versionPattern = pattern.Lazy(`\bv?\d{1,4}\.\d{1,4}(?:\.\d{1,5})?\b`)

// versionOf returns the version from the form, or from the text where the words around it say that it is one.
func (r reading) versionOf(said string) string {
	if v := versionPattern().FindString(r.version); v != "" {
		return v
	}
	named := regexp.MustCompile(`(?i)(?:version|release|upgraded? to|updated? to|running|since|on|we use|build)\s+(v?\d{1,3}\.\d{1,3}(?:\.\d{1,5})?)\b|\b(v\d{1,3}\.\d{1,3}(?:\.\d{1,5})?)\b`)
	latest := ""
	for _, m := range named.FindAllStringSubmatch(said, 10) {
		v := m[1] + m[2]
		if latest == "" || newer(v, latest) {
			latest = v
		}
	}
	return latest
}

var (
	codePattern   = pattern.Lazy(`\b[A-Z]{2,6}-\d{3,6}\b|\bERR_[A-Z_]+\b|\b[A-Z][A-Za-z]+(?:Exception|Error)\b`)
	statusPattern = pattern.Lazy(`(?i)(?:HTTP(?:/\d(?:\.\d)?)?|status|error|code|returns?|answers?|gives?|says?|fehler|erreur)\s*:?\s*([45]\d\d)\b|\b([45]\d\d)\s+(?:bad|service|internal|gateway|unauthori|forbidden|not found|too many|error|unprocess)`)
	noCode        = pattern.Lazy(`^(UTF|ISO|SHA|RFC|CVE|INV|PO|TP-INV|GMT|UTC)-`)
)

func codes(text string) []string {
	var out []string
	seen := map[string]bool{}
	add := func(code string) {
		if code != "" && !seen[code] && !noCode().MatchString(code) && len(out) < 5 {
			seen[code] = true
			out = append(out, code)
		}
	}
	for _, code := range codePattern().FindAllString(text, 10) {
		add(code)
	}
	for _, m := range statusPattern().FindAllStringSubmatch(text, 10) {
		add(m[1] + m[2])
	}
	return out
}

// ask returns the customer's question, or the sentence that names the symptom.
func (r reading) ask() string {
	if strings.HasSuffix(r.title, "?") && len(strings.Fields(r.title)) >= 4 {
		return r.title
	}
	source := r.happened
	if source == "" {
		source = r.words
	}
	all := sentences(flat(source))
	for _, s := range all {
		if n := len(strings.Fields(s)); strings.HasSuffix(s, "?") && n >= 4 && n <= 40 {
			return s
		}
	}
	if len(strings.Fields(r.title)) >= 3 {
		return r.title
	}
	for _, s := range all {
		if n := len(strings.Fields(s)); n >= 4 && n <= 40 {
			return s
		}
	}
	return r.title
}

// productName finds a name that is no word of a language: letters with a capital or a digit inside, as in GitHub and FIDO2.
var productName = pattern.Lazy(`\b[A-Z][a-z]+[A-Z][A-Za-z]*\b|\b[A-Z]{2,}[0-9]+\b`)

// subjects are the words that the ticket is plainly about where it holds them: names of products in the title and the question,
// and what stands in several sentences. They are given by the key of the word. In another language than the team's a word
// that stands nowhere in the pages may be there by another word, so that only names count.
func (r reading) subjects() map[string]bool {
	out, before := map[string]bool{}, map[string]bool{}
	var reader words.Analyzer
	for _, name := range productName().FindAllString(r.title+"\n"+r.question, -1) {
		for _, t := range reader.Tokens(name) {
			out[t.Name()] = true
		}
	}
	if !r.team {
		return out
	}
	for _, s := range append([]string{r.title}, sentences(flat(r.words))...) {
		here := map[string]bool{}
		for _, t := range reader.Tokens(s) {
			here[t.Name()] = true
		}
		for key := range here {
			out[key] = out[key] || before[key]
			before[key] = true
		}
	}
	return out
}

// apart splits a text into prose and fenced code.
func apart(text string) (prose, code string) {
	var p, c []string
	fence := ""
	for line := range strings.SplitSeq(text, "\n") {
		trimmed := strings.TrimSpace(line)
		if mark := fenceOf(trimmed); mark != "" && (fence == "" || strings.HasPrefix(mark, fence)) {
			if fence == "" {
				fence = mark
			} else {
				fence = ""
			}
			continue
		}
		if fence != "" {
			c = append(c, line)
		} else {
			p = append(p, line)
		}
	}
	return strings.Join(p, "\n"), strings.Join(c, "\n")
}

func fenceOf(line string) string {
	for _, mark := range []string{"`", "~"} {
		if n := len(line) - len(strings.TrimLeft(line, mark)); n >= 3 {
			return line[:n]
		}
	}
	return ""
}

// flat writes a text on one line.
func flat(s string) string { return strings.Join(strings.Fields(s), " ") }

// oneLine is the first words of a text on one line.
func oneLine(s string, most int) string {
	s = flat(s)
	if utf8.RuneCountInString(s) <= most {
		return s
	}
	runes := []rune(s)[:most-1]
	if at := strings.LastIndexByte(string(runes), ' '); at > most/2 {
		return strings.TrimRight(string(runes)[:at], " ,;:") + "…"
	}
	return string(runes) + "…"
}

// block is the beginning of a text of several lines, for a follow-up.
func block(s string) string { return strings.TrimSpace(clip(ticket.Visible(s), 1200)) }

// clip cuts a text at a character border.
func clip(s string, most int) string {
	if len(s) <= most {
		return s
	}
	s = s[:most]
	for len(s) > 0 && !utf8.ValidString(s[max(0, len(s)-4):]) {
		s = s[:len(s)-1]
	}
	return s
}

// sentences cuts a text on one line into sentences, each a part of it word for word.
func sentences(text string) []string {
	var out []string
	start := 0
	runes := []rune(text)
	for i := 0; i < len(runes); i++ {
		switch runes[i] {
		case '.', '!', '?', '。', '！', '？':
		default:
			continue
		}
		end := i + 1
		for end < len(runes) && strings.ContainsRune(`"'”’»)*_`+"`", runes[end]) {
			end++
		}
		wide := runes[i] == '。' || runes[i] == '！' || runes[i] == '？'
		if end < len(runes) && !wide {
			if runes[end] != ' ' || end+1 < len(runes) && unicode.IsLower(runes[end+1]) || abbreviation(runes[start:i]) {
				continue
			}
		}
		if s := strings.TrimSpace(string(runes[start:end])); s != "" {
			out = append(out, s)
		}
		start = end
		i = end - 1
	}
	if s := strings.TrimSpace(string(runes[start:])); s != "" {
		out = append(out, s)
	}
	return out
}

// abbreviation reports whether the text before a full stop ends in something that is no end of a sentence.
func abbreviation(before []rune) bool {
	at := len(before)
	for at > 0 && before[at-1] != ' ' {
		at--
	}
	switch strings.ToLower(string(before[at:])) {
	case "e.g", "i.e", "z.b", "d.h", "bzw", "etc", "no", "nr", "vs", "approx", "ca", "p.ej", "dr", "mr", "mrs", "st":
		return true
	}
	last := before[at:]
	return len(last) == 1 && unicode.IsDigit(last[0]) // "1. Open …"
}
