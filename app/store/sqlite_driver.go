package store

import (
	"context"
	"sync"

	"github.com/riverqueue/river/riverdriver"
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

// GetExecutor returns one that keeps the queues: there are two, as long as OiOi runs. River's cleaner goes by the machine's clock, so
// that it takes away those of a machine that slept for a day, or of a test with a clock of its own; what reads them then fails.
func (d *wakingDriver) GetExecutor() riverdriver.Executor {
	return keepingQueues{d.Driver.GetExecutor()}
}

type keepingQueues struct{ riverdriver.Executor }

func (keepingQueues) QueueDeleteExpired(context.Context, *riverdriver.QueueDeleteExpiredParams) ([]string, error) {
	return nil, nil
}

// The pilot also spares the database what River would write about a job that a transaction of ours has completed already:
// nothing, in a transaction of its own.
type wakingPilot struct {
	riverpilot.StandardPilot
	wake      func(context.Context, []*rivertype.JobInsertResult)
	completed sync.Map // ids
}

func (p *wakingPilot) JobSetStateIfRunningMany(ctx context.Context, exec riverdriver.Executor,
	params *riverdriver.JobSetStateIfRunningManyParams) ([]*rivertype.JobRow, error) {
	news := false
	for _, id := range params.ID {
		_, known := p.completed.LoadAndDelete(id)
		news = news || !known
	}
	if !news {
		return nil, nil
	}
	return p.StandardPilot.JobSetStateIfRunningMany(ctx, exec, params)
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

// complete notes jobs that a commit has completed, before River hears that their attempts ended.
func (q *queue) complete(jobs []int64) {
	q.mu.RLock()
	defer q.mu.RUnlock()
	for _, id := range jobs {
		if q.work != nil {
			q.work.completed.Store(id, nil)
		}
	}
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
