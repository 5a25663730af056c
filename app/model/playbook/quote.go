package playbook

import (
	"slices"
	"strings"

	"github.com/oioi-app/oioi/workflow/evidence"
)

// quote is a passage word for word, with its source.
type quote struct {
	text  string // as it is shown
	exact string // as it stands in the source
	item  evidence.Item
	code  *quote // what follows it in a fence
	first *quote // the code that its section begins with, before it
	late  bool   // it stands after the steps
}

// The words of a quotation: a whole section where it is as short as this, else a stretch of it.
const (
	wholeWords = 65
	mostWords  = 48
	longerBy   = 3 // times as much, where a maintainer asks for more
)

// pick chooses what of a passage is said: the steps that it gives, and the stretch of sentences that speaks most about the
// ticket, as the passage has them.
func (q query) pick(p passage) (facts, steps []quote) {
	list := units(p.text)
	last := 0
	for i, u := range list {
		if u.kind == step && len(steps) < 7 && len(u.quote) < 420 && (len(steps) == 0 || list[i-1].kind != sentence) {
			steps = append(steps, quote{text: shown(u.quote), exact: u.quote, item: p.item, code: shownAfter(p, list, i)})
			last = i
		}
	}
	if len(steps) < 2 {
		steps = nil
	}
	var can []unit
	total := 0
	for i, u := range list {
		u.late = steps != nil && i > last
		if steps == nil {
			u.after = shownAfter(p, list, i)
		}
		if u.kind == code || u.kind == step && steps != nil || len(u.quote) > 420 || personal(u.quote) || promises(p, u.quote) || strings.HasSuffix(u.quote, "?") || strings.HasSuffix(u.quote, ":") && u.after == nil ||
			len(strings.Fields(shown(u.quote))) < 3 && u.after == nil || refers(u.quote) {
			continue
		}
		can = append(can, u)
		total += len(strings.Fields(u.quote))
	}
	if facts := q.entries(p, can); facts != nil {
		return facts, steps
	}
	from, to := 0, len(can)
	whole, most := wholeWords, mostWords
	if q.longer {
		whole, most = whole*longerBy, most*longerBy
	}
	if total > whole || steps != nil && total > most/2 {
		from, to = q.stretch(can, most, p.coded)
	}
	for _, u := range can[from:to] {
		exact := impersonal(u.quote)
		if quotable(p.item, exact) {
			facts = append(facts, quote{text: capital(u.said(exact)), exact: exact, item: p.item, code: u.after, late: u.late})
			if len(list) > 1 && steps == nil && list[1].quote == u.quote {
				facts[len(facts)-1].first = p.code(list[0])
			}
		}
	}
	for _, s := range steps {
		if !quotable(p.item, s.exact) {
			return facts, nil
		}
	}
	return facts, steps
}

// entries picks the rows or items that speak about the ticket where a passage is a table or a list more than a text; nil where
// it is none.
func (q query) entries(p passage, list []unit) []quote {
	type scored struct {
		unit  unit
		value float64
	}
	var rows []scored
	best := 0.0
	for _, u := range list {
		if u.kind != row && u.kind != bullet {
			continue
		}
		value, _ := q.share(u.terms, nil)
		value += q.suggested(u.terms, nil)
		if q.names(u.quote) {
			value++
		}
		rows = append(rows, scored{u, value})
		best = max(best, value)
	}
	if len(rows) < 3 || 2*len(rows) < len(list) || best == 0 {
		return nil
	}
	var out []quote
	for _, r := range rows {
		if r.value >= 0.6*best && len(out) < 3 && quotable(p.item, r.unit.quote) {
			out = append(out, quote{text: "- " + r.unit.said(r.unit.quote), exact: r.unit.quote, item: p.item, late: r.unit.late})
		}
	}
	return out
}

// stretch returns the run of units, of at most so many words, that covers most of the query.
func (q query) stretch(list []unit, words int, coded bool) (from, to int) {
	best := -1.0
	for i := range list {
		together := map[string]bool{}
		n := 0
		value := 0.0
		for j := i; j < len(list); j++ {
			n += len(strings.Fields(list[j].quote))
			if n > words && j > i {
				break
			}
			for t := range list[j].terms {
				together[t] = true
			}
			if coded && q.names(list[j].quote) {
				value++
			}
			share, _ := q.share(together, nil)
			share += q.suggested(together, nil)
			// Among stretches that say as much, the shorter one, and the one that stands first.
			if got := share + value - 0.002*float64(n) - 0.01*float64(i); got > best {
				best, from, to = got, i, j+1
			}
		}
	}
	return from, to
}

// refers reports whether a sentence only sends the reader elsewhere.
func refers(s string) bool {
	return strings.HasPrefix(s, "See ") && len(strings.Fields(shown(s))) <= 8
}

func (q query) names(text string) bool {
	return slices.ContainsFunc(q.codes, func(code string) bool { return named(text, code) })
}

// personal reports whether a sentence of an older reply tells what was done for somebody else, and not how things are.
func personal(s string) bool {
	text := " " + strings.ToLower(s) + " "
	for _, mark := range []string{" i have ", " i've ", " i had ", " we have refunded", " i refunded", " i switched", " i reset", " i restored", " i will ", " i'll ", " i keep ", " i checked ",
		" we see it too", " you are right", " checking with", " sorry", " thank you", " thanks ", " regards", " let us know", " let me know", " she can ", " he can ", " your card", " my mistake", " a good wish", " i am ", " i'm "} {
		if strings.Contains(text, mark) {
			return true
		}
	}
	return false
}

// impersonal takes a greeting off the front of a sentence: "Hello Priya, the addresses are …".
func impersonal(s string) string {
	for _, greeting := range []string{"Hello ", "Hi ", "Dear ", "Hallo ", "Bonjour ", "Hola "} {
		if rest, ok := strings.CutPrefix(s, greeting); ok {
			if name, said, found := strings.Cut(rest, ", "); found && len(strings.Fields(name)) <= 3 {
				return said
			}
		}
	}
	return s
}

func capital(s string) string {
	if s == "" {
		return s
	}
	r := []rune(s)
	return strings.ToUpper(string(r[:1])) + string(r[1:])
}
