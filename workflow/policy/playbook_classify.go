package policy

import (
	"reflect"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"github.com/oioi-app/oioi/workflow/ticket"
)

// Scored is a playbook with how well it fits a ticket.
type Scored struct {
	Playbook Playbook
	Score    float64
	Hits     []string // the words and phrases that spoke for it, strongest first
}

// fallbackScore is what a playbook without signals scores: a playbook that scores less than this knows too little.
const fallbackScore = 1.5

// inTitle is how much more a word says in the title.
const inTitle = 1.6

// further is what each further phrase of a signal adds, as a share of the first.
const further = 0.25

// maxClassified is how much of a ticket is read: its topic is said at the beginning, not at the end of a pasted file.
const maxClassified = 6000

// Classify scores every playbook against the ticket's own words, best first; playbooks that score the same keep their
// order. Comments by the customer count, form headings and logs beyond their first lines do not.
func Classify(playbooks []Playbook, t ticket.Ticket) []Scored {
	var in parts
	in.title = read(ticket.Visible(t.Title.Raw()))
	for _, field := range ticket.ParseForm(t.Body.Raw()).Fields {
		if field.Value != "" {
			in.headings.folded += " " + fold(clipped(field.Label)) + " "
		}
	}
	words := t.Words()
	words = strings.TrimPrefix(words, strings.TrimSpace(ticket.Visible(t.Title.Raw())))
	for _, c := range t.Comments {
		if !c.Ours && c.Author.ID == t.Author.ID {
			words += "\n" + ticket.Visible(c.Body.Raw())
		}
	}
	in.body = read(words)
	out := make([]Scored, 0, len(playbooks))
	for _, p := range playbooks {
		out = append(out, score(p, in))
	}
	slices.SortStableFunc(out, func(a, b Scored) int {
		switch {
		case a.Score > b.Score:
			return -1
		case a.Score < b.Score:
			return 1
		}
		return 0
	})
	return out
}

func clipped(s string) string {
	if len(s) <= maxClassified {
		return s
	}
	return strings.ToValidUTF8(s[:maxClassified], "")
}

func score(p Playbook, in parts) Scored {
	if len(p.Signals) == 0 {
		return Scored{Playbook: p, Score: fallbackScore}
	}
	type hit struct {
		phrase string
		weight float64
	}
	var hits []hit
	total := 0.0
	for _, s := range p.Signals {
		best, phrase, count := 0.0, "", 0
		for _, any := range s.Any {
			pattern := compiled(any)
			weight := 0.0
			switch {
			case s.In == "heading":
				if pattern.in(in.headings) {
					weight = s.Weight
				}
			case s.In == "title":
				if pattern.in(in.title) {
					weight = s.Weight
				}
			case s.In != "body" && pattern.in(in.title):
				weight = s.Weight * inTitle
			case pattern.in(in.body):
				weight = s.Weight
			}
			if weight != 0 {
				count++
			}
			if abs(weight) > abs(best) {
				best, phrase = weight, any
			}
		}
		if best != 0 {
			best *= 1 + further*float64(min(count-1, 3))
			total += best
			hits = append(hits, hit{phrase, best})
		}
	}
	slices.SortStableFunc(hits, func(a, b hit) int {
		switch {
		case a.weight > b.weight:
			return -1
		case a.weight < b.weight:
			return 1
		}
		return 0
	})
	out := Scored{Playbook: p, Score: total}
	for _, h := range hits {
		if h.weight > 0 {
			out.Hits = append(out.Hits, h.phrase)
		}
	}
	return out
}

func abs(x float64) float64 {
	if x < 0 {
		return -x
	}
	return x
}

// parts are what signals look at.
type parts struct{ title, body, headings part }

// part is a folded text, with a blank at both ends.
type part struct {
	folded string
	asks   bool
	states bool
}

func read(s string) part {
	s = clipped(s)
	p := part{folded: " " + fold(s) + " "}
	p.asks = strings.Contains(s, "? ") || strings.Contains(s, "?\n") || strings.HasSuffix(strings.TrimSpace(s), "?") || strings.ContainsAny(s, "？¿")
	p.states = !p.asks && strings.Count(p.folded, " ") > 12
	return p
}

// pattern is a folded phrase, cut where words may stand between.
type pattern struct {
	pieces []string
	asks   bool
	states bool
}

func compiled(phrase string) pattern {
	switch phrase {
	case "?":
		return pattern{asks: true}
	case ".":
		return pattern{states: true}
	}
	var out pattern
	for piece := range strings.SplitSeq(phrase, " .. ") {
		text, open := strings.CutSuffix(piece, "*")
		if text = fold(text); text == "" {
			continue
		}
		if !borderless(text) {
			text = " " + text
			if !open {
				text += " "
			}
		}
		out.pieces = append(out.pieces, text)
	}
	return out
}

// gap is how many bytes may stand between the pieces of a pattern.
const gap = 40

func (p pattern) in(in part) bool {
	if p.asks || p.states {
		return p.asks && in.asks || p.states && in.states
	}
	if len(p.pieces) == 0 {
		return false
	}
	for from := 0; ; {
		at := strings.Index(in.folded[from:], p.pieces[0])
		if at < 0 {
			return false
		}
		end := from + at + len(p.pieces[0])
		if p.rest(in.folded, end) {
			return true
		}
		from += at + 1
	}
}

// rest reports whether the other pieces follow, each near the one before.
func (p pattern) rest(text string, end int) bool {
	for _, piece := range p.pieces[1:] {
		window := text[end-1 : min(len(text), end+gap+len(piece))] // a blank may serve two words
		at := strings.Index(window, piece)
		if at < 0 {
			return false
		}
		end += at - 1 + len(piece)
	}
	return true
}

// borderless reports whether a text is in a script that writes no blanks between words.
func borderless(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai) })
}

// Mentions reports whether a text holds one of the words or phrases, as signals are matched: whatever the case, accents
// and punctuation, at word borders; a trailing * matches any ending.
func Mentions(text string, phrases ...string) bool {
	in := read(text)
	return slices.ContainsFunc(phrases, func(phrase string) bool { return compiled(phrase).in(in) })
}

// fold makes texts comparable: lower case, without accents, apostrophes and punctuation, one blank between words.
func fold(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	blank := true
	for _, r := range norm.NFD.String(s) {
		switch {
		case r == 'ß':
			b.WriteString("ss")
			blank = false
		case unicode.IsLetter(r), unicode.IsDigit(r):
			b.WriteRune(unicode.ToLower(r))
			blank = false
		case unicode.Is(unicode.Mn, r), r == '\'', r == '’', r == '‘':
		case !blank:
			b.WriteByte(' ')
			blank = true
		}
	}
	return strings.TrimSuffix(b.String(), " ")
}

// findingNames lists what a text may use.
var findingNames = func() []string {
	t := reflect.TypeFor[Findings]()
	out := make([]string, t.NumField())
	for i := range out {
		out[i] = "." + t.Field(i).Name
	}
	slices.Sort(out)
	return out
}()
