package desk

import (
	"context"
	"errors"
	"sync"
)

// errOvertaken ends the work of a step whose ticket has moved on: it was cancelled, or a newer run began.
var errOvertaken = errors.New("the ticket has moved on since this work began")

// turns lets one step at a time work on a ticket, and lets the mailbox end it at once, also in the middle of a model call.
type turns struct {
	mu      sync.Mutex
	working map[string]*working // by ticket
}

type working struct {
	generation int64
	end        context.CancelCauseFunc
	done       chan struct{}
}

// take waits until nobody works on the ticket, after it has ended who works for an older generation. Where a newer one works,
// it returns errOvertaken at once: a stale job that waits for another's model call would keep a worker from the next ticket.
// The context that it returns ends when the ticket moves on; release must be called.
func (t *turns) take(ctx context.Context, key string, generation int64) (mine context.Context, release func(), err error) {
	for {
		t.mu.Lock()
		before := t.working[key]
		if before == nil {
			w := &working{generation: generation, done: make(chan struct{})}
			mine, w.end = context.WithCancelCause(ctx)
			if t.working == nil {
				t.working = map[string]*working{}
			}
			t.working[key] = w
			t.mu.Unlock()
			return mine, func() {
				t.mu.Lock()
				delete(t.working, key)
				t.mu.Unlock()
				w.end(nil)
				close(w.done)
			}, nil
		}
		t.mu.Unlock()
		switch {
		case before.generation < generation:
			before.end(errOvertaken)
		case before.generation > generation:
			return nil, nil, errOvertaken
		}
		select {
		case <-before.done:
		case <-ctx.Done():
			return nil, nil, ctx.Err()
		}
	}
}

// overtake ends the work on the ticket that belongs to an older generation.
func (t *turns) overtake(key string, generation int64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if w := t.working[key]; w != nil && w.generation < generation {
		w.end(errOvertaken)
	}
}

// movedOn reports whether a step's context was ended because the ticket has moved on.
func movedOn(ctx context.Context) bool { return errors.Is(context.Cause(ctx), errOvertaken) }

type wantedKey struct{}

// Wanted returns an error where what is about to be written to GitHub is not wanted any more: its run was cancelled or
// replaced. A Publisher asks just before each request that writes, with the context that it was given.
func Wanted(ctx context.Context) error {
	if check, ok := ctx.Value(wantedKey{}).(func(context.Context) error); ok {
		return check(ctx)
	}
	return nil
}

func withWanted(ctx context.Context, check func(context.Context) error) context.Context {
	return context.WithValue(ctx, wantedKey{}, check)
}
