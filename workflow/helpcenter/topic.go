package helpcenter

import (
	"crypto/sha256"
	"encoding/hex"
	"path"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"github.com/oioi-app/oioi/workflow/role"
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

// EditTarget is what a change is about: a page, and the nearest heading above the change with those that it is below.
type EditTarget struct {
	Page    string
	Section []string // headings from the page's title down; empty above the first one
	Whole   bool     // the change is about all of the page, as where the page is new
}

// SameSection reports whether two changes are about the same section, so that one pull request should hold both. A change of the
// whole page, such as a page that is new, is about all of its sections. Headings count by their words.
func SameSection(a, b EditTarget) bool {
	if path.Clean(a.Page) != path.Clean(b.Page) {
		return false
	}
	if a.Whole || b.Whole {
		return true
	}
	return slices.EqualFunc(a.Section, b.Section, func(x, y string) bool {
		return strings.Join(strings.Fields(fold(x)), " ") == strings.Join(strings.Fields(fold(y)), " ")
	})
}

// Targets are the sections that anchored edits of a page are about, each once. An edit that adds a heading of its own is about
// that; one whose anchor is not there, about the page's end.
func Targets(name, page string, edits []role.Edit) []EditTarget {
	text := unixLines(page)
	if strings.TrimSpace(text) == "" {
		return []EditTarget{{Page: name, Whole: true}}
	}
	s := scan(text)
	heads := s.headings(false)
	if !isMarkdown(name) {
		heads = nil
	}
	var out []EditTarget
	for _, e := range edits {
		find := unixLines(e.Find)
		at := strings.Index(text, find)
		switch {
		case strings.TrimSpace(find) == "" || at < 0:
			at = len(text)
		case !e.Replace:
			at += len(find)
		}
		line := strings.Count(text[:at], "\n")
		target := EditTarget{Page: name, Section: trail(heads, line)}
		if own := scanBody(strings.Trim(unixLines(e.Insert), "\n")).headings(false); !e.Replace && len(own) > 0 && own[0].line == 0 && isMarkdown(name) {
			target.Section = append(below(heads, line, own[0].level), plainText(own[0].text))
		}
		if !slices.ContainsFunc(out, func(t EditTarget) bool { return SameSection(t, target) }) {
			out = append(out, target)
		}
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
			out = append(out, plainText(h.text))
		}
	}
	return out
}
