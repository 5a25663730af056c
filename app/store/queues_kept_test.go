package store

import (
	"context"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver"
)

// River's cleaner goes by the machine's clock: a queue whose row looks old stays all the same, and can be read and paused.
func TestQueuesAreKept(t *testing.T) {
	ctx := t.Context()
	longAgo := func() time.Time { return time.Now().Add(-5 * 24 * time.Hour) }
	opened, err := OpenSQLite(ctx, filepath.Join(t.TempDir(), "oioi.db"), Options{Logger: slog.New(slog.DiscardHandler), Clock: longAgo})
	if err != nil {
		t.Fatal(err)
	}
	defer opened.Close()
	s := opened.(*sqliteStore)
	if err := s.Work(ctx, benchWorkers(nil), WorkOptions{}); err != nil {
		t.Fatal(err)
	}
	executor := s.queue.work.client.Driver().GetExecutor()
	if _, err := executor.QueueDeleteExpired(context.Background(), &riverdriver.QueueDeleteExpiredParams{Max: 10, UpdatedAtHorizon: time.Now()}); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{river.QueueDefault, QueueInbox} {
		if _, err := executor.QueueGet(ctx, &riverdriver.QueueGetParams{Name: name}); err != nil {
			t.Errorf("the queue %s: %v", name, err)
		}
	}
}
