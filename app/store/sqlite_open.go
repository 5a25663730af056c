package store

import (
	"context"
	"database/sql"
	"embed"
	"fmt"
	"io/fs"
	"net/url"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/riverqueue/river/rivermigrate"
)

const readers = 4 // reading connections; a page needs one, and pages are few

// dsn is the address of the database for the driver. See https://sqlite.org/uri.html and the pragmas' documentation.
func dsn(path string, params url.Values) string {
	path = filepath.ToSlash(path)
	if runtime.GOOS == "windows" {
		path = "/" + path // file:///C:/…
	}
	u := url.URL{Scheme: "file", Path: path, RawQuery: params.Encode()}
	return u.String()
}

func (s *sqliteStore) connect(ctx context.Context) error {
	synchronous := "FULL" // a commit is on the disk before anyone is told of it
	if s.temp != "" {
		synchronous = "OFF" // it is removed on Close anyway
	}
	s.write = openDB(dsn(s.path, url.Values{
		"_txlock": {"immediate"}, // a transaction that reads first must not fail later because it cannot write
		"_pragma": {"busy_timeout(5000)", "journal_mode(WAL)", "synchronous(" + synchronous + ")",
			"journal_size_limit(67108864)"},
	}))
	s.write.SetMaxOpenConns(1) // SQLite has one writer; waiting in database/sql is fair, waiting in SQLite is not
	s.write.SetConnMaxIdleTime(0)
	if err := s.write.PingContext(ctx); err != nil {
		return fmt.Errorf("open %s: %w", s.path, err)
	}
	s.read = openDB(dsn(s.path, url.Values{
		"mode":    {"ro"},
		"_pragma": {"busy_timeout(5000)", "query_only(1)"},
	}))
	s.read.SetMaxOpenConns(readers)
	s.read.SetMaxIdleConns(readers)
	return nil
}

//go:embed migrations/*.sql
var migrations embed.FS

// migrate brings the tables up to date: ours, then River's. Each of our steps commits with its number or not at all.
func (s *sqliteStore) migrate(ctx context.Context) error {
	const table = `CREATE TABLE IF NOT EXISTS oioi_migration (version INTEGER PRIMARY KEY, name TEXT NOT NULL, at INTEGER NOT NULL) STRICT`
	if _, err := s.write.ExecContext(ctx, table); err != nil {
		return fmt.Errorf("open %s: %w", s.path, err)
	}
	have, err := version(ctx, s.write)
	if err != nil {
		return fmt.Errorf("read the version of %s: %w", s.path, err)
	}
	names, err := fs.Glob(migrations, "migrations/*.sql")
	if err != nil {
		return err
	}
	slices.Sort(names)
	newest := 0
	for _, name := range names {
		number, _, _ := strings.Cut(filepath.Base(name), "_")
		if newest, err = strconv.Atoi(number); err != nil {
			return fmt.Errorf("migration %s has no number: %w", name, err)
		}
		if newest <= have {
			continue
		}
		text, err := migrations.ReadFile(name)
		if err != nil {
			return err
		}
		if err := s.inTx(ctx, func(tx *sql.Tx) error {
			if _, err := tx.ExecContext(ctx, string(text)); err != nil {
				return err
			}
			_, err := tx.ExecContext(ctx, `INSERT INTO oioi_migration VALUES (?, ?, ?)`, newest, filepath.Base(name),
				s.clock().UnixMicro())
			return err
		}); err != nil {
			return fmt.Errorf("migrate %s with %s: %w", s.path, filepath.Base(name), err)
		}
	}
	if have > newest {
		return newer(s.path, have, newest)
	}
	m, err := rivermigrate.New(riversqlite.New(s.write), &rivermigrate.Config{Logger: quiet(s.log)})
	if err != nil {
		return err
	}
	if _, err := m.Migrate(ctx, rivermigrate.DirectionUp, nil); err != nil {
		return fmt.Errorf("migrate the job queue in %s: %w", s.path, err)
	}
	return nil
}

// version returns the number of the newest migration that a database has.
func version(ctx context.Context, db *sql.DB) (have int, err error) {
	err = db.QueryRowContext(ctx, `SELECT coalesce(max(version), 0) FROM oioi_migration`).Scan(&have)
	return have, err
}

// newestMigration returns the number of the newest migration that this OiOi knows.
func newestMigration() (int, error) {
	names, err := fs.Glob(migrations, "migrations/*.sql")
	if err != nil || len(names) == 0 {
		return 0, err
	}
	number, _, _ := strings.Cut(filepath.Base(slices.Max(names)), "_")
	return strconv.Atoi(number)
}

func newer(path string, have, newest int) error {
	return fmt.Errorf("%w: %s has version %d, this OiOi knows up to %d; use the newer OiOi, or put back a backup that was made "+
		"before the upgrade", ErrNewer, path, have, newest)
}
