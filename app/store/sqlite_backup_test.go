package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
)

// A backup is made while deliveries come in. It holds a moment of them: everything that was acknowledged before it began.
// What was in the outbox then may have been done since, so a restored OiOi looks first.
func TestBackupWhileRunningRestores(t *testing.T) {
	ctx := context.Background()
	dir := t.TempDir()
	s := openFault(t, filepath.Join(dir, "a.db"))
	ingest := func(id string) {
		if _, err := s.Ingest(ctx, Delivery{ID: id, TicketKey: "7/1", Payload: []byte(id)}, nil); err != nil {
			t.Error(err)
		}
	}
	for i := range 50 {
		ingest(fmt.Sprint("before-", i))
	}
	if err := s.Update(ctx, func(tx Tx) error {
		return errors.Join(tx.PutEffect(ctx, Effect{Key: "waits", TicketKey: "7/1", State: EffectProposed}),
			tx.PutEffect(ctx, Effect{Key: "stands", TicketKey: "7/1", State: EffectDone}))
	}); err != nil {
		t.Fatal(err)
	}
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		for i := 0; ; i++ {
			select {
			case <-stop:
				return
			default:
				ingest(fmt.Sprint("during-", i))
			}
		}
	}()
	file := filepath.Join(dir, "backup.db")
	size, err := BackupSQLite(ctx, s.path, file)
	close(stop)
	<-stopped
	if err != nil || size == 0 {
		t.Fatalf("%d bytes, error %v", size, err)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the backup's mode is %v (%v): others may read it", info.Mode(), err)
	}
	if _, err := BackupSQLite(ctx, s.path, file); !errors.Is(err, fs.ErrExist) {
		t.Errorf("an existing backup is overwritten: %v", err)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "*.part*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
	if err := s.View(ctx, func(r Reader) error { _, err := r.Value(ctx, RestoredKey); return err }); !errors.Is(err, ErrNotFound) {
		t.Errorf("the original takes itself for a restored one: %v", err)
	}

	restored := openFault(t, file)
	if err := restored.View(ctx, func(r Reader) error {
		for i := range 50 {
			id := fmt.Sprint("before-", i)
			if d, err := r.Delivery(ctx, id); err != nil || !bytes.Equal(d.Payload, []byte(id)) {
				t.Errorf("%s: %v", id, err)
			}
		}
		waits, err1 := r.Effect(ctx, "waits")
		stands, err2 := r.Effect(ctx, "stands")
		if waits.State != EffectAttempting || stands.State != EffectDone {
			t.Errorf("the effects are %s and %s", waits.State, stands.State)
		}
		_, err3 := r.Value(ctx, RestoredKey)
		return errors.Join(err1, err2, err3)
	}); err != nil {
		t.Error(err)
	}
	if fresh, err := restored.Ingest(ctx, Delivery{ID: "after"}, nil); err != nil || !fresh {
		t.Errorf("the restored database takes nothing in: %v", err)
	}
}

func TestBackupOfWhatIsNoDatabase(t *testing.T) {
	ctx := context.Background()
	dir := t.TempDir()
	path, file := filepath.Join(dir, "a.db"), filepath.Join(dir, "b.db")
	if _, err := BackupSQLite(ctx, path, file); err == nil || !bytes.Contains([]byte(err.Error()), []byte("there is no database")) {
		t.Errorf("error is %v", err)
	}
	if err := os.WriteFile(path, bytes.Repeat([]byte("no database "), 1000), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := BackupSQLite(ctx, path, file)
	wantMessage(t, err, ErrDamaged, path)
	if _, err := os.Stat(file); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("something was written: %v", err)
	}
}

// An old database is brought up to date with what it holds.
func TestMigrationFromTheFirstVersion(t *testing.T) {
	ctx := context.Background()
	path := filepath.Join(t.TempDir(), "a.db")
	first, err := migrations.ReadFile("migrations/0001_first.sql")
	if err != nil {
		t.Fatal(err)
	}
	db := openDB(dsn(path, nil))
	for _, text := range []string{string(first),
		`CREATE TABLE oioi_migration (version INTEGER PRIMARY KEY, name TEXT NOT NULL, at INTEGER NOT NULL) STRICT`,
		`INSERT INTO oioi_migration VALUES (1, '0001_first.sql', 0)`,
		`INSERT INTO run VALUES ('r', '7/1', 1, 'finished', CAST('{"shape":1,"settings_id":"settings/x","state":{"accepted":[{"input_hash":"mine"}]}}' AS BLOB), 0, NULL), ('empty', '7/2', 1, 'gathering', NULL, 0, NULL)`,
		`INSERT INTO answer VALUES ('mine', NULL, 0), ('other', NULL, 0)`} {
		if _, err := db.Exec(text); err != nil {
			t.Fatal(text, err)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := ReadSQLite(ctx, path); err == nil || !bytes.Contains([]byte(err.Error()), []byte("oioi migrate")) {
		t.Errorf("an old database is read: %v", err)
	}
	newest, _ := newestMigration()
	if before, after, err := MigrateSQLite(ctx, path, slog.New(slog.DiscardHandler)); before != 1 || after != newest || err != nil {
		t.Fatalf("from %d to %d: %v", before, after, err)
	}
	s, err := ReadSQLite(ctx, path)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := s.View(ctx, func(r Reader) error {
		run, err1 := r.Run(ctx, "r")
		mine, err2 := r.Answer(ctx, "mine")
		other, err3 := r.Answer(ctx, "other")
		if run.Keeps != "settings/x" || mine.TicketKey != "7/1" || other.TicketKey != "" {
			t.Errorf("run keeps %q; answers of %q and %q", run.Keeps, mine.TicketKey, other.TicketKey)
		}
		return errors.Join(err1, err2, err3)
	}); err != nil {
		t.Error(err)
	}
}
