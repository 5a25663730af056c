package app

import (
	"context"
	"time"

	"github.com/oioi-app/oioi/app/config"
	"github.com/oioi-app/oioi/app/hub"
	"github.com/oioi-app/oioi/app/ops"
	"github.com/oioi-app/oioi/app/store"
)

// StatusOf returns how the OiOi behind a database stands. It reads only, also beside one that runs.
func StatusOf(ctx context.Context, c config.Server, now time.Time) (ops.Status, error) {
	db, err := store.ReadSQLite(ctx, c.Store.Path)
	if err != nil {
		return ops.Status{}, err
	}
	defer func() { _ = db.Close() }()
	var s ops.Status
	err = db.View(ctx, func(r store.Reader) (err error) {
		s, err = ops.Read(ctx, r, reading(c, now))
		return err
	})
	return s, err
}

// reading says what the rows mean under a configuration.
func reading(c config.Server, now time.Time) ops.Options {
	return ops.Options{Budget: c.Budget, Now: now, WritesPrefix: hub.LedgerPrefix, Writes: func(kept string, now time.Time) (int, int, time.Time) {
		return hub.Pace(kept, time.Duration(c.GitHub.WriteInterval), now)
	}}
}
