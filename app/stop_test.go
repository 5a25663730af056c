package app

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/oioi-app/oioi/app/config"
)

// A stop is over in time although a language model hangs, and the next start goes on where it was.
func TestAStopIsOverInTime(t *testing.T) {
	t.Parallel()
	a := newArena(t)
	m, asked, hungUp := hangingModel(t)
	server := config.DefaultServer()
	server.GitHub.WebURL, server.GitHub.APIURL = a.plan.WebURL, a.plan.WebURL+"/api/v3"
	server.GitHub.AppID, server.GitHub.PrivateKey, server.GitHub.WebhookSecrets = a.plan.AppID, a.plan.Key, []string{a.plan.Secret}
	server.GitHub.WriteInterval, server.Store.Path, server.Server.Addr, server.Model = 0, a.plan.Store, a.plan.Addr, m
	ctx, stop := context.WithCancel(t.Context())
	serve := func(ctx context.Context) chan error {
		done := make(chan error, 1)
		go func() {
			done <- Serve(ctx, Options{Config: server, Log: slog.New(slog.DiscardHandler), Drain: time.Second, RetryPause: 5 * time.Millisecond}, nil)
		}()
		return done
	}
	done := serve(ctx)
	a.sample("rotate-token")
	a.waitFor("the model's call", func() bool { return asked.Load() == 1 })
	began := time.Now()
	stop()
	if err := <-done; err != nil {
		t.Error(err)
	}
	if took := time.Since(began); took > 30*time.Second { // the model hangs for a minute
		t.Errorf("the stop took %s", took)
	}
	a.waitFor("the end of the call", func() bool { return hungUp.Load() == 1 })
	ctx, stop = context.WithCancel(t.Context())
	done = serve(ctx)
	a.waitFor("the call after the next start", func() bool { return asked.Load() == 2 })
	stop()
	if err := <-done; err != nil {
		t.Error(err)
	}
}
