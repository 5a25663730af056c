package words

import (
	"slices"
	"strings"
	"sync"
	"sync/atomic"
)

// Token is a word or a phrase of a text.
type Token struct {
	Stem  string   // the word without its ending; "" for a phrase
	Keys  []string // the concepts that it stands for, or English stems for words of another language
	Hints []string // concepts that it suggests
	Weak  bool     // it says little
}

// Analyzer reads texts. Its zero value is ready; it is not safe for concurrent use.
type Analyzer struct {
	list  []*known // of the text at hand
	words []string
	stems []string
	taken []bool
}

// known is what is known about a word, in each language as far as it was needed. All analyzers share it.
type known struct {
	common [languages]bool
	in     [languages]atomic.Pointer[entry]
}

// entry is a word in one language.
type entry struct {
	stem   string
	token  Token
	starts bool // a phrase
}

const (
	english = iota
	german
	spanish
	french
	languages
)

var names = [languages]string{"en", "de", "es", "fr"}

// mostKnown words are remembered, the first that are met: as many as a large help center has. The rest is looked up each time.
const mostKnown = 50_000

// vocabulary holds the words that were met, so that neither a large help center nor the next ticket begins from nothing.
var vocabulary = struct {
	sync.RWMutex
	words map[string]*known
}{words: map[string]*known{}}

// knowing appends what is known about each of the words.
func knowing(list []*known, of []string) []*known {
	missing := false
	vocabulary.RLock()
	for _, word := range of {
		k := vocabulary.words[word]
		missing = missing || k == nil
		list = append(list, k)
	}
	vocabulary.RUnlock()
	if !missing {
		return list
	}
	vocabulary.Lock()
	defer vocabulary.Unlock()
	for i, word := range of {
		at := len(list) - len(of) + i
		if list[at] != nil {
			continue
		}
		k := vocabulary.words[word]
		if k == nil {
			k = &known{}
			for i, name := range names {
				k.common[i] = common()[name][word]
			}
			if len(vocabulary.words) < mostKnown {
				vocabulary.words[strings.Clone(word)] = k // a word of its own, not a piece of a text that it would keep
			}
		}
		list[at] = k
	}
	return list
}

// Tokens returns the words of a text that say something, in order, after the phrases.
func (a *Analyzer) Tokens(text string) []Token {
	a.words = Split(text)
	a.list = knowing(a.list[:0], a.words)
	var counts [languages]int
	for _, k := range a.list {
		for i, is := range k.common {
			if is {
				counts[i]++
			}
		}
	}
	best := english
	for i, n := range counts {
		if n > counts[best] {
			best = i
		}
	}
	return a.read(best)
}

func (k *known) entry(language int, word string) *entry {
	if e := k.in[language].Load(); e != nil {
		return e
	}
	d := book().dictionaries[names[language]]
	word = strings.Clone(word)
	stem := d.cut(word)
	e := &entry{stem, look(d, names[language], word, stem), len(d.phrases[stem]) > 0}
	k.in[language].Store(e) // whoever is first: both say the same
	return e
}

func (a *Analyzer) read(language int) []Token {
	a.stems, a.taken = a.stems[:0], a.taken[:0]
	for i, k := range a.list {
		a.stems, a.taken = append(a.stems, k.entry(language, a.words[i]).stem), append(a.taken, false)
	}
	out := make([]Token, 0, len(a.list))
	out = a.phrases(out, language, a.stems)
	if language != english {
		stems := make([]string, len(a.words))
		for i, word := range a.words {
			stems[i] = Stem(word)
		}
		out = a.phrases(out, english, stems) // the product's own terms are often English
	}
	for i, k := range a.list {
		token := k.entry(language, a.words[i]).token
		if token.Stem == "" {
			continue
		}
		if a.taken[i] { // the phrase says what it means
			if token.Weak {
				continue
			}
			token = Token{Stem: token.Stem, Weak: true}
		}
		out = append(out, token)
	}
	return out
}

func (a *Analyzer) phrases(out []Token, language int, stems []string) []Token {
	d := book().dictionaries[names[language]]
	for i, k := range a.list {
		if a.taken[i] || !k.entry(language, a.words[i]).starts {
			continue
		}
		if p, places := d.at(stems, i); p != nil {
			for _, at := range places {
				a.taken[at] = a.taken[at] || len(p.keys) > 0 // what only suggests something does not say what its words say
			}
			out = append(out, Token{Keys: p.keys, Hints: p.hints})
		}
	}
	return out
}

// look reads one word.
func look(d *dictionary, language, word, stem string) Token {
	if len(word) < 2 || Common(language, word) || made(language, word) {
		return Token{}
	}
	keys := d.meaning(word, stem)
	hints := d.hints[stem]
	if language != "en" {
		if keys == nil && language == "de" {
			keys = d.compound(word)
		}
		if keys == nil { // names and terms that are English in every language
			keys, hints = book().dictionaries["en"].exact[word], book().dictionaries["en"].hints[Stem(word)]
		}
	}
	for _, other := range names { // one word of another language, as in a short title
		if keys == nil && hints == nil && other != language {
			keys = book().dictionaries[other].exact[word]
		}
	}
	return Token{Stem: stem, Keys: keys, Hints: hints, Weak: weak()[word] || weak()[stem]}
}

// made reports whether a word is made of common words: "est-ce", "up-to".
func made(language, word string) bool {
	parts := strings.FieldsFunc(word, func(r rune) bool { return r == '.' || r == '_' || r == '-' })
	return len(parts) > 1 && !slices.ContainsFunc(parts, func(p string) bool { return !Common(language, p) })
}

// sets remembers the newest texts: the roles of a run ask for the same ones, and so does the next ticket.
var sets = struct {
	sync.Mutex
	known map[string]map[string]bool
}{known: map[string]map[string]bool{}}

const rememberedSets = 256

// Set returns the keys of a text: the stems of its words and the concepts that they stand for. Nobody may change what it returns.
func Set(text string) map[string]bool {
	sets.Lock()
	out, ok := sets.known[text]
	sets.Unlock()
	if ok {
		return out
	}
	var a Analyzer
	out = a.Keys(text)
	sets.Lock()
	defer sets.Unlock()
	if len(sets.known) >= rememberedSets {
		clear(sets.known)
	}
	sets.known[text] = out
	return out
}

// Keys is Set with a reader that may know the words already; it remembers nothing.
func (a *Analyzer) Keys(text string) map[string]bool {
	out := map[string]bool{}
	for _, t := range a.Tokens(text) {
		if t.Stem != "" {
			out[t.Stem] = true
		}
		for _, k := range t.Keys {
			out[k] = true
		}
	}
	return out
}

// Term is something that a text asks about.
type Term struct {
	Keys   []string // the stem and the concepts: one of them is enough
	Hints  []string // concepts that stand for it in most tickets
	Near   []string // concepts that are near to its own, the hints among them
	Weight float64  // grows with how much the text is about it
	Weak   bool
}

// Query is what a text asks about.
type Query struct {
	Terms    []Term
	Suggests []Suggestion // sorted by key
}

// Suggestion is a concept that the words of a text suggest and do not name.
type Suggestion struct {
	Key    string
	Weight float64 // from 0 to 1
}

// Builder puts a query together. The zero value is ready.
type Builder struct {
	analyzer Analyzer
	at       map[string]int
	query    Query
	spread   map[string]float64
}

// How much a concept counts that words only suggest.
const (
	nearWeight = 0.32
	hintWeight = 0.5
	weakWeight = 0.35
)

// Add reads a text that says so much about what is asked.
func (b *Builder) Add(text string, weight float64) {
	if b.at == nil {
		b.at, b.spread = map[string]int{}, map[string]float64{}
	}
	for _, t := range b.analyzer.Tokens(text) {
		w := weight
		if t.Weak {
			w *= weakWeight
		}
		for _, hint := range t.Hints {
			b.spread[hint] = max(b.spread[hint], weight*hintWeight)
		}
		name := t.Name()
		if name == "" {
			continue
		}
		keys := slices.Clone(t.Keys)
		if t.Stem != "" {
			keys = append([]string{t.Stem}, keys...)
		}
		i, ok := b.at[name]
		if !ok {
			i = len(b.query.Terms)
			b.at[name] = i
			b.query.Terms = append(b.query.Terms, Term{Weak: t.Weak})
		}
		term := &b.query.Terms[i]
		term.Weight = max(term.Weight, w)
		for _, k := range keys {
			if !slices.Contains(term.Keys, k) {
				term.Keys = append(term.Keys, k)
			}
		}
		for _, hint := range t.Hints {
			if !slices.Contains(term.Hints, hint) {
				term.Hints, term.Near = append(term.Hints, hint), append(term.Near, hint)
			}
		}
	}
}

// Name is the one key that stands for a token: its concept where it has one; "" for a phrase that only suggests others.
func (t Token) Name() string {
	if len(t.Keys) > 0 {
		return t.Keys[0]
	}
	return t.Stem
}

// Query returns what was put together.
func (b *Builder) Query() Query {
	q := b.query
	suggests := map[string]float64{}
	direct := map[string]bool{}
	for _, t := range q.Terms {
		for _, k := range t.Keys {
			direct[k] = true
		}
	}
	// What several words suggest counts more than what one does, and less than a word itself.
	add := func(key string, weight float64) {
		if !direct[key] {
			suggests[key] += weight
		}
	}
	for _, key := range sorted(b.spread) {
		add(key, b.spread[key])
		for _, other := range book().near[key] {
			add(other, b.spread[key]*nearWeight*0.5)
		}
	}
	for i := range q.Terms {
		t := &q.Terms[i]
		for _, k := range t.Keys {
			for _, other := range book().near[k] {
				add(other, t.Weight*nearWeight)
				if !slices.Contains(t.Near, other) {
					t.Near = append(t.Near, other)
				}
			}
		}
	}
	q.Suggests = nil
	for _, key := range sorted(suggests) {
		q.Suggests = append(q.Suggests, Suggestion{key, min(suggests[key], 1)})
	}
	return q
}

func sorted(m map[string]float64) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}
