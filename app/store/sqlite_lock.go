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
	f, err := lockFile(name, os.O_CREATE)
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

// tempFolder makes a folder for a temporary database and takes the lock in it. First it removes those that killed processes left
// behind.
func tempFolder() (dir string, lock *os.File, err error) {
	left, _ := filepath.Glob(filepath.Join(os.TempDir(), tempPattern, databaseName+".lock")) // the pattern is correct
	for _, name := range left {
		if f, err := lockFile(name, 0); err == nil {
			os.RemoveAll(filepath.Dir(name)) // of no use to anybody; if it cannot be removed, so be it
			f.Close()
		}
	}
	for {
		if dir, err = os.MkdirTemp("", tempPattern); err != nil {
			return "", nil, fmt.Errorf("make a folder for the temporary database: %w", err)
		}
		lock, err = takeLock(filepath.Join(dir, databaseName))
		if err == nil && inPlace(lock) {
			return dir, lock, nil
		}
		if err == nil {
			lock.Close()
		}
		os.RemoveAll(dir)
		if err != nil && !errors.Is(err, ErrLocked) {
			return "", nil, err
		}
		// Another process that starts now came between the file and its lock, and took the folder for one that was left behind.
	}
}

// inPlace reports whether a file still stands where it was opened.
func inPlace(f *os.File) bool {
	opened, err1 := f.Stat()
	stands, err2 := os.Stat(f.Name())
	return err1 == nil && err2 == nil && os.SameFile(opened, stands)
}
