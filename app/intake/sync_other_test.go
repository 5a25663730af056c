//go:build !linux

package intake_test

import "os"

func datasync(f *os.File) error { return f.Sync() }
