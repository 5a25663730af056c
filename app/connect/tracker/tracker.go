// Package tracker reads evidence from the ticket's own tracker: similar tickets and the replies that resolved them, open
// incidents, what the ticket names, and what the product's releases changed.
package tracker

import (
	"context"
	"errors"
	"strings"
	"sync"
	"time"

	"github.com/oioi-app/oioi/workflow/evidence"
	"github.com/oioi-app/oioi/workflow/ticket"
)

// The errors by which a Reader says what GitHub answered; any other error may pass.
var (
	// ErrNotThere means that there is no such thing, or none that OiOi may read: GitHub answers both alike.
	ErrNotThere = errors.New("it is not there, or OiOi may not read it")
	// ErrMoved means that GitHub would have the reader look elsewhere, which may be another repository.
	ErrMoved = errors.New("it was moved to another place, which OiOi does not follow")
)

// Reader is what this package reads from GitHub. No method follows an issue that was moved to another repository.
type Reader interface {
	// Issues returns one page of a repository's issues, open and closed, last updated first, without pull requests and comments.
	Issues(ctx context.Context, installationID int64, repo ticket.Repository, q IssueQuery) (IssuePage, error)
	// Conversation returns an issue's comments, oldest first.
	Conversation(ctx context.Context, installationID int64, repo ticket.Repository, number int) ([]ticket.Comment, error)
	// Closings returns what an issue's timeline tells of its closing, oldest first.
	Closings(ctx context.Context, installationID int64, repo ticket.Repository, number int) ([]Closing, error)
	// Work returns an issue or pull request.
	Work(ctx context.Context, installationID int64, repo ticket.Repository, number int) (Work, error)
	// Commit returns a commit by its full or shortened id.
	Commit(ctx context.Context, installationID int64, repo ticket.Repository, sha string) (Work, error)
	// Contains reports whether a tag's history holds a commit.
	Contains(ctx context.Context, installationID int64, repo ticket.Repository, tag, sha string) (bool, error)
	// Releases returns published releases, newest first.
	Releases(ctx context.Context, installationID int64, repo ticket.Repository, limit int) ([]Release, error)
	// Head returns the commit that a branch points to.
	Head(ctx context.Context, installationID int64, repo ticket.Repository, branch string) (string, error)
	// Text returns the first bytes of a file at a commit. found is false where there is none.
	Text(ctx context.Context, installationID int64, repo ticket.Repository, commit, name string, limit int64) (content string, found bool, err error)
	// Repository returns a repository by its names.
	Repository(ctx context.Context, installationID int64, owner, name string) (ticket.Repository, error)
}

// IssueQuery asks for one page of a repository's issues.
type IssueQuery struct {
	Since time.Time // only those updated at or after it; zero: all
	Label string    // only open ones that carry it; empty: all
	Page  int       // from 1
}

// IssuePage is one page of a list, which counts pull requests too.
type IssuePage struct {
	Issues []ticket.Ticket
	Newest time.Time // when the newest of the page was updated, pull requests counted
	More   bool      // whether there is another page
}

// Work is an issue, a pull request or a commit.
type Work struct {
	Ticket ticket.Ticket // of an issue or pull request: what it says and who wrote it; of a commit: its message
	Pull   bool
	Merged bool
	SHA    string    // of the commit, or that a pull request was merged with
	Done   time.Time // when it was merged or committed
}

// Closing is one row of an issue's timeline that tells how it was closed.
type Closing struct {
	Kind   string // closed, reopened, or cross-referenced
	At     time.Time
	Commit string // closed: the commit that closed it
	// Cross-referenced: the merged pull request of the same repository that names the issue.
	Pull int
	Body string
}

// Tracker searches trackers. It keeps what it has read of each repository, so that a ticket asks only for what changed since
// the last one; nothing is ever taken from another repository, nor from another installation. The zero value with From is ready.
type Tracker struct {
	From   Reader
	WebURL string           // of GitHub's pages, such as https://github.com: links below it name issues and commits
	Clock  func() time.Time // default time.Now

	mu         sync.Mutex
	memories   map[place]*memory
	used       []place // the least recently used first
	changelogs map[pinned][]Release
	pins       []pinned
}

// place is a repository as one installation sees it. A repository that was renamed or made private is another place.
type place struct {
	installation int64
	repository   int64
	name         string
	private      bool
}

func placeOf(installationID int64, repo ticket.Repository) place {
	return place{installationID, repo.ID, strings.ToLower(repo.FullName()), repo.Private}
}

func (t *Tracker) now() time.Time {
	if t.Clock != nil {
		return t.Clock()
	}
	return time.Now()
}

func visibility(repo ticket.Repository) evidence.Visibility {
	if repo.Private {
		return evidence.Repository
	}
	return evidence.Public
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// clip shortens a text to so many characters.
func clip(s string, most int) string {
	if len(s) <= most {
		return s
	}
	if runes := []rune(s); len(runes) > most {
		return string(runes[:most])
	}
	return s
}
