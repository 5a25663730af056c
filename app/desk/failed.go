package desk

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"github.com/oioi-app/oioi/app/aside"
	"github.com/oioi-app/oioi/app/store"
	"github.com/oioi-app/oioi/workflow"
)

// stepOrPark does a step. One that has failed for good or too often, in whatever way, leaves its run to a person, who sees the
// reason and the command that tries again.
func (d *Desk) stepOrPark(ctx context.Context, args StepArgs, job *rivertype.JobRow) error {
	err := fmt.Errorf("this step was begun %d times and never ended; OiOi's log may say why", job.Attempt-1)
	if job.Attempt <= d.StepAttempts {
		err = aside.Do(func() error { return d.step(ctx, args, job) })
		tellPanic(ctx, d.Log, "a job", err)
	}
	var sleeps *river.JobSnoozeError
	switch {
	case err == nil, errors.As(err, &sleeps), errors.Is(ctx.Err(), context.Canceled): // done, waiting, or OiOi stops
		return err
	case !permanent(err) && job.Attempt < d.StepAttempts:
		return err
	}
	return d.parkFailed(context.WithoutCancel(ctx), args, job, err)
}

// tellPanic tells the operator where a bug is, if an error is about one.
func tellPanic(ctx context.Context, log *slog.Logger, what string, err error) {
	if p := new(aside.Panic); errors.As(err, &p) {
		log.ErrorContext(ctx, what+" panicked; this is a bug in OiOi", "panic", p)
	}
}

// parkFailed lets a run wait for a person whose step failed. Where even that cannot be stored, the job is tried again.
func (d *Desk) parkFailed(ctx context.Context, args StepArgs, job *rivertype.JobRow, failed error) error {
	run, data, row, _, err := d.load(ctx, args)
	if errors.Is(err, store.ErrStale) {
		return d.drop(ctx, job)
	}
	if err != nil {
		return errors.Join(failed, err)
	}
	if data.Seq != args.Seq && data.Job != job.ID || !under(run.Status) {
		return d.drop(ctx, job)
	}
	d.Log.ErrorContext(ctx, "a step failed for good; the run waits for a person", "attempts", job.Attempt, "error", failed)
	out, err := d.park(data, workflow.Park{Kind: workflow.ParkFailed, Reason: failed.Error()}, workflow.Prompt{})
	if err != nil {
		return errors.Join(failed, err)
	}
	return d.update(ctx, func(tx store.Tx) error {
		if err := tx.CompleteJob(ctx, job); err != nil {
			return err
		}
		current, err := tx.Ticket(ctx, row.Key)
		if err != nil || current.Generation != args.Generation {
			return err
		}
		out.data.Seq++
		out.data.Job = 0
		_, _, err = d.commit(ctx, tx, current, run, out)
		return err
	})
}
