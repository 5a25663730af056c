package ticket

import (
	"strings"
)

// Field is one answer of an issue form.
type Field struct {
	Label string `json:"label"`
	Value string `json:"value"` // "" where the customer gave no answer
}

// Form is an issue's body read as an issue form. Free text has no fields.
type Form struct {
	Fields []Field `json:"fields"`
	Free   string  `json:"free"` // what stands before the first heading
}

// noResponse is what GitHub writes for a field without an answer.
const noResponse = "_No response_"

// ParseForm reads the body that GitHub makes of an issue form: a heading of level three for each field, its answer below.
// Headings in fenced code do not count, and a fence that a field is rendered in is taken off.
// https://docs.github.com/en/communities/using-templates-to-encourage-useful-issues-and-pull-requests/syntax-for-issue-forms
func ParseForm(body string) Form { return parseForm(body, answer) }

func parseForm(body string, answer func(string) string) Form {
	var form Form
	var text []string
	label, inForm, fence := "", false, ""
	flush := func() {
		value := strings.TrimSpace(strings.Join(text, "\n"))
		text = nil
		if !inForm {
			form.Free = value
			return
		}
		form.Fields = append(form.Fields, Field{Label: label, Value: answer(value)})
	}
	for line := range strings.SplitSeq(normalNewlines(body), "\n") {
		fence = nextFence(fence, line)
		if heading, ok := strings.CutPrefix(line, "### "); ok && fence == "" {
			flush()
			label, inForm = strings.TrimSpace(heading), true
			continue
		}
		text = append(text, line)
	}
	flush()
	return form
}

// nextFence returns the code fence that is open after a line: "" for none.
func nextFence(open, line string) string {
	line = strings.TrimSpace(line)
	if open != "" {
		if strings.HasPrefix(line, open) && strings.Trim(line, open[:1]) == "" {
			return ""
		}
		return open
	}
	for _, mark := range []string{"`", "~"} {
		n := len(line) - len(strings.TrimLeft(line, mark))
		if n >= 3 && (mark == "~" || !strings.Contains(line[n:], "`")) {
			return line[:n]
		}
	}
	return ""
}

// answer is a field's value without what GitHub adds.
func answer(value string) string {
	value = given(value)
	first, rest, ok := strings.Cut(value, "\n")
	fence := nextFence("", first)
	if !ok || fence == "" || strings.HasPrefix(strings.TrimSpace(first[len(fence):]), fence[:1]) {
		return value
	}
	inner, last, ok := cutLast(rest)
	if ok && nextFence(fence, last) == "" && nextFence("", inner) == "" && !strings.Contains(inner, "\n"+fence) {
		return strings.TrimSpace(inner)
	}
	if strings.TrimSpace(rest) == fence {
		return ""
	}
	return value
}

// given is a field's value, empty where nobody gave one.
func given(value string) string {
	if value == noResponse {
		return ""
	}
	return value
}

func cutLast(s string) (before, last string, ok bool) {
	at := strings.LastIndexByte(s, '\n')
	if at < 0 {
		return "", s, strings.TrimSpace(s) != ""
	}
	return s[:at], s[at+1:], true
}

// Get returns the first filled answer among fields whose label begins with one of the labels, whatever the case.
func (f Form) Get(labels ...string) string {
	for _, label := range labels {
		for _, field := range f.Fields {
			if field.Value != "" && strings.HasPrefix(strings.ToLower(field.Label), strings.ToLower(label)) {
				return field.Value
			}
		}
	}
	return ""
}

// Has reports whether the body has this heading, answered or not.
func (f Form) Has(label string) bool {
	for _, field := range f.Fields {
		if strings.EqualFold(field.Label, label) {
			return true
		}
	}
	return false
}
