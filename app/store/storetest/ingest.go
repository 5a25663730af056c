package storetest

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/riverqueue/river"

	"github.com/oioi-app/oioi/app/store"
)

var ingestTests = []test{
	{"a delivery is there when Ingest returns", testIngestIsCommitted},
	{"a known id changes nothing", testDuplicate},
	{"one of many equal deliveries is fresh", testConcurrentDuplicates},
	{"a delivery without an id is refused", testNoID},
	{"a delivery that cannot be stored does not harm its neighbours", testBadNeighbour},
	{"a caller who has given up is not waited for", testIngestCancelled},
	{"a delivery's job starts", testIngestStartsJob},
	{"old deliveries are forgotten, no sooner than promised", testPrune},
}

func testIngestIsCommitted(t *testing.T, e *env) {
	ctx := context.Background()
	var all sync.WaitGroup
	for i := range 40 {
		all.Go(func() {
			id := fmt.Sprint("d", i)
			fresh, err := e.Ingest(ctx, store.Delivery{ID: id, TicketKey: "7/1", Payload: []byte(id)}, boxArgs{"7/1"})
			if err != nil || !fresh {
				t.Errorf("%s: fresh %v, error %v", id, fresh, err)
				return
			}
			if err := e.View(ctx, func(r store.Reader) error {
				d, err := r.Delivery(ctx, id)
				if err == nil && string(d.Payload) != id {
					err = fmt.Errorf("the payload became %q", d.Payload)
				}
				return err
			}); err != nil {
				t.Errorf("%s right after Ingest: %v", id, err)
			}
		})
	}
	all.Wait()
}

func testDuplicate(t *testing.T, e *env) {
	ctx := context.Background()
	first := store.Delivery{ID: "d", Event: "issues", TicketKey: "7/1", ReceivedAt: at, Payload: []byte("1"), State: store.DeliveryNew}
	if fresh, err := e.Ingest(ctx, first, nil); err != nil || !fresh {
		t.Fatalf("fresh %v, error %v", fresh, err)
	}
	second := store.Delivery{ID: "d", Event: "other", TicketKey: "7/2", Payload: []byte("2")}
	if fresh, err := e.Ingest(ctx, second, pokeArgs{"duplicate"}); err != nil || fresh {
		t.Fatalf("fresh %v, error %v", fresh, err)
	}
	e.view(t, func(r store.Reader) error {
		same(t, "delivery", first, get(t, func() (store.Delivery, error) { return r.Delivery(ctx, "d") }))
		return nil
	})
	started := make(chan string, 9)
	e.work(t, store.WorkOptions{Workers: 1}, func(_ context.Context, j *river.Job[pokeArgs]) error {
		started <- j.Args.Name
		return nil
	}, nil)
	e.update(t, func(tx store.Tx) error { return tx.Enqueue(ctx, pokeArgs{"after"}, nil) })
	same(t, "the first job", "after", receive(t, started, "a job"))
}

func testConcurrentDuplicates(t *testing.T, e *env) {
	ctx := context.Background()
	const ids, copies = 10, 8
	var fresh [ids]atomic.Int64
	var all sync.WaitGroup
	for range copies {
		for i := range ids {
			all.Go(func() {
				first, err := e.Ingest(ctx, store.Delivery{ID: fmt.Sprint("d", i), TicketKey: "7/1"}, boxArgs{"7/1"})
				if err != nil {
					t.Error(err)
				}
				if first {
					fresh[i].Add(1)
				}
			})
		}
	}
	all.Wait()
	for i := range fresh {
		if n := fresh[i].Load(); n != 1 {
			t.Errorf("delivery %d was fresh %d times", i, n)
		}
	}
	e.view(t, func(r store.Reader) error {
		if n := len(get(t, func() ([]store.Delivery, error) { return r.Inbox(ctx, "7/1") })); n != ids {
			t.Errorf("%d deliveries are in the inbox, want %d", n, ids)
		}
		return nil
	})
}

func testNoID(t *testing.T, e *env) {
	if fresh, err := e.Ingest(context.Background(), store.Delivery{Event: "issues"}, nil); err == nil || fresh {
		t.Errorf("fresh %v, error %v", fresh, err)
	}
}

// brokenArgs cannot be written as JSON.
type brokenArgs struct{}

func (brokenArgs) Kind() string                 { return "broken" }
func (brokenArgs) MarshalJSON() ([]byte, error) { return nil, fmt.Errorf("no JSON") }

func testBadNeighbour(t *testing.T, e *env) {
	ctx := context.Background()
	var all sync.WaitGroup
	e.update(t, func(store.Tx) error { // hold the writer, so that they end up in one commit
		for i := range 6 {
			all.Go(func() {
				var wake river.JobArgs = boxArgs{"7/1"}
				if i == 3 {
					wake = brokenArgs{}
				}
				fresh, err := e.Ingest(ctx, store.Delivery{ID: fmt.Sprint("d", i), TicketKey: "7/1"}, wake)
				if bad := i == 3; fresh == bad || (err != nil) != bad {
					t.Errorf("delivery %d: fresh %v, error %v", i, fresh, err)
				}
			})
		}
		return nil
	})
	all.Wait()
	e.view(t, func(r store.Reader) error {
		_, err := r.Delivery(ctx, "d3")
		wantErr(t, err, store.ErrNotFound)
		return nil
	})
}

func testIngestCancelled(t *testing.T, e *env) {
	ctx, cancel := context.WithCancel(context.Background())
	failed := make(chan error, 1)
	e.update(t, func(store.Tx) error { // while the writer is busy nothing can be committed
		go func() {
			_, err := e.Ingest(ctx, store.Delivery{ID: "d"}, nil)
			failed <- err
		}()
		cancel()
		wantErr(t, receive(t, failed, "Ingest to return"), context.Canceled)
		return nil
	})
	if _, err := e.Ingest(context.Background(), store.Delivery{ID: "d"}, nil); err != nil { // sending it again is harmless
		t.Fatal(err)
	}
	e.view(t, func(r store.Reader) error { _, err := r.Delivery(context.Background(), "d"); return err })
}

func testIngestStartsJob(t *testing.T, e *env) {
	ctx := context.Background()
	started := make(chan string, 1)
	e.work(t, store.WorkOptions{}, nil, func(ctx context.Context, j *river.Job[boxArgs]) error {
		return e.View(ctx, func(r store.Reader) error {
			inbox, err := r.Inbox(ctx, j.Args.Ticket)
			started <- fmt.Sprint(len(inbox))
			return err
		})
	})
	if _, err := e.Ingest(ctx, store.Delivery{ID: "d", TicketKey: "7/1"}, boxArgs{"7/1"}); err != nil {
		t.Fatal(err)
	}
	same(t, "deliveries that the job sees", "1", receive(t, started, "the job"))
}

func testPrune(t *testing.T, e *env) {
	ctx := context.Background()
	now := e.clock.Now()
	for id, age := range map[string]time.Duration{"ancient": 90, "old": 31, "young": 29, "unhandled": 400} {
		if _, err := e.Ingest(ctx, store.Delivery{ID: id, ReceivedAt: now.Add(-age * 24 * time.Hour)}, nil); err != nil {
			t.Fatal(err)
		}
		if id != "unhandled" {
			e.update(t, func(tx store.Tx) error { return tx.MarkDelivery(ctx, id, store.DeliveryDone, "") })
		}
	}
	left := func() (ids []string) {
		e.view(t, func(r store.Reader) error {
			for _, id := range []string{"ancient", "old", "young", "unhandled"} {
				if _, err := r.Delivery(ctx, id); err == nil {
					ids = append(ids, id)
				}
			}
			return nil
		})
		return ids
	}
	n, err := e.PruneDeliveries(ctx, now.Add(-60*24*time.Hour))
	ok(t, err)
	same(t, "removed", 1, n)
	same(t, "left", []string{"old", "young", "unhandled"}, left())
	n, err = e.PruneDeliveries(ctx, now) // asks for more than is allowed
	ok(t, err)
	same(t, "removed", 1, n)
	same(t, "left", []string{"young", "unhandled"}, left())
}
