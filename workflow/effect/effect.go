// Package effect holds what OiOi wants to change in the world, as values that a reviewer can read before the world sees
// them, their keys, and the gate that every one of them passes. It is pure: no I/O, no clock, no SDK.
package effect

import (
	"fmt"

	"github.com/oioi-app/oioi/workflow/evidence"
	"github.com/oioi-app/oioi/workflow/ticket"
)

// Kind says what an effect does.
type Kind string

// The kinds of effect. Each has exactly one payload field in Effect.
const (
	KindReaction Kind = "reaction" // Reaction: the eyes at once, and answers to commands
	KindComment  Kind = "comment"  // Comment: the draft, a notice; created, or updated in place when the slot has one
	KindFold     Kind = "fold"     // Fold: an older draft is folded as superseded
	KindLabel    Kind = "label"    // Label: one label of ours is added or removed
	KindIssue    Kind = "issue"    // Issue: a follow-up as a sub-issue of the ticket
	KindPull     Kind = "pull"     // Pull: a draft pull request that changes help-center pages
	KindAssign   Kind = "assign"   // Assign: a person becomes the issue's assignee
	KindStatus   Kind = "status"   // Status: what became of a draft's plan, in the draft's comment
	KindReview   Kind = "review"   // Review: people are asked to review the docs pull request
	KindGap      Kind = "gap"      // Gap: a line in the repository's one list of docs gaps
	KindInternal Kind = "internal" // Issue: the ticket's own issue in the private repository where its drafts are shown
)

// Effect is one change. Its identity is the ticket, the kind and the slot, never the model's text: the same slot filled
// again by a rerun updates what stands there, and never makes a second one.
type Effect struct {
	Key        string              `json:"key"`
	Kind       Kind                `json:"kind"`
	Slot       string              `json:"slot"`
	Repository ticket.Repository   `json:"repository"` // where the change is made
	Number     int                 `json:"number"`     // the ticket's issue
	IssueID    int64               `json:"issue_id"`
	Visibility evidence.Visibility `json:"visibility"` // the most private thing its text is made from
	Reaction   *Reaction           `json:"reaction,omitempty"`
	Comment    *Comment            `json:"comment,omitempty"`
	Fold       *Fold               `json:"fold,omitempty"`
	Label      *Label              `json:"label,omitempty"`
	Issue      *Issue              `json:"issue,omitempty"`
	Pull       *Pull               `json:"pull,omitempty"`
	Assign     *Assign             `json:"assign,omitempty"`
	Status     *Status             `json:"status,omitempty"`
	Review     *Review             `json:"review,omitempty"`
	Gap        *Gap                `json:"gap,omitempty"`
	// Approved is a person's word that an effect which waited may be carried out.
	Approved *Approved `json:"approved,omitempty"`
	// In is set where the effect is made on the ticket's internal issue instead of the ticket itself.
	In *ticket.Repository `json:"in,omitempty"`
}

// SlotInternal is the slot of a ticket's internal issue: it has one.
const SlotInternal = "internal"

// Inside makes an effect on a ticket's internal issue, in the given repository; nil leaves it on the ticket.
func (e Effect) Inside(in *ticket.Repository) Effect {
	e.In = in
	return e
}

// internalKey is the identity of the internal issue of the effect's ticket.
func (e Effect) internalKey() string {
	return Key(e.Repository.ID, e.Number, KindInternal, SlotInternal)
}

// Key returns the identity of an effect: repository id, issue number, kind and slot.
func Key(repositoryID int64, number int, kind Kind, slot string) string {
	return fmt.Sprintf("%d/%d/%s/%s", repositoryID, number, kind, slot)
}

// Reaction puts an emoji on the ticket's issue, or on a comment when CommentID is set.
type Reaction struct {
	CommentID int64  `json:"comment_id,omitempty"`
	Review    bool   `json:"review,omitempty"` // the comment is one on a pull request's diff
	Content   string `json:"content"`          // GitHub's reaction content: eyes, +1, -1, confused, …
}

// Comment is a comment on the ticket's issue.
type Comment struct {
	Body   string `json:"body"` // ends with Marker
	Marker string `json:"marker"`
	Digest string `json:"digest"`         // of the draft, as people see it in the footer
	On     int    `json:"on,omitempty"`   // the pull request that it stands on; 0: the ticket
	Plan   string `json:"plan,omitempty"` // of a draft: digest of the plan beside its reply
	// Approval is what a person approved, for a reply to the customer. It is held against what stands there just before the
	// reply is posted.
	Approval *Approval `json:"approval,omitempty"`
	// Refresh says of a draft that it is written into the comment that stands already, whose reply stays as it stands there.
	Refresh bool `json:"refresh,omitempty"`
	// Settle says of a comment on a follow-up or a docs pull request what became of the question that this records.
	Settle *Settle `json:"settle,omitempty"`
	// Auto says of a draft that its reply is sent without a person, once the draft stands.
	Auto bool `json:"auto,omitempty"`
	// Sent says of a draft what becomes of the ticket's line in the list of docs gaps once its reply was sent.
	Sent *Gap `json:"sent,omitempty"`
	// Lists are what a draft lists, to say what a newer one changes.
	Lists *Lists `json:"lists,omitempty"`
	// Reply is how private the reply in a draft is, where the plan beside it is more so; 0: as the whole draft.
	Reply evidence.Visibility `json:"reply,omitempty"`
}

// Settle is what became of a question that a follow-up or a docs pull request records.
type Settle struct {
	Answered bool `json:"answered"`       // the pages answer it by now, as a draft says
	Pull     bool `json:"pull,omitempty"` // it is a docs pull request
	// Hash is that of the record as OiOi wrote it, once the reply was sent: it is closed where it still is so, and no person has
	// had to do with it. Commit is the newest of a pull request's branch, likewise.
	Hash   string `json:"hash,omitempty"`
	Commit string `json:"commit,omitempty"`
}

// ReplyVisibility is how private the reply in a draft is.
func (e Effect) ReplyVisibility() evidence.Visibility {
	if e.Comment == nil || e.Comment.Reply == 0 {
		return e.Visibility
	}
	return e.Comment.Reply
}

// Approval is a person's word that a draft may be sent.
type Approval struct {
	By       string `json:"by"`               // login; "" with Auto
	Auto     bool   `json:"auto,omitempty"`   // nobody approved it: the category is in mode auto
	Digest   string `json:"digest"`           // of the draft, the plan and what the customer said, as the person saw them
	Plan     string `json:"plan"`             // the plan's part of the digest
	DraftID  int64  `json:"draft_id"`         // the draft's comment
	Draft    int    `json:"draft"`            // its number
	Command  int64  `json:"command"`          // the comment with the command
	Inside   bool   `json:"inside,omitempty"` // that comment stands on the internal issue
	Original string `json:"original"`         // the reply as OiOi drafted it
}

// Approved is what a person knew who let an effect be carried out. It is held against the ticket once more just before.
type Approved struct {
	By        string             `json:"by"`
	Revision  string             `json:"revision"` // of what the customer said
	Command   int64              `json:"command"`
	CommandIn *ticket.Repository `json:"command_in,omitempty"` // as in Assign
}

// Assign makes a person the issue's assignee.
type Assign struct {
	Login   string `json:"login"`
	Command int64  `json:"command,omitempty"` // the comment in which a person asked for it; 0: the plan did
	// CommandIn is the private repository of the internal issue that this comment stands on; nil: it stands on the ticket.
	CommandIn *ticket.Repository `json:"command_in,omitempty"`
	Before    string             `json:"before,omitempty"` // the owner until then, who stays where GitHub refuses
}

// Review asks people to review the pull request that stands in another slot.
type Review struct {
	TargetKey string   `json:"target_key"`
	Logins    []string `json:"logins,omitempty"`
	Teams     []string `json:"teams,omitempty"` // slugs of teams of the repository's owner
	Pull      int      `json:"pull,omitempty"`  // its number, once it is known
}

// Gap is a line in the issue that lists docs gaps. A repository has one such issue, found by Marker and its author.
type Gap struct {
	Title  string   `json:"title"`
	Intro  string   `json:"intro"` // ends with Marker
	Marker string   `json:"marker"`
	Labels []string `json:"labels"`
	Line   string   `json:"line"` // a task; ends with LineMarker
	// LineMarker is the hidden mark of the ticket's line: it stands there once.
	LineMarker string `json:"line_marker"`
	// Settle says that only a line which stands is changed: it is ticked, with a link to the page that answers the ticket by now or
	// to the pull request that proposes one, or, without either, open again.
	Settle   bool   `json:"settle,omitempty"`
	Answered string `json:"answered,omitempty"`
	Proposed string `json:"proposed,omitempty"`
}

// Status is put into the comment that stands in another slot; see WithStatus.
type Status struct {
	TargetKey string `json:"target_key"`
	Text      string `json:"text"`
	Sent      bool   `json:"sent,omitempty"` // the reply was sent: see WithSentReply
}

// Fold folds the comment that stands in another slot: its body becomes Body.
type Fold struct {
	TargetKey string `json:"target_key"`
	Summary   string `json:"summary"` // for example "Superseded by a newer draft"
}

// Label adds or removes one label that OiOi owns.
type Label struct {
	Name        string `json:"name"`
	Color       string `json:"color"` // six hexadecimal digits
	Description string `json:"description"`
	Remove      bool   `json:"remove,omitempty"`
}

// Issue is a follow-up issue.
type Issue struct {
	Title  string   `json:"title"`
	Body   string   `json:"body"` // ends with Marker
	Marker string   `json:"marker"`
	Labels []string `json:"labels"`
	Gap    bool     `json:"gap,omitempty"` // it records a question that the help center does not answer
}

// Pull is a draft pull request on a deterministic branch.
type Pull struct {
	Branch  string   `json:"branch"`
	Base    string   `json:"base"`
	BaseSHA string   `json:"base_sha"`       // the commit that the files were made from
	Onto    int      `json:"onto,omitempty"` // the open pull request of another ticket that gets a commit more; 0: it is one of its own
	Title   string   `json:"title"`
	Body    string   `json:"body"` // of the pull request, or with Onto a comment on it; ends with Marker
	Marker  string   `json:"marker"`
	Message string   `json:"message"` // commit message
	Files   []File   `json:"files"`
	Labels  []string `json:"labels"`
	Links   []string `json:"links,omitempty"` // URL prefixes that its pages may link to beside where they link already
	Anew    bool     `json:"anew,omitempty"`  // a person asked for it: one that was merged or closed does not stand in its way
	// Review is who is asked to review it once it is open; nil: nobody.
	Review *Review `json:"review,omitempty"`
	// Gap is what is listed instead where enough wait by the time that it would open.
	Gap *Gap `json:"gap,omitempty"`
}

// PullState is how a pull request stands.
type PullState struct {
	URL    string
	Open   bool
	Merged bool
}

// OpenPull is a docs pull request of OiOi's that waits for people.
type OpenPull struct {
	Number int
	URL    string
	Title  string
	Branch string
	Head   string // its newest commit
	Theirs bool   // a person has pushed to its branch
}

// File is a file of a pull request, whole. Old is what it replaces, empty for a new file.
type File struct {
	Path string `json:"path"`
	Old  string `json:"old"`
	New  string `json:"new"`
}

// Receipt records what stands in the world for an effect.
type Receipt struct {
	URL     string `json:"url"`
	ID      int64  `json:"id"`                // database id of the comment or issue
	Number  int    `json:"number,omitempty"`  // issue or pull request
	Commit  string `json:"commit,omitempty"`  // head of the branch that OiOi wrote
	Hash    string `json:"hash"`              // of title and body as OiOi wrote them, to see whether a person has touched it
	Adopted bool   `json:"adopted,omitempty"` // found instead of created
	Skipped string `json:"skipped,omitempty"` // why nothing was changed, for example "a person has edited it"
}

// Refusal says what the gate did not let through, and why. It is recorded and shown to maintainers.
type Refusal struct {
	Key    string `json:"key"`
	What   string `json:"what"`
	Reason string `json:"reason"`
}
