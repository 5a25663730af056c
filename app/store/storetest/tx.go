package storetest

import (
	"context"
	"errors"
	"strconv"
	"sync"
	"testing"

	"github.com/riverqueue/river"

	"github.com/oioi-app/oioi/app/store"
)

var txTests = []test{
	{"an error rolls everything back", testRollbackOnError},
	{"a panic rolls everything back and goes on", testRollbackOnPanic},
	{"a cancelled context rolls everything back", testRollbackOnCancel},
	{"a view sees one moment", testViewIsOneMoment},
	{"a view never waits for a writer", testViewDoesNotWait},
	{"a view sees what was committed before it", testViewIsCurrent},
	{"concurrent updates lose nothing", testConcurrentUpdates},
	{"a closed store says so", testClosed},
}

// writeAll writes one row and one job, and returns whether they are there.
func writeAll(ctx context.Context, t *testing.T, tx store.Tx) {
	t.Helper()
	ok(t, tx.PutValue(ctx, "half", "written"))
	ok(t, tx.Enqueue(ctx, pokeArgs{"half"}, nil))
	if v, err := tx.Value(ctx, "half"); err != nil || v != "written" {
		t.Errorf("a transaction does not read its own write: %q, %v", v, err)
	}
}

// nothingWritten checks that writeAll left no row and no job: the job that starts first is one that is added afterwards.
func nothingWritten(t *testing.T, e *env) {
	t.Helper()
	ctx := context.Background()
	e.view(t, func(r store.Reader) error {
		_, err := r.Value(ctx, "half")
		wantErr(t, err, store.ErrNotFound)
		return nil
	})
	started := make(chan string, 9)
	e.work(t, store.WorkOptions{Workers: 1}, func(_ context.Context, j *river.Job[pokeArgs]) error {
		started <- j.Args.Name
		return nil
	}, nil)
	e.update(t, func(tx store.Tx) error { return tx.Enqueue(ctx, pokeArgs{"after"}, nil) })
	if name := receive(t, started, "a job"); name != "after" {
		t.Errorf("job %q of a rolled back transaction started", name)
	}
}

func testRollbackOnError(t *testing.T, e *env) {
	ctx := context.Background()
	want := errors.New("no")
	wantErr(t, e.Update(ctx, func(tx store.Tx) error { writeAll(ctx, t, tx); return want }), want)
	nothingWritten(t, e)
}

func testRollbackOnPanic(t *testing.T, e *env) {
	ctx := context.Background()
	func() {
		defer func() {
			if v := recover(); v != "boom" {
				t.Errorf("the panic became %v", v)
			}
		}()
		_ = e.Update(ctx, func(tx store.Tx) error { writeAll(ctx, t, tx); panic("boom") })
	}()
	func() {
		defer func() { _ = recover() }()
		_ = e.View(ctx, func(store.Reader) error { panic("boom") })
	}()
	nothingWritten(t, e)
}

func testRollbackOnCancel(t *testing.T, e *env) {
	ctx, cancel := context.WithCancel(context.Background())
	err := e.Update(ctx, func(tx store.Tx) error { writeAll(ctx, t, tx); cancel(); return nil })
	wantErr(t, err, context.Canceled)
	nothingWritten(t, e)
}

func testViewIsOneMoment(t *testing.T, e *env) {
	ctx := context.Background()
	set := func(v string) { e.update(t, func(tx store.Tx) error { return tx.PutValue(ctx, "k", v) }) }
	set("old")
	e.view(t, func(r store.Reader) error {
		same(t, "before", "old", get(t, func() (string, error) { return r.Value(ctx, "k") }))
		set("new") // does not wait for the reader either
		same(t, "after", "old", get(t, func() (string, error) { return r.Value(ctx, "k") }))
		return nil
	})
	e.view(t, func(r store.Reader) error {
		same(t, "the next view", "new", get(t, func() (string, error) { return r.Value(ctx, "k") }))
		return nil
	})
}

func testViewDoesNotWait(t *testing.T, e *env) {
	ctx := context.Background()
	e.update(t, func(tx store.Tx) error { return tx.PutValue(ctx, "k", "committed") })
	e.update(t, func(tx store.Tx) error {
		ok(t, tx.PutValue(ctx, "k", "not yet"))
		e.view(t, func(r store.Reader) error { // in the middle of the write transaction
			same(t, "value", "committed", get(t, func() (string, error) { return r.Value(ctx, "k") }))
			return nil
		})
		return nil
	})
}

func testViewIsCurrent(t *testing.T, e *env) {
	ctx := context.Background()
	for i := range 50 {
		v := strconv.Itoa(i)
		e.update(t, func(tx store.Tx) error { return tx.PutValue(ctx, "k", v) })
		e.view(t, func(r store.Reader) error {
			same(t, "value", v, get(t, func() (string, error) { return r.Value(ctx, "k") }))
			return nil
		})
	}
}

func testConcurrentUpdates(t *testing.T, e *env) {
	const writers, each = 8, 10
	ctx := context.Background()
	e.update(t, func(tx store.Tx) error { return tx.PutValue(ctx, "n", "0") })
	var all sync.WaitGroup
	for range writers {
		all.Go(func() {
			for range each {
				if err := e.Update(ctx, func(tx store.Tx) error {
					v, err := tx.Value(ctx, "n")
					if err != nil {
						return err
					}
					n, err := strconv.Atoi(v)
					if err != nil {
						return err
					}
					return tx.PutValue(ctx, "n", strconv.Itoa(n+1))
				}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	e.view(t, func(r store.Reader) error {
		same(t, "sum", strconv.Itoa(writers*each), get(t, func() (string, error) { return r.Value(ctx, "n") }))
		return nil
	})
}

func testClosed(t *testing.T, e *env) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	ok(t, e.Close())
	wantErr(t, e.Update(ctx, func(store.Tx) error { return nil }), store.ErrClosed)
	wantErr(t, e.View(ctx, func(store.Reader) error { return nil }), store.ErrClosed)
	_, err := e.Ingest(ctx, store.Delivery{ID: "d"}, nil)
	wantErr(t, err, store.ErrClosed)
	ok(t, e.Close()) // closing twice is harmless
}
