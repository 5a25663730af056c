// Package app puts OiOi together: it is the only place where the parts meet.
package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/riverqueue/river"

	"github.com/oioi-app/oioi/app/config"
	"github.com/oioi-app/oioi/app/connect/docs"
	"github.com/oioi-app/oioi/app/connect/tracker"
	"github.com/oioi-app/oioi/app/desk"
	"github.com/oioi-app/oioi/app/fetch"
	"github.com/oioi-app/oioi/app/hub"
	"github.com/oioi-app/oioi/app/intake"
	"github.com/oioi-app/oioi/app/model/tokens"
	"github.com/oioi-app/oioi/app/store"
	"github.com/oioi-app/oioi/app/telemetry"
	"github.com/oioi-app/oioi/app/web"
	"github.com/oioi-app/oioi/workflow/effect"
	"github.com/oioi-app/oioi/workflow/ticket"
)

// Version is what OiOi calls itself in User-Agent headers; a release build sets it.
var Version = "dev"

// Options say what New cannot read from the configuration.
type Options struct {
	Config config.Server
	Log    *slog.Logger
	Clock  func() time.Time // default time.Now
	// Transport carries the requests to GitHub; default: one with timeouts. Tests count and break requests with it.
	Transport http.RoundTripper
	// Fetch decides which machines web pages are read from, at each connection; default fetch.PublicOnly. Tests let their
	// own double through.
	Fetch fetch.Control
	// Around returns what works instead of the store; nil: the store itself. Tests count and break commits with it.
	Around func(store.Store) store.Store
	// StepAttempts, EffectAttempts and RetryPause say how long OiOi tries before a person is asked; 0: desk.Options' defaults.
	StepAttempts, EffectAttempts int
	RetryPause                   time.Duration
	// JobTimeout is how long a job may take; default 5 minutes. Steps get more where the model's timeout asks for it.
	JobTimeout time.Duration
	// Drain is how long a stop may take; default 25 s.
	Drain time.Duration
	// Changed is called after every commit that changes a ticket's progress; nil: nobody is told.
	Changed func()
	// Telemetry counts and traces; default: one that counts.
	Telemetry *telemetry.Telemetry
}

// App is a running OiOi.
type App struct {
	Store      store.Store
	handler    http.Handler
	operations http.Handler // /metrics, /dashboard and /queue
	log        *slog.Logger

	drain    time.Duration
	stopping sync.Once
	stopped  error
	until    context.Context // ends when a stop must be over

	forget         func(ctx context.Context, keep time.Duration) error
	recover        func(context.Context) error
	stopRecovering func()
	stopForgetting func()
}

// New opens the store, asks GitHub who this App is, and starts to work the queue. Close it.
func New(ctx context.Context, o Options) (*App, error) {
	queueClock := o.Clock // nil outside tests: with a clock of its own the queue rescues no jobs
	if o.Clock == nil {
		o.Clock = time.Now
	}
	if o.Telemetry == nil {
		o.Telemetry = telemetry.New(telemetry.Options{})
	}
	o.Log = slog.New(telemetry.LogHandler(o.Log.Handler()))
	model, fallback, err := Models(o.Config.Model, o.Log)
	if err != nil {
		return nil, err
	}
	db, err := store.OpenSQLite(ctx, o.Config.Store.Path, store.Options{Logger: o.Log, Clock: queueClock})
	if err != nil {
		return nil, err
	}
	if o.Around != nil {
		db = o.Around(db)
	}
	github, login, err := connect(ctx, o, ledger{db})
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	a := &App{Store: db, log: o.Log, drain: cmp.Or(o.Drain, drain)}
	if err := a.start(ctx, o, github, login, desk.Engine{
		Model: observeModel(model, o.Telemetry), Fallback: observeModel(fallback, o.Telemetry), Sources: github, Count: tokens.Count, Log: o.Log, Clock: o.Clock,
	}); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return a, nil
}

// connect makes the hub and asks GitHub for the App's login.
func connect(ctx context.Context, o Options, remembers hub.Ledger) (github, string, error) {
	c := o.Config.GitHub
	h, err := hub.New(hub.Options{
		APIURL: c.APIURL, AppID: c.AppID, PrivateKey: c.PrivateKey, UserAgent: "oioi/" + Version,
		WriteInterval: time.Duration(c.WriteInterval), Transport: o.Transport, Ledger: remembers, Clock: o.Clock,
	})
	if err != nil {
		return github{}, "", err
	}
	_, login, err := h.App(ctx)
	if err != nil {
		return github{}, "", fmt.Errorf("%w; check github.app_id, the private key and github.api_url", err)
	}
	return github{hub: h, library: &docs.Library{From: h, WebURL: c.WebURL}, tracker: &tracker.Tracker{From: h, WebURL: c.WebURL}, configs: &config.Loader{}, web: reader(o)}, login, nil
}

func (a *App) start(ctx context.Context, o Options, gh github, login string, engine desk.Engine) error {
	registry, err := intake.NewRegistry(intake.Handlers()...)
	if err != nil {
		return err
	}
	d := desk.New(desk.Options{
		Store: a.Store, GitHub: gh, Publisher: observedPublisher{gh, o.Telemetry}, Telemetry: o.Telemetry, Engine: engine, Open: opener(registry),
		BotLogin: login, SettleTime: time.Duration(o.Config.GitHub.SettleTime), Clock: o.Clock, Log: o.Log, Changed: o.Changed, Budget: o.Config.Budget,
		StepTimeout: stepTimeout(o), StepAttempts: o.StepAttempts, EffectAttempts: o.EffectAttempts, RetryPause: o.RetryPause,
	})
	if err := d.ReleaseDead(ctx); err != nil {
		return fmt.Errorf("release what dead calls held: %w", err)
	}
	workers := river.NewWorkers()
	d.Register(workers)
	if err := a.Store.Work(ctx, workers, store.WorkOptions{About: d.About, JobTimeout: o.JobTimeout}); err != nil {
		return fmt.Errorf("start the queue: %w", err)
	}
	hooks, err := intake.New(intake.Options{
		Secrets: o.Config.GitHub.WebhookSecrets, Inbox: a.Store, Handlers: registry, Relevant: relevant, TicketOf: ticketOf(login),
		AppID: o.Config.GitHub.AppID, AppSlug: strings.TrimSuffix(login, "[bot]"), Clock: o.Clock, Logger: o.Log, Telemetry: o.Telemetry,
	})
	if err != nil {
		return err
	}
	a.forget = func(ctx context.Context, keep time.Duration) error { return d.Forget(ctx, gh, keep) }
	a.recover = func(ctx context.Context) error { return d.Recover(ctx, gh) }
	a.stopRecovering = a.startRecovering(ctx, time.Duration(o.Config.GitHub.RecoverInterval))
	a.stopForgetting = a.startForgetting(ctx, time.Duration(o.Config.Store.KeepRemoved))
	mux := http.NewServeMux()
	mux.Handle(intake.Path, hooks)
	if a.operations, err = operations(a.Store, o); err != nil {
		return err
	}
	mux.Handle("/", web.Handler(web.Options{Store: a.Store, Log: o.Log}))
	if o.Config.Server.OperationsAddr == "" {
		for _, path := range []string{"/metrics", "/dashboard", "/queue", "/queue/", "/progress/"} {
			mux.Handle(path, a.operations)
		}
	}
	a.handler = mux
	return nil
}

// relevant says which actions of the events we subscribe to can mean something; the others are dropped before decoding.
func relevant(event, action string) bool {
	switch event {
	case "issues":
		return slices.Contains([]string{"opened", "edited", "labeled", "closed", "reopened", "locked", "unlocked", "deleted", "transferred"}, action)
	case "issue_comment", "pull_request_review_comment":
		return action == "created"
	case "pull_request":
		return action == "closed"
	case "installation":
		return slices.Contains([]string{"created", "deleted", "suspend", "unsuspend", "new_permissions_accepted"}, action)
	case "installation_repositories":
		return true
	case "repository":
		return slices.Contains([]string{"archived", "unarchived", "renamed", "transferred", "privatized", "publicized", "deleted"}, action)
	case "push":
		return true
	}
	return false
}

// ticketOf finds the ticket of a pull request that the App itself has opened.
func ticketOf(login string) func(intake.PullRequest) int {
	return func(p intake.PullRequest) int {
		push := p.Author == "" && p.Body == ""
		if p.Fork || !push && !strings.EqualFold(p.Author, login) {
			return 0
		}
		return effect.TicketOf(p.Branch, p.Body)
	}
}

// opener hands a stored delivery to its go-githubapp handler and collects the ticket events that it reads there.
func opener(registry *intake.Registry) desk.Opener {
	return func(ctx context.Context, d store.Delivery) (events []ticket.Event, err error) {
		err = registry.Handle(intake.WithFold(ctx, func(e ticket.Event) { events = append(events, e) }), d)
		return events, err
	}
}

// Handler serves the webhook and the pages.
func (a *App) Handler() http.Handler { return a.handler }

// drain is how long a stop may take with everything that belongs to it; an orchestrator kills after 30 s.
const drain = 25 * time.Second

// stopQueue stops fetching jobs and waits for the running ones, most of the time that a stop may take; then it cancels them. What
// was not finished goes on at the next start. Called again, it waits for the first call.
func (a *App) stopQueue() error {
	a.stopping.Do(func() {
		var cancel context.CancelFunc
		a.until, cancel = context.WithTimeout(context.Background(), a.drain)
		context.AfterFunc(a.until, cancel)
		running, done := context.WithTimeout(a.until, a.drain*7/10) // those that are cancelled need a moment, and so do the last traces
		defer done()
		a.stopRecovering()
		a.stopForgetting()
		a.stopped = a.Store.Stop(running)
	})
	return a.stopped
}

// Close stops the queue and closes the store.
func (a *App) Close() error { return errors.Join(a.stopQueue(), a.Store.Close()) }

// Serve runs OiOi until ctx ends. ready is called with the address once it listens.
func Serve(ctx context.Context, o Options, ready func(net.Addr)) error {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(200) // a ticket makes much that is dropped at once; an idle server keeps little either way
	}
	a, err := New(ctx, o)
	if err != nil {
		return err
	}
	stop := a.serveOperations(ctx, o.Config.Server.OperationsAddr)
	unwatch := context.AfterFunc(ctx, func() { _ = a.stopQueue() }) // beside the requests that are open, not after them
	defer unwatch()
	err = errors.Join(listen(ctx, o.Config.Server.Addr, a.Handler(), func(addr net.Addr) {
		if ready != nil {
			ready(addr)
		}
	}), stop(), a.Close())
	return errors.Join(err, o.Telemetry.Close(a.until))
}

// listen serves until ctx ends, then lets the open requests finish.
func listen(ctx context.Context, addr string, handler http.Handler, ready func(net.Addr)) error {
	socket, err := (&net.ListenConfig{}).Listen(ctx, "tcp", addr)
	if err != nil {
		return fmt.Errorf("listen on %s: %w; name another address with --addr or server.addr", addr, err)
	}
	return serveOn(ctx, socket, handler, ready)
}

func serveOn(ctx context.Context, socket net.Listener, handler http.Handler, ready func(net.Addr)) error {
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute,
		BaseContext: func(net.Listener) context.Context { return context.WithoutCancel(ctx) }}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(socket) }()
	if ready != nil {
		ready(socket.Addr())
	}
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	within, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	if err := server.Shutdown(within); err != nil && !errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return server.Close() // pages that stay open for news
}
