package store

import (
	"errors"
	"os"
	"syscall"
)

// lockFile opens path so that nobody else can open it for writing while it is open. errHeld means that somebody has it.
// create is os.O_CREATE where the file may be new, else 0.
func lockFile(path string, create int) (*os.File, error) {
	how := uint32(syscall.OPEN_EXISTING)
	if create != 0 {
		how = syscall.OPEN_ALWAYS
	}
	name, err := syscall.UTF16PtrFromString(path)
	if err != nil {
		return nil, &os.PathError{Op: "lock", Path: path, Err: err}
	}
	h, err := syscall.CreateFile(name, syscall.GENERIC_READ|syscall.GENERIC_WRITE, syscall.FILE_SHARE_READ, nil,
		how, syscall.FILE_ATTRIBUTE_NORMAL, 0)
	const sharingViolation = syscall.Errno(32)
	switch {
	case errors.Is(err, sharingViolation):
		return nil, errHeld
	case err != nil:
		return nil, &os.PathError{Op: "lock", Path: path, Err: err}
	}
	return os.NewFile(uintptr(h), path), nil
}
