package policy

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// gap is how many words may stand where a phrase says "..".
const gap = 5

// pause stands between sentences in a text's words; no phrase reaches across it.
const pause = "."

// text is what phrases are looked for in.
type text struct {
	words    []string         // folded, with a pause between sentences
	at       map[string][]int // where a word stands
	distinct []string         // the words, sorted, for those that a phrase leaves open
	sketch   sketch           // of the words and of their beginnings
	folded   string           // for scripts without blanks between words
	asks     bool
	states   bool
}

// statement is how many words a text needs, and more, to state something.
const statement = 7

func read(s string) *text {
	s = clipped(s)
	t := &text{at: map[string][]int{}}
	for _, sentence := range sentences(s) {
		if folded := fold(sentence); folded != "" {
			t.folded += folded + " "
			t.words = append(append(t.words, strings.Fields(folded)...), pause)
		}
	}
	n := 0
	for i, w := range t.words {
		if w == pause {
			continue
		}
		n++
		if _, seen := t.at[w]; !seen {
			t.distinct = append(t.distinct, w)
			t.sketch.add(bit(w, false))
			if len(w) >= beginning {
				t.sketch.add(bit(w, true))
			}
		}
		t.at[w] = append(t.at[w], i)
	}
	slices.Sort(t.distinct)
	t.asks = strings.Contains(s, "? ") || strings.Contains(s, "?\n") || strings.HasSuffix(strings.TrimSpace(s), "?") || strings.ContainsAny(s, "？¿")
	t.states = !t.asks && n > statement
	return t
}

// sentences cuts a text after . ! ? ; and : with a blank behind them, and at blank lines.
func sentences(s string) []string {
	var out []string
	from := 0
	for i := 0; i+1 < len(s); i++ {
		next := s[i+1]
		switch s[i] {
		case '.', '!', '?', ';':
			if next != ' ' && next != '\n' {
				continue
			}
		case '\n':
			if next != '\n' {
				continue
			}
		default:
			continue
		}
		out = append(out, s[from:i+1])
		from = i + 1
	}
	return append(out, s[from:])
}

// phrase is what a signal or a rule looks for, made ready.
type phrase struct {
	said    string // as it was written
	pieces  [][]slot
	within  string // a text in a script without blanks between words
	asks    bool
	states  bool
	nothing bool
}

// slot is a place for one of several words.
type slot []choice

// choice is one word, or the few words that its hyphens join.
type choice struct {
	words []string
	open  bool   // whatever follows the last word's letters
	bit   uint16 // of the first word in a text's sketch
}

func newChoice(words []string, open bool) choice {
	return choice{words, open, bit(words[0], open && len(words) == 1)}
}

// sketch says at once of most words that a text does not hold them: a playbook names thousands.
type sketch [64]uint64

func (s *sketch) add(bit uint16)          { s[bit>>6] |= 1 << (bit & 63) }
func (s *sketch) mayHold(bit uint16) bool { return s[bit>>6]&(1<<(bit&63)) != 0 }

// beginning is how many bytes of an open word the sketch knows.
const beginning = 3

// bit is where the sketch keeps a word, or the beginning of the words that an open one stands for.
func bit(word string, open bool) uint16 {
	h := uint32(2166136261)
	if open {
		word, h = word[:min(len(word), beginning)], h+1
	}
	for i := range len(word) {
		h = (h ^ uint32(word[i])) * 16777619
	}
	return uint16(h>>16^h) & 4095 //nolint:gosec // the low bits are wanted
}

// readPhrase understands "?" and ".", " .. " for a few words, a/b for one of several words, and word* for any ending.
func readPhrase(s string) phrase {
	out := phrase{said: s}
	switch {
	case s == "?":
		out.asks = true
		return out
	case s == ".":
		out.states = true
		return out
	case borderless(s):
		out.within = strings.TrimSuffix(fold(s), "*")
		return out
	}
	for part := range strings.SplitSeq(s, " .. ") {
		var piece []slot
		for word := range strings.FieldsSeq(part) {
			if choices := strings.Split(word, "/"); len(choices) > 1 {
				var one slot
				for _, c := range choices {
					if words := strings.Fields(fold(c)); len(words) > 0 {
						one = append(one, newChoice(words, strings.HasSuffix(c, "*")))
					}
				}
				if len(one) > 0 {
					piece = append(piece, one)
				}
				continue
			}
			if words := strings.Fields(fold(word)); len(words) > 0 {
				piece = append(piece, slot{newChoice(words, strings.HasSuffix(word, "*"))})
			}
		}
		if len(piece) > 0 {
			out.pieces = append(out.pieces, piece)
		}
	}
	out.nothing = len(out.pieces) == 0
	return out
}

// in reports whether a text says the phrase, and with which words.
func (p phrase) in(t *text) (words string, ok bool) {
	switch {
	case p.nothing:
		return "", false
	case p.asks:
		return p.said, t.asks
	case p.states:
		return p.said, t.states
	case p.within != "":
		return p.said, strings.Contains(t.folded, p.within)
	}
	for i := range p.pieces[0][0] {
		c := &p.pieces[0][0][i]
		first := c.words[0]
		short := c.open && len(c.words) == 1 && len(first) < beginning // the sketch knows no shorter beginnings
		if !short && !t.sketch.mayHold(c.bit) {
			continue
		}
		if !c.open || len(c.words) > 1 {
			if words, ok := p.from(t, t.at[first]); ok {
				return words, true
			}
			continue
		}
		from, _ := slices.BinarySearch(t.distinct, first)
		for _, w := range t.distinct[from:] {
			if !strings.HasPrefix(w, first) {
				break
			}
			if words, ok := p.from(t, t.at[w]); ok {
				return words, true
			}
		}
	}
	return "", false
}

func (p phrase) from(t *text, places []int) (words string, ok bool) {
	for _, at := range places {
		if end := p.follows(t, at, 0, 0); end > at {
			return strings.Join(t.words[at:end], " "), true
		}
	}
	return "", false
}

// follows returns where the phrase ends if its rest, from a slot of a piece on, stands at a place of a text, else -1.
func (p phrase) follows(t *text, at, piece, place int) int {
	if place == len(p.pieces[piece]) {
		if piece+1 == len(p.pieces) {
			return at
		}
		for i := at; i <= at+gap && i < len(t.words) && t.words[i] != pause; i++ {
			if end := p.follows(t, i, piece+1, 0); end >= 0 {
				return end
			}
		}
		return -1
	}
	for _, c := range p.pieces[piece][place] {
		if c.stands(t.words, at) {
			if end := p.follows(t, at+len(c.words), piece, place+1); end >= 0 {
				return end
			}
		}
	}
	return -1
}

func (c choice) stands(words []string, at int) bool {
	if at+len(c.words) > len(words) {
		return false
	}
	last := len(c.words) - 1
	for i, w := range c.words {
		got := words[at+i]
		if got != w && (i < last || !c.open || !strings.HasPrefix(got, w)) {
			return false
		}
	}
	return true
}

// borderless reports whether a text is in a script that writes no blanks between words.
func borderless(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool {
		return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai)
	})
}

// Mentions reports whether a text says one of the phrases, as signals are matched (see [Signal]).
func Mentions(s string, phrases ...string) bool {
	in := read(s)
	return slices.ContainsFunc(phrases, func(p string) bool { _, ok := readPhrase(p).in(in); return ok })
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
