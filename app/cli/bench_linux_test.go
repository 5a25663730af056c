package cli_test

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// BenchmarkIdleServer is a whole server beside the sandbox's GitHub when nothing comes: its processor time in per cent of one core,
// and the memory that it holds. The bar is 3 %. Other programs on the machine do not count, but make its work slower.
func BenchmarkIdleServer(b *testing.B) {
	const rests, watch = 5 * time.Second, 15 * time.Second // after a start, OiOi looks once for what it missed
	program, dir := build(b), b.TempDir()
	run := func(args ...string) *exec.Cmd {
		c := exec.CommandContext(b.Context(), program, args...)
		c.Env = append(os.Environ(), "OIOI_DB="+filepath.Join(dir, "oioi.db"))
		c.Stderr = b.Output()
		if err := c.Start(); err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() {
			_ = c.Process.Kill()
			_ = c.Wait()
		})
		return c
	}
	comes := func(what string, there func() bool) {
		for deadline := time.Now().Add(20 * time.Second); !there(); time.Sleep(20 * time.Millisecond) {
			if time.Now().After(deadline) {
				b.Fatalf("%s did not come", what)
			}
		}
	}
	hook := freeAddress(b)
	run("sandbox", "--github-only", "--addr", "127.0.0.1:0", "--state", dir, "--webhook", "http://"+hook+"/api/github/hook")
	info := filepath.Join(dir, "sandbox.json")
	comes("the sandbox", func() bool { _, err := os.Stat(info); return err == nil })
	server := run("serve", "--sandbox", info, "--addr", hook)
	comes("the server", func() bool {
		return exec.CommandContext(b.Context(), program, "health", "--url", "http://"+hook+"/healthz").Run() == nil
	})
	time.Sleep(rests)
	for b.Loop() {
		before := ticks(b, server.Process.Pid)
		time.Sleep(watch)
		const second = 100 // ticks: USER_HZ on every machine that Linux is compiled for here
		b.ReportMetric(100*float64(ticks(b, server.Process.Pid)-before)/second/watch.Seconds(), "cpu-%")
	}
	b.ReportMetric(resident(b, server.Process.Pid), "MB")
	b.ReportMetric(0, "ns/op")
}

func freeAddress(b *testing.B) string {
	b.Helper()
	socket, err := (&net.ListenConfig{}).Listen(b.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	defer socket.Close()
	return socket.Addr().String()
}

// ticks are the processor's ticks that a process has used (proc_pid_stat(5), fields 14 and 15).
func ticks(b *testing.B, pid int) (n int) {
	b.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		b.Fatal(err)
	}
	fields := strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+1:])) // from the third on
	for _, field := range fields[11:13] {
		t, err := strconv.Atoi(field)
		if err != nil {
			b.Fatal(err)
		}
		n += t
	}
	return n
}

// resident is the memory that a process holds now, in MB.
func resident(b *testing.B, pid int) float64 {
	b.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		b.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(text), "VmRSS:")
	var kB float64
	if _, err := fmt.Sscanf(rest, "%f kB", &kB); err != nil {
		b.Fatal(err)
	}
	return kB / 1024
}
