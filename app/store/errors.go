package store

import (
	"errors"
	"fmt"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// What can be wrong with a database as a whole. The message that wraps one of these says what to do.
var (
	ErrFull    = errors.New("the disk is full")
	ErrLocked  = errors.New("the database is in use")
	ErrDamaged = errors.New("the database is damaged")
	ErrClosed  = errors.New("the database is closed")
	ErrNewer   = errors.New("the database was written by a newer OiOi")
)

// explain adds to an error of SQLite what a person can do about it. Other errors pass unchanged.
func (s *sqliteStore) explain(err error) error { return explainSQLite(s.path, err) }

func explainSQLite(path string, err error) error {
	var se *sqlite.Error
	if err == nil || !errors.As(err, &se) {
		return err
	}
	switch se.Code() & 0xff { // the low byte is the primary result code, see https://sqlite.org/rescode.html
	case sqlite3.SQLITE_FULL:
		return fmt.Errorf("%w: free space where %s is kept; OiOi then goes on by itself (%w)", ErrFull, path, err)
	case sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB:
		return fmt.Errorf("%w: stop OiOi, keep a copy of %s, and put back the last backup, or rescue what can be read with "+
			"`sqlite3 %s .recover` (%w)", ErrDamaged, path, path, err)
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED:
		return fmt.Errorf("%w: another program holds a lock on %s; close it, or let it finish its transaction (%w)",
			ErrLocked, path, err)
	case sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM, sqlite3.SQLITE_CANTOPEN:
		return fmt.Errorf("cannot write %s: the user that runs OiOi must own the file and its folder, and the file system "+
			"must be mounted for writing (%w)", path, err)
	case sqlite3.SQLITE_IOERR:
		return fmt.Errorf("reading or writing %s failed: look at the disk and the system log (%w)", path, err)
	}
	return err
}
