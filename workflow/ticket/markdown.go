package ticket

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// MaxBody is GitHub's limit for an issue's body, in characters.
const MaxBody = 65536

// FromMarkdown reads a ticket from a file: an issue-form body, or free text. A first line "# title" is the title; else the first
// line with text is, shortened. The text must be UTF-8, not empty, and not longer than GitHub lets an issue be.
func FromMarkdown(name string, data []byte) (Ticket, error) {
	if !utf8.Valid(data) {
		return Ticket{}, fmt.Errorf("%s: is not UTF-8 text; save it as UTF-8", name)
	}
	text := strings.TrimPrefix(normalNewlines(string(data)), "\uFEFF")
	if n := utf8.RuneCountInString(text); n > MaxBody {
		return Ticket{}, fmt.Errorf("%s: has %d characters; a GitHub issue holds at most %d. Shorten logs and pasted files", name, n, MaxBody)
	}
	if strings.TrimSpace(Visible(text)) == "" {
		return Ticket{}, fmt.Errorf("%s: is empty; write what happened, or what you want to do", name)
	}
	title, body := "", text
	if first, rest, _ := strings.Cut(strings.TrimLeft(text, "\n \t"), "\n"); strings.HasPrefix(first, "# ") {
		title, body = strings.TrimSpace(first[2:]), rest
	}
	if strings.TrimSpace(Visible(title)) == "" {
		title = firstWords(text)
	}
	if strings.TrimSpace(Visible(title)) == "" { // also where what is left begins a comment
		return Ticket{}, errors.New(name + ": has no words; write what happened, or what you want to do")
	}
	return Ticket{
		Repository: Repository{ID: 1, Owner: "local", Name: "tickets", Private: true, DefaultBranch: "main"},
		Number:     1, ID: 1, Title: Text(title), Body: Text(strings.TrimSpace(body)), Author: Person{Login: "customer", ID: 1}, State: "open",
	}, nil
}

// firstWords makes a title of the first line that is no heading and no empty answer; of the first line at all where there is no other.
func firstWords(text string) string {
	fallback := ""
	for line := range strings.SplitSeq(text, "\n") {
		line = strings.TrimSpace(Visible(line))
		if line == "" || line == noResponse || strings.HasPrefix(line, "```") {
			continue
		}
		if fallback == "" {
			fallback = strings.TrimLeft(line, "# ")
		}
		if !strings.HasPrefix(line, "#") && strings.ContainsFunc(line, unicode.IsLetter) {
			return clip(line)
		}
	}
	return clip(fallback)
}

func clip(s string) string {
	if runes := []rune(s); len(runes) > 80 {
		return strings.TrimSpace(string(runes[:79])) + "…"
	}
	return s
}
