//go:build unix

package store

import (
	"context"
	"syscall"
	"testing"
	"time"
)

// BenchmarkIdle measures the processor time of a store that works an empty queue, in per cent of one core.
func BenchmarkIdle(b *testing.B) {
	const watch = 4 * time.Second
	cpu := func() time.Duration {
		var u syscall.Rusage
		if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
			b.Fatal(err)
		}
		return time.Duration(u.Utime.Nano() + u.Stime.Nano())
	}
	measure := func(b *testing.B) {
		time.Sleep(time.Second) // River's start is over
		for range b.N {
			before := cpu()
			time.Sleep(watch)
			b.ReportMetric(100*float64(cpu()-before)/float64(watch), "cpu-%")
		}
		b.ReportMetric(0, "ns/op")
	}
	b.Run("Store", func(b *testing.B) {
		s := openBench(b)
		if err := s.Work(context.Background(), benchWorkers(nil), WorkOptions{}); err != nil {
			b.Fatal(err)
		}
		defer s.Stop(context.Background())
		measure(b)
	})
	b.Run("RiversOwnListener", func(b *testing.B) {
		s := openBench(b)
		defer stockClient(b, s, nil).Stop(context.Background())
		measure(b)
	})
}
