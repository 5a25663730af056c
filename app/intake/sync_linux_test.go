package intake_test

import (
	"os"
	"syscall"
)

// datasync waits until what was written is on the disk, and not the file's times.
func datasync(f *os.File) error { return syscall.Fdatasync(int(f.Fd())) }
