// Package redact finds secrets and personal data in texts that people wrote, and replaces each by a typed placeholder. A secret
// that is found never reaches a prompt, a comment of ours or the log. It is pure: no I/O, no clock, no SDK.
//
// What it knows is written down by those who issue it (the pages are named beside each format). It is no proof: a secret
// without any known form or name beside it is not found.
package redact

import (
	"fmt"
	"slices"
	"strings"

	"github.com/oioi-app/oioi/workflow/sorting"
)

// Finder names a group of finders that can be switched off, as .github/oioi.yml names it.
type Finder string

// The finders.
const (
	APIKeys     Finder = "api_keys"     // tokens and keys of known services, JSON Web Tokens
	PrivateKeys Finder = "private_keys" // PEM, OpenSSH, age
	Passwords   Finder = "passwords"    // in addresses of databases, authorization headers, assignments such as secret=…
	Cards       Finder = "cards"        // payment cards
	IBANs       Finder = "ibans"        // bank accounts
	Emails      Finder = "emails"
	Phones      Finder = "phones"
	Addresses   Finder = "addresses" // where people live
)

// Finders are all of them, in the order in which they are listed for people.
var Finders = []Finder{APIKeys, PrivateKeys, Passwords, Cards, IBANs, Emails, Phones, Addresses}

// Outward are the finders for what OiOi itself writes. Addresses of people are not among them: a help center names some for
// everybody, and those of the ticket have been replaced before anything was written.
var Outward = []Finder{APIKeys, PrivateKeys, Passwords, Cards, IBANs}

// Kind is what was found.
type Kind string

// The kinds, in the words of the placeholders.
const (
	APIKey     Kind = "API key"
	PrivateKey Kind = "private key"
	Password   Kind = "password"
	Card       Kind = "card number"
	IBAN       Kind = "IBAN"
	Email      Kind = "e-mail"
	Phone      Kind = "phone number"
	Address    Kind = "address"
)

// Secret reports whether who has it can act as its owner: it must be revoked, not only deleted.
func (k Kind) Secret() bool { return k == APIKey || k == PrivateKey || k == Password }

// match is one finding. Offsets are in bytes.
type match struct {
	start, end int
	kind       Kind
	issuer     string // of an API key: GitHub, Stripe, …
	value      string // as a reader sees it
}

// Found says what was replaced, without repeating it.
type Found struct {
	Kind        Kind   `json:"kind"`
	Issuer      string `json:"issuer,omitempty"` // of an API key; empty where its form does not tell
	Where       string `json:"where,omitempty"`  // "the description", "a comment by @ana"
	Placeholder string `json:"placeholder"`
}

// Redactor replaces what its finders find. The same value gets the same placeholder in every text that it is given. It is not
// safe for several goroutines at once.
type Redactor struct {
	finders  []Finder
	allow    []string
	plain    bool
	numbers  map[string]string // placeholder by value
	counts   map[Kind]int
	found    []Found
	reported map[Found]bool
}

// New makes a redactor. Finders nil: all. Allow lists values that stay: an e-mail address, or a domain whose addresses all do.
func New(finders []Finder, allow []string) *Redactor {
	if finders == nil {
		finders = Finders
	}
	return &Redactor{finders: finders, allow: allow, numbers: map[string]string{}, counts: map[Kind]int{}, reported: map[Found]bool{}}
}

// Plain makes a redactor whose placeholders have no numbers, for texts that belong to other people than the ticket does.
func Plain(finders []Finder, allow []string) *Redactor {
	r := New(finders, allow)
	r.plain = true
	return r
}

// Text returns s with placeholders instead of what was found. Where names the text in what Found returns. A text that was
// redacted before stays as it is.
func (r *Redactor) Text(where, s string) string {
	matches := r.scan(s)
	if len(matches) == 0 {
		return s
	}
	var out strings.Builder
	at := 0
	for _, m := range matches {
		out.WriteString(s[at:m.start])
		placeholder := r.placeholder(m.kind, m.value)
		out.WriteString(placeholder)
		at = m.end
		f := Found{Kind: m.kind, Issuer: m.issuer, Where: where, Placeholder: placeholder}
		if !r.reported[f] {
			r.reported[f] = true
			r.found = append(r.found, f)
		}
	}
	out.WriteString(s[at:])
	return out.String()
}

// Found lists what was replaced until now, each place once, in the order of the texts.
func (r *Redactor) Found() []Found { return slices.Clone(r.found) }

func (r *Redactor) placeholder(kind Kind, value string) string {
	if r.plain {
		return "[" + string(kind) + "]"
	}
	key := string(kind) + "\x00" + normal(kind, value)
	if known, ok := r.numbers[key]; ok {
		return known
	}
	r.counts[kind]++
	r.numbers[key] = fmt.Sprintf("[%s %d]", kind, r.counts[kind])
	return r.numbers[key]
}

// normal is the value without what is written now so, now so.
func normal(kind Kind, value string) string {
	switch kind {
	case Email, Address:
		return strings.ToLower(value)
	case Password:
		return strings.TrimRight(value, ".!?") // the sentence's, or the password's
	case Card, IBAN, Phone:
		return strings.Map(func(c rune) rune {
			if c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c == '+' {
				return c
			}
			return -1
		}, strings.ToUpper(value))
	}
	return value
}

// scan returns what was found, in order, none within another. Of two that overlap the one that begins first stands; of
// two that begin together the one that knows the issuer, else the longer.
func (r *Redactor) scan(s string) []match {
	all := r.look(s)
	sorting.Stable(all, func(a, b match) int {
		if a.start != b.start {
			return a.start - b.start
		}
		if (a.issuer == "") != (b.issuer == "") {
			return strings.Compare(b.issuer, a.issuer) // who knows whose key it is can say how to revoke it
		}
		return b.end - a.end
	})
	var out []match
	for _, m := range all {
		if n := len(out); n > 0 && m.start < out[n-1].end {
			if m.end > out[n-1].end {
				out[n-1].end = m.end // nothing of either may stay
			}
			continue
		}
		out = append(out, m)
	}
	return out
}

// findIn returns what each finder finds, but for what the team's configuration lets stay.
func (r *Redactor) findIn(s string) []match {
	var all []match
	lower := strings.ToLower(s)
	if len(lower) != len(s) { // some letters change their length: offsets would not fit
		lower = asciiLower(s)
	}
	for _, f := range r.finders {
		for _, find := range finding[f] {
			all = append(all, find(s, lower)...)
		}
	}
	all = slices.DeleteFunc(all, func(m match) bool { return m.start >= m.end })
	for i, m := range all {
		all[i].value = s[m.start:m.end]
	}
	return slices.DeleteFunc(all, func(m match) bool { return r.allowed(m.kind, m.value) })
}

func asciiLower(s string) string {
	b := []byte(s)
	for i, c := range b {
		if c >= 'A' && c <= 'Z' {
			b[i] = c + 'a' - 'A'
		}
	}
	return string(b)
}

// allowed reports whether the team's configuration says that this value stays.
func (r *Redactor) allowed(kind Kind, value string) bool {
	for _, a := range r.allow {
		if strings.EqualFold(a, value) {
			return true
		}
		if kind == Email && !strings.Contains(a, "@") && strings.HasSuffix(strings.ToLower(value), "@"+strings.ToLower(a)) {
			return true
		}
	}
	return false
}

// finding are the functions of each finder. They are given the text and the text in lower case, of the same length.
var finding = map[Finder][]func(s, lower string) []match{
	APIKeys:     {tokens, jsonWebTokens},
	PrivateKeys: {privateKeys},
	Passwords:   {passwordsInAddresses, headers, assignments},
	Cards:       {cards},
	IBANs:       {ibans},
	Emails:      {emails},
	Phones:      {phones},
	Addresses:   {addresses},
}

// Values returns what the finders find, for a text whose own values stay.
func Values(finders []Finder, s string) []string {
	var out []string
	for _, m := range New(finders, nil).scan(s) {
		out = append(out, m.value)
	}
	return out
}
