// Package index is a full-text index over pieces of text. SQLite's FTS5 finds what may fit, by bm25 over the words and what they
// mean (see workflow/words); what it finds is then scored once more, in the manner of BM25F:
// https://doi.org/10.1561/1500000019, section 3.6.
package index

import (
	"cmp"
	"context"
	"hash/maphash"
	"maps"
	"math"
	"slices"
	"sync"

	"github.com/oioi-app/oioi/workflow/sorting"
	"github.com/oioi-app/oioi/workflow/words"
)

// Entry is one piece of text. Words in its heading weigh most, then those in its title, in what is said about it, in its body.
type Entry struct {
	Title   string // of the page that it stands on
	Parents string // the headings above its own
	Heading string
	About   string // what is said about its page: the description, lines elsewhere that link to it
	Mention string // the lines elsewhere that link to it
	Body    string
}

// fields are an entry's texts in the order of the table's columns and of weights.
func (e Entry) fields() [6]string {
	return [...]string{e.Heading, e.Title, e.Parents, e.About, e.Mention, e.Body}
}

// Hit is an entry that matches, by its position in the slice that the index was built from.
type Hit struct {
	Entry int
	Score float64 // 0 to 1: how much of what is asked the entry speaks about
}

// Index answers queries. It does not change and is safe for concurrent use. The zero value is an index of nothing.
type Index struct {
	entries []Entry
	names   []uint64 // of the entries, by their texts
	rows    []int64  // of the table, by entry
	at      map[int64]int
	docs    map[string]int // how many entries hold a key
	length  float64        // of all entries, in words
	seed    maphash.Seed
	table   *table

	mu     sync.Mutex
	scored map[int]reading // of entries that were scored last
}

// The weights of the fields, and how fast more of the same word stops counting in a text of average length.
const (
	headingWeight = 3.2
	titleWeight   = 1.1
	parentsWeight = 0.9
	aboutWeight   = 0.7
	mentionWeight = 1.6
	bodyWeight    = 1.0
	saturation    = 1.1
	lengthShare   = 0.35 // of the length normalization
)

var weights = [...]float64{headingWeight, titleWeight, parentsWeight, aboutWeight, mentionWeight, bodyWeight}

// reading is what the words of an entry are.
type reading struct {
	counts map[string]float64 // how often it holds a key, weighed by the fields
	length float64            // in words
}

// Build makes an index of the entries.
func Build(ctx context.Context, entries []Entry) (*Index, error) {
	return new(Index).Next(ctx, entries)
}

// Next makes an index of other entries, most of which may be the same: only the words of the others are read. It says the
// same as one that Build makes. The index stays as it is.
func (x *Index) Next(ctx context.Context, entries []Entry) (_ *Index, err error) {
	next := &Index{entries: entries, names: make([]uint64, len(entries)), rows: make([]int64, len(entries)), at: make(map[int64]int, len(entries)),
		docs: maps.Clone(x.docs), length: x.length, seed: x.seed}
	if next.docs == nil {
		next.docs, next.seed = map[string]int{}, maphash.MakeSeed()
	}
	before := make(map[uint64][]int, len(x.names)) // entries of the same texts are several
	for i, name := range x.names {
		before[name] = append(before[name], i)
	}
	var fresh []int
	for i, e := range entries {
		name := maphash.Comparable(next.seed, e)
		next.names[i] = name
		if same := before[name]; len(same) > 0 {
			next.rows[i], before[name] = x.rows[same[0]], same[1:]
		} else {
			fresh = append(fresh, i)
		}
	}
	if x.table != nil && 2*len(fresh) > len(entries) { // a copy would save little
		return Build(ctx, entries)
	}
	if next.table, err = x.table.copied(ctx); err != nil {
		return nil, err
	}
	change, err := next.table.change(ctx)
	if err != nil {
		return nil, err
	}
	var reader words.Analyzer
	scratch := map[string]float64{}
	for _, gone := range before {
		for _, i := range gone {
			r, _ := read(&reader, scratch, x.entries[i])
			next.count(r, -1)
			change.remove(x.rows[i])
		}
	}
	for _, i := range fresh {
		r, keys := read(&reader, scratch, entries[i])
		next.count(r, 1)
		next.rows[i] = change.add(keys)
	}
	for i, row := range next.rows {
		next.at[row] = i
	}
	next.table.rows = len(entries)
	return next, change.commit()
}

// count adds what an entry holds, or takes it away.
func (x *Index) count(r reading, by int) {
	x.length += float64(by) * r.length
	for key := range r.counts {
		if x.docs[key] += by; x.docs[key] == 0 {
			delete(x.docs, key)
		}
	}
}

// Close gives the memory back that the garbage collector does not see; it would do so too, some time after the last use.
func (x *Index) Close() error { return x.table.close() }

// read counts the words of an entry in a map, whatever it held before, and returns the keys of each field.
func read(reader *words.Analyzer, counts map[string]float64, e Entry) (r reading, keys [6][]string) {
	clear(counts)
	r.counts = counts
	for i, text := range e.fields() {
		if text == "" {
			continue
		}
		tokens := reader.Tokens(text)
		r.length += float64(len(tokens))
		for _, t := range tokens {
			if t.Stem != "" {
				keys[i] = append(keys[i], t.Stem)
			}
			keys[i] = append(keys[i], t.Keys...)
		}
		for _, key := range keys[i] {
			r.counts[key] += weights[i]
		}
	}
	return r, keys
}

// Rarity is how much it says that an entry holds a key, from 0 (all do) to 1 (none or one does).
func (x *Index) Rarity(key string) float64 {
	n, found := float64(len(x.entries)), float64(x.docs[key])
	return math.Log(1+(n+0.5-found)/(found+0.5)) / math.Log(1+(n+0.5)/0.5)
}

// Has reports whether any entry holds a key.
func (x *Index) Has(key string) bool { return x.docs[key] > 0 }

// How much a concept counts beside the very word, a word that no entry holds beside one that an entry holds, and how many
// terms a good entry holds at the most: a long ticket says much that no page repeats.
const (
	conceptWeight = 0.88
	unknownWeight = 0.55
	heaviest      = 8
	leastIdeal    = 3.2 // a query of one or two words is covered easily, and says little
)

// Weigh returns how much each term of a query says in this index.
func (x *Index) Weigh(q words.Query) []float64 {
	out := make([]float64, len(q.Terms))
	for i, t := range q.Terms {
		rarity := 0.0
		for n, k := range t.Keys {
			if x.Has(k) {
				rarity = max(rarity, x.Rarity(k)*keyWeight(n, k))
			}
		}
		if rarity == 0 {
			rarity = unknownWeight
		}
		out[i] = t.Weight * rarity
	}
	return out
}

func keyWeight(n int, key string) float64 {
	if n > 0 || key[0] == '#' {
		return conceptWeight
	}
	return 1
}

// Ideal is the score before it is normalized of an entry that holds all that a query asks.
func Ideal(weights []float64) float64 {
	sorted := slices.Clone(weights)
	sorting.Stable(sorted, func(a, b float64) int { return cmp.Compare(b, a) })
	sum := 0.0
	for _, w := range sorted[:min(len(sorted), heaviest)] {
		sum += w
	}
	return max(sum, leastIdeal)
}

// weighed is a key that a query asks for.
type weighed struct {
	key    string
	weight float64
}

// asked is a query as this index weighs it: each of its terms with the keys that some entry holds.
func (x *Index) asked(q words.Query) (terms [][]weighed) {
	for _, t := range q.Terms {
		var keys []weighed
		for n, k := range t.Keys {
			if x.Has(k) {
				keys = append(keys, weighed{k, t.Weight * x.Rarity(k) * keyWeight(n, k)})
			}
		}
		if len(keys) > 0 {
			terms = append(terms, keys)
		}
	}
	for _, s := range q.Suggests {
		if x.Has(s.Key) {
			terms = append(terms, []weighed{{s.Key, s.Weight * x.Rarity(s.Key)}})
		}
	}
	return terms
}

// What the table is asked for: the keys that say most, so many entries of them together, and how many entries it is to name.
const (
	mostFound   = 8_000
	surelyAsked = 2 // keys, however many entries hold them
	mostKeys    = 200
	candidates  = 200
)

// heavy returns the keys that the table is asked for: all of them where the index is small.
func (x *Index) heavy(terms [][]weighed) (keys []string) {
	all := slices.Concat(terms...)
	sorting.Stable(all, func(a, b weighed) int { return cmp.Compare(b.weight, a.weight) })
	found := 0
	seen := map[string]bool{}
	for _, w := range all {
		if seen[w.key] || len(keys) >= surelyAsked && found+x.docs[w.key] > mostFound {
			continue
		}
		seen[w.key] = true
		keys, found = append(keys, w.key), found+x.docs[w.key]
		if len(keys) == mostKeys {
			break
		}
	}
	return keys
}

// Search returns the entries that speak about what is asked, best first.
func (x *Index) Search(ctx context.Context, q words.Query, limit int) ([]Hit, error) {
	terms := x.asked(q)
	if limit <= 0 || len(terms) == 0 {
		return nil, nil
	}
	rows, err := x.table.find(ctx, x.heavy(terms), candidates)
	if err != nil {
		return nil, err
	}
	ideal := Ideal(x.Weigh(q))
	hits := make([]Hit, len(rows))
	for i, r := range x.readings(rows) {
		entry := x.at[rows[i]]
		hits[i] = Hit{Entry: entry, Score: min(1, x.score(terms, r)/ideal)}
	}
	sorting.Stable(hits, func(a, b Hit) int { return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.Entry, b.Entry)) })
	return hits[:min(limit, len(hits))], nil
}

// score sums for each term the key that says most of what an entry holds.
func (x *Index) score(terms [][]weighed, r reading) (sum float64) {
	average := max(1, x.length/float64(len(x.entries)))
	k := saturation * (1 - lengthShare + lengthShare*r.length/average)
	for _, keys := range terms {
		best := 0.0
		for _, w := range keys {
			if tf := r.counts[w.key]; tf > 0 {
				best = max(best, w.weight*tf/(tf+k))
			}
		}
		sum += best
	}
	return sum
}

// rememberedReadings is how many entries an index keeps with their words: tickets ask about the same ones.
const rememberedReadings = 2 * candidates

// readings returns the words of the entries in rows.
func (x *Index) readings(rows []int64) []reading {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.scored == nil || len(x.scored)+len(rows) > rememberedReadings {
		x.scored = map[int]reading{}
	}
	var reader words.Analyzer
	out := make([]reading, len(rows))
	for i, row := range rows {
		entry := x.at[row]
		r, known := x.scored[entry]
		if !known {
			r, _ = read(&reader, map[string]float64{}, x.entries[entry])
			x.scored[entry] = r
		}
		out[i] = r
	}
	return out
}
