package ticket

import "encoding/json"

// Untrusted is text that somebody outside wrote: a customer, a commenter, a web page, a past issue.
// It is a struct and has no String method, so that it cannot slip into a prompt, a comment or a log by accident.
// It enters a prompt only through workflow.Fence and a comment only through the gate.
type Untrusted struct{ text string }

// Text marks s as coming from outside.
func Text(s string) Untrusted { return Untrusted{text: s} }

// Raw returns the text as it came. Call it to parse, measure, hash or search the text, never to show it.
func (u Untrusted) Raw() string { return u.text }

// MarshalJSON writes the text as a JSON string.
func (u Untrusted) MarshalJSON() ([]byte, error) { return json.Marshal(u.text) }

// UnmarshalJSON reads a JSON string.
func (u *Untrusted) UnmarshalJSON(data []byte) error { return json.Unmarshal(data, &u.text) }
