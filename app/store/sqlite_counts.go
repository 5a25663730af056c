package store

import (
	"context"
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
