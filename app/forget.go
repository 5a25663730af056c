package app

import (
	"context"
	"sync"
	"time"

	"github.com/oioi-app/oioi/app/aside"
)

// forgetEvery is how often removed installations are looked for; forgetFirst is when, after a start.
const (
	forgetEvery = 6 * time.Hour
	forgetFirst = time.Minute
)

// startForgetting deletes the data of installations that have been removed for longer than keep, until stop is called.
func (a *App) startForgetting(ctx context.Context, keep time.Duration) (stop func()) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	var done sync.WaitGroup
	done.Go(func() {
		timer := time.NewTimer(forgetFirst)
		defer timer.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-timer.C:
			}
			if err := aside.Do(func() error { return a.forget(ctx, keep) }); err != nil && ctx.Err() == nil {
				a.log.WarnContext(ctx, "removed installations could not be looked for; OiOi tries again later", "error", err, "in", forgetEvery)
			}
			timer.Reset(forgetEvery)
		}
	})
	return func() { cancel(); done.Wait() }
}
