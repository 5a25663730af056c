package desk

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/riverqueue/river"

	"github.com/oioi-app/oioi/app/store"
)

// openings let one docs pull request at a time open in a repository: between the look at those that are open and its own opening
// no other ticket's may, or two about one section stand side by side, and one more than docs.max_open allows. One process has
// the store, so that this is known in memory, and a crash leaves none behind. Who comes second keeps no worker from other
// tickets: its job sleeps until the first is through.
type openings struct {
	mu sync.Mutex
	at map[int64]*opening // by repository
}

type opening struct {
	busy    bool
	waiting []sleeper // in the order in which they came
}

// sleeper is a ticket whose job sleeps.
type sleeper struct {
	key      string
	priority int
}

// turnAgain is how long a job sleeps for its turn at most. It is woken before, unless OiOi was started anew meanwhile or whoever was
// woken first has nothing to open any more.
const turnAgain = 10 * time.Second

// take begins a turn; false: another ticket has it, and this one is woken when it is next.
func (o *openings) take(repository int64, s sleeper) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.at == nil {
		o.at = map[int64]*opening{}
	}
	if o.at[repository] == nil {
		o.at[repository] = &opening{}
	}
	at := o.at[repository]
	same := func(other sleeper) bool { return other.key == s.key }
	if !at.busy {
		at.busy, at.waiting = true, slices.DeleteFunc(at.waiting, same)
		return true
	}
	if !slices.ContainsFunc(at.waiting, same) {
		at.waiting = append(at.waiting, s)
	}
	return false
}

// leave ends a turn and returns whom to wake; nil: nobody waits.
func (o *openings) leave(repository int64) *sleeper {
	o.mu.Lock()
	defer o.mu.Unlock()
	at := o.at[repository]
	if len(at.waiting) == 0 {
		delete(o.at, repository)
		return nil
	}
	next := at.waiting[0]
	at.busy, at.waiting = false, at.waiting[1:]
	return &next
}

// leave ends the turn, where the pass has one, and wakes the next ticket.
func (p *pass) leave(ctx context.Context) {
	if p.turn == 0 {
		return
	}
	d := p.desk
	next := d.opening.leave(p.turn)
	p.turn = 0
	if next == nil {
		return
	}
	ctx = context.WithoutCancel(ctx)
	err := d.update(ctx, func(tx store.Tx) error {
		return tx.Enqueue(ctx, EffectsArgs{TicketKey: next.key}, posting(next.priority))
	})
	if err != nil { // it wakes by itself, a bit later
		d.log(next.key).WarnContext(ctx, "a ticket that waits to open its docs pull request was not woken", "error", err)
	}
}

// turnFor begins the pass's turn to open a docs pull request. Where another ticket has it, the error lets the job sleep.
func (p *pass) turnFor(ctx context.Context, stored store.Effect, repository int64) error {
	if p.desk.opening.take(repository, sleeper{p.key, p.job.Priority}) {
		p.turn = repository
		return nil
	}
	p.desk.log(stored.TicketKey, "effect", stored.Key).InfoContext(ctx, "A docs pull request waits until another ticket's has opened")
	return river.JobSnooze(turnAgain)
}
