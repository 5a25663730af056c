// Package evidence holds what OiOi knows about a ticket from elsewhere, as values with a source, a pinned version and a
// visibility, and checks that a citation says what its source says. It is pure: no I/O, no clock, no SDK.
package evidence

import (
	"slices"

	"github.com/oioi-app/oioi/workflow/ticket"
)

// Visibility says who may read an item. A text made from several items is as private as the most private of them.
type Visibility int

// The order matters: a larger value is more private.
const (
	Public     Visibility = iota + 1 // anyone on the internet
	Repository                       // those who can read the ticket's (private) repository, the customer among them
	Private                          // the team only
)

// Kind says what an item is.
type Kind string

// The kinds of evidence.
const (
	Docs      Kind = "docs"      // a section of a help-center page
	Similar   Kind = "similar"   // another ticket and how it was resolved
	Release   Kind = "release"   // a release and its notes
	Changelog Kind = "changelog" // a section of CHANGELOG
	Incident  Kind = "incident"  // an open issue with the incident label
	Linked    Kind = "linked"    // an issue, pull request or commit that the ticket names
	Version   Kind = "version"   // how the version that the ticket states stands to the releases
	Page      Kind = "page"      // a web page
	Linear    Kind = "linear"
	Figma     Kind = "figma"
)

// Item is one piece of evidence.
type Item struct {
	ID         string           `json:"id"` // "E1", "E2", … within one run
	Kind       Kind             `json:"kind"`
	Title      string           `json:"title"` // page title and section, for people
	URL        string           `json:"url"`   // a permalink where there is one
	Path       string           `json:"path,omitempty"`
	Anchor     string           `json:"anchor,omitempty"`
	StartLine  int              `json:"start_line,omitempty"` // 1-based, inclusive, in the pinned file
	EndLine    int              `json:"end_line,omitempty"`
	Pin        string           `json:"pin"` // commit, or content hash where there is no commit
	Text       ticket.Untrusted `json:"text"`
	Resolution ticket.Untrusted `json:"resolution"`          // Similar: the reply that resolved it, or that a person edited and sent
	Edited     bool             `json:"edited,omitempty"`    // the reply is a person's: the team edited what OiOi had drafted
	Number     int              `json:"number,omitempty"`    // of an issue
	State      string           `json:"state,omitempty"`     // of an issue or pull request: open, closed or merged
	Outcome    string           `json:"outcome,omitempty"`   // what became of it, in our words: "closed as completed by pull request #40, released in v2.4.1"
	Canonical  int              `json:"canonical,omitempty"` // open issue: the number of the one that others about the same are a duplicate of
	Visibility Visibility       `json:"visibility"`          // as the source says; ReadBy is what counts
	Score      float64          `json:"score"`               // 0..1, comparable within one kind
}

// IsCanonical reports whether a ticket may be called a duplicate of this item: an open issue that is none itself. Of two
// open issues the older is the canonical one, so that two never point at each other.
func (i Item) IsCanonical() bool {
	return i.Number != 0 && i.State == "open" && (i.Canonical == 0 || i.Canonical == i.Number)
}

// Missing names a source that failed or did not answer in time. It is an error too, so that a source which answered in part
// returns what it has with the names of what it has not; several are joined with errors.Join.
type Missing struct {
	Source string `json:"source"` // empty: the source that returns it
	Reason string `json:"reason"`
	Cause  error  `json:"-"` // may be nil
}

// Error says which source failed and why.
func (m Missing) Error() string {
	text := m.Source + ": " + m.Reason
	if m.Cause != nil {
		text += ": " + m.Cause.Error()
	}
	return text
}

// Unwrap returns the cause.
func (m Missing) Unwrap() error { return m.Cause }

// Set is what was gathered for one run, ranked, best first.
type Set struct {
	Items   []Item    `json:"items"`
	Missing []Missing `json:"missing,omitempty"`
}

// Query is what a searcher is asked.
type Query struct {
	Ticket   ticket.Ticket
	Words    string     // the ticket's text to search with, form boilerplate removed
	Limit    int        // how many items at the most
	Audience Visibility // items more private than this are not wanted
}

// ByID finds an item.
func (s Set) ByID(id string) (Item, bool) {
	for _, item := range s.Items {
		if item.ID == id {
			return item, true
		}
	}
	return Item{}, false
}

// Beyond returns the items that an audience may not see.
func (s Set) Beyond(v Visibility) Set {
	var out Set
	for _, item := range s.Items {
		if item.ReadBy() > v {
			out.Items = append(out.Items, item)
		}
	}
	return out
}

// With returns the items of both sets, and what did not answer.
func (s Set) With(other Set) Set {
	if len(other.Items) == 0 {
		return s
	}
	return Set{Items: slices.Concat(s.Items, other.Items), Missing: s.Missing}
}

// ReadBy is who may read an item: nobody but the team where the source that found it forgot to say.
func (i Item) ReadBy() Visibility {
	if i.Visibility < Public || i.Visibility > Private {
		return Private
	}
	return i.Visibility
}

// Within returns the items that an audience may see: those at most as private as v.
func (s Set) Within(v Visibility) Set {
	out := Set{Missing: s.Missing}
	for _, item := range s.Items {
		if item.ReadBy() <= v {
			out.Items = append(out.Items, item)
		}
	}
	return out
}
