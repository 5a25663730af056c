package store

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

var errHeld = errors.New("held")

// takeLock makes this process the only one that works on the database at path. It writes its process id beside the
// database, so that whoever comes second can say who has it.
func takeLock(path string) (*os.File, error) {
	name := path + ".lock"
	f, err := lockFile(name)
	if errors.Is(err, errHeld) {
		return nil, fmt.Errorf("%w: %s is open in %s; stop that first, or give this OiOi a database of its own", ErrLocked,
			path, holder(name))
	}
	if err != nil {
		return nil, fmt.Errorf("cannot take the lock beside the database: %w; the user that runs OiOi must be able to "+
			"create and write this file", err)
	}
	if err = f.Truncate(0); err == nil {
		_, err = f.WriteAt([]byte(strconv.Itoa(os.Getpid())+"\n"), 0)
	}
	if err != nil {
		f.Close()
		return nil, fmt.Errorf("cannot write %s: %w", name, err)
	}
	return f, nil
}

func holder(name string) string {
	b, err := os.ReadFile(name)
	if err != nil {
		return "another process"
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(b)))
	switch {
	case err != nil:
		return "another process"
	case pid == os.Getpid():
		return "this same process (" + strconv.Itoa(pid) + ")"
	}
	return "process " + strconv.Itoa(pid)
}

const (
	databaseName = "oioi.db" // of a temporary database, in a folder of its own
	tempPattern  = "oioi-store-*"
)

// tempFolder makes a folder for a temporary database. First it removes those that killed processes left behind.
func tempFolder() (string, error) {
	left, _ := filepath.Glob(filepath.Join(os.TempDir(), tempPattern, databaseName+".lock")) // the pattern is correct
	for _, name := range left {
		if f, err := lockFile(name); err == nil {
			os.RemoveAll(filepath.Dir(name)) // of no use to anybody; if it cannot be removed, so be it
			f.Close()
		}
	}
	dir, err := os.MkdirTemp("", tempPattern)
	if err != nil {
		return "", fmt.Errorf("make a folder for the temporary database: %w", err)
	}
	return dir, nil
}
