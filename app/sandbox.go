package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/oioi-app/oioi/app/config"
	"github.com/oioi-app/oioi/app/intake"
	"github.com/oioi-app/oioi/app/sandbox"
	"github.com/oioi-app/oioi/app/sandbox/forge"
	"github.com/oioi-app/oioi/app/sandbox/pages"
	"github.com/oioi-app/oioi/app/web"
)

// SandboxOptions say how to run the sandbox.
type SandboxOptions struct {
	Addr       string // host and port of its pages
	Dir        string // state folder; "" keeps everything in a temporary one
	GitHubOnly bool   // without OiOi, for `oioi serve` beside it and for tests
	WebhookURL string // GitHubOnly: where the App's webhooks go
	Model      config.Model
	Log        *slog.Logger
	Clock      func() time.Time // default time.Now
	// Ready is called once the pages can be opened.
	Ready func(sandbox.Info, string) // what sandbox.json holds, and its path
}

// Sandbox runs a local GitHub and, unless GitHubOnly, OiOi installed in it, until ctx ends.
func Sandbox(ctx context.Context, o SandboxOptions) (err error) {
	dir := o.Dir
	if dir == "" {
		if dir, err = os.MkdirTemp("", "oioi-sandbox-"); err != nil {
			return fmt.Errorf("make a temporary folder: %w", err)
		}
		defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	}
	socket, err := (&net.ListenConfig{}).Listen(ctx, "tcp", o.Addr)
	if err != nil {
		return fmt.Errorf("listen on %s: %w; name another address with --addr", o.Addr, err)
	}
	webURL := "http://" + reachable(socket.Addr())
	world, err := sandbox.Open(sandbox.Options{Dir: dir, WebURL: webURL, WebhookURL: o.WebhookURL, Log: o.Log, Now: o.Clock})
	if err != nil {
		return errors.Join(err, socket.Close())
	}
	world.Forge.SetBaseURL(webURL)
	live := &liveProgress{changed: make(chan struct{})}
	open := make(chan struct{})
	handler, err := front(ctx, world, live, open, o)
	if err != nil {
		return errors.Join(err, socket.Close(), world.Close())
	}
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	served := make(chan error, 1)
	go func() { served <- serveOn(ctx, socket, handler, nil) }()
	var oioi *App
	if !o.GitHubOnly {
		if oioi, err = beside(ctx, world, webURL, dir, live, o); err != nil {
			stop(err)
			return errors.Join(err, <-served, world.Close())
		}
	}
	info, err := world.Info(webURL)
	if err == nil {
		close(open)
		if o.Ready != nil {
			o.Ready(info, filepath.Join(dir, "sandbox.json"))
		}
		err = <-served
	} else {
		stop(err)
		err = errors.Join(err, <-served)
	}
	if oioi != nil {
		err = errors.Join(err, oioi.Close())
	}
	return errors.Join(err, world.Close())
}

// reachable returns an address that a browser on this machine can open.
func reachable(addr net.Addr) string {
	host, port, err := net.SplitHostPort(addr.String())
	if err != nil {
		return addr.String()
	}
	if ip := net.ParseIP(host); ip == nil || ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return net.JoinHostPort(host, port)
}

// front serves REST and git from the forge and everything else from the pages.
// A page waits until open is closed: a ticket that is filed before OiOi listens would never reach it. Pages stop listening
// for news when ctx ends, so that an open page does not hold up the end.
func front(ctx context.Context, world *sandbox.World, live *liveProgress, open <-chan struct{}, o SandboxOptions) (http.Handler, error) {
	options := pages.Options{Forge: world.Forge, People: sandbox.People, Bot: world.App.Bot(), Log: o.Log, Now: o.Clock}
	if !o.GitHubOnly {
		options.Progress, options.Changed = live.read, live.wait
	}
	human, err := pages.Handler(options)
	if err != nil {
		return nil, err
	}
	machine := world.Forge.Handler()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if forge.Serves(r.URL.Path) {
			machine.ServeHTTP(w, r)
			return
		}
		during, cancel := context.WithCancel(r.Context())
		defer cancel()
		if strings.Contains(r.URL.Path, "/live/") {
			defer context.AfterFunc(ctx, cancel)()
		}
		select {
		case <-open:
			human.ServeHTTP(w, r.WithContext(during))
		case <-during.Done():
		}
	}), nil
}

// beside starts OiOi in this process, on a port of its own, as the App that the world has registered.
func beside(ctx context.Context, world *sandbox.World, webURL, dir string, live *liveProgress, o SandboxOptions) (*App, error) {
	server := config.DefaultServer()
	server.GitHub.WebURL, server.GitHub.APIURL = webURL, webURL+"/api/v3"
	server.GitHub.AppID, server.GitHub.PrivateKey, server.GitHub.WebhookSecrets = world.App.ID, world.PrivateKey, []string{world.Secret}
	server.GitHub.WriteInterval, server.GitHub.SettleTime = 0, 0 // nobody's limits are to be kept here, and nobody wants to wait
	server.Store.Path = filepath.Join(dir, "oioi.db")
	server.Model = o.Model
	oioi, err := New(ctx, Options{Config: server, Log: o.Log, Clock: o.Clock, Changed: live.tell})
	if err != nil {
		return nil, err
	}
	socket, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, errors.Join(fmt.Errorf("listen for the sandbox's webhooks: %w", err), oioi.Close())
	}
	go func() {
		if err := serveOn(ctx, socket, oioi.Handler(), nil); err != nil {
			o.Log.ErrorContext(ctx, "the receiver of the sandbox's webhooks stopped", "error", err)
		}
	}()
	live.open(oioi)
	hook := "http://" + socket.Addr().String() + intake.Path
	return oioi, world.Forge.SetWebhook(sandbox.AppSlug, hook, world.Secret)
}

// liveProgress lets the sandbox's pages read how far OiOi is, and wakes them when that changes.
type liveProgress struct {
	mu      sync.Mutex
	changed chan struct{}
	oioi    *App
}

func (l *liveProgress) open(a *App) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.oioi = a
}

// tell wakes everybody who waits.
func (l *liveProgress) tell() {
	l.mu.Lock()
	defer l.mu.Unlock()
	close(l.changed)
	l.changed = make(chan struct{})
}

func (l *liveProgress) wait() <-chan struct{} {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.changed
}

func (l *liveProgress) read(ctx context.Context, repositoryID int64, number int) (pages.Progress, error) {
	l.mu.Lock()
	oioi := l.oioi
	l.mu.Unlock()
	if oioi == nil {
		return pages.Progress{}, nil
	}
	progress, err := web.Read(ctx, oioi.Store, repositoryID, number)
	out := pages.Progress{Status: progress.Status, Run: progress.Run}
	for _, e := range progress.Events {
		out.Steps = append(out.Steps, pages.Step{At: e.At, Kind: e.Kind, Step: e.Step, Text: e.Text, Took: time.Duration(e.MS * float64(time.Millisecond))})
	}
	return out, err
}
