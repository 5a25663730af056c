package store

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"
)

func (t *sqliteTx) Enqueue(ctx context.Context, args river.JobArgs, opts *river.InsertOpts) error {
	r, err := t.s.insert.InsertTx(ctx, t.tx, args, opts)
	if err != nil {
		return fmt.Errorf("add a job of kind %s: %w", args.Kind(), err)
	}
	if r.UniqueSkippedAsDuplicate {
		if opts != nil && opts.ScheduledAt.After(t.s.clock()) {
			return nil // it is there already, and nothing asks for it now
		}
		if err := t.s.hurry(ctx, t.tx, r.Job, priorityOf(args, opts)); err != nil {
			return err
		}
		if err := t.s.wakeExisting(ctx, t.tx, r.Job, true); err != nil {
			return err
		}
	}
	t.queues = append(t.queues, r.Job.Queue)
	return nil
}

// priorityOf is the priority with which a job is added; River's default is 1.
func priorityOf(args river.JobArgs, opts *river.InsertOpts) int {
	if opts != nil && opts.Priority != 0 {
		return opts.Priority
	}
	if a, ok := args.(river.JobArgsWithInsertOpts); ok {
		return max(1, a.InsertOpts().Priority)
	}
	return 1
}

// hurry makes a job that is there already as urgent as the one that was asked for, if that is more.
func (s *sqliteStore) hurry(ctx context.Context, tx *sql.Tx, job *rivertype.JobRow, priority int) error {
	if job.Priority <= priority {
		return nil
	}
	if _, err := tx.ExecContext(ctx, `UPDATE river_job SET priority = ?1 WHERE id = ?2 AND priority > ?1`, priority, job.ID); err != nil {
		return fmt.Errorf("make job %d more urgent: %w", job.ID, err)
	}
	return nil
}

// wakeExisting makes a job that is there already start now. One that is running is marked instead (see woken); again
// says whether it must run once more even if it completes.
func (s *sqliteStore) wakeExisting(ctx context.Context, tx *sql.Tx, job *rivertype.JobRow, again bool) error {
	var err error
	now := s.clock()
	if job.State == rivertype.JobStateAvailable && !job.ScheduledAt.After(now) {
		return nil // it starts as soon as a worker is free
	}
	switch job.State {
	case rivertype.JobStateRunning:
		_, err = tx.ExecContext(ctx, `INSERT INTO job_wake (job_id, again) VALUES (?, ?)
			ON CONFLICT (job_id) DO UPDATE SET again = max(again, excluded.again)`, job.ID, again)
	case rivertype.JobStateRetryable, rivertype.JobStateScheduled, rivertype.JobStateAvailable:
		_, err = tx.ExecContext(ctx, `UPDATE river_job SET state = 'available', scheduled_at = min(scheduled_at, ?)
			WHERE id = ?`, riverTime(now), job.ID)
	}
	if err != nil {
		return fmt.Errorf("wake job %d: %w", job.ID, err)
	}
	return nil
}

func (t *sqliteTx) CompleteJob(ctx context.Context, job *rivertype.JobRow) error {
	// A delivery that came in while the job ran is in the inbox, which the worker reads in this transaction.
	if _, err := t.tx.ExecContext(ctx, `DELETE FROM job_wake WHERE job_id = ? AND again = 0`, job.ID); err != nil {
		return err
	}
	// What is left was asked for by Enqueue. The row must not run again itself: River still has to hear that this attempt
	// ended, and would take the new one for it. So an equal job is added.
	r, err := t.tx.ExecContext(ctx, `DELETE FROM job_wake WHERE job_id = ?`, job.ID)
	if err != nil {
		return err
	}
	again, err := r.RowsAffected()
	if err != nil {
		return err
	}
	n, err := t.exec(ctx, fmt.Sprintf("job %d", job.ID), `UPDATE river_job SET state = 'completed', finalized_at = ?
		WHERE id = ? AND state = 'running' AND attempt = ?`, riverTime(t.s.clock()), job.ID, job.Attempt)
	if err != nil {
		return err
	}
	if n == 0 {
		return fmt.Errorf("job %d (%s) is not running in attempt %d any more: %w", job.ID, job.Kind, job.Attempt, ErrStale)
	}
	t.done = append(t.done, job.ID)
	if again == 0 {
		return nil
	}
	_, err = t.exec(ctx, "a job of kind "+job.Kind, `INSERT INTO river_job (args, created_at, kind, max_attempts, priority,
			queue, scheduled_at, state, tags, unique_key, unique_states)
		SELECT args, ?, kind, max_attempts, priority, queue, scheduled_at, 'available', tags, unique_key, unique_states
		FROM river_job WHERE id = ?`, riverTime(t.s.clock()), job.ID)
	t.queues = append(t.queues, job.Queue)
	return err
}
