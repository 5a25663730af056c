// Package index is a small full-text index over pieces of text, in memory. It scores by words and by what they mean (see
// workflow/words), in the manner of BM25F: https://doi.org/10.1561/1500000019, section 3.6.
package index

import (
	"cmp"
	"hash/maphash"
	"maps"
	"math"
	"slices"

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

// Hit is an entry that matches, by its position in the slice that the index was built from.
type Hit struct {
	Entry int
	Score float64 // 0 to 1: how much of what is asked the entry speaks about
}

// Index answers queries. It does not change and is safe for concurrent use.
type Index struct {
	keys  map[string]int32
	posts [][]post // by key
	size  int
	// What the next index is made from: what each entry is, by the hash of its texts, and the words that were read in it.
	seed  maphash.Seed
	names []uint64
	read  []read
}

// post says that an entry holds a key, and how well: its frequency in the fields, weighed and saturated, from 0 to 1.
type post struct {
	entry int32
	value float32
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

// count is how often an entry holds a key, weighed by the fields.
type count struct {
	key int32
	tf  float32
}

// read is what the words of an entry are.
type read struct {
	counts []count
	length float32
}

// Build makes an index of the entries.
func Build(entries []Entry) *Index { return new(Index).Next(entries) }

// Next makes an index of other entries, most of which may be the same: only the words of the others are read. It says the
// same as one that Build makes. The index stays as it is.
func (x *Index) Next(entries []Entry) *Index {
	next := &Index{keys: maps.Clone(x.keys), size: len(entries), seed: x.seed, names: make([]uint64, len(entries)), read: make([]read, len(entries))}
	if next.keys == nil {
		next.keys, next.seed = map[string]int32{}, maphash.MakeSeed()
	}
	before := make(map[uint64]int, len(x.names))
	for i, name := range x.names {
		before[name] = i
	}
	var reader words.Analyzer
	tf := map[int32]float32{}
	var total float64
	for i, e := range entries {
		next.names[i] = maphash.Comparable(next.seed, e)
		if at, same := before[next.names[i]]; same {
			next.read[i] = x.read[at]
		} else {
			next.read[i] = next.analyze(&reader, tf, e)
		}
		total += float64(next.read[i].length)
	}
	average := float32(total / float64(max(1, len(entries))))
	next.posts = make([][]post, len(next.keys))
	used := 0
	for i, r := range next.read {
		k := saturation * (1 - lengthShare + lengthShare*r.length/max(1, average))
		for _, c := range r.counts {
			next.posts[c.key] = append(next.posts[c.key], post{int32(i), c.tf / (c.tf + k)})
		}
	}
	for _, posts := range next.posts {
		if len(posts) > 0 {
			used++
		}
	}
	if len(x.keys) > 0 && 2*used < len(next.keys) { // most words are of entries that are gone
		return Build(entries)
	}
	return next
}

// analyze counts the words of an entry. tf is scratch.
func (x *Index) analyze(reader *words.Analyzer, tf map[int32]float32, e Entry) (r read) {
	clear(tf)
	for _, field := range []struct {
		text   string
		weight float32
	}{{e.Heading, headingWeight}, {e.Title, titleWeight}, {e.Parents, parentsWeight}, {e.About, aboutWeight}, {e.Mention, mentionWeight}, {e.Body, bodyWeight}} {
		if field.text == "" {
			continue
		}
		tokens := reader.Tokens(field.text)
		r.length += float32(len(tokens))
		for _, t := range tokens {
			if t.Stem != "" {
				tf[x.key(t.Stem)] += field.weight
			}
			for _, k := range t.Keys {
				tf[x.key(k)] += field.weight
			}
		}
	}
	r.counts = make([]count, 0, len(tf))
	for k, f := range tf {
		r.counts = append(r.counts, count{k, f})
	}
	return r
}

func (x *Index) key(name string) int32 {
	id, ok := x.keys[name]
	if !ok {
		id = int32(len(x.keys)) //nolint:gosec // there are never two thousand million keys
		x.keys[name] = id
	}
	return id
}

// Rarity is how much it says that an entry holds a key, from 0 (all do) to 1 (none or one does).
func (x *Index) Rarity(key string) float64 {
	n := float64(x.size)
	found := 0.0
	if id, ok := x.keys[key]; ok {
		found = float64(len(x.posts[id]))
	}
	return math.Log(1+(n+0.5-found)/(found+0.5)) / math.Log(1+(n+0.5)/0.5)
}

// Has reports whether any entry holds a key.
func (x *Index) Has(key string) bool {
	id, ok := x.keys[key]
	return ok && len(x.posts[id]) > 0
}

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
	slices.SortFunc(sorted, func(a, b float64) int { return cmp.Compare(b, a) })
	sum := 0.0
	for _, w := range sorted[:min(len(sorted), heaviest)] {
		sum += w
	}
	return max(sum, leastIdeal)
}

// Search returns the entries that speak about what is asked, best first.
func (x *Index) Search(q words.Query, limit int) []Hit {
	ideal := Ideal(x.Weigh(q))
	if x.size == 0 {
		return nil
	}
	scores := make([]float64, x.size)
	best := make([]float64, x.size) // of the term at hand
	var touched, found []int32
	for _, t := range q.Terms {
		touched = touched[:0]
		for n, k := range t.Keys {
			id, ok := x.keys[k]
			if !ok {
				continue
			}
			weight := t.Weight * x.Rarity(k) * keyWeight(n, k)
			for _, p := range x.posts[id] {
				if best[p.entry] == 0 {
					touched = append(touched, p.entry)
				}
				best[p.entry] = max(best[p.entry], weight*float64(p.value))
			}
		}
		for _, e := range touched {
			if scores[e] == 0 {
				found = append(found, e)
			}
			scores[e] += best[e]
			best[e] = 0
		}
	}
	for _, s := range q.Suggests {
		id, ok := x.keys[s.Key]
		if !ok {
			continue
		}
		weight := s.Weight * x.Rarity(s.Key)
		for _, p := range x.posts[id] {
			if scores[p.entry] == 0 {
				found = append(found, p.entry)
			}
			scores[p.entry] += weight * float64(p.value)
		}
	}
	before := func(a, b int32) int { return cmp.Or(cmp.Compare(scores[b], scores[a]), cmp.Compare(a, b)) }
	var top []int32 // sorted, so that a long list of weak hits is never sorted as a whole
	for _, e := range found {
		if len(top) == limit && (limit == 0 || before(e, top[limit-1]) > 0) {
			continue
		}
		at, _ := slices.BinarySearchFunc(top, e, before)
		if top = slices.Insert(top, at, e); len(top) > limit {
			top = top[:limit]
		}
	}
	hits := make([]Hit, 0, len(top))
	for _, e := range top {
		hits = append(hits, Hit{Entry: int(e), Score: min(1, scores[e]/ideal)})
	}
	return hits
}
