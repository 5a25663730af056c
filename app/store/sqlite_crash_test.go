package store_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/riverqueue/river"

	"github.com/oioi-app/oioi/app/store"
)

const crashEnv = "OIOI_TEST_CRASH_DATABASE" // set in the child process that is to be killed

type crashArgs struct {
	Ticket string `json:"ticket"`
}

func (crashArgs) Kind() string { return "crash" }

func (crashArgs) InsertOpts() river.InsertOpts {
	return river.InsertOpts{UniqueOpts: river.UniqueOpts{ByArgs: true, ByState: store.WhileUnfinished()}}
}

// TestSQLiteSurvivesKill kills a process in the middle of its commits, several times over on one database. Whatever it
// said it had committed must be there, what belongs together must be there together, and a job that ran starts again.
func TestSQLiteSurvivesKill(t *testing.T) {
	if path := os.Getenv(crashEnv); path != "" {
		crashChild(path)
		return
	}
	path := filepath.Join(t.TempDir(), "crash.db")
	acked := map[string]bool{}
	for round := range 3 {
		child := exec.Command(os.Args[0], "-test.run=^TestSQLiteSurvivesKill$")
		child.Env = append(os.Environ(), crashEnv+"="+path, fmt.Sprint("OIOI_TEST_CRASH_ROUND=", round))
		child.Stderr = os.Stderr
		out, err := child.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := child.Start(); err != nil {
			t.Fatal(err)
		}
		lines, running := bufio.NewScanner(out), false
		for n := 0; lines.Scan(); { // what the pipe still holds after the kill was acknowledged, too
			running = running || lines.Text() == "running"
			if id, ok := strings.CutPrefix(lines.Text(), "acked "); ok {
				acked[id] = true
				n++
			}
			if n == 60 && running {
				if err := child.Process.Kill(); err != nil {
					t.Fatal(err)
				}
				n++
			}
		}
		_ = child.Wait() // killed
		if !running {
			t.Fatal("no job was running when the child was killed")
		}
	}

	ctx := context.Background()
	s, err := store.OpenSQLite(ctx, path, store.Options{Logger: logger(t)})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := s.View(ctx, func(r store.Reader) error {
		for id := range acked {
			if strings.HasPrefix(id, "value") {
				a, err := r.Value(ctx, id)
				b, errB := r.Value(ctx, id+" twin")
				if err != nil || errB != nil || a != b {
					t.Errorf("%s: %q %v, its twin %q %v", id, a, err, b, errB)
				}
			} else if _, err := r.Delivery(ctx, id); err != nil {
				t.Errorf("acknowledged, then lost: %v", err)
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if len(acked) < 180 {
		t.Errorf("only %d commits were acknowledged", len(acked))
	}
	started := make(chan int, 1)
	workers := river.NewWorkers()
	river.AddWorker(workers, river.WorkFunc(func(_ context.Context, j *river.Job[crashArgs]) error {
		started <- j.Attempt
		return nil
	}))
	if err := s.Work(ctx, workers, store.WorkOptions{}); err != nil {
		t.Fatal(err)
	}
	defer s.Stop(ctx)
	select {
	case attempt := <-started:
		if attempt < 2 {
			t.Errorf("attempt %d: the attempts that a kill ended do not count", attempt)
		}
	case <-time.After(30 * time.Second):
		t.Error("the job that was running when its process was killed did not start again")
	}
}

// crashChild commits in two ways, says what it has committed, and works a job that never ends, until it is killed.
func crashChild(path string) {
	ctx := context.Background()
	s, err := store.OpenSQLite(ctx, path, store.Options{})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	workers := river.NewWorkers()
	river.AddWorker(workers, river.WorkFunc(func(ctx context.Context, j *river.Job[crashArgs]) error {
		fmt.Println("running")
		<-ctx.Done()
		return ctx.Err()
	}))
	if err := s.Work(ctx, workers, store.WorkOptions{}); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	round := os.Getenv("OIOI_TEST_CRASH_ROUND")
	var all sync.WaitGroup
	for w := range 4 {
		all.Go(func() {
			for i := 0; ; i++ {
				id := fmt.Sprintf("delivery %s-%d-%d", round, w, i)
				if _, err := s.Ingest(ctx, store.Delivery{ID: id, TicketKey: "7/1"}, crashArgs{"7/1"}); err == nil {
					fmt.Println("acked", id)
				}
				id = fmt.Sprintf("value %s-%d-%d", round, w, i)
				if err := s.Update(ctx, func(tx store.Tx) error {
					if err := tx.PutValue(ctx, id, "x"); err != nil {
						return err
					}
					return tx.PutValue(ctx, id+" twin", "x")
				}); err == nil {
					fmt.Println("acked", id)
				}
			}
		})
	}
	all.Wait()
}
