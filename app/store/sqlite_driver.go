package store

import (
	"context"
	"sync"

	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/riverqueue/river/rivershared/baseservice"
	"github.com/riverqueue/river/rivershared/riverpilot"
	"github.com/riverqueue/river/rivertype"
)

// wakingDriver is River's SQLite driver without its listener, which asks the database for news 20 times a second and
// still starts a job 25 ms late on average. Where a driver has no listener, River calls its producers by itself after an
// insert outside a transaction. Its pilot is handed that call; we keep it, and make it after each commit that adds jobs.
// One process works this database, so nobody else needs to be told.
type wakingDriver struct {
	*riversqlite.Driver
	pilot riverpilot.Pilot
}

func (*wakingDriver) SupportsListener() bool            { return false }
func (*wakingDriver) SupportsListenNotify() bool        { return false }
func (*wakingDriver) PluginInit(*baseservice.Archetype) {}
func (d *wakingDriver) PluginPilot() riverpilot.Pilot   { return d.pilot }

type wakingPilot struct {
	riverpilot.StandardPilot
	wake func(context.Context, []*rivertype.JobInsertResult)
}

func (p *wakingPilot) PilotInit(a *baseservice.Archetype, params *riverpilot.PilotInitParams) {
	p.wake = params.NotifyNonTxJobInsert
	p.StandardPilot.PilotInit(a, params)
}

// queue is the working half of the job queue. Its zero value does nothing.
type queue struct {
	mu      sync.RWMutex
	work    *worker
	stopped bool
}

// kick makes the queues' workers look for jobs now.
func (q *queue) kick(names []string) {
	if len(names) == 0 {
		return
	}
	q.mu.RLock()
	w, stopped := q.work, q.stopped
	q.mu.RUnlock()
	if w == nil || stopped {
		return
	}
	inserted := make([]*rivertype.JobInsertResult, len(names))
	for i, name := range names {
		inserted[i] = &rivertype.JobInsertResult{Job: &rivertype.JobRow{Queue: name}}
	}
	w.wake(context.Background(), inserted)
}
