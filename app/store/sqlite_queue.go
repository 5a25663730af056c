package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/riverqueue/river/rivertype"

	"github.com/oioi-app/oioi/app/aside"
)

const (
	defaultWorkers    = 8
	inboxWorkers      = 4 // of QueueInbox
	defaultJobTimeout = 5 * time.Minute

	fetchCooldown = 2 * time.Millisecond // workers look for jobs when they are called, at most this often
	fetchPoll     = time.Second          // and this often in any case: for retries that have become due
	keepCompleted = time.Hour
	keepDiscarded = 30 * 24 * time.Hour
	pruneEvery    = 6 * time.Hour
	cancelGrace   = 5 * time.Second // for jobs to return once Stop has cancelled them
	longestRetry  = 10 * time.Minute
	rescueAfter   = time.Hour // beyond the timeout, for a job whose end could not be stored; a crash is handled at start
	never         = 100 * 365 * 24 * time.Hour
)

// woken is a trigger, so that whatever ends a job's attempt starts it again if it was asked for meanwhile (job_wake).
// River's migrations may rebuild river_job and lose it, hence IF NOT EXISTS at every start. A job that ran was due, so
// its old time is a time at which it may start at once.
const woken = `CREATE TRIGGER IF NOT EXISTS oioi_job_woken AFTER UPDATE OF state ON river_job
WHEN OLD.state = 'running' AND NEW.state IN ('retryable', 'scheduled', 'available', 'completed', 'discarded')
	AND EXISTS (SELECT 1 FROM job_wake WHERE job_id = NEW.id)
BEGIN
	DELETE FROM job_wake WHERE job_id = NEW.id;
	UPDATE river_job SET state = 'available', finalized_at = NULL, scheduled_at = OLD.scheduled_at,
		max_attempts = max(max_attempts, attempt + 1) WHERE id = NEW.id;
END`

// openQueue recovers what a process that ended left behind, which is safe because we hold the lock: jobs that were running
// start again, and nobody leads. An attempt that a crash ended counts. A job whose attempts have all gone that way may be
// what kills the process: it is not given up, since work would be lost, but starts again only after the longest wait.
func (s *sqliteStore) openQueue(ctx context.Context) error {
	var suspects, again int64
	err := s.inTx(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, woken); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM river_leader`); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM job_wake`); err != nil { // they start again as it is
			return err
		}
		r, err := tx.ExecContext(ctx, `UPDATE river_job SET state = 'retryable', scheduled_at = ?, max_attempts = attempt + 1
			WHERE state = 'running' AND attempt >= max_attempts`, riverTime(s.clock().Add(longestRetry)))
		if err != nil {
			return err
		}
		suspects, _ = r.RowsAffected()
		r, err = tx.ExecContext(ctx, `UPDATE river_job SET state = 'available' WHERE state = 'running'`)
		if err != nil {
			return err
		}
		again, _ = r.RowsAffected()
		return nil
	})
	if err != nil {
		return fmt.Errorf("open the job queue in %s: %w", s.path, err)
	}
	if again > 0 {
		s.log.InfoContext(ctx, "jobs that were running when OiOi ended start again", "jobs", again)
	}
	if suspects > 0 {
		s.log.ErrorContext(ctx, "OiOi ended during the last attempt of some jobs, which may be why it ended; they start again later. "+
			"Look for crashes in earlier logs", "jobs", suspects, "in", longestRetry)
	}
	d := &wakingDriver{Driver: riversqlite.New(s.write)}
	if d.pilot, err = newInsertPilot(ctx, s.write, d); err != nil {
		return fmt.Errorf("open the job queue in %s: %w", s.path, err)
	}
	s.insert, err = river.NewClient(d, s.river.config())
	return err
}

// riverSettings are what both River clients share.
type riverSettings struct {
	clock func() time.Time // nil for the database's own
	log   *slog.Logger
}

func (r riverSettings) config() *river.Config {
	c := &river.Config{Logger: quiet(r.log), MaxAttempts: river.MaxAttemptsDefault, RetryPolicy: retryPolicy{r.now}}
	if r.clock != nil {
		c.Test.Time = clock(r.clock)
	}
	return c
}

func (r riverSettings) now() time.Time {
	if r.clock != nil {
		return r.clock()
	}
	return time.Now()
}

// clock makes River tell the time by the store's clock.
type clock func() time.Time

func (c clock) Now() time.Time       { return c() }
func (c clock) NowOrNil() *time.Time { now := c(); return &now }

// worker is the client that works jobs, with what belongs to it.
type worker struct {
	client    *river.Client[*sql.Tx]
	wake      func(context.Context, []*rivertype.JobInsertResult)
	completed *sync.Map          // see wakingPilot
	cancel    context.CancelFunc // ends the goroutines beside it
	beside    sync.WaitGroup
}

func (s *sqliteStore) Work(ctx context.Context, workers *river.Workers, opts WorkOptions) error {
	if opts.Workers < 1 {
		opts.Workers = defaultWorkers
	}
	if opts.JobTimeout == 0 {
		opts.JobTimeout = defaultJobTimeout
	}
	s.queue.mu.Lock()
	defer s.queue.mu.Unlock()
	if s.queue.work != nil {
		return errors.New("store: Work was called already")
	}
	c := s.river.config()
	c.Queues = map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: opts.Workers}, QueueInbox: {MaxWorkers: inboxWorkers}}
	c.Workers = workers
	c.JobTimeout = opts.JobTimeout
	c.RescueStuckJobsAfter = opts.JobTimeout + rescueAfter
	c.FetchCooldown = fetchCooldown
	c.FetchPollInterval = fetchPoll
	c.CompletedJobRetentionPeriod = keepCompleted
	c.DiscardedJobRetentionPeriod = keepDiscarded
	if s.river.clock != nil {
		// River's rescuer and cleaner look at the system's clock whatever they are told: they would take a running job for a
		// stuck one, and remove what has just ended.
		c.RescueStuckJobsAfter = never
		c.CompletedJobRetentionPeriod, c.DiscardedJobRetentionPeriod, c.CancelledJobRetentionPeriod = -1, -1, -1
	}
	c.ErrorHandler = jobErrors{s.log, opts.About}
	pilot := &wakingPilot{}
	client, err := river.NewClient(&wakingDriver{riversqlite.New(s.write), pilot}, c)
	if err != nil {
		return fmt.Errorf("set up the job queue: %w", err)
	}
	own := context.WithoutCancel(ctx) // River would take ctx's end for an order to cancel all jobs
	if err := client.Start(own); err != nil {
		return s.explain(fmt.Errorf("start the job queue: %w", err))
	}
	w := &worker{client: client, wake: pilot.wake, completed: &pilot.completed}
	own, w.cancel = context.WithCancel(own)
	ended, unsubscribe := client.Subscribe(river.EventKindJobFailed, river.EventKindJobSnoozed)
	w.beside.Go(func() {
		defer unsubscribe()
		s.startWoken(own, ended)
	})
	w.beside.Go(func() { s.clean(own) })
	s.queue.work = w
	return nil
}

// startWoken has the workers look for jobs when an attempt has failed or was snoozed: the job may have been asked for
// meanwhile (see woken).
func (s *sqliteStore) startWoken(ctx context.Context, ended <-chan *river.Event) {
	for {
		select {
		case <-ctx.Done():
			return
		case e := <-ended:
			if e == nil {
				return
			}
			s.queue.kick([]string{e.Job.Queue})
		}
	}
}

// clean forgets old deliveries, the comments that were read long ago and the spending of two years ago, until ctx ends.
func (s *sqliteStore) clean(ctx context.Context) {
	prune := func() error {
		n, err := s.PruneDeliveries(ctx, s.clock().Add(-KeepDeliveries))
		if n > 0 {
			s.log.InfoContext(ctx, "old deliveries removed", "deliveries", n)
		}
		return errors.Join(err, s.pruneRead(ctx), s.pruneSpending(ctx))
	}
	for {
		if err := aside.Do(prune); err != nil && ctx.Err() == nil {
			s.log.ErrorContext(ctx, "what is old could not be removed; OiOi tries again later", "err", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(pruneEvery):
		}
	}
}

func (s *sqliteStore) Stop(ctx context.Context) error {
	s.queue.mu.Lock()
	w := s.queue.work
	s.queue.stopped = true
	s.queue.mu.Unlock()
	if w == nil {
		return nil
	}
	w.cancel()
	w.beside.Wait()
	if err := w.client.Stop(ctx); err == nil {
		return nil
	}
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), cancelGrace)
	defer cancel()
	if err := w.client.StopAndCancel(grace); err != nil {
		return fmt.Errorf("jobs still run although they were cancelled; they start again with the next OiOi: %w", err)
	}
	return nil
}

// retryPolicy waits 1, 2, 4, … seconds after a failed attempt, at most ten minutes, give or take a tenth so that jobs
// which failed together do not come back together.
type retryPolicy struct{ now func() time.Time }

func (p retryPolicy) NextRetry(job *rivertype.JobRow) time.Time {
	wait := longestRetry
	if n := len(job.Errors); n < 10 { // 2^10 s is more than the longest wait
		wait = min(wait, time.Second<<n)
	}
	return p.now().Add(time.Duration(float64(wait) * (0.9 + 0.2*rand.Float64()))) //nolint:gosec // retries only need not to come back together
}

// jobErrors logs failed attempts. River stores the error with the job and retries it.
type jobErrors struct {
	log   *slog.Logger
	about func(context.Context, *rivertype.JobRow) context.Context // may be nil
}

func (e jobErrors) context(ctx context.Context, job *rivertype.JobRow) context.Context {
	if e.about == nil {
		return ctx
	}
	return e.about(ctx, job)
}

func (e jobErrors) HandleError(ctx context.Context, job *rivertype.JobRow, err error) *river.ErrorHandlerResult {
	level := slog.LevelWarn
	if job.Attempt >= job.MaxAttempts {
		level = slog.LevelError
	}
	e.log.Log(e.context(ctx, job), level, "a job failed", "kind", job.Kind, "job", job.ID, "attempt", job.Attempt,
		"of", job.MaxAttempts, "err", err)
	return nil
}

func (e jobErrors) HandlePanic(ctx context.Context, job *rivertype.JobRow, value any, trace string) *river.ErrorHandlerResult {
	e.log.Log(e.context(ctx, job), slog.LevelError, "a job panicked; this is a bug in OiOi", "kind", job.Kind, "job", job.ID,
		"attempt", job.Attempt, "of", job.MaxAttempts, "panic", fmt.Sprint(value), "trace", trace)
	return nil
}

// quiet passes on warnings and errors only: River reports each start, stop and failed attempt, which we say ourselves.
func quiet(l *slog.Logger) *slog.Logger { return slog.New(warnings{l.Handler()}) }

type warnings struct{ slog.Handler }

func (w warnings) Enabled(ctx context.Context, l slog.Level) bool {
	return l >= slog.LevelWarn && w.Handler.Enabled(ctx, l)
}
func (w warnings) WithAttrs(a []slog.Attr) slog.Handler { return warnings{w.Handler.WithAttrs(a)} }
func (w warnings) WithGroup(g string) slog.Handler      { return warnings{w.Handler.WithGroup(g)} }

// riverTime is how River's SQLite driver writes times; other forms do not compare with them.
func riverTime(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05.000") }
