package playbook

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"github.com/oioi-app/oioi/workflow/evidence"
)

// query is what a ticket is about, as weighted terms.
type query struct {
	weight map[string]float64
	heavy  float64 // the weight of the terms that a good passage would share
	codes  []string
}

// heaviest is how many terms a good passage shares at the most; a long ticket says much that no page repeats.
const heaviest = 9

// newQuery weighs the terms of a ticket: those of the title and the question most, and those that few pieces of evidence
// hold more than those that all hold.
func newQuery(r reading, items []evidence.Item) query {
	q := query{weight: map[string]float64{}, codes: r.codes}
	raise := func(text string, weight float64) {
		for _, t := range terms(text) {
			q.weight[t] = max(q.weight[t], weight)
		}
	}
	raise(oneLine(r.words, 700), 0.5)
	raise(oneLine(r.happened, 300), 0.8)
	raise(r.expected, 0.6)
	raise(r.question, 1.4)
	raise(r.title, 1.6)
	if r.happened == "" {
		raise(oneLine(r.words, 240), 1)
	}
	holds := map[string]int{}
	for _, item := range items {
		seen := map[string]bool{}
		for _, t := range terms(item.Title + "\n" + item.Text.Raw()) {
			if !seen[t] && q.weight[t] > 0 {
				seen[t] = true
				holds[t]++
			}
		}
	}
	var all []float64
	for t := range q.weight {
		q.weight[t] *= math.Log(1.6+float64(len(items))/float64(1+holds[t])) / math.Log(1.6+float64(len(items))/2)
		all = append(all, q.weight[t])
	}
	slices.SortFunc(all, func(a, b float64) int { return cmp.Compare(b, a) })
	for _, w := range all[:min(len(all), heaviest)] {
		q.heavy += w
	}
	return q
}

// share is how much of the query a set of terms covers, from 0 to 1, and with how many terms.
func (q query) share(body, heading map[string]bool) (float64, int) {
	if q.heavy == 0 {
		return 0, 0
	}
	got, n := 0.0, 0
	for t, w := range q.weight {
		switch {
		case heading[t]:
			got += w * 1.25
			n++
		case body[t]:
			got += w
			n++
		}
	}
	return min(1, got/q.heavy), n
}

func termSet(text string) map[string]bool {
	out := map[string]bool{}
	for _, t := range terms(text) {
		out[t] = true
	}
	return out
}

// passage is a piece of evidence with how well it fits.
type passage struct {
	item  evidence.Item
	text  string // what of it answers: its text, or the reply that resolved it
	score float64
	share float64
	words int
	coded bool // it names an error code of the ticket
}

// match scores an item.
func (q query) match(item evidence.Item) passage {
	p := passage{item: item, text: item.Text.Raw()}
	heading := termSet(item.Title)
	p.share, p.words = q.share(termSet(p.text), heading)
	// A heading whose own words all stand in the ticket is a page about just that.
	last := item.Title[strings.LastIndex(item.Title, "›")+1:]
	own := termSet(last)
	hit := 0
	for t := range own {
		if q.weight[t] > 0.3 {
			hit++
		}
	}
	precise := 0.0
	if len(own) > 0 {
		precise = float64(hit) / float64(max(2, len(own))) // one common word is no proof
	}
	p.score = 0.62*p.share + 0.16*precise + 0.22*item.Score
	for _, code := range q.codes {
		if named(item.Title+"\n"+p.text, code) {
			p.coded = true
			p.score += 0.2
			break
		}
	}
	return p
}

// named reports whether a text holds an error code as a word of its own.
func named(text, code string) bool {
	for from := 0; ; {
		at := strings.Index(text[from:], code)
		if at < 0 {
			return false
		}
		at += from
		end := at + len(code)
		if (at == 0 || !letterOrDigit(text[at-1])) && (end == len(text) || !letterOrDigit(text[end])) {
			return true
		}
		from = end
	}
}

func letterOrDigit(b byte) bool {
	return b >= '0' && b <= '9' || b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z'
}

// quote is a passage word for word, with its source.
type quote struct {
	text  string // as it is shown
	exact string // as it stands in the source
	item  evidence.Item
}

// The words of a quotation: a whole section where it is as short as this, else a stretch of it.
const (
	wholeWords = 65
	mostWords  = 48
)

// pick chooses what of a passage is said: the steps that it gives, and the stretch of sentences that speaks most about the
// ticket, as the passage has them.
func (q query) pick(p passage) (facts, steps []quote) {
	list := units(p.text)
	for i, u := range list {
		if u.kind == step && len(steps) < 7 && len(u.quote) < 420 && (len(steps) == 0 || list[i-1].kind != sentence) {
			steps = append(steps, quote{shown(u.quote), u.quote, p.item})
		}
	}
	if len(steps) < 2 {
		steps = nil
	}
	var can []unit
	total := 0
	for _, u := range list {
		if u.kind == code || u.kind == step && steps != nil || len(u.quote) > 420 || personal(u.quote) || strings.HasSuffix(u.quote, "?") || strings.HasSuffix(u.quote, ":") ||
			len(strings.Fields(u.quote)) < 3 || refers(u.quote) {
			continue
		}
		can = append(can, u)
		total += len(strings.Fields(u.quote))
	}
	if facts := q.entries(p, can); facts != nil {
		return facts, steps
	}
	from, to := 0, len(can)
	if total > wholeWords || steps != nil && total > mostWords/2 {
		from, to = q.stretch(can, mostWords, p.coded)
	}
	for _, u := range can[from:to] {
		exact := impersonal(u.quote)
		if evidence.Quoted(p.item, exact) {
			facts = append(facts, quote{capital(shown(exact)), exact, p.item})
		}
	}
	for _, s := range steps {
		if !evidence.Quoted(p.item, s.exact) {
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
		if r.value >= 0.6*best && len(out) < 3 && evidence.Quoted(p.item, r.unit.quote) {
			out = append(out, quote{"- " + shown(r.unit.quote), r.unit.quote, p.item})
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
