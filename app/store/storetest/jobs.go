package storetest

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"github.com/oioi-app/oioi/app/store"
)

var jobTests = []test{
	{"a job starts after its commit, not before", testStartsAfterCommit},
	{"a failed job is tried again", testRetry},
	{"a panic is a failure, not an end", testPanic},
	{"a job that takes too long is cancelled and tried again", testTimeout},
	{"a job completes with its transaction", testCompleteJob},
	{"a job whose transaction fails is tried again", testCompleteRolledBack},
	{"a job for later waits", testScheduled},
	{"what is more urgent goes first, whenever it came", testPriority},
	{"a mailbox becomes as urgent as the most urgent delivery", testHurry},
	{"Stop waits for the running jobs", testStopWaits},
	{"Stop cancels what does not end in time, which then starts again", testStopCancels},
	{"jobs survive reopening", testJobsSurvive},
	{"Work is called once", testWorkOnce},
}

func testStartsAfterCommit(t *testing.T, e *env) {
	ctx := context.Background()
	seen := make(chan error, 1)
	e.work(t, store.WorkOptions{}, func(ctx context.Context, j *river.Job[pokeArgs]) error {
		seen <- e.View(ctx, func(r store.Reader) error { _, err := r.Value(ctx, "k"); return err })
		return nil
	}, nil)
	e.update(t, func(tx store.Tx) error {
		ok(t, tx.Enqueue(ctx, pokeArgs{}, nil))
		ok(t, tx.PutValue(ctx, "k", "v"))
		select {
		case <-seen:
			t.Error("the job started before the commit")
		default:
		}
		return nil
	})
	ok(t, receive(t, seen, "the job"))
}

// attempts is a worker that reports each attempt and ends it as told.
func attempts(starts chan<- *rivertype.JobRow, end func(context.Context, int) error) func(context.Context, *river.Job[pokeArgs]) error {
	return func(ctx context.Context, j *river.Job[pokeArgs]) error {
		starts <- j.JobRow
		return end(ctx, j.Attempt)
	}
}

// soon moves the clock on until the next start comes, and returns it.
func (e *env) soon(t *testing.T, starts <-chan *rivertype.JobRow, step time.Duration) *rivertype.JobRow {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(patience)
	for {
		select {
		case j := <-starts:
			return j
		case <-tick.C:
			e.clock.Add(step)
		case <-deadline:
			t.Fatalf("waited %v for the next attempt", patience)
		}
	}
}

func testRetry(t *testing.T, e *env) {
	ctx := context.Background()
	starts := make(chan *rivertype.JobRow, 9)
	e.work(t, store.WorkOptions{}, attempts(starts, func(_ context.Context, n int) error {
		if n < 3 {
			return errors.New("not yet")
		}
		return nil
	}), nil)
	e.update(t, func(tx store.Tx) error { return tx.Enqueue(ctx, pokeArgs{}, nil) })
	begun := e.clock.Now()
	receive(t, starts, "the first attempt")
	for n := 2; n <= 3; n++ {
		if j := e.soon(t, starts, 50*time.Millisecond); j.Attempt != n || len(j.Errors) != n-1 {
			t.Errorf("attempt %d has %d errors, want attempt %d", j.Attempt, len(j.Errors), n)
		}
	}
	if waited := e.clock.Now().Sub(begun); waited < 2500*time.Millisecond {
		t.Errorf("the third attempt began %v after the first; the waits are 1 s and 2 s, give or take a tenth", waited)
	}
}

func testPanic(t *testing.T, e *env) {
	ctx := context.Background()
	starts := make(chan *rivertype.JobRow, 9)
	e.work(t, store.WorkOptions{}, attempts(starts, func(_ context.Context, n int) error {
		if n == 1 {
			panic("boom")
		}
		return nil
	}), nil)
	e.update(t, func(tx store.Tx) error { return tx.Enqueue(ctx, pokeArgs{}, nil) })
	receive(t, starts, "the first attempt")
	if j := e.soon(t, starts, time.Second); j.Attempt != 2 {
		t.Errorf("attempt %d follows a panic", j.Attempt)
	}
}

func testTimeout(t *testing.T, e *env) {
	ctx := context.Background()
	starts := make(chan *rivertype.JobRow, 9)
	e.work(t, store.WorkOptions{JobTimeout: 10 * time.Millisecond}, attempts(starts, func(ctx context.Context, n int) error {
		if n == 1 {
			<-ctx.Done()
			return ctx.Err()
		}
		return nil
	}), nil)
	e.update(t, func(tx store.Tx) error { return tx.Enqueue(ctx, pokeArgs{}, nil) })
	receive(t, starts, "the first attempt")
	if j := e.soon(t, starts, time.Second); j.Attempt != 2 {
		t.Errorf("attempt %d follows a timeout", j.Attempt)
	}
}

func testCompleteJob(t *testing.T, e *env) {
	ctx := context.Background()
	starts, results := make(chan *rivertype.JobRow, 9), make(chan error, 9)
	e.work(t, store.WorkOptions{}, func(ctx context.Context, j *river.Job[pokeArgs]) error {
		starts <- j.JobRow
		complete := func(tx store.Tx) error {
			if err := tx.PutValue(ctx, "done", j.Args.Name); err != nil {
				return err
			}
			return tx.CompleteJob(ctx, j.JobRow)
		}
		results <- e.Update(ctx, complete)
		results <- e.Update(ctx, complete)
		return errors.New("what comes after the completion does not count")
	}, nil)
	e.update(t, func(tx store.Tx) error { return tx.Enqueue(ctx, pokeArgs{"first"}, nil) })
	ok(t, receive(t, results, "the completion"))
	wantErr(t, receive(t, results, "the second completion"), store.ErrStale)
	receive(t, starts, "the start")
	ok(t, e.Stop(ctx))
	e.reopen(t)
	again := make(chan string, 9)
	e.work(t, store.WorkOptions{Workers: 1}, func(_ context.Context, j *river.Job[pokeArgs]) error {
		again <- j.Args.Name
		return nil
	}, nil)
	e.clock.Add(time.Hour)
	e.update(t, func(tx store.Tx) error { return tx.Enqueue(ctx, pokeArgs{"after"}, nil) })
	same(t, "the next job", "after", receive(t, again, "a job"))
}

func testCompleteRolledBack(t *testing.T, e *env) {
	ctx := context.Background()
	starts := make(chan *rivertype.JobRow, 9)
	e.work(t, store.WorkOptions{}, func(ctx context.Context, j *river.Job[pokeArgs]) error {
		starts <- j.JobRow
		return e.Update(ctx, func(tx store.Tx) error {
			if err := tx.CompleteJob(ctx, j.JobRow); err != nil || j.Attempt > 1 {
				return err
			}
			return errors.New("something came in")
		})
	}, nil)
	e.update(t, func(tx store.Tx) error { return tx.Enqueue(ctx, pokeArgs{}, nil) })
	receive(t, starts, "the first attempt")
	if j := e.soon(t, starts, time.Second); j.Attempt != 2 {
		t.Errorf("attempt %d follows", j.Attempt)
	}
}

func testScheduled(t *testing.T, e *env) {
	ctx := context.Background()
	starts := make(chan *rivertype.JobRow, 9)
	e.work(t, store.WorkOptions{Workers: 1}, attempts(starts, func(context.Context, int) error { return nil }), nil)
	begun := e.clock.Now()
	e.update(t, func(tx store.Tx) error {
		ok(t, tx.Enqueue(ctx, pokeArgs{"later"}, &river.InsertOpts{ScheduledAt: begun.Add(24 * time.Hour)}))
		return tx.Enqueue(ctx, pokeArgs{"now"}, nil)
	})
	same(t, "the first job", `{"name":"now"}`, string(receive(t, starts, "a job").EncodedArgs))
	same(t, "the second job", `{"name":"later"}`, string(e.soon(t, starts, time.Hour).EncodedArgs))
	if e.clock.Now().Before(begun.Add(24 * time.Hour)) {
		t.Errorf("it started at %v", e.clock.Now())
	}
}

// testPriority: a flood waits behind what came last and is more urgent; among equals the first to come is the first to go.
func testPriority(t *testing.T, e *env) {
	ctx := context.Background()
	e.update(t, func(tx store.Tx) error {
		for range 6 {
			ok(t, tx.Enqueue(ctx, pokeArgs{}, &river.InsertOpts{Priority: 3}))
		}
		return tx.Enqueue(ctx, pokeArgs{}, &river.InsertOpts{Priority: 1})
	})
	starts := make(chan *rivertype.JobRow, 9)
	e.work(t, store.WorkOptions{Workers: 1}, attempts(starts, func(context.Context, int) error { return nil }), nil)
	last := int64(0)
	for n := range 7 {
		j := receive(t, starts, "a job")
		if n == 0 && j.Priority != 1 {
			t.Errorf("the first to start has priority %d", j.Priority)
		}
		if n > 0 && (j.Priority != 3 || n > 1 && j.ID < last) {
			t.Errorf("job %d with priority %d starts as number %d, after %d", j.ID, j.Priority, n+1, last)
		}
		last = j.ID
	}
}

// urgentArgs is a mailbox job with a priority.
type urgentArgs struct {
	Ticket  string `json:"ticket"`
	Urgency int    `json:"-"`
}

func (urgentArgs) Kind() string { return "urgent" }

func (a urgentArgs) InsertOpts() river.InsertOpts {
	return river.InsertOpts{Priority: a.Urgency, UniqueOpts: river.UniqueOpts{ByArgs: true, ByState: store.WhileUnfinished()}}
}

func testHurry(t *testing.T, e *env) {
	ctx := context.Background()
	n := 0
	deliver := func(ticket string, urgency int) {
		n++
		_, err := e.Ingest(ctx, store.Delivery{ID: fmt.Sprint(n), Event: "issues", TicketKey: ticket, Payload: []byte("{}")}, urgentArgs{ticket, urgency})
		ok(t, err)
	}
	for _, ticket := range []string{"flood/1", "flood/2", "flood/3"} {
		deliver(ticket, 3)
	}
	deliver("flood/3", 1) // the team says something on a stranger's ticket
	deliver("flood/3", 3) // and the stranger again
	deliver("flood/1", 3)
	e.update(t, func(tx store.Tx) error { return tx.Enqueue(ctx, urgentArgs{"flood/2", 2}, nil) })
	starts := make(chan string, 9)
	workers := river.NewWorkers()
	river.AddWorker(workers, river.WorkFunc(func(_ context.Context, j *river.Job[urgentArgs]) error {
		starts <- j.Args.Ticket
		return nil
	}))
	ok(t, e.Work(ctx, workers, store.WorkOptions{Workers: 1}))
	t.Cleanup(func() { ok(t, e.Stop(context.Background())) })
	same(t, "order", []string{"flood/3", "flood/2", "flood/1"}, []string{receive(t, starts, "a job"), receive(t, starts, "a job"), receive(t, starts, "a job")})
}

func testStopWaits(t *testing.T, e *env) {
	ctx := context.Background()
	starts, release := make(chan *rivertype.JobRow, 9), make(chan struct{})
	e.work(t, store.WorkOptions{}, attempts(starts, func(ctx context.Context, _ int) error {
		<-release
		return ctx.Err()
	}), nil)
	e.update(t, func(tx store.Tx) error { return tx.Enqueue(ctx, pokeArgs{}, nil) })
	receive(t, starts, "the job")
	stopped := make(chan error, 1)
	go func() { stopped <- e.Stop(ctx) }()
	e.update(t, func(tx store.Tx) error { return tx.Enqueue(ctx, pokeArgs{"left for the next time"}, nil) })
	close(release)
	ok(t, receive(t, stopped, "Stop"))
	e.reopen(t)
	e.work(t, store.WorkOptions{}, attempts(starts, func(context.Context, int) error { return nil }), nil)
	if j := receive(t, starts, "the next job"); string(j.EncodedArgs) == `{"name":""}` {
		t.Errorf("a job that had ended started again, attempt %d", j.Attempt)
	}
}

func testStopCancels(t *testing.T, e *env) {
	ctx := context.Background()
	starts := make(chan *rivertype.JobRow, 9)
	e.work(t, store.WorkOptions{}, attempts(starts, func(ctx context.Context, _ int) error {
		<-ctx.Done()
		return ctx.Err()
	}), nil)
	e.update(t, func(tx store.Tx) error { return tx.Enqueue(ctx, pokeArgs{}, nil) })
	receive(t, starts, "the job")
	now, cancel := context.WithCancel(ctx)
	cancel()
	ok(t, e.Stop(now))
	e.reopen(t)
	e.work(t, store.WorkOptions{}, attempts(starts, func(context.Context, int) error { return nil }), nil)
	if j := e.soon(t, starts, time.Second); j.Attempt != 1 {
		t.Errorf("being stopped cost an attempt: this is attempt %d", j.Attempt)
	}
}

func testJobsSurvive(t *testing.T, e *env) {
	ctx := context.Background()
	const jobs = 5
	e.update(t, func(tx store.Tx) error {
		for i := range jobs {
			ok(t, tx.Enqueue(ctx, pokeArgs{fmt.Sprint(i)}, nil))
		}
		return nil
	})
	e.reopen(t)
	starts := make(chan *rivertype.JobRow, jobs)
	e.work(t, store.WorkOptions{}, attempts(starts, func(context.Context, int) error { return nil }), nil)
	for range jobs {
		receive(t, starts, "a job")
	}
}

func testWorkOnce(t *testing.T, e *env) {
	e.work(t, store.WorkOptions{}, func(context.Context, *river.Job[pokeArgs]) error { return nil }, nil)
	workers := river.NewWorkers()
	river.AddWorker(workers, river.WorkFunc(func(context.Context, *river.Job[pokeArgs]) error { return nil }))
	if err := e.Work(context.Background(), workers, store.WorkOptions{}); err == nil {
		t.Error("the second call of Work returned no error")
	}
}
