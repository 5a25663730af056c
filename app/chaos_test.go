package app

import (
	"bufio"
	"bytes"
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
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/riverqueue/river"

	"github.com/oioi-app/oioi/app/config"
	"github.com/oioi-app/oioi/app/intake"
	"github.com/oioi-app/oioi/app/sandbox"
	"github.com/oioi-app/oioi/app/sandbox/forge"
	"github.com/oioi-app/oioi/app/store"
)

// fullChaos is set by `make chaos`: every boundary and the large numbers, instead of a sample that fits into CI.
var fullChaos = os.Getenv("OIOI_CHAOS") == "full"

// childPlan is what the process that will be killed is told, as JSON in its environment.
type childPlan struct {
	WebURL, Addr, Store, Secret string
	AppID                       int64
	Key                         []byte
	KillAt                      int64 // the boundary at which it ends; 0: never
}

const childVariable = "OIOI_CHAOS_CHILD"

// boundaries counts the moments at which a crash is different from one a moment earlier, and ends the process at one of them
// as the kernel would: without a word.
type boundaries struct{ n, killAt int64 }

func (b *boundaries) pass() {
	if atomic.AddInt64(&b.n, 1) == b.killAt {
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
		select {}
	}
}

// RoundTrip passes a boundary before each call to GitHub and after its answer.
func (b *boundaries) RoundTrip(r *http.Request) (*http.Response, error) {
	b.pass()
	resp, err := http.DefaultTransport.RoundTrip(r)
	b.pass()
	return resp, err
}

// mortal is a store with a boundary before and after each commit.
type mortal struct {
	store.Store
	b *boundaries
}

func (m mortal) Update(ctx context.Context, fn func(store.Tx) error) error {
	m.b.pass()
	err := m.Store.Update(ctx, fn)
	m.b.pass()
	return err
}

func (m mortal) Ingest(ctx context.Context, d store.Delivery, wake river.JobArgs) (bool, error) {
	m.b.pass()
	fresh, err := m.Store.Ingest(ctx, d, wake)
	m.b.pass()
	return fresh, err
}

// TestChaosChild is the process that is killed: a whole OiOi. It says "settled" when it has nothing more to do.
func TestChaosChild(t *testing.T) {
	raw := os.Getenv(childVariable)
	if raw == "" {
		t.Skip("the other tests start it in a process of its own")
	}
	var plan childPlan
	if err := json.Unmarshal([]byte(raw), &plan); err != nil {
		t.Fatal(err)
	}
	server := config.DefaultServer()
	server.GitHub.WebURL, server.GitHub.APIURL = plan.WebURL, plan.WebURL+"/api/v3"
	server.GitHub.AppID, server.GitHub.PrivateKey, server.GitHub.WebhookSecrets = plan.AppID, plan.Key, []string{plan.Secret}
	server.GitHub.WriteInterval, server.GitHub.SettleTime, server.Store.Path = 0, 0, plan.Store
	b := &boundaries{killAt: plan.KillAt}
	news := make(chan struct{}, 1)
	start := time.Now()
	socket, err := net.Listen("tcp", plan.Addr)
	if err != nil {
		t.Fatal(err)
	}
	oioi, err := New(t.Context(), Options{
		Config: server, Log: slog.New(slog.DiscardHandler), Transport: b, Around: func(s store.Store) store.Store { return mortal{s, b} },
		Clock: func() time.Time { return began.Add(time.Since(start)) }, RetryPause: 5 * time.Millisecond,
		Changed: func() {
			select {
			case news <- struct{}{}:
			default:
			}
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	fmt.Printf("started in %d ms\n", time.Since(start).Milliseconds())
	go func() { _ = serveOn(t.Context(), socket, oioi.Handler(), nil) }()
	for {
		<-news
		if settled(t, oioi.Store) {
			fmt.Println("settled after", atomic.LoadInt64(&b.n))
		}
	}
}

// settled reports whether a ticket was worked to its end and nothing more waits.
func settled(t *testing.T, s store.Store) (yes bool) {
	err := s.View(context.Background(), func(r store.Reader) error {
		tickets, err := r.Tickets(context.Background(), 0)
		yes = len(tickets) > 0
		for _, row := range tickets {
			inbox, err1 := r.Inbox(context.Background(), row.Key)
			effects, err2 := r.Effects(context.Background(), row.Key)
			if err := errors.Join(err1, err2); err != nil {
				return err
			}
			yes = yes && row.Status == "finished" && len(inbox) == 0
			for _, e := range effects {
				yes = yes && e.State != store.EffectProposed && e.State != store.EffectAttempting
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return yes
}

// arena is a sandbox's GitHub whose OiOi is another process.
type arena struct {
	*town
	plan childPlan
}

func newArena(t *testing.T) *arena {
	w := &town{t: t, news: make(chan struct{}, 1)}
	ctx, stop := context.WithCancel(context.Background())
	socket, err := net.Listen("tcp", "127.0.0.1:0")
	w.check(err)
	w.webURL = "http://" + socket.Addr().String()
	w.world, err = sandbox.Open(sandbox.Options{WebURL: w.webURL, Log: slog.New(slog.DiscardHandler)})
	w.check(err)
	w.world.Forge.SetBaseURL(w.webURL)
	served := make(chan error, 1)
	go func() { served <- serveOn(ctx, socket, w.world.Forge.Handler(), nil) }()
	t.Cleanup(func() {
		stop()
		if err := errors.Join(<-served, w.world.Close()); err != nil {
			t.Error(err)
		}
	})
	free, err := net.Listen("tcp", "127.0.0.1:0")
	w.check(err)
	addr := free.Addr().String()
	w.check(free.Close())
	w.check(w.world.Forge.SetWebhook(sandbox.AppSlug, "http://"+addr+intake.Path, w.world.Secret))
	return &arena{w, childPlan{WebURL: w.webURL, Addr: addr, Store: filepath.Join(t.TempDir(), "oioi.db"), Secret: w.world.Secret,
		AppID: w.world.App.ID, Key: w.world.PrivateKey}}
}

// child is a running OiOi process.
type child struct {
	cmd   *exec.Cmd
	lines chan string // closed when it has ended
	errs  *bytes.Buffer
}

func (a *arena) start(killAt int64) *child {
	a.t.Helper()
	a.plan.KillAt = killAt
	raw, err := json.Marshal(a.plan)
	a.check(err)
	c := &child{cmd: exec.Command(os.Args[0], "-test.run=^TestChaosChild$", "-test.timeout=5m"), lines: make(chan string, 1000), errs: &bytes.Buffer{}}
	c.cmd.Env = append(os.Environ(), childVariable+"="+string(raw))
	c.cmd.Stderr = c.errs
	out, err := c.cmd.StdoutPipe()
	a.check(err)
	a.check(c.cmd.Start())
	go func() {
		for scan := bufio.NewScanner(io.LimitReader(out, 1<<20)); scan.Scan(); {
			c.lines <- scan.Text()
		}
		close(c.lines)
	}()
	return c
}

// until waits for a line that begins so; false where the process ended first.
func (c *child) until(t *testing.T, prefix string) (string, bool) {
	t.Helper()
	deadline := time.After(2 * patience)
	for {
		select {
		case line, ok := <-c.lines:
			if !ok {
				return "", false
			}
			if strings.HasPrefix(line, prefix) {
				return line, true
			}
		case <-deadline:
			_ = c.cmd.Process.Kill()
			t.Fatalf("no %q within %s; it said %s", prefix, 2*patience, c.errs)
		}
	}
}

func (c *child) kill() {
	_ = c.cmd.Process.Kill()
	_ = c.cmd.Wait()
}

// story runs one ticket in a process that is killed at a boundary, and in a second one to its end. It returns what then stands
// on GitHub, how many boundaries an undisturbed run passes, and whether the first process was killed.
func chaosStory(t *testing.T, killAt int64) (stands string, passed int64, killed bool) {
	t.Helper()
	a := newArena(t)
	first := a.start(killAt)
	ref := forge.Ref{}
	if _, ok := first.until(t, "started"); ok || killAt > 0 {
		ref = a.sample(chaosTicket)
		if line, settled := first.until(t, "settled"); settled {
			passed, _ = strconv.ParseInt(strings.TrimPrefix(line, "settled after "), 10, 64)
			first.kill()
			return a.show(ref), passed, false
		}
	}
	_ = first.cmd.Wait()
	if killAt == 0 {
		t.Fatalf("the undisturbed process ended: %s", first.errs)
	}
	second := a.start(0)
	defer second.kill()
	if _, ok := second.until(t, "settled"); !ok {
		t.Fatalf("killed at %d, the second process ended: %s", killAt, second.errs)
	}
	return a.show(ref), 0, true
}

// A process that is killed at any commit and any call to GitHub loses nothing and doubles nothing: what stands on GitHub at
// the end is what stands after an undisturbed run.
func TestKilledAtEveryBoundary(t *testing.T) {
	want, passed, _ := chaosStory(t, 0)
	if passed < 50 {
		t.Fatalf("a whole ticket passes only %d boundaries", passed)
	}
	step := passed/7 + 1
	if fullChaos {
		step = 1
	}
	kills, same := 0, 0
	for at := int64(1); at <= passed; at += step {
		got, _, killed := chaosStory(t, at)
		if killed {
			kills++
		}
		if got == want {
			same++
			continue
		}
		t.Errorf("killed at boundary %d of %d, this differs:\n%s", at, passed, diff(want, got))
	}
	if kills < 5 {
		t.Errorf("only %d processes were killed", kills)
	}
	t.Logf("| kill -9 | %d boundaries in a ticket, %d kills | %d as undisturbed |", passed, kills, same)
}

// Deliveries that come twice, in any order, late, are lost or vanish, and outages of an hour and of four days: each ticket is
// drafted once.
func TestNoDeliveryIsMissed(t *testing.T) {
	t.Parallel()
	var away atomic.Int64
	start := time.Now()
	now := func() time.Time { return start.Add(time.Since(start) + time.Duration(away.Load())) }
	w := newTown(t, townOptions{clock: now})
	tickets := 6
	if fullChaos {
		tickets = 60
	}
	var all []forge.Ref
	deliveries := 0
	phase := func(name string, m forge.Mischief, gone time.Duration) {
		t.Helper()
		w.world.Forge.SetMischief(m)
		var refs []forge.Ref
		for i := range tickets {
			ref := w.file(fmt.Sprintf("The %s export stops, number %d", name, i), "The export of the report stops in the middle of it.")
			for n := range 3 {
				_, err := w.world.Forge.CreateComment(forge.As("customer"), ref, fmt.Sprintf("It happened again, time %d.", n))
				w.check(err)
			}
			deliveries += 5 // opened, labeled, three comments
			refs = append(refs, ref)
		}
		w.check(w.world.Forge.Drain(t.Context()))
		w.world.Forge.SetMischief(forge.Mischief{})
		away.Add(int64(gone))
		for range 2 { // the second finds nothing new
			w.check(w.oioi.Recover(t.Context()))
			w.check(w.world.Forge.Drain(t.Context()))
		}
		for _, ref := range refs {
			w.waitFor("the work on "+ref.String()+" ("+name+")", func() bool { return w.status(ref) == "finished" && w.busy(t.Context(), ref) == "" })
		}
		all = append(all, refs...)
	}
	phase("odd", forge.Mischief{Seed: 7, Twice: 0.3, Shuffle: 0.5, Vanish: 0.05, Lost: 0.1, Delay: 20 * time.Millisecond}, 0)
	phase("hourly", forge.Mischief{Seed: 8, Lost: 1}, time.Hour)
	phase("weekly", forge.Mischief{Seed: 9, Lost: 1}, 4*24*time.Hour)
	phase("vanished", forge.Mischief{Seed: 10, Vanish: 1}, time.Minute)
	w.world.Forge.SetMischief(forge.Mischief{Seed: 11, Vanish: 0.5, Twice: 0.5})
	for _, ref := range all {
		_, err := w.world.Forge.CreateComment(forge.As("maintainer"), ref, "/oioi help")
		w.check(err)
	}
	w.check(w.world.Forge.Drain(t.Context()))
	for range 2 {
		w.check(w.oioi.Recover(t.Context()))
	}
	for _, ref := range all {
		drafts, helps := 0, 0
		for _, body := range w.comments(ref) {
			drafts += strings.Count(body, "### Reply to customer")
			helps += strings.Count(body, "comment/answer/")
		}
		if drafts != 1 || helps != 1 {
			t.Errorf("%s has %d drafts and %d answers to its command", ref, drafts, helps)
		}
	}
	t.Logf("| deliveries | about %d in four kinds of trouble | %d tickets, each drafted once |", deliveries, len(all))
}

// Restarted with work left, OiOi is at it within a second.
func TestRestartResumesWithinASecond(t *testing.T) {
	a := newArena(t)
	first := a.start(60)
	first.until(t, "started")
	a.sample(chaosTicket)
	first.until(t, "settled")
	_ = first.cmd.Wait()
	second := a.start(0)
	defer second.kill()
	line, ok := second.until(t, "started")
	if !ok {
		t.Fatal("it did not start")
	}
	second.until(t, "settled")
	ms, err := strconv.Atoi(strings.Fields(line)[2])
	a.check(err)
	t.Logf("| restart | queue at work again after | %d ms |", ms)
	if ms > 1000 && fullChaos {
		t.Errorf("the restart took %d ms", ms)
	}
}
