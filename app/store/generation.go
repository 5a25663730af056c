package store

import (
	"context"
	"errors"
	"fmt"
)

// CheckGeneration returns ErrStale where the ticket's generation is no longer the given one, so that work which began
// before the ticket moved on can be dropped. Called inside Update it is the compare of a compare-and-set.
func CheckGeneration(ctx context.Context, r Reader, ticketKey string, generation int64) error {
	t, err := r.Ticket(ctx, ticketKey)
	if errors.Is(err, ErrNotFound) {
		return fmt.Errorf("ticket %s is gone: %w", ticketKey, ErrStale)
	}
	if err != nil {
		return err
	}
	if t.Generation != generation {
		return fmt.Errorf("ticket %s is at generation %d, this work belongs to %d: %w",
			ticketKey, t.Generation, generation, ErrStale)
	}
	return nil
}
