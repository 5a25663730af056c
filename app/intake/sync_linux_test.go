package intake_test

import (
	"os"
	"syscall"
	"time"
)

// datasync waits until what was written is on the disk, and not the file's times.
func datasync(f *os.File) error { return syscall.Fdatasync(int(f.Fd())) }

// processorTime is what this process has used so far, its client included.
func processorTime() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
