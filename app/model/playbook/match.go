package playbook

import (
	"cmp"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/oioi-app/oioi/workflow/evidence"
	"github.com/oioi-app/oioi/workflow/pattern"
	"github.com/oioi-app/oioi/workflow/sorting"
	"github.com/oioi-app/oioi/workflow/words"
)

// query is what a ticket is about, as weighted terms.
type query struct {
	terms    []words.Term
	suggests []words.Suggestion
	foreign  int          // how many of them no passage at hand holds
	subjects int          // how many of these the ticket is plainly about
	core     []words.Term // of the title and the question
	heavy    float64      // the weight of the terms that a good passage would share
	codes    []string
	longer   bool         // a maintainer wants more of a passage said
	said     string       // the title and the question, as words
	act      []words.Term // what the customer asks how to do; empty where they do not ask so
	may      []words.Term // what they ask whether it can be done; empty where they do not ask so
}

// howTo finds what is to be done, in folded text.
var howTo = pattern.Lazy(`\bhow (?:do|can|could|would|should|to|may) (?:(?:i|we|you|one|they) )?(?:go about )?([a-z-]{3,}(?: (?:on|off|up|out|in|back|down|over|rid|away))?)`)

// mayDo finds what somebody asks to be able to do, in folded text.
var mayDo = pattern.Lazy(`(?m)(?:^|[.!?,:;] |\b(?:and|or|but|hi|hello|so) )(?:can|could|may) (?:i|we|you|one|they|users?|members?|people|somebody|someone) (?:also |still |just |directly |easily )?([a-z-]{3,}(?: (?:on|off|up|out|in|back|down|over|away))?)|\b(?:is it possible|is there (?:a|any) way) to ([a-z-]{3,}(?: (?:on|off|up|out|in|back|down|over|away))?)`)

// act is what a folded text asks how to do, where it asks so: the verb, or what a phrase of common words stands for ("get her
// into the workspace").
func act(text string) []words.Term {
	at := howTo().FindStringSubmatchIndex(text)
	if at == nil || text[at[2]:at[3]] == "get rid" { // of a message or a doubt, more often than of what can be deleted
		return nil
	}
	var verb words.Builder
	verb.Add(text[at[2]:at[3]], 1)
	if terms := verb.Query().Terms; len(terms) > 0 {
		return terms
	}
	clause, _, _ := strings.Cut(text[at[2]:], "?")
	var reader words.Analyzer
	for _, t := range reader.Tokens(oneLine(clause, 80)) {
		if len(t.Keys) == 0 && len(t.Hints) > 0 {
			return []words.Term{{Hints: t.Hints[:1], Weight: 1}}
		}
	}
	return nil
}

// does reports whether a set of terms holds what the customer asks how to do.
func (q query) does(set map[string]bool) bool {
	return len(q.act) == 0 || slices.ContainsFunc(q.act, func(t words.Term) bool { return holdsAny(set, t.Keys) || holdsAny(set, t.Hints) })
}

// heaviest is how many terms a good passage shares at the most; a long ticket says much that no page repeats.
const heaviest = 9

// suggestedShare is how much a word counts that the ticket's words only suggest.
const suggestedShare = 0.6

// newQuery weighs the terms of a ticket: those of the title and the question most, and those that few pieces of evidence
// hold more than those that all hold.
func newQuery(r reading, items []evidence.Item) query {
	var b words.Builder
	b.Add(r.title, 1.6)
	b.Add(r.question, 1.4)
	if r.happened == "" {
		b.Add(oneLine(r.words, 240), 1)
	}
	b.Add(oneLine(r.happened, 300), 0.8)
	b.Add(r.expected, 0.6)
	b.Add(oneLine(r.words, 700), 0.5)
	asked := b.Query()
	var core words.Builder
	core.Add(r.title, 1)
	core.Add(r.question, 1)
	q := query{terms: asked.Terms, suggests: asked.Suggests, codes: r.codes}
	sets := make([]map[string]bool, len(items))
	for i, item := range items {
		sets[i] = termSet(item.Title + "\n" + item.Text.Raw())
	}
	rarity := func(keys ...string) float64 {
		holds := 0
		for _, set := range sets {
			if holdsAny(set, keys) {
				holds++
			}
		}
		return math.Log(1.6+float64(len(items))/float64(1+holds)) / math.Log(1.6+float64(len(items))/2)
	}
	q.core = core.Query().Terms
	subjects := r.subjects()
	for i, t := range q.core {
		q.core[i].Weight = 1
		switch {
		case t.Weak, words.Compound(t.Keys[0]): // its parts are terms, too
			q.core[i].Weight = weakCore
		case !slices.ContainsFunc(sets, func(set map[string]bool) bool { return holdsAny(set, t.Keys) || holdsAny(set, t.Near) }):
			q.core[i].Weight = foreignCore
			q.foreign++
			if subjects[t.Keys[0]] {
				q.subjects++
			}
		}
	}
	q.said = " " + strings.Join(words.Split(r.title), " ") + " . " + strings.Join(words.Split(r.question), " ") + " "
	folded := words.Fold(r.title + "\n" + r.question)
	q.act = act(folded)
	if at := mayDo().FindStringSubmatch(folded); at != nil {
		var verb words.Builder
		verb.Add(at[1]+at[2], 1)
		q.may = slices.DeleteFunc(verb.Query().Terms, func(t words.Term) bool { return t.Weak })
	}
	var all []float64
	for i := range q.terms {
		q.terms[i].Weight *= rarity(q.terms[i].Keys...)
		all = append(all, q.terms[i].Weight)
	}
	for i := range q.suggests {
		q.suggests[i].Weight *= suggestedShare * rarity(q.suggests[i].Key)
	}
	sorting.Stable(all, func(a, b float64) int { return cmp.Compare(b, a) })
	for _, w := range all[:min(len(all), heaviest)] {
		q.heavy += w
	}
	return q
}

func holdsAny(set map[string]bool, keys []string) bool {
	return slices.ContainsFunc(keys, func(k string) bool { return set[k] })
}

// share is how much of the query a set of terms covers, from 0 to 1, and with how many telling terms.
func (q query) share(body, heading map[string]bool) (float64, int) {
	if q.heavy == 0 {
		return 0, 0
	}
	got, n := 0.0, 0
	for _, t := range q.terms {
		switch {
		case holdsAny(heading, t.Keys):
			got += t.Weight * 1.25
		case holdsAny(body, t.Keys):
			got += t.Weight
		case holdsAny(heading, t.Hints) || holdsAny(body, t.Hints): // its weight comes with what is suggested
		default:
			continue
		}
		if !t.Weak || len(t.Hints) > 0 {
			n++
		}
	}
	return min(1, got/q.heavy), n
}

// suggested is how much a set of terms covers of what the query's words only suggest.
func (q query) suggested(body, heading map[string]bool) float64 {
	got := 0.0
	for _, s := range q.suggests {
		if heading[s.Key] || body[s.Key] {
			got += s.Weight
		}
	}
	return got / max(q.heavy, 1)
}

func termSet(text string) map[string]bool { return words.Set(text) }

// passage is a piece of evidence with how well it fits.
type passage struct {
	item    evidence.Item
	text    string // what of it answers: its text, or the reply that resolved it
	score   float64
	share   float64
	words   int
	precise float64 // how much of its heading is asked about
	cover   float64 // how much of the title and the question it speaks about
	does    bool    // it names what the customer asks how to do
	may     bool    // it names what the customer asks whether it can be done
	fit     float64 // of a section: how surely it answers; compared with the floors
	coded   bool    // it names an error code of the ticket
}

// match scores an item.
func (q query) match(item evidence.Item) passage {
	p := passage{item: item, text: item.Text.Raw()}
	heading := termSet(item.Title)
	body := q.together(p.text, heading)
	if p.share, p.words = q.share(body, heading); item.Kind == evidence.Docs {
		p.share = min(1, p.share+q.suggested(body, heading)) // a page has words of its own; two customers have the same
	}
	both := maps.Clone(body)
	maps.Copy(both, heading)
	p.cover, p.does, p.may = q.covers(both), q.does(both), !slices.ContainsFunc(q.may, func(t words.Term) bool { return !holdsAny(both, t.Keys) })
	// A heading whose own words all stand in the ticket is a page about just that.
	var reader words.Analyzer
	own := reader.Tokens(lastHeading(item.Title))
	hit := 0.0
	for _, t := range own {
		hit += q.asks(t)
	}
	precise := 0.0
	if len(own) > 0 {
		precise = hit / float64(max(2, len(own))) // one common word is no proof
	}
	p.precise = precise
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

// together are the terms of the stretch of a text that speaks most about the query: what stands far apart in a long text is there by chance.
func (q query) together(text string, heading map[string]bool) map[string]bool {
	if len(strings.Fields(text)) <= wholeWords {
		return termSet(text)
	}
	list := units(text)
	size := make([]int, len(list))
	for i, u := range list {
		size[i] = len(strings.Fields(u.quote))
	}
	best, most := map[string]bool{}, -1.0
	for i := range list {
		set := map[string]bool{}
		n := 0
		for j := i; j < len(list); j++ {
			if n += size[j]; n > wholeWords && j > i {
				break
			}
			maps.Copy(set, list[j].terms)
		}
		share, _ := q.share(set, heading)
		share += q.suggested(set, heading)
		if got := share + q.covers(set); got > most {
			best, most = set, got
		}
	}
	return best
}

// covers is how much of the ticket's title and question a passage speaks about, from 0 to 1: what it never names is what it
// does not answer.
func (q query) covers(set map[string]bool) float64 { return q.holds(set, nearCover) }

// holds is covers with what a term counts that the passage holds only a near one of.
func (q query) holds(set map[string]bool, near float64) float64 {
	got, all := 0.0, 0.0
	for _, t := range q.core {
		all += t.Weight
		switch {
		case holdsAny(set, t.Keys):
			got += t.Weight
		case holdsAny(set, t.Near):
			got += t.Weight * near
		}
	}
	return got / max(all, leastCore)
}

const (
	nearCover   = 0.45 // of a term that the passage holds only a near one of
	leastCore   = 2.0  // a title of one word is covered easily, and says little
	weakCore    = 0.3  // the weight of a word that says little
	foreignCore = 1.25 // the weight of a word that no passage at hand holds
)

// heads reports whether a section's own heading holds all that the title and the question are about: "Our proxy. Where do I
// enter it?" is asked in one word, and answered under it.
func (q query) heads(p passage) bool {
	heading := termSet(lastHeading(p.item.Title))
	telling := slices.DeleteFunc(slices.Clone(q.core), func(t words.Term) bool { return t.Weak })
	return len(telling) > 0 && !slices.ContainsFunc(telling, func(t words.Term) bool { return !holdsAny(heading, t.Keys) })
}

// asks is how much the query asks about a word, from 0 to 1.
func (q query) asks(t words.Token) float64 {
	for _, term := range q.terms {
		if term.Weight > 0.3 && (t.Stem != "" && slices.Contains(term.Keys, t.Stem) || slices.ContainsFunc(t.Keys, func(k string) bool { return slices.Contains(term.Keys, k) })) {
			return 1
		}
	}
	for _, s := range q.suggests {
		if slices.Contains(t.Keys, s.Key) {
			return min(0.5, s.Weight)
		}
	}
	return 0
}

// lastHeading is a section's own heading: the last part of its title.
func lastHeading(title string) string {
	if at := strings.LastIndex(title, trailMark); at >= 0 {
		title = title[at+len(trailMark):]
	}
	return strings.TrimSpace(title)
}

// trailMark stands between the headings of a section's title.
const trailMark = "›"

// How surely a section answers, beside its score in the whole help center: by how far it stands out from the best section
// of another page, by what it covers of the title and the question, by the telling words that it shares, by its heading, by
// naming the error code, and by whether other ways of ranking put it first, too. Words of the question that no section at hand
// knows speak against an answer, most of all those that it is plainly about.
const (
	marginFit   = 0.50
	coverFit    = 0.20
	shareFit    = 0.10
	wordFit     = 0.075 // for each of up to four
	headingFit  = 0.10
	codedFit    = 0.40
	verbatimFit = 0.30 // only to stand before others: its heading stands in the title or the question word for word
	foreignFit  = 0.10 // for each of up to three
	subjectFit  = 0.20 // beside it, for each of up to two that the ticket is plainly about
	agreeFit    = 0.12 // for the third ranking that puts it first; against it, for each of the first two that does not
)

// fits sorts sections, best first, and says how surely each answers.
func (q query) fits(sections []passage) {
	for i := range sections {
		p := &sections[i]
		p.fit = p.item.Score + coverFit*p.cover + shareFit*p.share + wordFit*float64(min(p.words, 4)) + headingFit*p.precise
		if p.coded {
			p.fit += codedFit
		}
	}
	standing := func(p passage) float64 {
		if q.verbatim(lastHeading(p.item.Title)) {
			return p.fit + verbatimFit
		}
		return p.fit
	}
	sorting.Stable(sections, func(a, b passage) int { return cmp.Compare(standing(b), standing(a)) })
	for i := range sections {
		p := &sections[i]
		rival := 0.0
		for _, other := range sections {
			if other.item.Path != p.item.Path && other.text != p.text { // a page and the one that includes it say the same
				rival = max(rival, other.item.Score)
			}
		}
		p.fit += marginFit*(p.item.Score-rival) - foreignFit*float64(min(q.foreign, 3)) - subjectFit*float64(min(q.subjects, 2)) + agreeFit*float64(agreed(*p, sections)-2)
	}
}

// verbatim reports whether a heading of several words, one of them telling, stands in the title or the question as it is:
// "How do I make a backup?" asks for *Make a backup*, and not for *Restore a backup*.
func (q query) verbatim(heading string) bool {
	all := words.Split(heading)
	return len(all) > 1 && len(telling(heading)) > 0 && strings.Contains(q.said, " "+strings.Join(all, " ")+" ")
}

// agreed is how many of three rankings put a section first: the search over the whole help center, the weight of the ticket's
// words that it shares, and what it covers of the title and the question. They weigh the same ticket differently, so that a
// section which only one of them likes is often one that shares words by chance.
func agreed(p passage, sections []passage) int {
	n := 0
	for _, by := range []func(passage) float64{
		func(p passage) float64 { return p.item.Score },
		func(p passage) float64 { return p.share },
		func(p passage) float64 { return p.cover },
	} {
		if !slices.ContainsFunc(sections, func(other passage) bool { return by(other) > by(p) }) {
			n++
		}
	}
	return n
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
