// Package forge is a local GitHub to try and test a GitHub App on: accounts, repositories with real git objects, issues,
// comments, labels, reactions, sub-issues, pull requests, releases, Apps with installations and signed webhooks. Go
// methods are called by its REST side (Handler) and by web pages alike; each takes the Actor that asks and refuses what
// GitHub would refuse it, a hidden repository with ErrNotFound.
//
// What it hands out are copies: a caller may keep and change them. All methods may be called at the same time.
package forge

import (
	"context"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/oioi-app/oioi/app/sandbox/forge/gitstore"
	"github.com/oioi-app/oioi/app/sandbox/forge/hookshot"
)

// Options configure a Forge. The zero value is a forge in memory, on the real clock.
type Options struct {
	// State is the folder that keeps everything between runs; "" keeps it in memory only.
	State string
	// Now tells the time; default time.Now. GitHub's times have whole seconds, and so do the forge's.
	Now func() time.Time
	// Wait sleeps or returns early with the context's error; default a timer. Late deliveries and slow answers use it.
	Wait func(ctx context.Context, d time.Duration) error
	// AuthNow tells the time by which tokens and signed requests expire; default time.Now, because clients sign by the
	// machine's clock even where a test moves Now by hand.
	AuthNow func() time.Time
	// RateLimit is how many calls an account has in an hour; default a million.
	RateLimit int
	// SearchLag is how long a new issue stays out of search results, as GitHub's index lags; default not at all.
	SearchLag time.Duration
	// Faults, when set, is asked before each request what goes wrong with it; nil for nothing.
	Faults func(*http.Request) *Fault
	// Log takes what goes wrong behind the scenes (saving, delivering); default discards.
	Log *slog.Logger
}

// Forge is the local GitHub. Make it with New, stop it with Close.
type Forge struct {
	opts Options
	log  *slog.Logger

	mu    sync.RWMutex
	st    state
	git   map[int64]*gitstore.Store // by repository id
	queue []Change                  // made under the lock, told when it is released

	outgoing []outgoing // webhooks made under the lock, sent before it is released
	hooks    *hookshot.Sender

	rateMu   sync.Mutex
	rateHour time.Time
	rateUsed map[string]int

	feedMu sync.Mutex
	feed   map[chan Change]struct{}

	base      atomic.Value // string; see SetBaseURL
	downloads downloads

	past atomic.Pointer[time.Time] // the time that Seed pretends it is

	dirty  chan struct{} // a change waits to be saved
	closed chan struct{}
	saved  chan struct{} // the saver has stopped
	once   sync.Once
}

// state is everything that is saved. Maps are keyed by what is looked up most.
type state struct {
	NextID         int64                    `json:"next_id"`
	Users          map[string]*User         `json:"users"`                // by folded login
	Tokens         map[string]string        `json:"tokens"`               // token to login
	Repos          map[string]*Repo         `json:"repos"`                // by folded owner/name
	RepoOrder      []string                 `json:"repo_order"`           // as created: lists give the first one first
	Moved          map[string]int64         `json:"moved,omitempty"`      // by folded owner/name that was: the repository's id
	Issues         map[string][]*Issue      `json:"issues"`               // by folded owner/name; index is number-1
	Comments       map[int64]*Comment       `json:"comments"`             // by id
	CommentOrder   map[string][]int64       `json:"comment_order"`        // by Ref
	ReviewComments map[int64]*ReviewComment `json:"review_comments"`      // by id
	ReviewOrder    map[string][]int64       `json:"review_comment_order"` // by Ref
	Events         map[string][]*Event      `json:"events"`               // by Ref
	Releases       map[string][]*Release    `json:"releases"`
	Notifications  []Notification           `json:"notifications"`
	Mentioned      map[string]bool          `json:"mentioned"` // text and person that were pinged already
	Apps           map[string]*App          `json:"apps"`      // by slug
	Installations  map[int64]*Installation  `json:"installations"`
	Grants         map[string]*Grant        `json:"grants"`               // installation tokens
	Teams          map[string]*Team         `json:"teams"`                // by folded org/slug
	Deliveries     []hookshot.Delivery      `json:"deliveries,omitempty"` // only in the file: while it runs the sender has them
}

func newState() state {
	return state{
		// Ids of real issues and comments have long left 32 bits; a client that cannot hold one must fail here too.
		NextID: 3_000_000_000,
		Users:  map[string]*User{}, Tokens: map[string]string{}, Repos: map[string]*Repo{}, Issues: map[string][]*Issue{},
		Comments: map[int64]*Comment{}, CommentOrder: map[string][]int64{}, ReviewComments: map[int64]*ReviewComment{}, ReviewOrder: map[string][]int64{},
		Events:   map[string][]*Event{},
		Releases: map[string][]*Release{}, Mentioned: map[string]bool{}, Apps: map[string]*App{},
		Installations: map[int64]*Installation{}, Grants: map[string]*Grant{}, Teams: map[string]*Team{},
	}
}

// New makes a forge, with what Options.State holds from the last run when there is something.
func New(o Options) (*Forge, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Wait == nil {
		o.Wait = sleep
	}
	if o.AuthNow == nil {
		o.AuthNow = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	f := &Forge{opts: o, log: o.Log, st: newState(), git: map[int64]*gitstore.Store{}, feed: map[chan Change]struct{}{},
		dirty: make(chan struct{}, 1), closed: make(chan struct{}), saved: make(chan struct{})}
	f.hooks = hookshot.New(hookshot.Options{Now: f.now, Wait: o.Wait, Log: o.Log})
	if o.State == "" {
		close(f.saved)
		return f, nil
	}
	if err := f.restore(); err != nil {
		return nil, err
	}
	go f.saver()
	return f, nil
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Close stops the forge and saves what is not saved yet. Webhooks that are not delivered by then are given up: Drain first.
func (f *Forge) Close() error {
	f.once.Do(func() {
		f.hooks.Close()
		close(f.closed)
	})
	<-f.saved
	if f.opts.State == "" {
		return nil
	}
	return f.save()
}

// now is the time as GitHub tells it.
func (f *Forge) now() time.Time {
	if past := f.past.Load(); past != nil {
		return *past
	}
	return f.opts.Now().UTC().Truncate(time.Second)
}

// Seed runs do as if it were the given time and without webhooks, so that a forge can start with a history. It is for
// setting up, before anybody else uses the forge.
func (f *Forge) Seed(at time.Time, do func() error) error {
	at = at.UTC().Truncate(time.Second)
	f.past.Store(&at)
	defer f.past.Store(nil)
	return do()
}

func (f *Forge) id() int64 {
	f.st.NextID += 7 // ids are not dense on GitHub either
	return f.st.NextID
}

// end releases the write lock and tells everybody what changed under it.
func (f *Forge) end() {
	changes := f.queue
	f.queue = nil
	for _, o := range f.outgoing { // under the lock, so that webhooks leave in the order of what they tell
		f.hooks.Send(o.target, o.message)
	}
	f.outgoing = nil
	f.mu.Unlock()
	if len(changes) == 0 {
		return
	}
	select {
	case f.dirty <- struct{}{}:
	default:
	}
	f.broadcast(changes)
}
