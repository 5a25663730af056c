//go:build unix

package store

import (
	"errors"
	"os"
	"syscall"
)

// lockFile takes the exclusive lock on path without waiting. The kernel gives it up when the process ends, however it ends.
// errHeld means that another process, or another store in this one, has it. create is os.O_CREATE where the file may be new, else 0.
func lockFile(path string, create int) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDWR|create, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		f.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, errHeld
		}
		return nil, &os.PathError{Op: "lock", Path: path, Err: err}
	}
	return f, nil
}
