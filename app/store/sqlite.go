package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/riverqueue/river"
)

// Options for a store; zero values mean the defaults.
type Options struct {
	Logger *slog.Logger     // default slog.Default()
	Clock  func() time.Time // for the times of rows and jobs, in tests; default the system's clock
}

// sqliteStore keeps everything in one SQLite file in WAL mode: one writing connection, a pool of reading ones.
type sqliteStore struct {
	path   string
	temp   string // folder to remove on Close, for a temporary database
	log    *slog.Logger
	clock  func() time.Time
	write  *sql.DB
	read   *sql.DB
	lock   *os.File
	inbox  *committer
	insert *river.Client[*sql.Tx] // adds jobs; another client works them
	river  riverSettings
	queue  queue
	closed sync.Once
}

// OpenSQLite opens the database at path, makes it if it is not there, and brings its tables up to date. It takes the
// exclusive lock beside it: ErrLocked names the process that has it. An empty path or ":memory:" means a temporary
// database that Close removes and that survives nothing.
func OpenSQLite(ctx context.Context, path string, opts Options) (_ Store, err error) {
	s := &sqliteStore{path: path, log: opts.Logger, clock: opts.Clock}
	if s.log == nil {
		s.log = slog.Default()
	}
	s.river = riverSettings{clock: s.clock, log: s.log}
	if s.clock == nil {
		s.clock = time.Now
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.release())
			err = s.explain(err)
		}
	}()
	if path == "" || path == ":memory:" {
		if s.temp, s.lock, err = tempFolder(); err != nil {
			return nil, err
		}
		s.path = filepath.Join(s.temp, databaseName)
		if err := s.startFresh(); err != nil {
			return nil, err
		}
	}
	if s.path, err = filepath.Abs(s.path); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(filepath.Dir(s.path), 0o700); err != nil {
		return nil, fmt.Errorf("make the database's folder: %w", err)
	}
	if s.lock == nil {
		if s.lock, err = takeLock(s.path); err != nil {
			return nil, err
		}
	}
	if err := s.connect(ctx); err != nil {
		return nil, err
	}
	if err := s.migrate(ctx); err != nil {
		return nil, err
	}
	if s.temp != "" {
		if err := s.keepFresh(ctx); err != nil {
			return nil, err
		}
	}
	if err := s.openQueue(ctx); err != nil {
		return nil, err
	}
	if err := s.settleRestored(ctx); err != nil {
		return nil, err
	}
	s.inbox = startCommitter(s)
	return s, nil
}

func (s *sqliteStore) Update(ctx context.Context, fn func(Tx) error) error {
	t := &sqliteTx{s: s}
	err := s.inTx(ctx, func(tx *sql.Tx) error {
		t.tx, t.sqliteReader = tx, sqliteReader{tx}
		return fn(t)
	})
	if err != nil {
		return err
	}
	s.queue.complete(t.done)
	s.queue.kick(t.queues)
	return nil
}

// inTx runs fn in a write transaction. Errors that come from the database say what to do about them.
func (s *sqliteStore) inTx(ctx context.Context, fn func(*sql.Tx) error) error {
	tx, err := s.write.BeginTx(ctx, nil)
	if err != nil {
		return s.begin(err)
	}
	defer tx.Rollback() // after a commit it does nothing; after a panic it gives the connection back
	if err := fn(tx); err != nil {
		return s.explain(err)
	}
	return s.explain(tx.Commit())
}

func (s *sqliteStore) View(ctx context.Context, fn func(Reader) error) error {
	tx, err := s.read.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return s.begin(err)
	}
	defer tx.Rollback()
	return s.explain(fn(sqliteReader{tx}))
}

// begin explains why a transaction could not begin.
func (s *sqliteStore) begin(err error) error {
	if errors.Is(err, sql.ErrConnDone) || err.Error() == "sql: database is closed" { // database/sql has no value for it
		return ErrClosed
	}
	return s.explain(err)
}

func (s *sqliteStore) PruneDeliveries(ctx context.Context, before time.Time) (int, error) {
	if latest := s.clock().Add(-KeepDeliveries); before.After(latest) {
		before = latest
	}
	// In small steps, so that a delivery which comes in meanwhile does not wait for a long transaction.
	const step = 500
	for total := 0; ; {
		var n int64
		err := s.inTx(ctx, func(tx *sql.Tx) error {
			r, err := tx.ExecContext(ctx, `DELETE FROM delivery WHERE seq IN (
				SELECT seq FROM delivery WHERE received_at < ? AND state <> 'new' LIMIT ?)`, before.UnixMicro(), step)
			if err != nil {
				return err
			}
			n, err = r.RowsAffected()
			return err
		})
		total += int(n)
		if err != nil || n < step {
			return total, err
		}
	}
}

func (s *sqliteStore) Close() error {
	var err error
	s.closed.Do(func() {
		s.inbox.stop()
		err = s.release()
	})
	return err
}

// release closes what is open, also of a store that could not be opened to the end.
func (s *sqliteStore) release() error {
	var errs []error
	for _, db := range []*sql.DB{s.read, s.write} { // the writer last: it folds the WAL into the database
		if db != nil {
			errs = append(errs, db.Close())
		}
	}
	if s.lock != nil {
		errs = append(errs, s.lock.Close())
	}
	if s.temp != "" {
		errs = append(errs, os.RemoveAll(s.temp))
	}
	return errors.Join(errs...)
}
