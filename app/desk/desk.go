// Package desk works the tickets: the mailbox decides what an event means, short jobs gather evidence and ask one role
// each, and the effects job carries out what the gate let through. Everything it decides is committed before it acts,
// so that a crash at any moment loses nothing and doubles nothing.
package desk

import (
	"context"
	"log/slog"
	"time"

	"github.com/riverqueue/river"

	"github.com/oioi-app/oioi/app/config"
	"github.com/oioi-app/oioi/app/store"
	"github.com/oioi-app/oioi/app/telemetry"
	"github.com/oioi-app/oioi/workflow/effect"
	"github.com/oioi-app/oioi/workflow/ticket"
)

// Place says where a ticket lives and through which installation OiOi reaches it.
type Place struct {
	InstallationID int64             `json:"installation_id"`
	Repository     ticket.Repository `json:"repository"`
}

// GitHub is what the desk reads from the tracker.
type GitHub interface {
	// Ticket returns the issue with all its comments as they stand now.
	Ticket(ctx context.Context, place Place, number int) (ticket.Ticket, error)
	// Installation says since when the App is installed.
	Installation(ctx context.Context, id int64) (store.Installation, error)
	// Permission returns what the account may do in the repository now: none, read, triage, write, maintain or admin.
	Permission(ctx context.Context, place Place, login string) (string, error)
	// Member reports whether the account is an active member of a team, by its slug, of the organization that owns the
	// repository. A team that does not exist has no members.
	Member(ctx context.Context, place Place, slug, login string) (bool, error)
	// Repository returns a repository that the place's installation reaches, as it stands now.
	Repository(ctx context.Context, place Place, owner, name string) (ticket.Repository, error)
	// Standing returns how the place's repository stands now, by its id, and through which installation the App reaches it; 0:
	// through none.
	Standing(ctx context.Context, place Place) (now ticket.Repository, through int64, err error)
	// Pull returns how a pull request of the place's repository stands now.
	Pull(ctx context.Context, place Place, number int) (effect.PullState, error)
	// File returns a file of the place's repository at a commit.
	File(ctx context.Context, place Place, commit, name string) (content []byte, found bool, err error)
	// Settings returns the repository's configuration as it stands now. Mistakes in it are in Settings.Mistakes; an
	// error means that it could not be read.
	Settings(ctx context.Context, place Place) (config.Settings, error)
}

// Publisher carries out one effect. It is idempotent: with lookFirst, which is set when an earlier attempt may have
// succeeded, it looks for what that attempt would have made and adopts it.
type Publisher interface {
	Publish(ctx context.Context, place Place, e effect.Effect, prior effect.Receipt, lookFirst bool) (effect.Receipt, error)
}

// Opener turns a stored delivery into the ticket events that it tells.
type Opener func(ctx context.Context, d store.Delivery) ([]ticket.Event, error)

// Options are what the desk is made from. All are needed, except where it is said.
type Options struct {
	Store     store.Store
	GitHub    GitHub
	Publisher Publisher
	Engine    Engine
	Open      Opener
	BotLogin  string // the App's own account, "<slug>[bot]"
	Clock     func() time.Time
	Log       *slog.Logger
	Telemetry *telemetry.Telemetry // may be nil
	Budget    config.Budget        // what the calls to the model may use a day; the zero value bounds nothing
	Changed   func()               // called after a commit that changes a ticket's progress; may be nil

	SettleTime time.Duration // how long a ticket rests after its customer's edit or answer before a run begins to work

	StepAttempts   int           // how often a step that fails is tried before it waits for a person; default 12, half an hour
	StepTimeout    time.Duration // of one piece of a run, all calls to models in it; default: the queue's for any job
	RetryPause     time.Duration // before an effect that failed is tried again at once; default a second
	EffectAttempts int           // how often an effect is tried whose end nobody knows before a person is asked; default 40, six hours
}

// Desk holds the workers.
type Desk struct {
	Options
	settings settingsCache
	turns    turns
	opening  openings
}

// New returns a desk.
func New(o Options) *Desk {
	d := &Desk{Options: o}
	if d.StepAttempts == 0 {
		d.StepAttempts = 12
	}
	if d.RetryPause == 0 {
		d.RetryPause = time.Second
	}
	if d.EffectAttempts == 0 {
		d.EffectAttempts = 40
	}
	d.Engine.Memory, d.Engine.Budget = d, d
	return d
}

// Register adds the desk's workers.
func (d *Desk) Register(workers *river.Workers) {
	river.AddWorker(workers, &mailboxWorker{desk: d})
	river.AddWorker(workers, &stepWorker{desk: d})
	river.AddWorker(workers, &effectsWorker{desk: d})
	river.AddWorker(workers, &updateWorker{desk: d})
	river.AddWorker(workers, &silenceWorker{desk: d})
	river.AddWorker(workers, &expireWorker{desk: d})
	river.AddWorker(workers, &calledWorker{desk: d})
	river.AddWorker(workers, &resolutionWorker{desk: d})
	river.AddWorker(workers, &noticeWorker{desk: d})
}

// update commits fn and tells who waits for progress.
func (d *Desk) update(ctx context.Context, fn func(store.Tx) error) error {
	err := d.Store.Update(ctx, fn)
	if err == nil && d.Changed != nil {
		d.Changed()
	}
	return err
}

func (d *Desk) log(key string, args ...any) *slog.Logger {
	return d.Log.With("ticket", key).With(args...)
}
