package desk

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/riverqueue/river"

	"github.com/oioi-app/oioi/app/store"
)

// heldAgain is how long a job sleeps whose ticket is on hold. What ends the hold wakes it earlier.
const heldAgain = time.Hour

// Why nothing can be written on one ticket. What begins with the last two never ends.
const (
	holdLocked  = "the issue is locked"
	holdDeleted = "the issue was deleted"
	holdMoved   = "the issue was moved"
)

// gone reports whether a hold never ends.
func gone(why string) bool {
	return strings.HasPrefix(why, holdDeleted) || strings.HasPrefix(why, holdMoved)
}

// holdKey is where the reason is kept for which nothing can be written to a repository or a ticket.
func holdKey(repositoryID int64) string { return fmt.Sprintf("hold/%d", repositoryID) }

func ticketHoldKey(key string) string { return "hold/" + key }

// onHold says why nothing can be done for a ticket now, "" where it can: its installation is suspended or removed, its
// repository archived, or the issue locked.
func onHold(ctx context.Context, r store.Reader, key string, installationID, repositoryID int64) (string, error) {
	in, err := r.Installation(ctx, installationID)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return "", err
	}
	switch in.State {
	case "suspended":
		return "the App's installation is suspended", nil
	case store.InstallationRemoved:
		return "the App was removed", nil
	}
	for _, k := range []string{ticketHoldKey(key), holdKey(repositoryID)} {
		if why, err := value(ctx, r, k); why != "" || err != nil {
			return why, err
		}
	}
	return "", nil
}

// rest puts a job to sleep that can do nothing until a hold ends. It uses up no attempt.
func (d *Desk) rest(ctx context.Context, key, why string) error {
	d.log(key).InfoContext(ctx, "the ticket waits", "why", why)
	return river.JobSnooze(heldAgain)
}

// resume starts again what waits for one ticket.
func (d *Desk) resume(ctx context.Context, tx store.Tx, row store.Ticket) error {
	data, err := decode[ticketData](row.Data)
	if err != nil {
		return err
	}
	inbox, err := tx.Inbox(ctx, row.Key)
	if err != nil {
		return err
	}
	if len(inbox) > 0 {
		if err := tx.Enqueue(ctx, mailboxOf(row.Key), nil); err != nil {
			return err
		}
	}
	outbox, err := tx.Effects(ctx, row.Key)
	if err != nil {
		return err
	}
	if first(outbox, false) != nil {
		if err := tx.Enqueue(ctx, EffectsArgs{TicketKey: row.Key}, onePerTicket); err != nil {
			return err
		}
	}
	if data.RunID == "" {
		return nil
	}
	run, err := tx.Run(ctx, data.RunID)
	if err != nil || run.Status != runGathering && run.Status != runWorking {
		return err
	}
	state, err := decode[Run](run.Data)
	if err != nil {
		return err
	}
	// One that sleeps as well finds this piece done when it wakes.
	return tx.Enqueue(ctx, StepArgs{RunID: run.ID, Generation: run.Generation, Seq: state.Seq}, state.urgency())
}
