package ticket

import "time"

// Event is something that happened to a ticket on its tracker, as a delivery told it.
type Event struct {
	Kind           EventKind  `json:"kind"`
	DeliveryID     string     `json:"delivery_id"`
	InstallationID int64      `json:"installation_id"`
	Repository     Repository `json:"repository"`
	Number         int        `json:"number"`
	Title          Untrusted  `json:"title"`
	IssueCreatedAt time.Time  `json:"issue_created_at"`
	Author         Person     `json:"author"` // of the issue
	Sender         Person     `json:"sender"` // who did it
	Label          string     `json:"label,omitempty"`
	Comment        *Comment   `json:"comment,omitempty"`
	// Of a pull request that OiOi opened for the ticket:
	Pull   int    `json:"pull,omitempty"`   // its number; a push does not say it
	Review bool   `json:"review,omitempty"` // the comment is one on the diff
	Path   string `json:"path,omitempty"`   // of the file that a comment on the diff is about
	Line   int    `json:"line,omitempty"`
	Merged bool   `json:"merged,omitempty"`
	Commit string `json:"commit,omitempty"` // the newest of a push
	// ClosedAt tells one closing from another.
	ClosedAt time.Time `json:"closed_at,omitzero"`
	// Action is GitHub's word for what became of an installation or a repository.
	Action string `json:"action,omitempty"`
	// MovedTo is where a transferred issue stands now, as OWNER/NAME#NUMBER.
	MovedTo string `json:"moved_to,omitempty"`
	// Inside is the private repository of the ticket's internal issue, where the event is one of that issue.
	Inside *Repository `json:"inside,omitempty"`
}

// EventKind says what happened.
type EventKind string

// The kinds of event that a ticket's mailbox knows.
const (
	EventOpened    EventKind = "opened"
	EventEdited    EventKind = "edited"
	EventLabeled   EventKind = "labeled"
	EventCommented EventKind = "commented"

	EventLocked      EventKind = "locked"
	EventUnlocked    EventKind = "unlocked"
	EventDeleted     EventKind = "deleted"
	EventTransferred EventKind = "transferred" // to MovedTo

	EventClosed   EventKind = "closed"
	EventReopened EventKind = "reopened"

	EventInstallation EventKind = "installation" // of the App; Action says what became of it
	EventRepository   EventKind = "repository"   // Action says what became of it, Repository how it stands since

	EventPullCommented EventKind = "pull_commented" // on a pull request that OiOi opened for the ticket, or on its diff
	EventPullClosed    EventKind = "pull_closed"    // merged or not
	EventPushed        EventKind = "pushed"         // to the branch of such a pull request
)
