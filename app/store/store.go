// Package store keeps what OiOi must not lose: deliveries, tickets, runs, answers, effects and the timeline, and, in the
// same database, the job queue (River), so that a job and the row it works on commit together.
//
// Job arguments carry keys only, never payloads. The transaction type of a database never leaves this package.
//
// Times are kept in UTC to the microsecond. Where a row is given without its time, the store's clock fills it in.
package store

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"
)

// ErrNotFound is returned where a row that was asked for by its key does not exist.
var ErrNotFound = errors.New("not found")

// ErrStale is returned by a compare-and-set whose generation is no longer the current one: the work is out of date and
// must be dropped.
var ErrStale = errors.New("stale: the ticket has moved on since this work began")

// Store is a database. Every implementation passes storetest.
type Store interface {
	// Update runs fn in one write transaction: all of it is committed durably, or nothing.
	// fn must not call a model or the network, and must not call Update or Ingest: there is one writer, which would wait
	// for itself. An error or a panic from fn rolls everything back and is passed on. Jobs that fn enqueues start right
	// after the commit.
	Update(ctx context.Context, fn func(Tx) error) error
	// View runs fn on a consistent, read-only view that never waits for a writer.
	View(ctx context.Context, fn func(Reader) error) error
	// Ingest commits a delivery and its ticket's mailbox job. Concurrent calls share one commit. It reports false where
	// the delivery's id is known already; then nothing changes. It returns only after the commit, or with ctx's error
	// when ctx ends first; then the delivery may or may not have been committed, and sending it again is harmless.
	// The payload's bytes are not used any more when it returns.
	//
	// wake may be nil. A job that is there already becomes as urgent as wake, if that is more. Where an equal unique job waits to retry or is snoozed, it starts now; where it is running, it
	// either sees the delivery in the transaction that completes it (see CompleteJob), or starts again when it ends.
	Ingest(ctx context.Context, d Delivery, wake river.JobArgs) (fresh bool, err error)
	// PruneDeliveries forgets handled deliveries that were received before the given time, and returns how many. A
	// delivery is kept for at least KeepDeliveries, whatever before says, so that a late duplicate is still recognised.
	PruneDeliveries(ctx context.Context, before time.Time) (int, error)
	// Work registers the workers and starts to work jobs until Stop; ctx bounds only the start. Call it once.
	Work(ctx context.Context, workers *river.Workers, opts WorkOptions) error
	// Stop stops fetching jobs, waits for the running ones up to ctx's deadline, then cancels them. A job that was
	// cancelled by Stop starts again at the next Work and is not charged an attempt.
	Stop(ctx context.Context) error
	// QueuePages returns pages below a path such as /queue, on which an operator looks at jobs, tries one again, cancels or
	// deletes one, and pauses a queue. Whoever mounts them lets only operators in, and nobody from another site.
	QueuePages(prefix string) (http.Handler, error)
	// Close closes the database and gives up the process lock. Call Stop first.
	Close() error
}

// KeepDeliveries is how long a delivery is kept at least. GitHub redelivers for three days.
const KeepDeliveries = 30 * 24 * time.Hour

// QueueInbox is the queue of short jobs that decide what news mean. It has workers of its own, beside those that wait for
// language models.
const QueueInbox = "inbox"

// TryForDays is the number of attempts of a job that is not given up: with ten minutes between them, about a month.
const TryForDays = 4000

// WorkOptions tune the job queue; zero values mean the defaults.
type WorkOptions struct {
	Workers    int           // jobs at a time, default 8
	JobTimeout time.Duration // default 5 minutes
	// About returns a context in which the log's lines say what a job is about; nil: its kind and number must do.
	About func(ctx context.Context, job *rivertype.JobRow) context.Context
}

// Reader reads rows.
type Reader interface {
	Delivery(ctx context.Context, id string) (Delivery, error)
	// Inbox returns the ticket's deliveries that no mailbox has handled yet, oldest first, with their payloads.
	Inbox(ctx context.Context, ticketKey string) ([]Delivery, error)
	// Deliveries returns all that are kept for a ticket, or with an empty key those that are not about one, oldest first.
	Deliveries(ctx context.Context, ticketKey string) ([]Delivery, error)
	Ticket(ctx context.Context, key string) (Ticket, error)
	// Tickets lists tickets, last changed first; a limit below 1 means all of them.
	Tickets(ctx context.Context, limit int) ([]Ticket, error)
	// TicketsBy lists tickets with a status, last changed first, without their data; a limit below 1 means all of them.
	TicketsBy(ctx context.Context, status string, limit int) ([]Ticket, error)
	Run(ctx context.Context, id string) (Run, error)
	Runs(ctx context.Context, ticketKey string) ([]Run, error) // newest first
	Answer(ctx context.Context, inputHash string) (Answer, error)
	Answers(ctx context.Context, ticketKey string) ([]Answer, error) // oldest first
	Effect(ctx context.Context, key string) (Effect, error)
	Effects(ctx context.Context, ticketKey string) ([]Effect, error) // in the order in which they are carried out
	// EffectsBy lists effects in a state, last changed first; a limit below 1 means all of them.
	EffectsBy(ctx context.Context, state EffectState, limit int) ([]Effect, error)
	Events(ctx context.Context, ticketKey string) ([]Event, error) // the timeline, oldest first
	// EventsOf lists events of some kinds in all timelines, newest first; a limit below 1 means all of them.
	EventsOf(ctx context.Context, kinds []string, limit int) ([]Event, error)
	Installation(ctx context.Context, id int64) (Installation, error)
	Installations(ctx context.Context) ([]Installation, error)
	// Counts says how many rows there are of each state.
	Counts(ctx context.Context) (Counts, error)
	Value(ctx context.Context, key string) (string, error) // small settings and cursors; ErrNotFound
	// Values returns the values whose keys begin with a prefix, by key.
	Values(ctx context.Context, prefix string) (map[string]string, error)
	// Spent sums what was used and what is held on the charge's day, for each of those that the charge names.
	Spent(ctx context.Context, c Charge) (Spent, error)
	// SpendingOf lists what was used for a repository, oldest day first.
	SpendingOf(ctx context.Context, repositoryID int64) ([]Spend, error)
	// Spending lists what each repository used on a day, as SpendingDay writes it, the largest first.
	Spending(ctx context.Context, day string) ([]Spending, error)
}

// Tx writes rows and jobs in one transaction, and reads its own writes.
type Tx interface {
	Reader
	MarkDelivery(ctx context.Context, id string, state DeliveryState, note string) error
	// Refile moves what is new in one ticket's inbox to another's, behind what is there. It wakes nobody.
	Refile(ctx context.Context, from, to string) error
	// PutTicket stores a ticket. A generation never goes back: ErrStale where the stored one is higher.
	PutTicket(ctx context.Context, t Ticket) error
	// PutRun stores a run. It does not compare generations, because the end of an overtaken run is stored too; work that
	// must be dropped when the ticket has moved on calls CheckGeneration first, in the same transaction.
	PutRun(ctx context.Context, r Run) error
	// PutAnswer keeps a model's answer under its input hash, so that it is never paid for twice. The first answer stays.
	PutAnswer(ctx context.Context, a Answer) error
	// PutEffect stores an effect. Without a receipt it keeps the stored one. Like PutRun it does not compare
	// generations: what an overtaken effect did to the world must be recorded all the same.
	PutEffect(ctx context.Context, e Effect) error
	AddEvent(ctx context.Context, e Event) error
	// PutInstallation stores an installation. One that is put as removed keeps the time at which it was first put so.
	PutInstallation(ctx context.Context, i Installation) error
	// Forget deletes an installation with its tickets and everything that belongs to them: runs and the values that only
	// they keep, values about them, answers, effects, events, jobs that wait, deliveries. Of a delivery younger than KeepDeliveries the id
	// stays, without the payload, so that a late duplicate is still recognised.
	Forget(ctx context.Context, installationID int64) (Forgotten, error)
	PutValue(ctx context.Context, key, value string) error
	// Hold sets aside what a question may cost at the most. Asked again, after a crash or a failure, it holds once.
	Hold(ctx context.Context, c Charge, most Cost) error
	// Settle adds what a question did cost, and ends its hold.
	Settle(ctx context.Context, c Charge, used Cost) error
	// ReleaseHeld ends the holds that are older than a time and returns how many: whoever held them has died.
	ReleaseHeld(ctx context.Context, before time.Time) (int64, error)
	// Enqueue adds a job in this transaction. opts may be nil. An equal unique job becomes as urgent as this one, if that is more. Where an equal unique job waits to retry or is snoozed, it
	// starts now (unless opts ask for a later time); where it is running, it runs once more after it has ended.
	Enqueue(ctx context.Context, args river.JobArgs, opts *river.InsertOpts) error
	// CompleteJob completes the running job in this transaction: ErrStale where it is not running any more. It is the
	// last thing a worker does. A mailbox reads its Inbox in the same transaction and completes only when that is empty;
	// what is ingested later then finds no job running and starts a new one.
	CompleteJob(ctx context.Context, job *rivertype.JobRow) error
}

// DeliveryState says how far a delivery got.
type DeliveryState string

// The states of a delivery.
const (
	DeliveryNew     DeliveryState = "new"
	DeliveryDone    DeliveryState = "done"
	DeliveryIgnored DeliveryState = "ignored" // not for us; Note says why
	DeliveryFailed  DeliveryState = "failed"  // could not be understood; Note says why
)

// Delivery is one webhook delivery. Payload is stored deflated, once.
type Delivery struct {
	ID             string // X-GitHub-Delivery
	Event          string // X-GitHub-Event
	Action         string
	InstallationID int64
	TicketKey      string // "" for an event that is not about one issue
	ReceivedAt     time.Time
	Payload        []byte
	State          DeliveryState
	Note           string
}

// Ticket is a ticket's row. Data is the desk's own state as JSON; its shape carries a version.
type Ticket struct {
	Key            string // TicketKey(repository id, number)
	InstallationID int64
	RepositoryID   int64
	Owner, Name    string
	Private        bool
	Number         int
	Title          string
	Generation     int64
	Status         string
	Data           json.RawMessage
	UpdatedAt      time.Time
}

// Run is one run of the workflow over a ticket.
type Run struct {
	ID         string
	TicketKey  string
	Generation int64
	Status     string
	Data       json.RawMessage
	StartedAt  time.Time
	FinishedAt time.Time // zero while it is not finished
	Keeps      string    // the key of a value that goes with the last run that keeps it; "" for none
}

// Answer is a model's answer to one exact prompt.
type Answer struct {
	InputHash string
	Data      json.RawMessage
	CreatedAt time.Time
	TicketKey string // the ticket it is about; "" for none
}

// EffectState says how far an effect got.
type EffectState string

// The states of an effect.
const (
	EffectProposed   EffectState = "proposed"
	EffectAttempting EffectState = "attempting" // begun; after a crash nobody knows whether it happened: look first
	EffectDone       EffectState = "done"
	EffectRefused    EffectState = "refused" // by the gate
	EffectFailed     EffectState = "failed"  // GitHub said no for good; Note says why
	EffectUnknown    EffectState = "unknown" // ambiguous even after looking; a person decides
	EffectDropped    EffectState = "dropped" // a newer generation replaced it before it began

	// Where people decide on an effect: waiting, then approved, which is carried out like a proposed one, or rejected.
	EffectWaiting  EffectState = "waiting"
	EffectApproved EffectState = "approved" // Note says by whom
	EffectRejected EffectState = "rejected" // Note says by whom and why
)

// Ready reports whether the effect is to be carried out now.
func (s EffectState) Ready() bool {
	return s == EffectProposed || s == EffectApproved || s == EffectAttempting
}

// Effect is one row of the outbox.
type Effect struct {
	Key        string
	TicketKey  string
	RunID      string
	Generation int64
	Seq        int // order within the ticket's current plan
	State      EffectState
	Data       json.RawMessage // effect.Effect
	Receipt    json.RawMessage // effect.Receipt of what stands in the world; kept when the effect is proposed anew
	Note       string
	UpdatedAt  time.Time
}

// Event is one line of a ticket's timeline.
type Event struct {
	TicketKey string
	RunID     string
	At        time.Time
	Kind      string // received, gathered, asked, answered, repaired, bounced, parked, drafted, published, failed, …
	StepID    string
	Text      string
	Took      time.Duration
	Data      json.RawMessage
}

// InstallationRemoved is the state of an installation that is no more.
const InstallationRemoved = "removed"

// Installation is where the App is installed. Tickets older than InstalledAt run only when a person asks.
type Installation struct {
	ID          int64
	Account     string
	InstalledAt time.Time
	State       string    // active, suspended, InstallationRemoved
	RemovedAt   time.Time // since when it is removed; zero for one that is not
	Grants      string    `json:"-"` // what it may do, as GitHub says now; not stored
}

// Counts are numbers of rows by their state.
type Counts struct {
	Inbox   int64 // deliveries that wait to be handled
	Runs    map[string]int64
	Effects map[EffectState]int64
	Jobs    map[JobState]int64
}

// JobState is a kind of job and how far such jobs are, as the queue says it: available, running, retryable, scheduled, …
type JobState struct{ Kind, State string }

// Forgotten says how much Forget has deleted.
type Forgotten struct{ Tickets, Runs, Answers, Effects, Deliveries int64 }

// RestoredKey is the value that says since when (RFC 3339) the database is one that was put back from a backup. What OiOi
// did between the backup and that time, it does not know any more.
const RestoredKey = "backup/restored"
