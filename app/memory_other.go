//go:build !linux

package app

import "runtime/debug"

// giveBack returns memory that is not needed now to the system.
func giveBack() { debug.FreeOSMemory() }
