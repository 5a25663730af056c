package words

import (
	_ "embed"
	"slices"
	"strings"
	"sync"

	"github.com/oioi-app/oioi/workflow/sorting"
)

// The lexicon. In english.txt a line of
//
//   - [same] lists words and phrases that mean the same; the first names the concept,
//   - [near] lists concepts of which one suggests the others,
//   - [hint] says which concepts a word or phrase suggests that is none itself.
//
// In the files of the other languages a line says which words stand for an English term.
var (
	//go:embed english.txt
	englishText string
	//go:embed german.txt
	germanText string
	//go:embed french.txt
	frenchText string
	//go:embed spanish.txt
	spanishText string
)

// phrase is several words that mean something together.
type phrase struct {
	words []string // stems (trunks in another language)
	gap   []bool   // up to three other words may stand before this one
	keys  []string
	hints []string
}

// dictionary is what the words of one language mean.
type dictionary struct {
	concepts map[string]bool     // of all languages
	exact    map[string][]string // a folded word to its keys
	stemmed  map[string][]string // its stem or trunk to its keys
	phrases  map[string][]phrase // by their first word's stem, the longest first
	hints    map[string][]string // a word's stem to the concepts that it suggests
	cut      func(string) string // takes endings off
}

// lexicon is what the files say.
type lexicon struct {
	concepts     map[string]bool     // all keys that are concepts
	near         map[string][]string // a concept to those that it suggests
	dictionaries map[string]*dictionary
}

// book is read when it is first needed: a start does not wait for it.
var book = sync.OnceValue(readLexicon)

// Key of a concept: no word can hold the sign.
func conceptKey(name string) string { return "#" + name }

func readLexicon() *lexicon {
	concepts, near := map[string]bool{}, map[string][]string{}
	en := newDictionary(concepts, Stem)
	dictionaries := map[string]*dictionary{"en": en}
	part := ""
	for line := range strings.SplitSeq(englishText, "\n") {
		switch {
		case line == "" || strings.HasPrefix(line, "#"):
		case strings.HasPrefix(line, "["):
			part = line
		case part == "[same]":
			names := strings.Split(line, ", ")
			key := conceptKey(names[0])
			concepts[key] = true
			for _, name := range names {
				en.add(name, []string{key}, nil)
			}
		case part == "[near]":
			names := strings.Split(line, ", ")
			for i, name := range names {
				for j, other := range names {
					key, target := en.resolve(name), en.resolve(other)
					if i != j && !slices.Contains(near[key], target) {
						near[key] = append(near[key], target)
					}
				}
			}
		case part == "[hint]":
			left, right, _ := strings.Cut(line, " > ")
			var targets []string
			for name := range strings.SplitSeq(right, ", ") {
				targets = append(targets, en.resolve(name))
			}
			for name := range strings.SplitSeq(left, ", ") {
				en.add(name, nil, targets)
			}
		}
	}
	en.sort()
	for language, text := range map[string]string{"de": germanText, "fr": frenchText, "es": spanishText} {
		d := newDictionary(concepts, func(word string) string { return trunk(language, word) })
		for line := range strings.SplitSeq(text, "\n") {
			if line == "" || strings.HasPrefix(line, "#") {
				continue
			}
			term, names, _ := strings.Cut(line, ": ")
			key := en.resolve(term)
			for name := range strings.SplitSeq(names, ", ") {
				d.add(name, []string{key}, nil)
			}
		}
		d.sort()
		dictionaries[language] = d
	}
	return &lexicon{concepts, near, dictionaries}
}

func newDictionary(concepts map[string]bool, cut func(string) string) *dictionary {
	return &dictionary{concepts: concepts, exact: map[string][]string{}, stemmed: map[string][]string{}, phrases: map[string][]phrase{}, hints: map[string][]string{}, cut: cut}
}

// resolve returns the key of an English term: its concept, or its stem.
func (d *dictionary) resolve(term string) string {
	if key := conceptKey(term); d.concepts[key] {
		return key
	}
	if keys := d.exact[Fold(term)]; len(keys) > 0 {
		return keys[0]
	}
	return Stem(Fold(term))
}

func (d *dictionary) add(name string, keys, hints []string) {
	var p phrase
	gap := false
	for _, word := range strings.Fields(Fold(name)) {
		if word == ".." {
			gap = true
			continue
		}
		for i, piece := range strings.FieldsFunc(word, func(r rune) bool { return r == '\'' || r == '/' }) {
			p.words, p.gap = append(p.words, d.cut(piece)), append(p.gap, gap && i == 0)
		}
		gap = false
	}
	if len(p.words) == 1 {
		word := Fold(name)
		if len(hints) > 0 {
			d.hints[p.words[0]] = append(d.hints[p.words[0]], hints...)
			return
		}
		for _, key := range keys {
			if !slices.Contains(d.exact[word], key) {
				d.exact[word] = append(d.exact[word], key)
			}
			if s := p.words[0]; len(d.stemmed[s]) == 0 {
				d.stemmed[s] = append(d.stemmed[s], key)
			}
		}
		return
	}
	p.keys, p.hints = keys, hints
	d.phrases[p.words[0]] = append(d.phrases[p.words[0]], p)
}

func (d *dictionary) sort() {
	for _, list := range d.phrases {
		sorting.Stable(list, func(a, b phrase) int { return len(b.words) - len(a.words) })
	}
}

// meaning returns the keys of a word.
func (d *dictionary) meaning(word, stem string) []string {
	if keys := d.exact[word]; keys != nil {
		return keys
	}
	return d.stemmed[stem]
}

// at finds the longest phrase that begins at a position, and the position after each of its words.
func (d *dictionary) at(stems []string, i int) (*phrase, []int) {
	list := d.phrases[stems[i]]
	for n := range list {
		p := &list[n]
		if len(p.words) > 1 && !p.gap[1] && (i+1 >= len(stems) || stems[i+1] != p.words[1]) {
			continue // as most do
		}
		places := []int{i}
		next := i + 1
		for k := 1; k < len(p.words) && places != nil; k++ {
			reach := next + 1
			if p.gap[k] {
				reach = next + 4
			}
			found := -1
			for at := next; at < reach && at < len(stems); at++ {
				if stems[at] == p.words[k] {
					found = at
					break
				}
			}
			if found < 0 {
				places = nil
				break
			}
			places = append(places, found)
			next = found + 1
		}
		if places != nil {
			return p, places
		}
	}
	return nil, nil
}

// compound finds the known words that a German word is made of.
func (d *dictionary) compound(word string) []string {
	if len(word) < 8 {
		return nil
	}
	known := func(part string) []string {
		if len(part) < 4 {
			return nil
		}
		if keys := d.exact[part]; keys != nil {
			return keys
		}
		return d.stemmed[d.cut(part)]
	}
	var best []string
	for i := 4; i+4 <= len(word); i++ {
		tail := known(word[i:])
		head := known(word[:i])
		for _, link := range []string{"s", "es", "n", "en"} {
			if base, ok := strings.CutSuffix(word[:i], link); ok && head == nil {
				head = known(base)
			}
		}
		switch {
		case head != nil && tail != nil:
			return append(slices.Clone(head), tail...)
		case best == nil && tail != nil:
			best = tail
		case best == nil && head != nil && i >= 5:
			best = head
		}
	}
	return best
}
