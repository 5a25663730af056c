package policy

import (
	"reflect"
	"slices"
	"strings"
	"unicode"

	"github.com/oioi-app/oioi/workflow/sorting"
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

// eachLeast is how many phrases of a signal with Each must occur: one common word says nothing.
const eachLeast = 2

// eachMost is how many of them count, so that a long ticket's small talk does not outweigh a plain statement.
const eachMost = 4

// maxClassified is how much of a ticket is read: its topic is said at the beginning, not at the end of a pasted file.
const maxClassified = 6000

// Classify scores every playbook against the ticket's own words, best first; playbooks that score the same keep their
// order. Comments by the customer count, form headings and logs beyond their first lines do not.
func Classify(playbooks []Playbook, t ticket.Ticket) []Scored {
	var in parts
	in.title = read(withoutLinks(ticket.Visible(t.Title.Raw())))
	headings := ""
	for _, field := range ticket.ParseForm(t.Body.Raw()).Fields {
		if field.Value != "" {
			headings += field.Label + "\n\n"
		}
	}
	in.headings = read(headings)
	words := t.Words() + "\n" + t.Area()
	words = strings.TrimPrefix(words, strings.TrimSpace(ticket.Visible(t.Title.Raw())))
	for _, c := range t.Comments {
		if !c.Ours && c.Author.ID == t.Author.ID {
			words += "\n" + ticket.Visible(c.Body.Raw())
		}
	}
	in.body = read(withoutLinks(words))
	out := make([]Scored, 0, len(playbooks))
	for _, p := range playbooks {
		out = append(out, score(p, in))
	}
	sorting.Stable(out, func(a, b Scored) int {
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

// withoutLinks leaves out web addresses: their words are names, not what the customer says.
func withoutLinks(s string) string {
	for {
		at := strings.Index(s, "://")
		if at < 0 {
			return s
		}
		from := strings.LastIndexFunc(s[:at], func(r rune) bool { return !unicode.IsLetter(r) }) + 1
		length := strings.IndexFunc(s[at:], unicode.IsSpace)
		if length < 0 {
			length = len(s) - at
		}
		s = s[:from] + s[at+length:]
	}
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
		best, sum, said, count := 0.0, 0.0, "", 0
		for _, phrase := range s.read() {
			weight, words := s.weigh(phrase, in)
			if weight == 0 {
				continue
			}
			count++
			sum += weight
			if abs(weight) > abs(best) {
				best, said = weight, words
			}
		}
		switch {
		case count == 0, s.Each && count < eachLeast:
			continue
		case s.Each:
			best = min(sum, eachMost*s.Weight)
		default:
			best *= 1 + further*float64(min(count-1, 3))
		}
		total += best
		hits = append(hits, hit{said, best})
	}
	sorting.Stable(hits, func(a, b hit) int {
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

// weigh returns what a phrase of the signal counts in a ticket, 0 where it is not said, and the words that say it.
func (s Signal) weigh(p phrase, in parts) (weight float64, words string) {
	var ok bool
	switch s.In {
	case "heading":
		words, ok = p.in(in.headings)
	case "title":
		words, ok = p.in(in.title)
	case "body":
		words, ok = p.in(in.body)
	default:
		if words, ok = p.in(in.title); ok && !s.Each {
			return s.Weight * inTitle, words
		}
		if !ok {
			words, ok = p.in(in.body)
		}
	}
	if !ok {
		return 0, ""
	}
	return s.Weight, words
}

func abs(x float64) float64 {
	if x < 0 {
		return -x
	}
	return x
}

// parts are what signals look at.
type parts struct{ title, body, headings *text }

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
