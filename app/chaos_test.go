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
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/riverqueue/river"
	"github.com/tidwall/gjson"

	"github.com/oioi-app/oioi/app/config"
	"github.com/oioi-app/oioi/app/intake"
	"github.com/oioi-app/oioi/app/model/modeltest"
	"github.com/oioi-app/oioi/app/sandbox"
	"github.com/oioi-app/oioi/app/sandbox/forge"
	"github.com/oioi-app/oioi/app/store"
	"github.com/oioi-app/oioi/workflow/effect"
	"github.com/oioi-app/oioi/workflow/policy"
	"github.com/oioi-app/oioi/workflow/role"
)

// fullChaos is set by `make chaos`: every boundary and the large numbers, instead of a sample that fits into CI.
var fullChaos = os.Getenv("OIOI_CHAOS") == "full"

// childPlan is what the process that will be killed is told, as JSON in its environment.
type childPlan struct {
	WebURL, Addr, Store, Secret, Model string
	AppID                              int64
	Key                                []byte
	KillAt                             int64 // the boundary at which it ends; 0: never
}

const childVariable = "OIOI_CHAOS_CHILD"

// boundaries counts the moments at which a crash is different from one a moment earlier, and ends the process at one of them
// as the kernel would: without a word.
type boundaries struct {
	n, killAt int64
	resumed   func() // called before the first call about a ticket; see RoundTrip
	once      sync.Once
}

func (b *boundaries) pass() {
	if atomic.AddInt64(&b.n, 1) == b.killAt {
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
		select {}
	}
}

// RoundTrip passes a boundary before each call to GitHub and after its answer.
func (b *boundaries) RoundTrip(r *http.Request) (*http.Response, error) {
	if strings.Contains(r.URL.Path, "/issues/") {
		b.once.Do(b.resumed)
	}
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

// TestChaosChild is the process that is killed: a whole OiOi. It says "drafted" when it has nothing more to do, and "sent" when
// that is so after a reply was sent.
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
	server.Model = config.Model{Provider: config.ProviderOpenAI, BaseURL: plan.Model, Key: modeltest.Key, Model: "gpt-4.1", Timeout: policy.Duration(time.Minute)}
	news := make(chan struct{}, 1)
	start := time.Now()
	b := &boundaries{killAt: plan.KillAt, resumed: func() { fmt.Printf("resumed in %d ms\n", time.Since(start).Milliseconds()) }}
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
		if how := settled(t, oioi.Store); how != "" {
			fmt.Println(how, "after", atomic.LoadInt64(&b.n))
		}
	}
}

// settled says how the ticket ended where nothing more waits: drafted or sent.
func settled(t *testing.T, s store.Store) (how string) {
	err := s.View(context.Background(), func(r store.Reader) error {
		tickets, err := r.Tickets(context.Background(), 0)
		yes := len(tickets) > 0
		how = "drafted"
		for _, row := range tickets {
			inbox, err1 := r.Inbox(context.Background(), row.Key)
			effects, err2 := r.Effects(context.Background(), row.Key)
			if err := errors.Join(err1, err2); err != nil {
				return err
			}
			yes = yes && row.Status == "finished" && len(inbox) == 0
			for _, e := range effects {
				yes = yes && !e.State.Ready()
			}
			if gjson.GetBytes(row.Data, "sent.digest").Exists() {
				how = "sent"
			}
		}
		if !yes {
			how = ""
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return how
}

// arena is a sandbox's GitHub whose OiOi is another process.
type arena struct {
	*town
	plan  childPlan
	model *modeltest.Server
}

func newArena(t *testing.T) *arena {
	w := &town{t: t, news: make(chan struct{}, 1)}
	ctx, stop := context.WithCancel(context.Background())
	socket, err := net.Listen("tcp", "127.0.0.1:0")
	w.check(err)
	w.webURL = "http://" + socket.Addr().String()
	w.world, err = sandbox.Open(sandbox.Options{WebURL: w.webURL, Log: slog.New(slog.DiscardHandler),
		Now: func() time.Time { return time.Now().Add(time.Duration(w.ahead.Load())) }})
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
	free, err := net.Listen("tcp", ownLoopback()+":0")
	w.check(err)
	addr := free.Addr().String()
	w.check(free.Close())
	w.check(w.world.Forge.SetWebhook(sandbox.AppSlug, "http://"+addr+intake.Path, w.world.Secret))
	model := modeltest.NewServer(t)
	model.Answer(followedThrough)
	return &arena{w, childPlan{Model: model.URL, WebURL: w.webURL, Addr: addr, Store: filepath.Join(t.TempDir(), "oioi.db"), Secret: w.world.Secret,
		AppID: w.world.App.ID, Key: w.world.PrivateKey}, model}
}

var arenas atomic.Int64

// ownLoopback is an address on which nobody else listens, so that no other server gets the port of a process that was killed
// before the next one is there.
func ownLoopback() string {
	if runtime.GOOS != "linux" { // elsewhere there is only one
		return "127.0.0.1"
	}
	n := arenas.Add(1)
	return fmt.Sprintf("127.%d.%d.%d", 1+os.Getpid()%250, n>>8&255, n&255)
}

// followedThrough is a good model that finds something to do afterwards: a follow-up, and a sentence that a page lacks.
func followedThrough(r modeltest.Request) role.Output {
	const sentence = "A token can be rotated from the command line with tallypost token rotate."
	out := modeltest.Draft(r)
	if f := out.FollowThrough; f != nil {
		f.Nothing = nil
		f.FollowUps = []role.FollowUp{{Kind: "process", Title: "Tell customers early about rotation", Body: "Nobody finds it.", Acceptance: []string{"Customers know it."},
			Tracker: "github", Priority: "P3"}}
		f.DocsEdits = []role.DocsEdit{{Page: "docs/api/tokens.md", Title: "Rotate from the command line", Why: "Customers ask.", Sources: []role.Citation{},
			Edits: []role.Edit{{Find: "## Rotate a token", Insert: "\n\n" + sentence}}}}
	}
	if u := out.Understanding; u != nil {
		u.Reply[1] = role.Block{Kind: role.Courtesy, Text: "We look into it.", Citations: []role.Citation{}}
		if found := tokensPage.FindStringSubmatch(r.Prompt("user")); found != nil && strings.Contains(r.Prompt("user"), sentence) {
			u.Reply[1] = role.Block{Kind: role.Instruction, Text: sentence, Citations: []role.Citation{{Evidence: found[1], Quote: sentence}}}
		}
	}
	return out
}

var tokensPage = regexp.MustCompile(`(E\d+), docs\n.*\n.*, page docs/api/tokens\.md\n`)

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

// ended is how a story ended.
type ended struct {
	stands string         // on GitHub
	passed int64          // boundaries of a process that was not killed
	kills  int            // of processes
	paid   map[string]int // how often each question was put to the model
}

// chaosStory takes a ticket from the form to the sent reply and what follows from it, in processes that are killed at these
// boundaries, one after the other, and in one more to the end.
func chaosStory(t *testing.T, killAt ...int64) ended {
	t.Helper()
	a := newArena(t)
	out := ended{paid: map[string]int{}}
	ref := forge.Ref{}
	asked := false
	for _, at := range append(killAt, 0) {
		c := a.start(at)
		line, lived := c.until(t, "started")
		if lived && ref.Number == 0 {
			ref = a.sample("rotate-token")
		}
		if lived && !asked {
			if _, lived = c.until(t, "drafted"); lived {
				asked = true
				a.ahead.Add(int64(5 * time.Minute)) // GitHub's times have whole seconds
				a.check(a.comment("maintainer", ref, "/oioi send"))
			}
		}
		if lived {
			line, lived = c.until(t, "sent")
		}
		if lived {
			out.passed, _ = strconv.ParseInt(strings.TrimPrefix(line, "sent after "), 10, 64)
			c.kill()
			break
		}
		_ = c.cmd.Wait()
		if at == 0 {
			t.Fatalf("killed at %v, the last process ended by itself: %s", killAt, c.errs)
		}
		out.kills++
		a.check(a.world.Forge.Drain(t.Context())) // what was under way to the dead process has failed
		if ref.Number == 0 {
			ref = a.sample("rotate-token") // while nobody is there
		}
	}
	out.stands = a.show(ref)
	for _, r := range a.model.Requests() {
		out.paid[r.Prompt("system")+r.Prompt("user")]++
	}
	return out
}

// A process that is killed at any commit and any call to GitHub, and the next one at any, loses nothing and doubles nothing:
// what stands on GitHub at the end is what stands after an undisturbed run. No answer of the model that was stored is asked
// for again: a kill costs the one that was under way.
func TestKilledAtEveryBoundary(t *testing.T) {
	t.Parallel()
	want := chaosStory(t)
	if want.passed < 100 || !strings.Contains(want.stands, "=== sub-issue") || !strings.Contains(want.stands, "=== pull request") || !strings.Contains(want.stands, "Sent by `@maintainer`") {
		t.Fatalf("a whole ticket passes %d boundaries and leaves\n%s", want.passed, want.stands)
	}
	step := want.passed*every/6 + 1
	if fullChaos {
		step = 1
	}
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	var mu sync.Mutex
	kills, same, stories, repaid := 0, 0, 0, 0
	t.Cleanup(func() {
		if kills < stories/2 {
			t.Errorf("only %d processes were killed in %d stories", kills, stories)
		}
		proven(t, "kill -9", fmt.Sprintf("%d boundaries, %d stories, %d kills", want.passed, stories, kills),
			fmt.Sprintf("%d as undisturbed, %d model calls under way paid again", same, repaid))
	})
	for at := 1 + random.Int64N(step); at <= want.passed; at += step {
		again := 1 + random.Int64N(want.passed/2) // while the next one recovers
		t.Run(fmt.Sprintf("at %d and then at %d", at, again), func(t *testing.T) {
			t.Parallel()
			got := chaosStory(t, at, again)
			mu.Lock()
			defer mu.Unlock()
			stories++
			kills += got.kills
			if got.stands == want.stands {
				same++
			} else {
				t.Errorf("this differs:\n%s", diff(want.stands, got.stands))
			}
			calls := 0
			for _, n := range got.paid {
				calls += n - 1
			}
			if repaid += calls; calls > got.kills {
				t.Errorf("%d questions were asked again after %d kills", calls, got.kills)
			}
		})
	}
}

// Deliveries that come twice, in any order, late, are lost or vanish, and outages of an hour and of four days: each ticket is
// worked once. What OiOi believes to have done stands on GitHub, and nothing else of its own does.
func TestNoDeliveryIsMissed(t *testing.T) {
	t.Parallel()
	var away atomic.Int64
	start := time.Now()
	now := func() time.Time { return start.Add(time.Since(start) + time.Duration(away.Load())) }
	w := newTown(t, townOptions{clock: now})
	odd, others := 6, 3 // tickets
	if fullChaos {
		odd, others = 200, 20
	}
	var all []forge.Ref
	phase := func(name string, tickets int, m forge.Mischief, gone time.Duration) {
		t.Helper()
		before := w.deliveries()
		w.world.Forge.SetMischief(m)
		var refs []forge.Ref
		for i := range tickets {
			var ref forge.Ref
			switch i % 4 {
			case 0:
				ref = w.sample(chaosTicket)
			case 1:
				ref = w.sample("empty-pdf")
			default:
				ref = w.file(fmt.Sprintf("The %s export stops, number %d", name, i), "The export of the report stops in the middle of it.")
			}
			for n := range 3 {
				w.check(w.comment("customer", ref, fmt.Sprintf("It happened again, time %d.", n)))
			}
			refs = append(refs, ref)
		}
		w.check(w.world.Forge.Drain(t.Context()))
		logged := w.deliveries() - before // those that vanished are in no log
		w.world.Forge.SetMischief(forge.Mischief{})
		away.Add(int64(gone))
		for range 2 { // the second finds nothing new
			w.recover()
			w.check(w.world.Forge.Drain(t.Context()))
		}
		for _, ref := range refs {
			w.settleWithin(ref, 10*patience)
			if got := w.status(ref); got != "finished" {
				t.Errorf("%s of the phase %s is %q", ref, name, got)
			}
		}
		all = append(all, refs...)
		proven(t, "deliveries: "+name, fmt.Sprintf("%d deliveries of %d tickets logged", logged, tickets), "each ticket worked once")
	}
	phase("twice, shuffled, late, 5 % vanished, 10 % lost", odd, forge.Mischief{Seed: 7, Twice: 0.3, Shuffle: 0.5, Vanish: 0.05, Lost: 0.1, Delay: 20 * time.Millisecond}, 0)
	phase("an hour's outage", others, forge.Mischief{Seed: 8, Lost: 1}, time.Hour)
	phase("four days' outage", others, forge.Mischief{Seed: 9, Lost: 1}, 4*24*time.Hour)
	phase("all vanished", others, forge.Mischief{Seed: 10, Vanish: 1}, time.Minute)
	w.world.Forge.SetMischief(forge.Mischief{Seed: 11, Vanish: 0.5, Twice: 0.5})
	for _, ref := range all {
		w.check(w.comment("maintainer", ref, "/oioi help"))
	}
	w.check(w.world.Forge.Drain(t.Context()))
	for range 2 {
		w.recover()
	}
	for _, ref := range all {
		w.settleWithin(ref, 10*patience)
	}
	made := w.made()
	believed := map[string]int{}
	for _, ref := range all {
		drafts, helps := 0, 0
		for _, c := range w.all(ref) {
			drafts += strings.Count(c.Body, "### Reply to customer")
			helps += strings.Count(c.Body, "comment/answer/")
		}
		if drafts != 1 || helps != 1 {
			t.Errorf("%s has %d drafts and %d answers to its command", ref, drafts, helps)
		}
		w.believes(ref, believed)
	}
	for what, n := range made {
		if n != 1 || believed[what] == 0 {
			t.Errorf("%s stands on GitHub %d times; OiOi believes %d", what, n, believed[what])
		}
	}
	for what := range believed {
		if made[what] == 0 {
			t.Errorf("%s does not stand on GitHub, and OiOi believes that it does", what)
		}
	}
	proven(t, "deliveries: what stands", fmt.Sprintf("%d tickets", len(all)), fmt.Sprintf("%d comments, labels, follow-ups and pull requests, each once", len(made)))
}

// recover lets OiOi look for what it has missed, again where that fails, as it does every five minutes.
func (w *town) recover() {
	w.t.Helper()
	err := w.oioi.Recover(w.t.Context())
	for try := 1; err != nil && try < 3; try++ {
		err = w.oioi.Recover(w.t.Context())
	}
	w.check(err)
}

// deliveries counts the messages in GitHub's log of webhooks.
func (w *town) deliveries() int {
	log, err := w.world.Forge.Deliveries("oioi")
	w.check(err)
	ids := map[string]bool{}
	for _, d := range log {
		ids[d.GUID] = true
	}
	return len(ids)
}

// made counts what OiOi has made in the support repository: comments, issues and pull requests by their markers, and its labels
// by issue.
func (w *town) made() map[string]int {
	w.t.Helper()
	out := map[string]int{}
	as := forge.As("jo-lindqvist")
	issues, err := w.world.Forge.ListIssues(as, "tallypost/support", forge.IssueFilter{State: "all"})
	w.check(err)
	pulls, err := w.world.Forge.ListPulls(as, "tallypost/support", forge.PullFilter{State: "all"})
	w.check(err)
	seen := map[int]bool{}
	for _, issue := range append(issues, pulls...) {
		if seen[issue.Ref.Number] {
			continue
		}
		seen[issue.Ref.Number] = true
		if issue.Author == w.world.App.Bot() {
			for _, m := range markers.FindAllString(issue.Body, -1) {
				out[m]++
			}
		}
		for _, label := range issue.Labels {
			if strings.HasPrefix(label, "oioi:") && issue.Author != w.world.App.Bot() {
				out[fmt.Sprintf("%s on #%d", label, issue.Ref.Number)]++
			}
		}
		for _, c := range w.all(issue.Ref) {
			if c.Author == w.world.App.Bot() {
				for _, m := range markers.FindAllString(c.Body, -1) {
					out[m]++
				}
			}
		}
	}
	return out
}

// believes adds what OiOi's outbox says to stand for a ticket, in made's words.
func (w *town) believes(ref forge.Ref, in map[string]int) {
	w.t.Helper()
	w.check(w.oioi.Store.View(w.t.Context(), func(r store.Reader) error {
		outbox, err := r.Effects(w.t.Context(), w.row(ref).Key)
		for _, stored := range outbox {
			var e effect.Effect
			var receipt effect.Receipt
			if stored.State != store.EffectDone {
				continue
			}
			if err := errors.Join(json.Unmarshal(stored.Data, &e), json.Unmarshal(stored.Receipt, &receipt)); err != nil {
				return err
			}
			switch {
			case receipt.Skipped != "":
			case e.Comment != nil:
				in[e.Comment.Marker]++
			case e.Issue != nil:
				in[e.Issue.Marker]++
			case e.Pull != nil:
				in[e.Pull.Marker]++
			case e.Gap != nil:
				in[e.Gap.Marker]++
				in[e.Gap.LineMarker]++
			case e.Label != nil && !e.Label.Remove:
				in[fmt.Sprintf("%s on #%d", e.Label.Name, e.Number)]++
			}
		}
		return err
	}))
}

// Restarted with work left, OiOi is at it within a second: from the start of its process to the first call to GitHub about the
// ticket.
func TestRestartResumesWithinASecond(t *testing.T) {
	a := newArena(t)
	first := a.start(60)
	first.until(t, "started")
	ref := a.sample("rotate-token")
	first.until(t, "drafted")
	_ = first.cmd.Wait()
	began := time.Now()
	second := a.start(0)
	defer second.kill()
	line, ok := second.until(t, "resumed")
	if !ok {
		t.Fatalf("it did not go on: %s", second.errs)
	}
	whole := time.Since(began)
	second.until(t, "drafted")
	if a.show(ref) == "" {
		t.Error("nothing stands there")
	}
	ms, err := strconv.Atoi(strings.Fields(line)[2])
	a.check(err)
	if ms > 1000 && fullChaos {
		t.Errorf("it took %d ms until the work went on", ms)
	}
	proven(t, "restart", "killed in the middle of a ticket, started again", fmt.Sprintf("the ticket's work goes on after %d ms (%d ms with the process)", ms, whole.Milliseconds()))
}
