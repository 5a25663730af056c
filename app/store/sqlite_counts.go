package store

import (
	"context"
	"database/sql"
	"time"
)

func (r sqliteReader) Counts(ctx context.Context) (Counts, error) {
	c := Counts{Runs: map[string]int64{}, Effects: map[EffectState]int64{}, Jobs: map[JobState]int64{}}
	if err := r.tx.QueryRowContext(ctx, `SELECT count(*) FROM delivery WHERE state = 'new'`).Scan(&c.Inbox); err != nil {
		return c, err
	}
	type row struct {
		kind, state string
		n           int64
	}
	scan := func(s scanner) (v row, err error) { return v, s.Scan(&v.kind, &v.state, &v.n) }
	runs, err := many(ctx, r.tx, scan, `SELECT '', status, count(*) FROM run GROUP BY status`)
	if err != nil {
		return c, err
	}
	for _, v := range runs {
		c.Runs[v.state] = v.n
	}
	effects, err := many(ctx, r.tx, scan, `SELECT '', state, count(*) FROM effect GROUP BY state`)
	if err != nil {
		return c, err
	}
	for _, v := range effects {
		c.Effects[EffectState(v.state)] = v.n
	}
	jobs, err := many(ctx, r.tx, scan, `SELECT kind, state, count(*) FROM river_job GROUP BY kind, state`)
	for _, v := range jobs {
		c.Jobs[JobState{v.kind, v.state}] = v.n
	}
	return c, err
}

// Jobs reads the queue's table.
func (r sqliteReader) Jobs(ctx context.Context, state string, limit int) ([]Job, error) {
	scan := func(s scanner) (j Job, err error) {
		var args, failed sql.NullString
		var scheduled, created string
		if err := s.Scan(&j.ID, &j.Kind, &j.State, &j.Attempt, &j.MaxAttempts, &scheduled, &created, &args, &failed); err != nil {
			return j, err
		}
		j.ScheduledAt, j.CreatedAt, j.Args, j.LastError = parseRiverTime(scheduled), parseRiverTime(created), args.String, failed.String
		return j, nil
	}
	return many(ctx, r.tx, scan, `SELECT id, kind, state, attempt, max_attempts, CAST(scheduled_at AS TEXT), CAST(created_at AS TEXT), json(args),
			json_extract(errors, '$[#-1].error')
		FROM river_job WHERE state = ? ORDER BY scheduled_at DESC, id DESC LIMIT ?`, state, limit)
}

func parseRiverTime(s string) time.Time {
	for _, layout := range []string{"2006-01-02 15:04:05.999999999", "2006-01-02 15:04:05.999999999 -0700 MST", time.RFC3339Nano} {
		if t, err := time.Parse(layout, s); err == nil {
			return t
		}
	}
	return time.Time{}
}
