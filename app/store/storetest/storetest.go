// Package storetest is the conformance suite of store.Store: what every database must do, whichever it is.
package storetest

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/riverqueue/river"

	"github.com/oioi-app/oioi/app/store"
)

// Open opens one database, again after each Close. The caller closes what it gets.
type Open func(testing.TB) store.Store

// Run runs the suite. database makes a fresh database whose store tells the time by clock.
func Run(t *testing.T, database func(t testing.TB, clock func() time.Time) Open) {
	groups := []struct {
		name  string
		tests []test
	}{{"rows", rowTests}, {"transactions", txTests}, {"ingest", ingestTests}, {"jobs", jobTests}, {"mailbox", mailboxTests}, {"forget", forgetTests}, {"spending", spendingTests}}
	for _, g := range groups {
		t.Run(g.name, func(t *testing.T) {
			for _, tt := range g.tests {
				t.Run(tt.name, func(t *testing.T) {
					t.Parallel()
					now := &Clock{now: time.Date(2026, 11, 3, 9, 30, 0, 123456000, time.UTC)}
					open := database(t, now.Now)
					tt.run(t, &env{Store: open(t), open: open, clock: now})
				})
			}
		})
	}
}

type test struct {
	name string
	run  func(*testing.T, *env)
}

// env is a fresh database with its clock.
type env struct {
	store.Store
	open  Open
	clock *Clock
}

// reopen closes the store and opens it again.
func (e *env) reopen(t *testing.T) {
	t.Helper()
	ok(t, e.Stop(context.Background()))
	ok(t, e.Close())
	e.Store = e.open(t)
}

// Clock is a clock that tests move by hand.
type Clock struct {
	mu  sync.Mutex
	now time.Time
}

// Now returns the clock's time.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// Add moves the clock.
func (c *Clock) Add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// Deadline for what must happen; far beyond what it takes, since it is waited out only by a test that fails.
const patience = time.Minute

func ok(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func wantErr(t testing.TB, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Fatalf("error is %v, want %v", err, want)
	}
}

func receive[T any](t testing.TB, c <-chan T, what string) T {
	t.Helper()
	select {
	case v := <-c:
		return v
	case <-time.After(patience):
		t.Fatalf("waited %v for %s", patience, what)
		panic("unreachable")
	}
}

func (e *env) update(t testing.TB, fn func(store.Tx) error) {
	t.Helper()
	ok(t, e.Update(context.Background(), fn))
}

func (e *env) view(t testing.TB, fn func(store.Reader) error) {
	t.Helper()
	ok(t, e.View(context.Background(), fn))
}

// pokeArgs is a job that is never equal to another.
type pokeArgs struct {
	Name string `json:"name"`
}

func (pokeArgs) Kind() string { return "poke" }

// boxArgs is a mailbox job: one for each ticket among those that are not finished.
type boxArgs struct {
	Ticket string `json:"ticket"`
}

func (boxArgs) Kind() string { return "box" }

func (boxArgs) InsertOpts() river.InsertOpts {
	return river.InsertOpts{UniqueOpts: river.UniqueOpts{ByArgs: true, ByState: store.WhileUnfinished()}}
}

// work starts to work jobs with the given functions.
func (e *env) work(t *testing.T, opts store.WorkOptions, poke func(context.Context, *river.Job[pokeArgs]) error,
	box func(context.Context, *river.Job[boxArgs]) error) {
	t.Helper()
	workers := river.NewWorkers()
	if poke != nil {
		river.AddWorker(workers, river.WorkFunc(poke))
	}
	if box != nil {
		river.AddWorker(workers, river.WorkFunc(box))
	}
	ok(t, e.Work(context.Background(), workers, opts))
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		if err := e.Stop(ctx); err != nil {
			t.Error(err)
		}
	})
}
