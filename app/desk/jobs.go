package desk

import (
	"context"
	"errors"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"github.com/oioi-app/oioi/app/intake"
	"github.com/oioi-app/oioi/app/store"
)

// StepArgs is the job that does the next short piece of a run: gather the evidence, or ask one role.
type StepArgs struct {
	RunID      string `json:"run_id"`
	Generation int64  `json:"generation"`
	Seq        int    `json:"seq"` // how many pieces came before, so that each job is its own
}

// Kind names the job in the queue.
func (StepArgs) Kind() string { return "step" }

// EffectsArgs is the job that carries out a ticket's proposed effects, one after the other. There is at most one a ticket.
type EffectsArgs struct {
	TicketKey string `json:"ticket_key"`
}

// Kind names the job in the queue.
func (EffectsArgs) Kind() string { return "effects" }

// UpdateArgs is the job that looks, when the next update to the customer is due, whether somebody has given it.
type UpdateArgs struct {
	TicketKey string `json:"ticket_key"`
	Digest    string `json:"digest"` // of the reply that promised it
}

// Kind names the job in the queue.
func (UpdateArgs) Kind() string { return "update" }

// onePerTicket makes a job unique by its arguments until it is completed. Its worker completes it inside a transaction
// that looks once more whether there is something to do, so no wake-up can fall between the two.
var onePerTicket = &river.InsertOpts{MaxAttempts: store.TryForDays, UniqueOpts: river.UniqueOpts{
	ByArgs: true,
	ByState: []rivertype.JobState{
		rivertype.JobStateAvailable, rivertype.JobStatePending, rivertype.JobStateRetryable,
		rivertype.JobStateRunning, rivertype.JobStateScheduled,
	},
}}

func mailboxOf(key string) intake.MailboxArgs { return intake.MailboxArgs{TicketKey: key} }

type mailboxWorker struct {
	river.WorkerDefaults[intake.MailboxArgs]
	desk *Desk
}

func (w *mailboxWorker) Work(ctx context.Context, job *river.Job[intake.MailboxArgs]) (err error) {
	ctx, end := w.desk.begin(ctx, job.JobRow)
	defer func() { end(err) }()
	return w.desk.mailbox(ctx, job.Args.TicketKey, job.JobRow)
}

type stepWorker struct {
	river.WorkerDefaults[StepArgs]
	desk *Desk
}

func (w *stepWorker) Work(ctx context.Context, job *river.Job[StepArgs]) (err error) {
	ctx, end := w.desk.begin(ctx, job.JobRow)
	defer func() { end(err) }()
	return w.desk.stepOrPark(ctx, job.Args, job.JobRow)
}

// Timeout is how long one piece may take; 0: as long as any job.
func (w *stepWorker) Timeout(*river.Job[StepArgs]) time.Duration { return w.desk.StepTimeout }

type effectsWorker struct {
	river.WorkerDefaults[EffectsArgs]
	desk *Desk
}

func (w *effectsWorker) Work(ctx context.Context, job *river.Job[EffectsArgs]) (err error) {
	ctx, end := w.desk.begin(ctx, job.JobRow)
	defer func() { end(err) }()
	return w.desk.effects(ctx, job.Args.TicketKey, job.JobRow)
}

type noticeWorker struct {
	river.WorkerDefaults[intake.NoticeArgs]
	desk *Desk
}

func (w *noticeWorker) Work(ctx context.Context, job *river.Job[intake.NoticeArgs]) (err error) {
	ctx, end := w.desk.begin(ctx, job.JobRow)
	defer func() { end(err) }()
	return w.desk.notice(ctx, job.Args.DeliveryID, job.JobRow)
}

type updateWorker struct {
	river.WorkerDefaults[UpdateArgs]
	desk *Desk
}

func (w *updateWorker) Work(ctx context.Context, job *river.Job[UpdateArgs]) (err error) {
	ctx, end := w.desk.begin(ctx, job.JobRow)
	defer func() { end(err) }()
	return waiting(w.desk.nextUpdate(ctx, job.Args, job.JobRow))
}

// waiting is later for a job whose error may ask for a wait; any other stays as it is.
func waiting(err error) error {
	if wait := later(err); wait != nil {
		return wait
	}
	return err
}

// permanent reports whether trying again cannot help: the error says so itself.
func permanent(err error) bool {
	var p interface{ Permanent() bool }
	return errors.As(err, &p) && p.Permanent()
}

// later returns the job error that waits as long as err asks for, without using up an attempt; nil when it asks for nothing.
func later(err error) error {
	var r interface{ RetryAfter() time.Duration }
	if errors.As(err, &r) && r.RetryAfter() > 0 {
		return river.JobSnooze(r.RetryAfter())
	}
	return nil
}
