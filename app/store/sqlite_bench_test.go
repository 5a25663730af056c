package store

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riversqlite"
)

type benchArgs struct {
	N int `json:"n"`
}

func (benchArgs) Kind() string { return "bench" }

func (benchArgs) InsertOpts() river.InsertOpts {
	return river.InsertOpts{UniqueOpts: river.UniqueOpts{ByArgs: true, ByState: WhileUnfinished()}}
}

func openBench(b *testing.B) *sqliteStore {
	b.Helper()
	s, err := OpenSQLite(context.Background(), filepath.Join(b.TempDir(), "b.db"), Options{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { s.Close() })
	return s.(*sqliteStore)
}

func benchWorkers(started chan<- time.Time) *river.Workers {
	w := river.NewWorkers()
	river.AddWorker(w, river.WorkFunc(func(context.Context, *river.Job[benchArgs]) error {
		started <- time.Now()
		return nil
	}))
	return w
}

func percentiles(b *testing.B, took []time.Duration, name string) {
	slices.Sort(took)
	ms := func(q float64) float64 { return float64(took[int(q*float64(len(took)-1))]) / 1e6 }
	b.ReportMetric(ms(.5), name+"-p50-ms")
	b.ReportMetric(ms(.99), name+"-p99-ms")
	b.ReportMetric(0, "ns/op")
}

// BenchmarkInsertToStart measures from the commit's begin to the job's first line, one job at a time, beside River's own
// SQLite driver, which asks the database for notifications every 50 ms.
func BenchmarkInsertToStart(b *testing.B) {
	ctx := context.Background()
	run := func(b *testing.B, insert func(int) error, started <-chan time.Time) {
		took := make([]time.Duration, 0, b.N)
		for i := range b.N {
			begun := time.Now()
			if err := insert(i); err != nil {
				b.Fatal(err)
			}
			took = append(took, (<-started).Sub(begun))
		}
		percentiles(b, took, "start")
	}
	b.Run("Enqueue", func(b *testing.B) {
		s, started := openBench(b), make(chan time.Time, 1)
		if err := s.Work(ctx, benchWorkers(started), WorkOptions{}); err != nil {
			b.Fatal(err)
		}
		defer s.Stop(ctx)
		run(b, func(i int) error {
			return s.Update(ctx, func(tx Tx) error { return tx.Enqueue(ctx, benchArgs{i}, nil) })
		}, started)
	})
	b.Run("Ingest", func(b *testing.B) {
		s, started := openBench(b), make(chan time.Time, 1)
		if err := s.Work(ctx, benchWorkers(started), WorkOptions{}); err != nil {
			b.Fatal(err)
		}
		defer s.Stop(ctx)
		run(b, func(i int) error {
			_, err := s.Ingest(ctx, Delivery{ID: fmt.Sprint(i), Payload: payload()}, benchArgs{i})
			return err
		}, started)
	})
	b.Run("RiversOwnListener", func(b *testing.B) {
		s, started := openBench(b), make(chan time.Time, 1)
		client := stockClient(b, s, started)
		defer client.Stop(ctx)
		run(b, func(i int) error {
			return s.inTx(ctx, func(tx *sql.Tx) error {
				_, err := client.InsertTx(ctx, tx, benchArgs{i}, nil)
				return err
			})
		}, started)
	})
}

// stockClient works the queue as River does by itself, at its fastest settings.
func stockClient(b *testing.B, s *sqliteStore, started chan<- time.Time) *river.Client[*sql.Tx] {
	c := s.river.config()
	c.Queues = map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: defaultWorkers}}
	c.Workers = benchWorkers(started)
	c.FetchCooldown, c.FetchPollInterval = fetchCooldown, fetchPoll
	client, err := river.NewClient(riversqlite.New(s.write), c)
	if err != nil {
		b.Fatal(err)
	}
	if err := client.Start(context.Background()); err != nil {
		b.Fatal(err)
	}
	return client
}

// payload is JSON of the size and the repetitiveness of an `issues` event.
var payload = sync.OnceValue(func() []byte {
	var out bytes.Buffer
	out.WriteString(`{"action":"opened","issue":{`)
	for i := 0; out.Len() < 14<<10; i++ {
		fmt.Fprintf(&out, `"field_%d_url":"https://api.github.com/repos/acme/support/issues/%d/comments{/id}","node%d":"%x",`,
			i, i*7919, i, i*2654435761)
	}
	out.WriteString(`"end":1}}`)
	return out.Bytes()
})

// BenchmarkIngest counts durable deliveries a second, beside an append and an fsync for each of the same bytes.
func BenchmarkIngest(b *testing.B) {
	ctx := context.Background()
	for _, callers := range []int{1, 8, 64} {
		b.Run(fmt.Sprintf("SQLite/callers=%d", callers), func(b *testing.B) {
			s := openBench(b)
			var n atomic.Int64
			inParallel(b, callers, func() error {
				i := n.Add(1)
				_, err := s.Ingest(ctx, Delivery{ID: fmt.Sprintf("72d3162e-cc78-11e3-81ab-%012x", i*2654435761),
					Event: "issues", TicketKey: "7/1", Payload: payload()}, benchArgs{int(i) % 100})
				return err
			})
		})
		b.Run(fmt.Sprintf("AppendAndSync/callers=%d", callers), func(b *testing.B) {
			f, err := os.Create(filepath.Join(b.TempDir(), "log"))
			if err != nil {
				b.Fatal(err)
			}
			defer f.Close()
			packed, err := deflate(payload())
			if err != nil {
				b.Fatal(err)
			}
			var mu sync.Mutex
			inParallel(b, callers, func() error {
				mu.Lock()
				defer mu.Unlock()
				if _, err := f.Write(packed); err != nil {
					return err
				}
				return f.Sync()
			})
		})
	}
}

// inParallel calls do b.N times from so many goroutines.
func inParallel(b *testing.B, callers int, do func() error) {
	took := make([]time.Duration, b.N)
	var next atomic.Int64
	var all sync.WaitGroup
	begun := time.Now()
	for range callers {
		all.Go(func() {
			for i := next.Add(1) - 1; i < int64(b.N); i = next.Add(1) - 1 {
				start := time.Now()
				if err := do(); err != nil {
					b.Error(err)
					return
				}
				took[i] = time.Since(start)
			}
		})
	}
	all.Wait()
	b.ReportMetric(float64(b.N)/time.Since(begun).Seconds(), "acks/s")
	percentiles(b, took, "ack")
}

// BenchmarkOpen measures opening a database that is there already, and making a new one.
func BenchmarkOpen(b *testing.B) {
	open := func(b *testing.B, path func(int) string) {
		for i := range b.N {
			s, err := OpenSQLite(context.Background(), path(i), Options{Logger: slog.New(slog.DiscardHandler)})
			if err != nil {
				b.Fatal(err)
			}
			if err := s.Close(); err != nil {
				b.Fatal(err)
			}
		}
	}
	b.Run("Existing", func(b *testing.B) {
		path := filepath.Join(b.TempDir(), "b.db")
		open(b, func(int) string { return path })
	})
	b.Run("New", func(b *testing.B) {
		dir := b.TempDir()
		open(b, func(i int) string { return filepath.Join(dir, fmt.Sprint(i)) })
	})
	b.Run("Temporary", func(b *testing.B) { open(b, func(int) string { return "" }) })
}
