package storetest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/riverqueue/river"

	"github.com/oioi-app/oioi/app/store"
)

var mailboxTests = []test{
	{"a delivery wakes a snoozed mailbox", func(t *testing.T, e *env) {
		testWake(t, e, func() error { return river.JobSnooze(24 * time.Hour) }, false)
	}},
	{"a delivery wakes a retrying mailbox", func(t *testing.T, e *env) {
		testWake(t, e, func() error { return errors.New("the model is down") }, false)
	}},
	{"Enqueue wakes a snoozed mailbox", func(t *testing.T, e *env) {
		testWake(t, e, func() error { return river.JobSnooze(24 * time.Hour) }, true)
	}},
	{"a delivery during a run that fails starts another", func(t *testing.T, e *env) {
		testWakeRunning(t, e, errors.New("the model is down"))
	}},
	{"a delivery during a run that snoozes starts another", func(t *testing.T, e *env) {
		testWakeRunning(t, e, river.JobSnooze(24*time.Hour))
	}},
	{"a delivery during a run that returns without looking starts another", func(t *testing.T, e *env) {
		testWakeRunning(t, e, nil)
	}},
	{"a delivery during the last attempt starts another", testLastAttempt},
	{"Enqueue during a run makes it run once more", testEnqueueWhileRunning},
	{"Enqueue for later does not wake", testEnqueueForLater},
	{"Refile moves what is new", testRefile},
	{"racing writers: nothing is lost, never two on one ticket", testRace},
}

func testRefile(t *testing.T, e *env) {
	ctx := context.Background()
	deliver(t, e, "7/1", "old")
	e.update(t, func(tx store.Tx) error { return tx.MarkDelivery(ctx, "old", store.DeliveryDone, "") })
	deliver(t, e, "7/1", "new")
	deliver(t, e, "8/2", "there")
	e.update(t, func(tx store.Tx) error { return tx.Refile(ctx, "7/1", "8/2") })
	var ids []string
	err := e.View(ctx, func(r store.Reader) error {
		for _, key := range []string{"7/1", "8/2"} {
			inbox, err := r.Inbox(ctx, key)
			if err != nil {
				return err
			}
			for _, d := range inbox {
				ids = append(ids, key+" "+d.ID)
			}
		}
		return nil
	})
	slices.Sort(ids)
	if want := []string{"8/2 new", "8/2 there"}; err != nil || !slices.Equal(ids, want) {
		t.Errorf("after the move: %v, %v; want %v", ids, err, want)
	}
}

func deliver(t *testing.T, e *env, ticket, id string) {
	t.Helper()
	fresh, err := e.Ingest(context.Background(), store.Delivery{ID: id, TicketKey: ticket, Payload: []byte("{}")}, boxArgs{ticket})
	if err != nil || !fresh {
		t.Fatalf("%s: fresh %v, error %v", id, fresh, err)
	}
}

// empty marks what is in the inbox as done and completes the job, as a mailbox does.
func empty(ctx context.Context, e *env, j *river.Job[boxArgs]) error {
	return e.Update(ctx, func(tx store.Tx) error {
		inbox, err := tx.Inbox(ctx, j.Args.Ticket)
		if err != nil {
			return err
		}
		for _, d := range inbox {
			if err := tx.MarkDelivery(ctx, d.ID, store.DeliveryDone, ""); err != nil {
				return err
			}
		}
		return tx.CompleteJob(ctx, j.JobRow)
	})
}

// testWake lets a mailbox wait for long, and wakes it. The clock stands still: nothing else can start it.
func testWake(t *testing.T, e *env, wait func() error, enqueue bool) {
	ctx := context.Background()
	starts := make(chan string, 9)
	work := func(result func() error) {
		e.work(t, store.WorkOptions{Workers: 1},
			func(_ context.Context, j *river.Job[pokeArgs]) error { starts <- j.Args.Name; return nil },
			func(_ context.Context, j *river.Job[boxArgs]) error { starts <- "mailbox"; return result() })
	}
	work(wait)
	deliver(t, e, "7/1", "d1")
	receive(t, starts, "the first run")
	e.reopen(t) // Stop has stored that it waits
	work(func() error { return nil })
	e.update(t, func(tx store.Tx) error { return tx.Enqueue(ctx, pokeArgs{"something else"}, nil) })
	same(t, "what starts by itself", "something else", receive(t, starts, "a job"))
	if enqueue {
		e.update(t, func(tx store.Tx) error { return tx.Enqueue(ctx, boxArgs{"7/1"}, nil) })
	} else {
		deliver(t, e, "7/1", "d2")
	}
	same(t, "what was woken", "mailbox", receive(t, starts, "the run that was asked for"))
}

func testWakeRunning(t *testing.T, e *env, result error) {
	starts, release := make(chan int, 9), make(chan struct{})
	var runs atomic.Int64
	e.work(t, store.WorkOptions{}, nil, func(ctx context.Context, j *river.Job[boxArgs]) error {
		starts <- j.Attempt
		if runs.Add(1) == 1 {
			<-release
			return result
		}
		return empty(ctx, e, j)
	})
	deliver(t, e, "7/1", "d1")
	receive(t, starts, "the first run")
	deliver(t, e, "7/1", "d2")
	close(release)
	receive(t, starts, "the next run")
}

type lastArgs struct {
	Ticket string `json:"ticket"`
}

func (lastArgs) Kind() string { return "last" }

func (lastArgs) InsertOpts() river.InsertOpts {
	return river.InsertOpts{MaxAttempts: 1, UniqueOpts: river.UniqueOpts{ByArgs: true, ByState: store.WhileUnfinished()}}
}

func testLastAttempt(t *testing.T, e *env) {
	ctx := context.Background()
	starts, release := make(chan int, 9), make(chan struct{}, 9)
	workers := river.NewWorkers()
	river.AddWorker(workers, river.WorkFunc(func(ctx context.Context, j *river.Job[lastArgs]) error {
		starts <- j.Attempt
		<-release
		return errors.New("no")
	}))
	ok(t, e.Work(ctx, workers, store.WorkOptions{}))
	t.Cleanup(func() { close(release); _ = e.Stop(ctx) })
	for i := range 3 {
		if _, err := e.Ingest(ctx, store.Delivery{ID: fmt.Sprint(i), TicketKey: "7/1"}, lastArgs{"7/1"}); err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			receive(t, starts, "the only attempt")
		}
	}
	release <- struct{}{}
	receive(t, starts, "an attempt for what came in during the last one")
}

func testEnqueueWhileRunning(t *testing.T, e *env) {
	ctx := context.Background()
	ends, looked, release := make(chan error, 9), make(chan struct{}), make(chan struct{})
	var runs atomic.Int64
	e.work(t, store.WorkOptions{}, nil, func(ctx context.Context, j *river.Job[boxArgs]) error {
		if runs.Add(1) == 1 {
			close(looked) // it has read what it decides on …
			<-release
		}
		err := empty(ctx, e, j)
		ends <- err
		return err
	})
	deliver(t, e, "7/1", "d1")
	<-looked
	for range 3 { // … when other jobs change that and ask for another look
		e.update(t, func(tx store.Tx) error { return tx.Enqueue(ctx, boxArgs{"7/1"}, nil) })
	}
	close(release)
	ok(t, receive(t, ends, "the first run"))
	ok(t, receive(t, ends, "the second run"))
	// The second run ended like any other: the next delivery starts a third.
	deliver(t, e, "7/1", "d2")
	ok(t, receive(t, ends, "the third run"))
	if n := runs.Load(); n != 3 {
		t.Errorf("%d runs, want 3", n)
	}
}

func testEnqueueForLater(t *testing.T, e *env) {
	ctx := context.Background()
	starts := make(chan string, 9)
	later := &river.InsertOpts{ScheduledAt: e.clock.Now().Add(24 * time.Hour)}
	e.update(t, func(tx store.Tx) error {
		ok(t, tx.Enqueue(ctx, boxArgs{"7/1"}, later))
		return tx.Enqueue(ctx, boxArgs{"7/1"}, later)
	})
	e.work(t, store.WorkOptions{Workers: 1}, nil, func(_ context.Context, j *river.Job[boxArgs]) error {
		starts <- j.Args.Ticket
		return nil
	})
	e.update(t, func(tx store.Tx) error { return tx.Enqueue(ctx, boxArgs{"7/2"}, nil) })
	same(t, "the first job", "7/2", receive(t, starts, "a job"))
}

// testRace has many writers bombard few tickets while their mailboxes fail, snooze, panic and complete as they like.
func testRace(t *testing.T, e *env) {
	const tickets = 3
	writers, each := 16, 16
	if os.Getenv("OIOI_CHAOS") == "full" {
		writers, each = 32, 94
	}
	ctx := context.Background()
	var busy [tickets]atomic.Int32
	var handled, twice atomic.Int64
	all := make(chan struct{})
	e.work(t, store.WorkOptions{Workers: 6}, nil, func(ctx context.Context, j *river.Job[boxArgs]) error {
		var k int
		if _, err := fmt.Sscanf(j.Args.Ticket, "7/%d", &k); err != nil {
			return err
		}
		if busy[k].Add(1) != 1 {
			twice.Add(1)
		}
		left := sync.OnceFunc(func() { busy[k].Add(-1) })
		defer left()
		switch n := rand.IntN(20); n {
		case 0:
			return errors.New("a failure")
		case 1:
			return river.JobSnooze(time.Duration(rand.IntN(100)) * time.Millisecond)
		case 2:
			panic("a panic")
		}
		var seen []store.Delivery
		if err := e.View(ctx, func(r store.Reader) (err error) {
			seen, err = r.Inbox(ctx, j.Args.Ticket)
			return err
		}); err != nil {
			return err
		}
		more := errors.New("more came in")
		for {
			err := e.Update(ctx, func(tx store.Tx) error {
				for _, d := range seen {
					if err := tx.MarkDelivery(ctx, d.ID, store.DeliveryDone, ""); err != nil {
						return err
					}
				}
				now, err := tx.Inbox(ctx, j.Args.Ticket)
				if err != nil {
					return err
				}
				if len(now) > 0 {
					seen = append(seen, now...)
					return more
				}
				left() // what follows the commit is not work on the ticket any more
				return tx.CompleteJob(ctx, j.JobRow)
			})
			if errors.Is(err, more) {
				continue
			}
			if err == nil && handled.Add(int64(len(seen))) == int64(writers*each) {
				close(all)
			}
			return err
		}
	})
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			for i := range each {
				id := fmt.Sprintf("d%d-%d", w, i)
				ticket := fmt.Sprintf("7/%d", rand.IntN(tickets))
				if fresh, err := e.Ingest(ctx, store.Delivery{ID: id, TicketKey: ticket}, boxArgs{ticket}); err != nil || !fresh {
					t.Errorf("%s: fresh %v, error %v", id, fresh, err)
				}
			}
		})
	}
	wg.Wait()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(patience)
	for done := false; !done; {
		select {
		case <-all:
			done = true
		case <-tick.C:
			e.clock.Add(time.Second) // failures and snoozes become due
		case <-deadline:
			done = true
		}
	}
	var lost []string
	e.view(t, func(r store.Reader) error {
		for k := range tickets {
			for _, d := range get(t, func() ([]store.Delivery, error) { return r.Inbox(ctx, fmt.Sprintf("7/%d", k)) }) {
				lost = append(lost, d.ID)
			}
		}
		return nil
	})
	if n := handled.Load(); n != int64(writers*each) || len(lost) > 0 {
		t.Errorf("%d of %d deliveries were handled; left: %s", n, writers*each, strings.Join(lost, " "))
	}
	if n := twice.Load(); n > 0 {
		t.Errorf("two workers were on one ticket %d times", n)
	}
	t.Logf("chaos: | many writers, the store alone | %d deliveries to %d mailboxes by %d writers; workers fail, sleep, panic | %d lost, %d times two at once |",
		writers*each, tickets, writers, len(lost), twice.Load())
}
