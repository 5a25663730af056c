package app

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	gh "github.com/google/go-github/v62/github"

	"github.com/oioi-app/oioi/app/config"
	"github.com/oioi-app/oioi/app/desk"
	"github.com/oioi-app/oioi/app/fetch"
	"github.com/oioi-app/oioi/app/intake"
	"github.com/oioi-app/oioi/app/sandbox"
	"github.com/oioi-app/oioi/app/sandbox/forge"
	"github.com/oioi-app/oioi/app/sandbox/sample"
	"github.com/oioi-app/oioi/app/store"
	"github.com/oioi-app/oioi/app/telemetry"
	"github.com/oioi-app/oioi/workflow/policy"
)

var zeroTime time.Time

// town is the sandbox's GitHub with a whole OiOi beside it, in one process, over real HTTP.
type town struct {
	t      testing.TB
	world  *sandbox.World
	oioi   *App
	webURL string
	hooks  string        // OiOi's own address
	gate   sync.RWMutex  // locked: no delivery reaches OiOi
	ahead  atomic.Int64  // how far the clocks of GitHub and of OiOi were put forward, in nanoseconds
	news   chan struct{} // one token: something was committed since it was taken
}

type townOptions struct {
	model     config.Model
	budget    config.Budget // the zero value bounds nothing
	transport http.RoundTripper
	fetch     fetch.Control
	log       io.Writer
	logs      slog.Handler // of OiOi alone; nil: log takes its lines, too
	telemetry *telemetry.Telemetry
	rests     time.Duration // how long a ticket rests after an edit
	queue     string        // password of the pages of the job queue
	store     string        // path of the database; "": in memory

	around         func(store.Store) store.Store // see Options, as the next
	jobTimeout     time.Duration
	stepAttempts   int
	effectAttempts int
	clock          func() time.Time // of GitHub and OiOi; nil: OiOi's begins at began
	ours           func() time.Time // of OiOi alone
	slow           time.Duration    // how many times slower than the machine's the clock of OiOi goes; 0: it does not
}

// began is what the clock says when a story begins: a Tuesday at ten.
var began = time.Date(2026, 11, 24, 10, 0, 0, 0, time.UTC)

func newTown(t testing.TB, o townOptions) *town {
	t.Helper()
	w := &town{t: t, news: make(chan struct{}, 1)}
	if o.log == nil {
		o.log = io.Discard
	}
	log := slog.New(slog.NewTextHandler(o.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	ours := log
	if o.logs != nil {
		ours = slog.New(o.logs)
	}
	ctx, stop := context.WithCancel(context.Background())
	socket, err := net.Listen("tcp", "127.0.0.1:0")
	w.check(err)
	w.webURL = "http://" + socket.Addr().String()
	now := o.clock
	if now == nil {
		now = func() time.Time { return time.Now().Add(time.Duration(w.ahead.Load())) }
	}
	w.world, err = sandbox.Open(sandbox.Options{WebURL: w.webURL, Log: log, Now: now})
	w.check(err)
	w.world.Forge.SetBaseURL(w.webURL)
	served := make(chan error, 2)
	go func() { served <- serveOn(ctx, socket, w.world.Forge.Handler(), nil) }()

	server := config.DefaultServer()
	server.GitHub.WebURL, server.GitHub.APIURL = w.webURL, w.webURL+"/api/v3"
	server.GitHub.AppID, server.GitHub.PrivateKey, server.GitHub.WebhookSecrets = w.world.App.ID, w.world.PrivateKey, []string{w.world.Secret}
	server.GitHub.WriteInterval, server.Store.Path, server.Model = 0, o.store, o.model
	server.GitHub.SettleTime = policy.Duration(o.rests)
	server.Budget = o.budget
	server.Server.QueuePassword = o.queue
	start := time.Now()
	clock := func() time.Time { return began.Add(time.Since(start)/max(o.slow, 1) + time.Duration(w.ahead.Load())) }
	if o.clock != nil {
		clock = o.clock
	}
	if o.ours != nil {
		clock = o.ours
	}
	server.GitHub.RecoverInterval = 0 // tests that want it call it
	w.oioi, err = New(ctx, Options{Config: server, Log: ours, Clock: clock, Transport: o.transport, Fetch: o.fetch, Changed: w.tell, Telemetry: o.telemetry,
		Around: o.around, JobTimeout: o.jobTimeout, StepAttempts: o.stepAttempts, EffectAttempts: o.effectAttempts, RetryPause: 5 * time.Millisecond})
	w.check(err)
	hooks, err := net.Listen("tcp", "127.0.0.1:0")
	w.check(err)
	through := http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		w.gate.RLock()
		w.gate.RUnlock() //nolint:staticcheck // to wait until it is open
		w.oioi.Handler().ServeHTTP(rw, r)
	})
	go func() { served <- serveOn(ctx, hooks, through, nil) }()
	w.hooks = "http://" + hooks.Addr().String()
	w.check(w.world.Forge.SetWebhook(sandbox.AppSlug, w.hooks+intake.Path, w.world.Secret))
	t.Cleanup(func() {
		err := w.oioi.Close()
		stop()
		if err := errors.Join(err, o.telemetry.Close(context.Background()), <-served, <-served, w.world.Close()); err != nil {
			t.Error(err)
		}
	})
	return w
}

func (w *town) check(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *town) tell() {
	select {
	case w.news <- struct{}{}:
	default:
	}
}

// sample files one of the sandbox's sample tickets, as its form does.
func (w *town) sample(id string) forge.Ref {
	w.t.Helper()
	t := sampleTicket(w.t, id)
	issue, err := w.world.Forge.CreateIssue(forge.As(t.Author), sample.Owner+"/"+t.Repository, forge.IssueInput{Title: t.Title, Body: t.Body(), FormLabels: t.Labels})
	w.check(err)
	return issue.Ref
}

func sampleTicket(t testing.TB, id string) sample.Ticket {
	t.Helper()
	for _, s := range sample.Tickets() {
		if s.ID == id {
			return s
		}
	}
	t.Fatalf("there is no sample ticket %s", id)
	return sample.Ticket{}
}

// commit puts one file on the default branch.
func (w *town) commit(repo, name, content string) {
	w.t.Helper()
	_, err := w.world.Forge.AddCommit(repo, "", "jo-lindqvist", "Change "+name, zeroTime, fstest.MapFS{name: &fstest.MapFile{Data: []byte(content)}})
	w.check(err)
}

// push commits one file to a branch as a person does, so that GitHub tells of it.
func (w *town) push(login, repo, branch, path, content string) error {
	ctx := context.Background()
	client, err := gh.NewClient(nil).WithAuthToken(w.world.Tokens[login]).WithEnterpriseURLs(w.webURL, w.webURL)
	if err != nil {
		return err
	}
	owner, name, _ := strings.Cut(repo, "/")
	ref, _, err := client.Git.GetRef(ctx, owner, name, "heads/"+branch)
	if err != nil {
		return err
	}
	tree, _, err := client.Git.CreateTree(ctx, owner, name, ref.Object.GetSHA(), []*gh.TreeEntry{
		{Path: &path, Mode: gh.String("100644"), Type: gh.String("blob"), Content: &content}})
	if err != nil {
		return err
	}
	commit, _, err := client.Git.CreateCommit(ctx, owner, name, &gh.Commit{Message: gh.String("Say it better"), Tree: tree,
		Parents: []*gh.Commit{{SHA: ref.Object.SHA}}}, nil)
	if err != nil {
		return err
	}
	ref.Object.SHA = commit.SHA
	_, _, err = client.Git.UpdateRef(ctx, owner, name, ref, false)
	return err
}

// patience is how long a test waits for a signal that must come: long, for a slow machine with the race detector. It costs
// nothing where the signal comes.
const patience = 2 * time.Minute

// settle waits until every delivery is handled and OiOi has nothing more to do for the ticket.
func (w *town) settle(ref forge.Ref) {
	w.t.Helper()
	w.settleWithin(ref, patience)
}

func (w *town) settleWithin(ref forge.Ref, patience time.Duration) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	w.check(w.world.Forge.Drain(ctx))
	for {
		if busy := w.busy(ctx, ref); busy == "" {
			return
		} else if ctx.Err() != nil {
			w.t.Fatalf("%s did not settle within %s: %s", ref, patience, busy)
		}
		select {
		case <-w.news:
		case <-ctx.Done():
		}
	}
}

// busy says what OiOi still has to do for the ticket, or "".
func (w *town) busy(ctx context.Context, ref forge.Ref) (why string) {
	repo, err := w.world.Forge.Repo(forge.As("jo-lindqvist"), ref.Repo)
	w.check(err)
	key := store.TicketKey(repo.ID, ref.Number)
	err = w.oioi.Store.View(ctx, func(r store.Reader) error {
		inbox, err := r.Inbox(ctx, key)
		if err != nil || len(inbox) > 0 {
			why = "deliveries wait in the inbox"
			return err
		}
		row, err := r.Ticket(ctx, key)
		if errors.Is(err, store.ErrNotFound) {
			return nil
		}
		switch row.Status {
		case "gathering", "working", "publishing":
			why = "its run is " + row.Status
			return err
		}
		counts, err := r.Counts(ctx)
		for state, n := range counts.Jobs {
			if state.Kind == (desk.ResolutionArgs{}).Kind() && state.State != "completed" && n > 0 {
				why = "a closed ticket's resolution is looked at"
			}
		}
		if err != nil {
			return err
		}
		effects, err := r.Effects(ctx, key)
		for _, e := range effects {
			if e.State.Ready() && row.Status != "held" {
				why = "effect " + e.Key + " is " + string(e.State) + " " + e.Note
			}
		}
		return err
	})
	switch {
	case ctx.Err() != nil:
		return "the time is up " + why
	case err != nil:
		w.t.Fatal(err)
	}
	return why
}

func (w *town) people() []string {
	var out []string
	for _, u := range w.world.Forge.ListUsers() {
		out = append(out, u.Login)
	}
	return out
}

var (
	ids = regexp.MustCompile(`\b3\d{9}\b`)
	sha = regexp.MustCompile(`\b[0-9a-f]{40}\b`)
	// The digest of a draft covers its links, and they hold the port.
	digest = regexp.MustCompile(`\b[0-9a-f]{12}\b`)
	// What a draft took changes with every word of the prompts.
	took = regexp.MustCompile(`[\d,]+ tokens read \([\d,]+ cached\), [\d,]+ written · \$[\d.]+`)
	// What a provider has in its cache depends on what it was asked before, so also on answers that nobody was there to hear.
	cached = regexp.MustCompile(`\([\d,]+ cached\)`)
)

// plain takes out what differs from run to run.
func (w *town) plain(s string) string {
	s = took.ReplaceAllString(strings.ReplaceAll(s, w.webURL, "https://github.example"), "N tokens · $$N")
	s = cached.ReplaceAllString(s, "(N cached)")
	return digest.ReplaceAllString(sha.ReplaceAllString(ids.ReplaceAllString(s, "ID"), "COMMIT"), "DIGEST")
}
