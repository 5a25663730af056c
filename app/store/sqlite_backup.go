package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"time"
)

// backupKey is a value that only a backup holds: when it was made.
const backupKey = "backup/made"

// Snapshot reads a database that another process may be working on. Close it.
type Snapshot interface {
	View(ctx context.Context, fn func(Reader) error) error
	Close() error
}

type sqliteSnapshot struct {
	path string
	db   *sql.DB
}

// ReadSQLite opens the database at path for reading, without its lock: an OiOi that works on it goes on. The tables must
// be of this version; the error says how to bring them there.
func ReadSQLite(ctx context.Context, path string) (Snapshot, error) {
	s, err := openSnapshot(path, "query_only(1)")
	if err != nil {
		return nil, err
	}
	if err := s.check(ctx); err != nil {
		return nil, errors.Join(err, s.db.Close())
	}
	return s, nil
}

func openSnapshot(path string, pragmas ...string) (*sqliteSnapshot, error) {
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("there is no database %s; name it with --db, OIOI_DB or store.path", path)
	} else if err != nil {
		return nil, err
	}
	absolute, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	// Not mode=ro: after a clean stop the files of the write-ahead log have to be made before anything can be read.
	db := openDB(dsn(absolute, url.Values{"mode": {"rw"}, "_pragma": append([]string{"busy_timeout(5000)"}, pragmas...)}))
	db.SetMaxOpenConns(1)
	return &sqliteSnapshot{path: absolute, db: db}, nil
}

func (s *sqliteSnapshot) check(ctx context.Context) error {
	have, err := version(ctx, s.db)
	if err != nil {
		return explainSQLite(s.path, fmt.Errorf("read the version of %s: %w", s.path, err))
	}
	newest, err := newestMigration()
	switch {
	case err != nil:
		return err
	case have > newest:
		return newer(s.path, have, newest)
	case have < newest:
		return fmt.Errorf("%s has version %d, this OiOi works with %d: stop OiOi and run `oioi migrate`, or use the OiOi that wrote it", s.path, have, newest)
	}
	return nil
}

func (s *sqliteSnapshot) View(ctx context.Context, fn func(Reader) error) error {
	tx, err := s.db.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return explainSQLite(s.path, err)
	}
	defer tx.Rollback()
	return explainSQLite(s.path, fn(sqliteReader{tx}))
}

func (s *sqliteSnapshot) Close() error { return s.db.Close() }

// BackupSQLite writes a copy of the database at path, as it stands at this moment, into a new file, and checks the copy. An
// OiOi that works on the database goes on meanwhile. It returns the copy's size in bytes. An existing file is never
// overwritten: the error then is, or wraps, fs.ErrExist.
//
// To restore, stop OiOi and put the file where the database was, without the -wal and -shm files of the old one. OiOi then
// looks for what it may have done since the backup before it does it again.
func BackupSQLite(ctx context.Context, path, file string) (size int64, err error) {
	if _, err := os.Lstat(file); err == nil {
		return 0, fmt.Errorf("%s is there already; name a new file: %w", file, fs.ErrExist)
	}
	s, err := openSnapshot(path)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, s.db.Close()) }()
	if _, err := version(ctx, s.db); err != nil {
		return 0, explainSQLite(s.path, fmt.Errorf("%s is no database of OiOi: %w", path, err))
	}
	part := file + ".part-" + strconv.Itoa(os.Getpid())
	defer os.Remove(part)                                                     // after the rename it is gone
	empty, err := os.OpenFile(part, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600) // nobody else may read it, not even for a moment
	if err != nil {
		return 0, fmt.Errorf("make the backup: %w", err)
	}
	if err := empty.Close(); err != nil {
		return 0, err
	}
	// One statement sees one moment of the database, without holding up its writer. https://sqlite.org/lang_vacuum.html
	if _, err := s.db.ExecContext(ctx, `VACUUM INTO ?`, part); err != nil {
		return 0, explainSQLite(part, fmt.Errorf("write %s: %w", part, err))
	}
	if err := finishBackup(ctx, part); err != nil {
		return 0, err
	}
	info, err := os.Stat(part)
	if err != nil {
		return 0, err
	}
	// Link, unlike Rename, never replaces a file that somebody made meanwhile.
	if err := os.Link(part, file); err != nil {
		if errors.Is(err, fs.ErrExist) {
			return 0, fmt.Errorf("%s is there already; name a new file: %w", file, fs.ErrExist)
		}
		if err := os.Rename(part, file); err != nil { // a file system without links
			return 0, err
		}
	}
	return info.Size(), syncFolder(filepath.Dir(file))
}

// finishBackup marks the copy as one, reads it whole to see that it is sound, and puts it on the disk.
func finishBackup(ctx context.Context, part string) (err error) {
	copied, err := openSnapshot(part, "journal_mode(OFF)", "synchronous(OFF)")
	if err != nil {
		return err
	}
	_, err = copied.db.ExecContext(ctx, `INSERT INTO value (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value`,
		backupKey, time.Now().UTC().Format(time.RFC3339))
	var sound string
	if err == nil {
		err = copied.db.QueryRowContext(ctx, `PRAGMA integrity_check(1)`).Scan(&sound)
	}
	if err == nil && sound != "ok" {
		err = fmt.Errorf("%w: its copy says %q; the backups that you have are worth keeping", ErrDamaged, sound)
	}
	if err := errors.Join(err, copied.db.Close()); err != nil {
		return explainSQLite(part, err)
	}
	f, err := os.OpenFile(part, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// syncFolder makes a new name in a folder durable, where the system can.
func syncFolder(name string) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	_ = f.Sync() // Windows cannot, and need not
	return nil
}

// MigrateSQLite brings the tables of the database at path up to date, as a start of OiOi does, and makes the database where
// there is none. It returns the versions before and after. No OiOi may work on it: ErrLocked.
func MigrateSQLite(ctx context.Context, path string, log *slog.Logger) (before, after int, err error) {
	if _, err := os.Stat(path); err == nil {
		s, err := openSnapshot(path, "query_only(1)")
		if err != nil {
			return 0, 0, err
		}
		before, _ = version(ctx, s.db) // 0 where there is no table yet; opening it below says what else is wrong
		if err := s.db.Close(); err != nil {
			return 0, 0, err
		}
	}
	db, err := OpenSQLite(ctx, path, Options{Logger: log})
	if err != nil {
		return before, 0, err
	}
	after, err = newestMigration()
	return before, after, errors.Join(err, db.Close())
}
