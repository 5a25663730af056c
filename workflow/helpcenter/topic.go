package helpcenter

import (
	"crypto/sha256"
	"encoding/hex"
	"path"
	"reflect"
	"slices"
	"strings"
	"unicode"

	"github.com/aymanbagabas/go-udiff"
	"golang.org/x/text/unicode/norm"

	"github.com/oioi-app/oioi/workflow/markdown"
)

// The limits of a topic.
const (
	topicWords = 6
	topicBytes = 48
)

// filler are words that questions are asked with and that say nothing about what they ask.
var filler = strings.Fields(`a able about after all also am an and any anyone anything are as at be because been before being
	but by can cannot cant could couldnt did didnt do does doesnt doing dont for from get getting give had has have having hello help hey hi
	how i if im in into is isnt it its ive just know like make may me might my need needs not now of on one or our out please
	possible question s should so some someone something t than thank thanks that the their them then there these they this to
	try trying us use using want wanted wants was wasnt way we were what whats when where which while who why will with wont would you your`)

// Topic names what a customer's question is about, to make a branch of: lower-case ASCII letters, digits and single hyphens,
// at most 48 bytes, never empty. The same question has the same topic, however it is capitalised, spaced or punctuated and
// whatever filler it is asked with. A question without words in the Latin script gets a topic of its own from its letters.
func Topic(question string) string {
	words := strings.FieldsFunc(fold(question), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	words = slices.DeleteFunc(words, func(w string) bool { return len(w) > topicBytes/2 && strings.ContainsAny(w, "0123456789") }) // keys and ids
	telling := slices.DeleteFunc(slices.Clone(words), func(w string) bool { return slices.Contains(filler, w) })
	if len(telling) == 0 {
		telling = words
	}
	var out []string
	seen, length := map[string]bool{}, 0
	for _, word := range telling {
		ascii := strings.Map(func(r rune) rune {
			if r > unicode.MaxASCII {
				return -1
			}
			return r
		}, word)
		if ascii == "" || seen[ascii] || len(ascii) < len(word) && unspaced(word) {
			continue
		}
		if len(out) == topicWords || length+len(ascii)+1 > topicBytes {
			break
		}
		seen[ascii] = true
		out = append(out, ascii)
		length += len(ascii) + 1
	}
	if slug := strings.Join(out, "-"); len(slug) >= 3 {
		return slug
	}
	sum := sha256.Sum256([]byte(strings.Join(words, " ")))
	return "topic-" + hex.EncodeToString(sum[:5])
}

// fold writes a text in lower case, without accents and apostrophes.
func fold(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.Is(unicode.Mn, r), unicode.Is(unicode.Cf, r), r == '\'', r == '’':
			return -1
		}
		return unicode.ToLower(r)
	}, norm.NFKD.String(strings.NewReplacer("ß", "ss", "ø", "o", "Ø", "o", "æ", "ae", "Æ", "ae", "ł", "l", "Ł", "l").Replace(text)))
}

// Section is a part of a page that a change touches: the nearest heading above it with those that it is below.
type Section struct {
	Page     string
	Headings []string // from the page's title down; empty above the first one
	Whole    bool     // all of the page, as where the page is new
	New      bool     // the change adds the last of the headings
}

// SameSection reports whether two changes touch the same section, so that one pull request should hold both. A change of the
// whole page, such as a page that is new, touches all of its sections. Headings count by their words; two that are new are the
// same where they are about one topic.
func SameSection(a, b Section) bool {
	if path.Clean(a.Page) != path.Clean(b.Page) {
		return false
	}
	if a.Whole || b.Whole {
		return true
	}
	x, y := a.Headings, b.Headings
	if n := len(x) - 1; a.New && b.New && n == len(y)-1 {
		if !sameTopic(x[n], y[n]) {
			return false
		}
		x, y = x[:n], y[:n]
	}
	return slices.EqualFunc(x, y, func(x, y string) bool {
		return strings.Join(strings.Fields(fold(x)), " ") == strings.Join(strings.Fields(fold(y)), " ")
	})
}

// sameTopic reports whether two headings ask the same: all that the one with fewer words says, the other says too.
func sameTopic(a, b string) bool {
	x, y := strings.Split(Topic(a), "-"), strings.Split(Topic(b), "-")
	if len(x) > len(y) {
		x, y = y, x
	}
	return !slices.ContainsFunc(x, func(word string) bool { return !slices.Contains(y, word) })
}

// Touched are the sections that differ between two versions of a page, each once. A section that is added is one of its own.
func Touched(name, before, after string) []Section {
	before, after = unixLines(before), unixLines(after)
	if strings.TrimSpace(before) == "" {
		return []Section{{Page: name, Whole: true}}
	}
	var out []Section
	add := func(text string, lines, from, to int, known []heading) {
		s := scan(text)
		heads := s.headings(false)
		if !isMarkdown(name) {
			heads = nil
		}
		for line := from; line < to && line < lines; line++ {
			if strings.TrimSpace(s.lines[line]) == "" {
				continue
			}
			section := Section{Page: name, Headings: trail(heads, line)}
			if n := len(section.Headings); n > 0 && known != nil {
				section.New = !slices.ContainsFunc(known, func(h heading) bool { return markdown.Heading(h.text) == section.Headings[n-1] })
			}
			if !slices.ContainsFunc(out, func(o Section) bool { return reflect.DeepEqual(o, section) }) {
				out = append(out, section)
			}
		}
	}
	known := append([]heading{}, scan(before).headings(false)...)
	lines, grown := func(s string) int { return strings.Count(s, "\n") }, 0
	for _, edit := range udiff.Lines(before, after) {
		from, to := lines(before[:edit.Start]), lines(before[:edit.End])
		if edit.End > edit.Start && !strings.HasSuffix(before[:edit.End], "\n") {
			to++
		}
		more := lines(edit.New)
		if edit.New != "" && !strings.HasSuffix(edit.New, "\n") {
			more++
		}
		add(before, lines(before)+1, from, to, nil)
		add(after, lines(after)+1, from+grown, from+grown+more, known)
		grown += more - (to - from)
	}
	return out
}

// trail are the headings that a line is below, its own among them.
func trail(heads []heading, line int) []string { return below(heads, line, 7) }

// below are the headings above a line that a heading of a level would be below.
func below(heads []heading, line, level int) []string {
	var open []heading
	for _, h := range heads {
		if h.line > line {
			break
		}
		for len(open) > 0 && open[len(open)-1].level >= h.level {
			open = open[:len(open)-1]
		}
		open = append(open, h)
	}
	var out []string
	for _, h := range open {
		if h.level < level {
			out = append(out, markdown.Heading(h.text))
		}
	}
	return out
}
