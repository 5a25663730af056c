package forge

import (
	"fmt"
	"slices"
	"time"

	"encoding/base64"

	"github.com/oioi-app/oioi/app/sandbox/forge/markup"
)

// User is an account: a person, an organization that owns repositories, or the bot that an App acts as ("<slug>[bot]").
type User struct {
	ID        int64     `json:"id"`
	Login     string    `json:"login"`
	Name      string    `json:"name,omitempty"`
	Bio       string    `json:"bio,omitempty"`
	Type      string    `json:"type"` // User, Organization or Bot
	CreatedAt time.Time `json:"created_at"`
}

// Permission is what a person may do in one repository; each level holds the ones before it.
type Permission string

// The levels, weakest first.
const (
	None     Permission = "none"
	Read     Permission = "read"
	Triage   Permission = "triage"
	Write    Permission = "write"
	Maintain Permission = "maintain"
	Admin    Permission = "admin"
)

var levels = []Permission{None, Read, Triage, Write, Maintain, Admin}

// AtLeast reports whether p holds what least holds.
func (p Permission) AtLeast(least Permission) bool {
	return slices.Index(levels, p) >= slices.Index(levels, least)
}

// Repo is a repository's settings. Its files are in git: see Forge.ReadFile, Forge.Tree and Forge.Git.
type Repo struct {
	ID            int64                 `json:"id"`
	Owner         string                `json:"owner"`
	Name          string                `json:"name"`
	Description   string                `json:"description,omitempty"`
	Private       bool                  `json:"private"`
	Archived      bool                  `json:"archived,omitempty"`
	DefaultBranch string                `json:"default_branch"`
	Permissions   map[string]Permission `json:"permissions"` // by login; a public repository gives Read to everybody else
	Labels        []Label               `json:"labels"`
	CreatedAt     time.Time             `json:"created_at"`
	UpdatedAt     time.Time             `json:"updated_at"`
	PushedAt      time.Time             `json:"pushed_at"`
}

// FullName returns "owner/name".
func (r Repo) FullName() string { return r.Owner + "/" + r.Name }

// Label is one of a repository's labels.
type Label struct {
	ID          int64  `json:"id"`
	Name        string `json:"name"`
	Color       string `json:"color"` // six hex digits
	Description string `json:"description,omitempty"`
}

// Reaction is one emoji by one account on an issue or comment.
type Reaction struct {
	ID        int64     `json:"id"`
	Content   string    `json:"content"` // one of Reactions
	User      string    `json:"user"`
	CreatedAt time.Time `json:"created_at"`
}

// Reactions are the contents that GitHub knows, in its order.
var Reactions = []string{"+1", "-1", "laugh", "hooray", "confused", "heart", "rocket", "eyes"}

// Ref points at an issue or pull request.
type Ref = markup.Ref

// Issue is an issue, or a pull request when Pull is set: both share one row of numbers, as on GitHub.
type Issue struct {
	ID          int64      `json:"id"`
	Ref         Ref        `json:"ref"`
	Title       string     `json:"title"`
	Body        string     `json:"body"`
	Author      string     `json:"author"`
	App         string     `json:"app,omitempty"` // slug of the App that created it, if one did
	Association string     `json:"association"`   // OWNER, MEMBER, COLLABORATOR, CONTRIBUTOR or NONE: the author's place when it was written
	State       string     `json:"state"`         // open or closed
	StateReason string     `json:"state_reason,omitempty"`
	Labels      []string   `json:"labels,omitempty"` // names, as the repository spells them
	Assignees   []string   `json:"assignees,omitempty"`
	Locked      bool       `json:"locked,omitempty"`
	LockReason  string     `json:"lock_reason,omitempty"`
	Parent      *Ref       `json:"parent,omitempty"`
	SubIssues   []Ref      `json:"sub_issues,omitempty"`
	BlockedBy   []Ref      `json:"blocked_by,omitempty"`
	Reactions   []Reaction `json:"reactions,omitempty"`
	Comments    int        `json:"comments"`
	CreatedAt   time.Time  `json:"created_at"`
	UpdatedAt   time.Time  `json:"updated_at"`
	ClosedAt    *time.Time `json:"closed_at,omitempty"`
	ClosedBy    string     `json:"closed_by,omitempty"`
	EditedAt    *time.Time `json:"edited_at,omitempty"` // last change of the body
	Deleted     bool       `json:"deleted,omitempty"`
	Pull        *Pull      `json:"pull,omitempty"`
}

// NodeID returns the id by which GitHub's other API names this issue.
func (i Issue) NodeID() string {
	if i.Pull != nil {
		return nodeID("PR", i.ID)
	}
	return nodeID("I", i.ID)
}

// Pull is what a pull request has beyond an issue.
type Pull struct {
	ID             int64      `json:"id"`
	Draft          bool       `json:"draft"`
	Head           string     `json:"head"` // branch
	Base           string     `json:"base"` // branch
	HeadSHA        string     `json:"head_sha"`
	BaseSHA        string     `json:"base_sha"` // where base stood when the pull request was opened or last synchronized
	Merged         bool       `json:"merged"`
	MergedAt       *time.Time `json:"merged_at,omitempty"`
	MergedBy       string     `json:"merged_by,omitempty"`
	MergeCommitSHA string     `json:"merge_commit_sha,omitempty"`
	Reviews        []Review   `json:"reviews,omitempty"`
	Reviewers      []string   `json:"reviewers,omitempty"`      // people who were asked for a review and have not given one
	TeamReviewers  []string   `json:"team_reviewers,omitempty"` // teams likewise, by slug
}

// Review is one review of a pull request.
type Review struct {
	ID          int64     `json:"id"`
	User        string    `json:"user"`
	App         string    `json:"app,omitempty"`
	Association string    `json:"association"`
	State       string    `json:"state"` // APPROVED, CHANGES_REQUESTED or COMMENTED
	Body        string    `json:"body"`
	CommitSHA   string    `json:"commit_sha"`
	SubmittedAt time.Time `json:"submitted_at"`
}

// ReviewComment is a comment on a line, on several lines or on a whole file of a pull request's diff. Line, StartLine and
// Position say where it stands in the diff of today: they are 0 when it stands there no more (it is outdated).
type ReviewComment struct {
	ID        int64  `json:"id"`
	Pull      Ref    `json:"pull"`
	Review    int64  `json:"review"`                // every such comment is part of a review
	InReplyTo int64  `json:"in_reply_to,omitempty"` // the comment that began the thread
	Path      string `json:"path"`
	WholeFile bool   `json:"whole_file,omitempty"`
	Side      string `json:"side"` // LEFT: a line of the base; RIGHT: a line of the head
	Line      int    `json:"line,omitempty"`
	StartSide string `json:"start_side,omitempty"` // of several lines: where they begin
	StartLine int    `json:"start_line,omitempty"`
	Position  int    `json:"position,omitempty"` // lines below the file's first hunk header
	CommitSHA string `json:"commit_sha"`         // the newest head in whose diff it stands
	Hunk      string `json:"hunk"`               // the diff down to the line, as it was when the comment was made

	OriginalLine      int    `json:"original_line,omitempty"`
	OriginalStartLine int    `json:"original_start_line,omitempty"`
	OriginalPosition  int    `json:"original_position,omitempty"`
	OriginalCommitSHA string `json:"original_commit_sha"`

	Body        string     `json:"body"`
	Author      string     `json:"author"`
	App         string     `json:"app,omitempty"` // slug of the App that wrote it, if one did
	Association string     `json:"association"`
	Reactions   []Reaction `json:"reactions,omitempty"`
	CreatedAt   time.Time  `json:"created_at"`
	UpdatedAt   time.Time  `json:"updated_at"`
	EditedAt    *time.Time `json:"edited_at,omitempty"`
}

// Thread returns the id of the comment that began the thread.
func (c ReviewComment) Thread() int64 {
	if c.InReplyTo != 0 {
		return c.InReplyTo
	}
	return c.ID
}

// Outdated reports whether what the comment is about has left the diff.
func (c ReviewComment) Outdated() bool { return c.Line == 0 && !c.WholeFile }

// Comment is a comment on an issue or pull request.
type Comment struct {
	ID          int64      `json:"id"`
	Issue       Ref        `json:"issue"`
	Body        string     `json:"body"`
	Author      string     `json:"author"`
	App         string     `json:"app,omitempty"` // slug of the App that wrote it, if one did
	Association string     `json:"association"`
	Minimized   string     `json:"minimized,omitempty"` // why it is folded: spam, abuse, off-topic, outdated, duplicate, resolved
	Reactions   []Reaction `json:"reactions,omitempty"`
	CreatedAt   time.Time  `json:"created_at"`
	UpdatedAt   time.Time  `json:"updated_at"`
	EditedAt    *time.Time `json:"edited_at,omitempty"`
}

// Event is one row of an issue's timeline that is not a comment.
type Event struct {
	ID        int64     `json:"id"`
	Issue     Ref       `json:"issue"`
	Kind      string    `json:"kind"` // GitHub's name: labeled, closed, cross-referenced, sub_issue_added, renamed, …
	Actor     string    `json:"actor"`
	App       string    `json:"app,omitempty"`
	Label     *Label    `json:"label,omitempty"`
	Assignee  string    `json:"assignee,omitempty"`
	Reviewer  string    `json:"reviewer,omitempty"` // review_requested and review_request_removed: a login, or org/team
	Source    *Ref      `json:"source,omitempty"`   // cross-referenced: where from; sub-issue events: the other issue
	From      string    `json:"from,omitempty"`     // renamed
	To        string    `json:"to,omitempty"`
	Reason    string    `json:"reason,omitempty"`     // closed: state reason; locked: lock reason
	CommitSHA string    `json:"commit_sha,omitempty"` // closed or referenced by a commit, merged, head_ref events
	CreatedAt time.Time `json:"created_at"`
}

// Release is a published (or draft) release.
type Release struct {
	ID          int64     `json:"id"`
	Repo        string    `json:"repo"`
	Tag         string    `json:"tag"`
	Target      string    `json:"target"` // commitish the tag was made from
	Name        string    `json:"name"`
	Body        string    `json:"body"`
	Author      string    `json:"author"`
	App         string    `json:"app,omitempty"`
	Draft       bool      `json:"draft"`
	Prerelease  bool      `json:"prerelease"`
	CreatedAt   time.Time `json:"created_at"`
	PublishedAt time.Time `json:"published_at"`
}

// Notification records that somebody was pinged: a mention counts once per person and text, as on GitHub.
type Notification struct {
	User   string    `json:"user"`   // or "org/team"
	Reason string    `json:"reason"` // mention, team_mention, assign or review_requested
	By     string    `json:"by"`
	Issue  Ref       `json:"issue"`
	At     time.Time `json:"at"`
}

// App is a registered GitHub App.
type App struct {
	ID            int64             `json:"id"`
	Slug          string            `json:"slug"`
	Name          string            `json:"name"`
	Owner         string            `json:"owner"`
	Description   string            `json:"description,omitempty"`
	PublicKeyPEM  string            `json:"public_key_pem"`
	WebhookURL    string            `json:"webhook_url,omitempty"`
	WebhookSecret string            `json:"webhook_secret,omitempty"`
	Permissions   map[string]string `json:"permissions"` // issues: write, contents: read, …
	Events        []string          `json:"events"`
	CreatedAt     time.Time         `json:"created_at"`
}

// Bot returns the login that the App acts under.
func (a App) Bot() string { return a.Slug + "[bot]" }

// Installation is an App installed on one account.
type Installation struct {
	ID          int64             `json:"id"`
	App         string            `json:"app"` // slug
	Account     string            `json:"account"`
	Repos       []int64           `json:"repos"` // repository ids
	All         bool              `json:"all"`   // every repository of the account, Repos is not used
	Permissions map[string]string `json:"permissions"`
	Events      []string          `json:"events"`
	SuspendedAt *time.Time        `json:"suspended_at,omitempty"`
	CreatedAt   time.Time         `json:"created_at"`
	UpdatedAt   time.Time         `json:"updated_at"`
}

func nodeID(kind string, id int64) string {
	return kind + "_kwDO" + base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, "%d", id))
}
