package store

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

func openFault(t *testing.T, path string) *sqliteStore {
	t.Helper()
	s, err := OpenSQLite(context.Background(), path, Options{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s.(*sqliteStore)
}

func wantMessage(t *testing.T, err, kind error, parts ...string) {
	t.Helper()
	if !errors.Is(err, kind) {
		t.Fatalf("error is %v, want %v", err, kind)
	}
	for _, part := range parts {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("the message does not say %q: %v", part, err)
		}
	}
}

func TestSecondProcessIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.db")
	s := openFault(t, path)
	_, err := OpenSQLite(context.Background(), path, Options{})
	wantMessage(t, err, ErrLocked, path, fmt.Sprint(os.Getpid()), "stop that first")
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	openFault(t, path) // the lock went with the store
}

func TestFullDisk(t *testing.T) {
	ctx := context.Background()
	s := openFault(t, filepath.Join(t.TempDir(), "a.db"))
	var pages int
	if err := s.write.QueryRow(`PRAGMA page_count`).Scan(&pages); err != nil {
		t.Fatal(err)
	}
	limit := func(n int) {
		if _, err := s.write.Exec(fmt.Sprintf(`PRAGMA max_page_count(%d)`, n)); err != nil { // SQLite answers as if the disk were full
			t.Fatal(err)
		}
	}
	limit(pages + 4)
	large := make([]byte, 1<<20)
	for i := range large {
		large[i] = byte(rand.Uint32())
	}
	// Several at once: that one does not fit must not be hidden by the others, nor must any be acknowledged in vain.
	var all sync.WaitGroup
	for i := range 4 {
		all.Go(func() {
			fresh, err := s.Ingest(ctx, Delivery{ID: fmt.Sprint(i), Payload: large}, nil)
			if fresh || !errors.Is(err, ErrFull) {
				t.Errorf("fresh %v, error %v", fresh, err)
			}
		})
	}
	all.Wait()
	err := s.Update(ctx, func(tx Tx) error { return tx.PutValue(ctx, "k", string(large)) })
	wantMessage(t, err, ErrFull, s.path, "free space")
	limit(1 << 30)
	if fresh, err := s.Ingest(ctx, Delivery{ID: "1", Payload: large}, nil); err != nil || !fresh {
		t.Errorf("once there is space again: fresh %v, error %v", fresh, err)
	}
}

func TestDamagedDatabase(t *testing.T) {
	ctx := context.Background()
	t.Run("not a database", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "a.db")
		if err := os.WriteFile(path, bytes.Repeat([]byte("no database "), 1000), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := OpenSQLite(ctx, path, Options{})
		wantMessage(t, err, ErrDamaged, path, "backup", ".recover")
	})
	t.Run("damaged while closed", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "a.db")
		s := openFault(t, path)
		for i := range 50 {
			if _, err := s.Ingest(ctx, Delivery{ID: fmt.Sprint(i), TicketKey: "7/1", Payload: []byte("{}")}, nil); err != nil {
				t.Fatal(err)
			}
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for i := 3 * 4096; i < len(b); i++ { // beyond the schema
			b[i] ^= 0x5a
		}
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		broken, err := OpenSQLite(ctx, path, Options{})
		if err == nil {
			defer broken.Close()
			_, err = broken.Ingest(ctx, Delivery{ID: "new", TicketKey: "7/1"}, nil)
		}
		wantMessage(t, err, ErrDamaged, path, "backup")
	})
}

func TestNewerDatabase(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.db")
	s := openFault(t, path)
	if _, err := s.write.Exec(`INSERT INTO oioi_migration VALUES (9999, '9999_future.sql', 0)`); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	_, err := OpenSQLite(context.Background(), path, Options{})
	wantMessage(t, err, ErrNewer, path, "9999", "upgrade")
}

func TestLockedByAnotherProgram(t *testing.T) {
	ctx := context.Background()
	path := filepath.Join(t.TempDir(), "a.db")
	s := openFault(t, path)
	if _, err := s.write.Exec(`PRAGMA busy_timeout(1)`); err != nil {
		t.Fatal(err)
	}
	other, err := sql.Open("sqlite", path) // a program that does not know our lock
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	other.SetMaxOpenConns(1)
	if _, err := other.Exec(`BEGIN IMMEDIATE`); err != nil {
		t.Fatal(err)
	}
	fresh, err := s.Ingest(ctx, Delivery{ID: "d"}, nil)
	wantMessage(t, err, ErrLocked, path, "close it")
	if fresh {
		t.Error("acknowledged")
	}
	if _, err := other.Exec(`ROLLBACK`); err != nil {
		t.Fatal(err)
	}
	if fresh, err := s.Ingest(ctx, Delivery{ID: "d"}, nil); err != nil || !fresh {
		t.Errorf("afterwards: fresh %v, error %v", fresh, err)
	}
}

func TestDurabilityIsAskedFor(t *testing.T) {
	s := openFault(t, filepath.Join(t.TempDir(), "a.db"))
	for pragma, want := range map[string]string{"journal_mode": "wal", "synchronous": "2"} { // 2 is FULL
		var got string
		if err := s.write.QueryRow(`PRAGMA ` + pragma).Scan(&got); err != nil || got != want {
			t.Errorf("%s is %q (%v), want %q", pragma, got, err, want)
		}
	}
	if _, err := s.read.Exec(`DELETE FROM value`); err == nil {
		t.Error("a reading connection could write")
	}
}

func TestTemporaryDatabase(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	t.Setenv("TMP", os.Getenv("TMPDIR"))
	killed := openFault(t, "")
	a, b := openFault(t, ""), openFault(t, ":memory:") // two are two, and leave each other alone
	ctx := context.Background()
	if err := a.Update(ctx, func(tx Tx) error { return tx.PutValue(ctx, "k", "a") }); err != nil {
		t.Fatal(err)
	}
	if err := b.View(ctx, func(r Reader) error { _, err := r.Value(ctx, "k"); return err }); !errors.Is(err, ErrNotFound) {
		t.Errorf("one temporary database sees another: %v", err)
	}
	folder := a.temp
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(folder); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("Close left %s: %v", folder, err)
	}
	killed.lock.Close() // as the end of a process does
	openFault(t, "")
	if _, err := os.Stat(killed.temp); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("what a killed process left was not removed: %v", err)
	}
	if _, err := os.Stat(b.temp); err != nil {
		t.Errorf("a temporary database in use was removed: %v", err)
	}
}

// Processes that start and end side by side take nobody's new folder for one that was left behind, and leave nothing.
func TestTemporaryFoldersAtOnce(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	t.Setenv("TMP", os.Getenv("TMPDIR"))
	var all sync.WaitGroup
	for range 16 {
		all.Go(func() {
			for range 100 {
				dir, lock, err := tempFolder()
				if err != nil {
					t.Error(err)
					return
				}
				if f, err := lockFile(lock.Name(), 0); !errors.Is(err, errHeld) {
					t.Errorf("the lock in a folder that is in use: %v", err)
					_ = f.Close()
				}
				s := sqliteStore{temp: dir, lock: lock}
				if err := s.release(); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	if left, err := os.ReadDir(os.TempDir()); err != nil || len(left) > 0 {
		t.Errorf("%d folders are left (%v)", len(left), err)
	}
}

// A job may be what kills the process. It must neither be given up nor kill each new process as soon as it starts.
func TestJobThatEndsItsProcess(t *testing.T) {
	ctx := context.Background()
	path := filepath.Join(t.TempDir(), "a.db")
	s := openFault(t, path)
	if err := s.Update(ctx, func(tx Tx) error {
		for i := range 2 {
			if err := tx.Enqueue(ctx, benchArgs{i}, nil); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	// What a kill leaves behind in its first, and in its last attempt.
	if _, err := s.write.Exec(`UPDATE river_job SET state = 'running',
		attempt = CASE args ->> 'n' WHEN 0 THEN 1 ELSE max_attempts END`); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = openFault(t, path)
	states := map[int]string{}
	rows, err := s.write.Query(`SELECT args ->> 'n', state || CASE WHEN scheduled_at > datetime('now', '+9 minutes')
		AND max_attempts > attempt THEN ' in ten minutes' ELSE '' END FROM river_job`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var n int
		var state string
		if err := rows.Scan(&n, &state); err != nil {
			t.Fatal(err)
		}
		states[n] = state
	}
	if states[0] != "available" || states[1] != "retryable in ten minutes" {
		t.Errorf("the jobs are %v", states)
	}
}

func FuzzPayload(f *testing.F) {
	f.Add([]byte(`{"action":"opened"}`))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, b []byte) {
		packed, err := deflate(b)
		if err != nil {
			t.Fatal(err)
		}
		got, err := inflate(packed)
		if err != nil || !bytes.Equal(got, b) {
			t.Fatalf("%q became %q, error %v", b, got, err)
		}
		if got, err := inflate(b); err == nil && len(got) > 1<<30 { // anything may stand in a damaged file
			t.Fatal("enormous")
		}
	})
}
