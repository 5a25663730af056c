// Package ticket holds a support ticket as values: the issue, its comments, its form fields and its revision digest.
// It is pure: no I/O, no clock, no SDK.
package ticket

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"time"
)

// Repository is where a ticket lives. ID stays the same when the repository is renamed or transferred.
type Repository struct {
	ID            int64  `json:"id"`
	Owner         string `json:"owner"`
	Name          string `json:"name"`
	Private       bool   `json:"private"`
	DefaultBranch string `json:"default_branch,omitempty"`
	Archived      bool   `json:"archived,omitempty"`
}

// FullName returns OWNER/NAME.
func (r Repository) FullName() string { return r.Owner + "/" + r.Name }

// Person is a GitHub account as it appears on an issue or a comment.
type Person struct {
	Login       string `json:"login"`
	ID          int64  `json:"id"`
	Bot         bool   `json:"bot,omitempty"`
	Association string `json:"association,omitempty"` // GitHub's author_association: OWNER, MEMBER, COLLABORATOR, CONTRIBUTOR, NONE, …
}

// OnTeam reports whether GitHub says that the person belongs to the repository's side. It is a hint for reading a
// conversation; who may use a command is asked from GitHub when the command runs.
func (p Person) OnTeam() bool {
	switch p.Association {
	case "OWNER", "MEMBER", "COLLABORATOR":
		return !p.Bot
	}
	return false
}

// Comment is one comment on the ticket's issue.
type Comment struct {
	ID        int64     `json:"id"`
	Author    Person    `json:"author"`
	Body      Untrusted `json:"body"`
	CreatedAt time.Time `json:"created_at"`
	UpdatedAt time.Time `json:"updated_at"`
	URL       string    `json:"url,omitempty"`
	Ours      bool      `json:"ours,omitempty"` // written by this App
}

// Ticket is a snapshot of a support ticket.
type Ticket struct {
	Repository  Repository `json:"repository"`
	Number      int        `json:"number"`
	ID          int64      `json:"id"` // GitHub's database id of the issue; sub-issue calls take it, not the number
	URL         string     `json:"url"`
	Title       Untrusted  `json:"title"`
	Body        Untrusted  `json:"body"`
	Author      Person     `json:"author"`
	Labels      []string   `json:"labels,omitempty"`
	Assignees   []string   `json:"assignees,omitempty"`
	State       string     `json:"state"` // open or closed
	StateReason string     `json:"state_reason,omitempty"`
	Locked      bool       `json:"locked,omitempty"`
	CreatedAt   time.Time  `json:"created_at"`
	UpdatedAt   time.Time  `json:"updated_at"`
	Comments    []Comment  `json:"comments,omitempty"`
	// Original is the revision of the text as it was written, where parts of it were replaced by placeholders.
	Original string `json:"original,omitempty"`
}

// Name returns OWNER/NAME#NUMBER, the ticket's name for people.
func (t Ticket) Name() string { return fmt.Sprintf("%s#%d", t.Repository.FullName(), t.Number) }

// Revision is a digest of what the customer said: the title, the body and the reporter's own comments, as they stand.
// An approval covers a revision; it is 16 hexadecimal digits of SHA-256.
func (t Ticket) Revision() string {
	if t.Original != "" {
		return t.Original
	}
	h := sha256.New()
	add := func(parts ...string) {
		for _, part := range parts {
			fmt.Fprintf(h, "%d:%s", len(part), part)
		}
	}
	add(t.Title.Raw(), normalNewlines(t.Body.Raw()))
	for _, c := range t.Comments {
		if !c.Ours && c.Author.ID == t.Author.ID {
			add(fmt.Sprint(c.ID), normalNewlines(c.Body.Raw()))
		}
	}
	return hex.EncodeToString(h.Sum(nil))[:16]
}

// AnsweredByTeam reports whether a person of the team (not a bot, not the reporter) has commented already.
func (t Ticket) AnsweredByTeam() bool {
	for _, c := range t.Comments {
		if !c.Ours && c.Author.ID != t.Author.ID && c.Author.OnTeam() {
			return true
		}
	}
	return false
}

// HasLabel reports whether the ticket carries the label; GitHub's labels ignore case.
func (t Ticket) HasLabel(name string) bool {
	for _, label := range t.Labels {
		if strings.EqualFold(label, name) {
			return true
		}
	}
	return false
}

// UnixLines ends lines as we do: what a person edited in a browser comes back with line ends of its own.
func UnixLines(text string) string { return unixLines.Replace(text) }

var unixLines = strings.NewReplacer("\r\n", "\n", "\r", "\n")

func normalNewlines(s string) string { return strings.ReplaceAll(s, "\r\n", "\n") }
