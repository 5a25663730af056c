//go:build unix

package app

import (
	"slices"
	"syscall"
	"testing"
	"time"
)

// BenchmarkTicket takes a whole ticket by playbook through the sandbox, from the webhook to the last effect. It reports the
// median, and the processor time of the whole process: OiOi's and the sandbox's together, so OiOi's own is less.
func BenchmarkTicket(b *testing.B) {
	w := newTown(b, townOptions{})
	w.settle(w.sample("rotate-token")) // the help center's index and the connections are made by the first ticket
	var times []time.Duration
	before := processorTime(b)
	for b.Loop() {
		began := time.Now()
		w.settle(w.sample("rotate-token"))
		times = append(times, time.Since(began))
	}
	slices.Sort(times)
	b.ReportMetric(float64(times[len(times)/2].Microseconds())/1000, "p50-ms")
	b.ReportMetric(float64(times[len(times)*95/100].Microseconds())/1000, "p95-ms")
	b.ReportMetric(float64((processorTime(b)-before).Microseconds())/1000/float64(len(times)), "cpu-ms/ticket")
}

func processorTime(b *testing.B) time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		b.Skip("the processor time cannot be read here:", err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}
