package redact

import (
	"html"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/oioi-app/oioi/workflow/ticket"
)

// A plain text is what a reader sees of a text in Markdown: without the backslashes of escapes, with what entities stand for,
// without characters and comments that show nothing, and with the blanks and dashes of a keyboard. A secret is one to its finder
// whatever stands between its letters.
type plain struct {
	text string
	from []int // where in the original each byte of the text begins, and behind the last one where the text ends
	to   []int // where in the original each byte ends
}

// plainly is the plain form of a text; false where that is the text itself.
func plainly(s string) (plain, bool) {
	var p plain
	if !disguised(s) {
		return p, false
	}
	b := make([]byte, 0, len(s))
	put := func(text string, from, to int) {
		b = append(b, text...)
		for range len(text) {
			p.from, p.to = append(p.from, from), append(p.to, to)
		}
	}
	changed := false
	for i := 0; i < len(s); {
		text, size := shown(s[i:])
		changed = changed || text != s[i:i+size]
		put(text, i, i+size)
		i += size
	}
	p.text = string(b)
	return p, changed
}

// disguised reports whether anything stands in the text that its plain form shows otherwise.
func disguised(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return r == '\\' || r == '&' || r == '<' || r >= utf8.RuneSelf })
}

// In bytes: the longest entity, and the longest comment that hides in the middle of a word.
const (
	longestEntity  = 33
	longestComment = 2000
)

// shown is what a reader sees of the beginning of a text that is not empty, and how much of it that is: one character, or one mark.
func shown(s string) (text string, size int) {
	switch {
	case s[0] == '\\' && len(s) > 1 && strings.IndexByte("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~", s[1]) >= 0: // https://spec.commonmark.org/0.31.2/#backslash-escapes
		return s[1:2], 2
	case s[0] == '&':
		if end := strings.IndexByte(s[:min(len(s), longestEntity)], ';'); end > 0 {
			if text := html.UnescapeString(s[:end+1]); text != s[:end+1] {
				return letters(text), end + 1
			}
		}
	case strings.HasPrefix(s, "<!--"):
		if end := strings.Index(s[:min(len(s), longestComment)], "-->"); end > 0 {
			return "", end + len("-->")
		}
	case s[0] >= utf8.RuneSelf:
		r, size := utf8.DecodeRuneInString(s)
		if r == utf8.RuneError {
			return s[:size], size
		}
		return letters(s[:size]), size
	}
	return s[:1], 1
}

// letters writes blanks, dashes and letters of full width as a keyboard does, and leaves out what shows nothing.
func letters(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r < utf8.RuneSelf:
			return r
		case ticket.Invisible(r):
			return -1
		case unicode.Is(unicode.Zs, r):
			return ' '
		case r >= 0x2010 && r <= 0x2015 || r == 0x2212:
			return '-'
		case r >= 0xFF01 && r <= 0xFF5E:
			return r - 0xFEE0
		}
		return r
	}, s)
}

// original turns what was found in the plain text into where it stands in the original.
func (p plain) original(matches []match) []match {
	for i, m := range matches {
		matches[i].start, matches[i].end = p.from[m.start], p.to[m.end-1]
	}
	return matches
}

// look returns what the finders find in a text and in its plain form. Both are looked at: what is no Markdown, such as a log, is
// not always there in the plain form.
func (r *Redactor) look(s string) []match {
	all := r.findIn(s)
	if p, other := plainly(s); other {
		all = slices.Concat(all, p.original(r.findIn(p.text)))
	}
	return all
}
