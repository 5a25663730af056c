//go:build unix

package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	gh "github.com/google/go-github/v62/github"
	"go.uber.org/goleak"

	"github.com/oioi-app/oioi/app/config"
	"github.com/oioi-app/oioi/app/intake"
	"github.com/oioi-app/oioi/app/sandbox"
	"github.com/oioi-app/oioi/app/sandbox/sample"
	"github.com/oioi-app/oioi/app/store"
)

// BenchmarkTicket takes a whole ticket by playbook through the sandbox, from the webhook to the last effect. It reports the
// median, and the processor time of the whole process: OiOi's and the sandbox's together. BenchmarkTicketAlone has OiOi's own.
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

// githubOnly makes the test binary play the sandbox's GitHub in a process of its own: the folder, and where webhooks go.
const githubOnly = "OIOI_BENCH_GITHUB"

func TestMain(m *testing.M) {
	dir, webhooks, ok := strings.Cut(os.Getenv(githubOnly), " ")
	if !ok {
		code := m.Run()
		http.DefaultClient.CloseIdleConnections()
		// An OiOi that was closed leaves nothing that runs: what is left would keep all that it holds.
		if err := goleak.Find(); err != nil && code == 0 {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
		os.Exit(code)
	}
	ctx, stop := context.WithCancel(context.Background())
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin) // it ends with the benchmark, however that ends
		stop()
	}()
	err := Sandbox(ctx, SandboxOptions{
		Addr: "127.0.0.1:0", Dir: dir, GitHubOnly: true, WebhookURL: webhooks, Log: slog.New(slog.DiscardHandler),
		Ready: func(sandbox.Info, string) { fmt.Println("ready") },
	})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// BenchmarkTicketAlone takes the same ticket through OiOi as `oioi serve` runs it: its database on disk, GitHub in another
// process. own-cpu-ms/ticket is this process's processor time; best-cpu-ms/ticket that of the best ten in a row, which is
// nearer to what OiOi needs where other programs share the machine's caches.
func BenchmarkTicketAlone(b *testing.B) {
	dir := b.TempDir()
	check := func(err error) {
		if err != nil {
			b.Helper()
			b.Fatal(err)
		}
	}
	socket, err := net.Listen("tcp", "127.0.0.1:0")
	check(err)
	program, err := os.Executable()
	check(err)
	github := exec.Command(program)
	github.Env = append(os.Environ(), githubOnly+"="+dir+" http://"+socket.Addr().String()+intake.Path)
	github.Stderr = os.Stderr
	leash, err := github.StdinPipe()
	check(err)
	says, err := github.StdoutPipe()
	check(err)
	check(github.Start())
	defer func() {
		_ = leash.Close()
		check(github.Wait())
	}()
	_, err = io.ReadFull(says, make([]byte, len("ready\n")))
	check(err)

	var info sandbox.Info
	data, err := os.ReadFile(filepath.Join(dir, "sandbox.json"))
	check(err)
	check(json.Unmarshal(data, &info))
	key, err := os.ReadFile(info.PrivateKeyFile)
	check(err)
	server := config.DefaultServer()
	server.GitHub.WebURL, server.GitHub.APIURL = info.WebURL, info.RESTURL
	server.GitHub.AppID, server.GitHub.PrivateKey, server.GitHub.WebhookSecrets = info.AppID, key, []string{info.WebhookSecret}
	server.GitHub.WriteInterval, server.GitHub.SettleTime, server.Store.Path, server.Model = 0, 0, filepath.Join(dir, "oioi.db"), config.Model{}
	ctx, stop := context.WithCancel(context.Background())
	oioi, err := New(ctx, Options{Config: server, Log: slog.New(slog.DiscardHandler)})
	check(err)
	served := make(chan error, 1)
	go func() { served <- serveOn(ctx, socket, oioi.Handler(), nil) }()
	defer func() {
		stop()
		check(errors.Join(<-served, oioi.Close()))
	}()

	client, err := gh.NewClient(nil).WithAuthToken(info.Tokens["customer"]).WithEnterpriseURLs(info.WebURL, info.WebURL)
	check(err)
	owner, name, _ := strings.Cut(info.Repositories[0], "/")
	repo, _, err := client.Repositories.Get(ctx, owner, name)
	check(err)
	tickets := sample.Tickets()
	asked := tickets[slices.IndexFunc(tickets, func(t sample.Ticket) bool { return t.ID == "rotate-token" })]
	file := func() {
		issue, _, err := client.Issues.Create(ctx, owner, name, &gh.IssueRequest{Title: &asked.Title, Body: gh.String(asked.Body())})
		check(err)
		// Looking at every piece of news would cost more than some pieces do.
		look, late := time.NewTicker(10*time.Millisecond), time.After(patience)
		defer look.Stop()
		for done := false; !done; {
			select {
			case <-look.C:
			case <-late:
				b.Fatalf("issue %d did not settle within %s", issue.GetNumber(), patience)
			}
			check(oioi.Store.View(ctx, func(r store.Reader) error {
				row, err := r.Ticket(ctx, store.TicketKey(repo.GetID(), issue.GetNumber()))
				if errors.Is(err, store.ErrNotFound) {
					return nil
				}
				done = row.Status == "finished"
				return err
			}))
		}
	}
	file() // the help center's index and the connections are made by the first ticket
	const row = 10
	spent := []time.Duration{processorTime(b)} // after each ticket
	for b.Loop() {
		file()
		spent = append(spent, processorTime(b))
	}
	perTicket := func(from, to int) float64 {
		return float64((spent[to] - spent[from]).Microseconds()) / 1000 / float64(to-from)
	}
	last := len(spent) - 1
	b.ReportMetric(perTicket(0, last), "own-cpu-ms/ticket")
	if last < row {
		return
	}
	best := perTicket(0, row)
	for to := row + 1; to <= last; to++ {
		best = min(best, perTicket(to-row, to))
	}
	b.ReportMetric(best, "best-cpu-ms/ticket")
}
