package evidence

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// minQuote is how many words a quote has at the least: fewer stand in nearly every text and show nothing.
const minQuote = 3

// Contains reports whether a text holds a quote word for word, from the beginning of a word to the end of one. White space
// counts as one blank, so that a quote may join lines; an empty quote is contained nowhere.
func Contains(text, quote string) bool {
	_, _, ok := find(flat(text), flat(quote))
	return ok
}

// Quotes reports whether a quote proves anything of a text: it holds the quote word for word, and the quote has three words or
// is the whole of the text.
func Quotes(text, quote string) bool {
	return Contains(text, quote) && (count(quote) >= minQuote || flat(text) == flat(quote))
}

// QuotesLine is Quotes for a text of many short answers, such as a ticket made with a form: the whole of a line will do too.
func QuotesLine(text, quote string) bool {
	if Quotes(text, quote) {
		return true
	}
	for line := range strings.Lines(text) {
		if Quotes(line, quote) {
			return true
		}
	}
	return false
}

// Quoted reports whether an item's text, or the reply that resolved it, holds a quote word for word.
func Quoted(item Item, quote string) bool {
	return Quotes(item.Text.Raw(), quote) || Quotes(item.Resolution.Raw(), quote)
}

// Passage returns the words as they can be quoted from a text: together with their neighbours where they are too few to be a
// quote; "" where the text does not hold them.
func Passage(text, words string) string {
	text = flat(text)
	from, to, ok := find(text, flat(words))
	if !ok {
		return ""
	}
	for count(text[from:to]) < minQuote && to < len(text) {
		to = after(text, to)
	}
	for count(text[from:to]) < minQuote && from > 0 {
		from = strings.LastIndexByte(text[:from-1], ' ') + 1
	}
	return text[from:to]
}

// after is the end of the word behind a place in a flat text.
func after(text string, at int) int {
	if next := strings.IndexByte(text[at+1:], ' '); next >= 0 {
		return at + 1 + next
	}
	return len(text)
}

func flat(s string) string { return strings.Join(strings.Fields(s), " ") }

// find returns where a flat text holds a flat quote from one border of words to another.
func find(text, quote string) (from, to int, ok bool) {
	if quote == "" {
		return 0, 0, false
	}
	for from <= len(text) {
		at := strings.Index(text[from:], quote)
		if at < 0 {
			break
		}
		from, to = from+at, from+at+len(quote)
		if border(text, from) && border(text, to) {
			return from, to, true
		}
		_, size := utf8.DecodeRuneInString(text[from:])
		from += size
	}
	return 0, 0, false
}

// border reports whether no word and no number goes on across a place in a text: 2.4 is no part of 2.4.1.
func border(text string, at int) bool {
	left, size := utf8.DecodeLastRuneInString(text[:at])
	right, _ := utf8.DecodeRuneInString(text[at:])
	if at == 0 || at == len(text) {
		return true
	}
	if dense(left) || dense(right) {
		return true
	}
	if inWord(left) && inWord(right) {
		return false
	}
	before, _ := utf8.DecodeLastRuneInString(text[:at-size])
	_, wide := utf8.DecodeRuneInString(text[at:])
	behind, _ := utf8.DecodeRuneInString(text[at+wide:])
	point := func(r rune) bool { return r == '.' || r == ',' }
	return !(unicode.IsDigit(left) && point(right) && unicode.IsDigit(behind)) && !(unicode.IsDigit(before) && point(left) && unicode.IsDigit(right))
}

func inWord(r rune) bool {
	return unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) || r == '_'
}

// dense reports whether a character is of a script that writes no blanks between words.
func dense(r rune) bool {
	return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar)
}

// count is how many words a text has. Each character of a script without blanks counts as one.
func count(s string) int {
	n := 0
	for _, field := range strings.Fields(s) {
		word := 0
		for _, r := range field {
			switch {
			case dense(r):
				n++
			case inWord(r):
				word = 1
			}
		}
		n += word
	}
	return n
}
