package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"sync"
	"time"

	"github.com/riverqueue/river"
)

const (
	// What one commit may take at most, so that it stays short.
	commitDeliveries = 512
	commitBytes      = 64 << 20
	// A commit that takes longer has found a disk that hangs; its callers have given up long before.
	commitTimeout = 30 * time.Second
)

// committer makes concurrent deliveries share a commit without waiting for company: while one commit runs, what comes in
// queues up, and the next commit takes all of it. Alone, a delivery commits at once.
type committer struct {
	s    *sqliteStore
	call chan struct{} // has an element when pending is not empty
	quit chan struct{}
	done chan struct{}

	mu      sync.Mutex
	pending []*arrival
	closed  bool
}

// arrival is a delivery on its way to the disk.
type arrival struct {
	ctx     context.Context
	d       Delivery // its payload deflated
	wake    river.JobArgs
	fresh   bool
	settled chan error
}

func startCommitter(s *sqliteStore) *committer {
	c := &committer{s: s, call: make(chan struct{}, 1), quit: make(chan struct{}), done: make(chan struct{})}
	go c.loop()
	return c
}

func (s *sqliteStore) Ingest(ctx context.Context, d Delivery, wake river.JobArgs) (bool, error) {
	if d.ID == "" {
		return false, fmt.Errorf("a delivery needs an id: without one a duplicate cannot be told")
	}
	payload, err := deflate(d.Payload) // here, so that concurrent callers share the processors and not the committer
	if err != nil {
		return false, err
	}
	d.Payload = payload
	if d.ReceivedAt.IsZero() {
		d.ReceivedAt = s.clock()
	}
	if d.State == "" {
		d.State = DeliveryNew
	}
	a := &arrival{ctx: ctx, d: d, wake: wake, settled: make(chan error, 1)}
	if err := s.inbox.add(a); err != nil {
		return false, err
	}
	select {
	case err := <-a.settled:
		return a.fresh && err == nil, err
	case <-ctx.Done():
		return false, fmt.Errorf("the delivery was not committed in time: %w", ctx.Err())
	}
}

func (c *committer) add(a *arrival) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return ErrClosed
	}
	c.pending = append(c.pending, a)
	select {
	case c.call <- struct{}{}:
	default:
	}
	return nil
}

// take removes what the next commit is to hold. Who has given up waiting is left out.
func (c *committer) take() []*arrival {
	c.mu.Lock()
	defer c.mu.Unlock()
	var batch []*arrival
	n, size := 0, 0
	for _, a := range c.pending {
		if len(batch) == commitDeliveries || len(batch) > 0 && size+len(a.d.Payload) > commitBytes {
			break
		}
		n++
		if a.ctx.Err() != nil {
			continue
		}
		batch, size = append(batch, a), size+len(a.d.Payload)
	}
	if c.pending = c.pending[n:]; len(c.pending) == 0 {
		c.pending = nil // lets the array go
	}
	return batch
}

func (c *committer) loop() {
	defer close(c.done)
	for {
		select {
		case <-c.call:
		case <-c.quit:
			return
		}
		for batch := c.take(); len(batch) > 0; batch = c.take() {
			c.commit(batch)
		}
	}
}

// commit commits the batch and answers its callers.
func (c *committer) commit(batch []*arrival) {
	ctx, cancel := context.WithTimeout(context.Background(), commitTimeout)
	defer cancel()
	queues, err := c.s.ingest(ctx, batch)
	if err != nil && len(batch) > 1 && ctx.Err() == nil {
		for _, a := range batch { // one that cannot be stored must not keep its neighbours out
			c.commit([]*arrival{a})
		}
		return
	}
	for _, a := range batch {
		a.settled <- err
	}
	if err == nil {
		c.s.queue.kick(queues)
	}
}

// stop commits what is queued and ends the committer.
func (c *committer) stop() {
	c.mu.Lock()
	c.closed = true
	c.mu.Unlock()
	close(c.quit)
	<-c.done
	for batch := c.take(); len(batch) > 0; batch = c.take() {
		c.commit(batch)
	}
}

// ingest stores the deliveries that are not known yet, with their jobs, and returns the queues whose workers to call.
func (s *sqliteStore) ingest(ctx context.Context, batch []*arrival) (queues []string, err error) {
	err = s.inTx(ctx, func(tx *sql.Tx) error {
		insert, err := tx.PrepareContext(ctx, `INSERT INTO delivery (`+deliveryColumns+`)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING`)
		if err != nil {
			return err
		}
		defer insert.Close()
		var jobs []river.InsertManyParams
		seen := map[string]int{} // where a job with this key stands in jobs
		for _, a := range batch {
			r, err := insert.ExecContext(ctx, a.d.ID, a.d.Event, a.d.Action, a.d.InstallationID, a.d.TicketKey,
				micros(a.d.ReceivedAt), a.d.Payload, a.d.State, a.d.Note)
			if err != nil {
				return fmt.Errorf("store delivery %s: %w", a.d.ID, err)
			}
			n, err := r.RowsAffected()
			if err != nil {
				return err
			}
			if a.fresh = n == 1; !a.fresh || a.wake == nil {
				continue
			}
			// River refuses a batch that has the same unique key twice.
			key, err := uniqueKey(a.wake)
			if err != nil {
				return err
			}
			priority := priorityOf(a.wake, nil)
			if at, ok := seen[key]; ok && key != "" {
				jobs[at].InsertOpts.Priority = min(jobs[at].InsertOpts.Priority, priority)
				continue
			}
			seen[key] = len(jobs)
			jobs = append(jobs, river.InsertManyParams{Args: a.wake, InsertOpts: &river.InsertOpts{Priority: priority}})
		}
		if len(jobs) == 0 {
			return nil
		}
		results, err := s.insert.InsertManyTx(ctx, tx, jobs)
		if err != nil {
			return fmt.Errorf("add the jobs of %d deliveries: %w", len(jobs), err)
		}
		for i, r := range results {
			if r.UniqueSkippedAsDuplicate {
				if err := s.hurry(ctx, tx, r.Job, jobs[i].InsertOpts.Priority); err != nil {
					return err
				}
				if err := s.wakeExisting(ctx, tx, r.Job, false); err != nil {
					return err
				}
			}
			queues = append(queues, r.Job.Queue)
		}
		return nil
	})
	return queues, err
}

// uniqueKey tells jobs that River would take for equal; "" for a job that is never equal to another.
func uniqueKey(args river.JobArgs) (string, error) {
	a, ok := args.(river.JobArgsWithInsertOpts)
	if !ok || !a.InsertOpts().UniqueOpts.ByArgs {
		return "", nil
	}
	b, err := json.Marshal(args)
	if err != nil {
		return "", fmt.Errorf("write the arguments of a job of kind %s: %w", args.Kind(), err)
	}
	return args.Kind() + string(b), nil
}
