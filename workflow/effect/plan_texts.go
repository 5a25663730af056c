package effect

import (
	"strings"
	"time"

	"github.com/oioi-app/oioi/workflow/evidence"
	"github.com/oioi-app/oioi/workflow/helpcenter"
	"github.com/oioi-app/oioi/workflow/role"
	"github.com/oioi-app/oioi/workflow/ticket"
)

// Texts renders what people read. Package templates does it.
type Texts interface {
	Draft(d Draft) (string, error)
	Handoff(d Draft) (string, error)
	FollowUp(f FollowUpText) (string, error)
	Pull(p PullText) (string, error)
	Note(p PullText) (string, error)
	Patch(p PatchText) (string, error)
	// Waiting renders what waits for a person, below a reply that was not sent.
	Waiting(list []Waiting) (string, error)
}

// Draft is what the draft comment says. Every text in it is sanitized.
type Draft struct {
	Input
	Number     int
	Digest     string
	Unsent     string // the line that says that nothing was sent
	Waiting    string // what waits for a person, with that line; "" where nothing does
	Reply      string // Markdown, with numbered sources
	ReplyNone  string
	Changed    *Changed             // since the draft before; nil where there is none
	Sources    []evidence.Item      // in the order of their numbers
	Due        map[string]time.Time // by action or check id, and "next_update", "escalation"
	Backed     Backed               // by what the plan's lines are
	FollowUps  []string             // links, to be resolved when the effects are carried out
	ReplyStart string
	ReplyEnd   string
	Shown      Shown
	EvidenceAs map[string]string   // title with link, by evidence id
	Clean      func(string) string // for texts that stand on their own
	Line       func(string) string // for texts in a line
}

// TeamOnly reports whether an item of the evidence is one that the readers of the ticket may not see.
func (d Draft) TeamOnly(id string) bool {
	_, found := d.ForTeam.ByID(id)
	return found
}

// NotIn is the team's language where the plan is not written in it: playbooks write plans in English. "" where it is.
func (d Draft) NotIn() string {
	language := d.Policy.Reply.Language
	if base, _, _ := strings.Cut(strings.ToLower(language), "-"); d.About.Drafter != "playbook" || base == "en" {
		return ""
	}
	return language
}

// FollowUpText is the body of a follow-up issue.
type FollowUpText struct {
	role.FollowUp
	Ticket ticket.Ticket
	Inside bool // it stands in another repository than the ticket
	Clean  func(string) string
	Line   func(string) string
}

// PullText is the body of a docs pull request, or of the comment on one that a change is added to.
type PullText struct {
	Edits    []role.DocsEdit
	Notes    []string // on the navigation
	Question string
	Ticket   ticket.Ticket
	Links    map[string]string // to the sources, by evidence id
	Replay   *Replay           // nil where none was made
	Clean    func(string) string
	Line     func(string) string
}

// PatchText is the body of a follow-up that holds a docs change which no pull request may make.
type PatchText struct {
	PullText
	Problems   []helpcenter.Problem
	Unfit      []role.DocsEdit // that do not fit their pages
	Repository string          // OWNER/NAME of the repository that it is for; "": the ticket's
	Patch      string          // of the edits that fit, as `git apply` takes it; "" where none does
}
