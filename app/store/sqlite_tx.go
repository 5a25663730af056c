package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"
)

// sqliteTx is the one write transaction.
type sqliteTx struct {
	sqliteReader
	s      *sqliteStore
	tx     *sql.Tx
	queues []string // whose workers to call after the commit
	done   []int64  // jobs that the commit completes
}

func (t *sqliteTx) exec(ctx context.Context, what, query string, args ...any) (int64, error) {
	r, err := t.tx.ExecContext(ctx, query, args...)
	if err != nil {
		return 0, fmt.Errorf("write %s: %w", what, err)
	}
	return r.RowsAffected()
}

// or returns at, or the present time where there is none, as a column value.
func (t *sqliteTx) or(at time.Time) any {
	if at.IsZero() {
		at = t.s.clock()
	}
	return micros(at)
}

func (t *sqliteTx) MarkDelivery(ctx context.Context, id string, state DeliveryState, note string) error {
	what := "delivery " + id
	n, err := t.exec(ctx, what, `UPDATE delivery SET state = ?, note = ? WHERE id = ?`, state, note, id)
	if err == nil && n == 0 {
		err = fmt.Errorf("%s: %w", what, ErrNotFound)
	}
	return err
}

func (t *sqliteTx) Refile(ctx context.Context, from, to string) error {
	_, err := t.exec(ctx, "the inbox of ticket "+from, `UPDATE delivery SET ticket_key = ? WHERE ticket_key = ? AND state = ?`, to, from, DeliveryNew)
	return err
}

func (t *sqliteTx) PutTicket(ctx context.Context, k Ticket) error {
	what := "ticket " + k.Key
	n, err := t.exec(ctx, what, `INSERT INTO ticket (`+ticketColumns+`) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (key) DO UPDATE SET installation_id = excluded.installation_id, repository_id = excluded.repository_id,
			owner = excluded.owner, name = excluded.name, private = excluded.private, number = excluded.number,
			title = excluded.title, generation = excluded.generation, status = excluded.status, data = excluded.data,
			updated_at = excluded.updated_at
		WHERE excluded.generation >= ticket.generation`,
		k.Key, k.InstallationID, k.RepositoryID, k.Owner, k.Name, k.Private, k.Number, k.Title, k.Generation, k.Status,
		raw(k.Data), t.or(k.UpdatedAt))
	if err == nil && n == 0 {
		err = fmt.Errorf("%s cannot go back to generation %d: %w", what, k.Generation, ErrStale)
	}
	return err
}

func (t *sqliteTx) PutRun(ctx context.Context, r Run) error {
	_, err := t.exec(ctx, "run "+r.ID, `INSERT INTO run (`+runColumns+`) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET ticket_key = excluded.ticket_key, generation = excluded.generation,
			status = excluded.status, data = excluded.data, started_at = excluded.started_at,
			finished_at = excluded.finished_at, keeps = excluded.keeps`,
		r.ID, r.TicketKey, r.Generation, r.Status, raw(r.Data), t.or(r.StartedAt), micros(r.FinishedAt), r.Keeps)
	return err
}

func (t *sqliteTx) PutAnswer(ctx context.Context, a Answer) error {
	_, err := t.exec(ctx, "answer "+a.InputHash, `INSERT INTO answer (`+answerColumns+`) VALUES (?, ?, ?, ?)
		ON CONFLICT (input_hash) DO NOTHING`, a.InputHash, raw(a.Data), t.or(a.CreatedAt), a.TicketKey)
	return err
}

func (t *sqliteTx) PutEffect(ctx context.Context, e Effect) error {
	_, err := t.exec(ctx, "effect "+e.Key, `INSERT INTO effect (`+effectColumns+`) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (key) DO UPDATE SET ticket_key = excluded.ticket_key, run_id = excluded.run_id,
			generation = excluded.generation, seq = excluded.seq, state = excluded.state, data = excluded.data,
			receipt = coalesce(excluded.receipt, effect.receipt), note = excluded.note, updated_at = excluded.updated_at`,
		e.Key, e.TicketKey, e.RunID, e.Generation, e.Seq, e.State, raw(e.Data), raw(e.Receipt), e.Note, t.or(e.UpdatedAt))
	return err
}

func (t *sqliteTx) AddEvent(ctx context.Context, e Event) error {
	_, err := t.exec(ctx, "event of ticket "+e.TicketKey,
		`INSERT INTO event (`+eventColumns+`) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
		e.TicketKey, e.RunID, t.or(e.At), e.Kind, e.StepID, e.Text, int64(e.Took), raw(e.Data))
	return err
}

func (t *sqliteTx) PutInstallation(ctx context.Context, i Installation) error {
	var removed any
	if i.State == InstallationRemoved {
		removed = t.or(i.RemovedAt)
	}
	_, err := t.exec(ctx, fmt.Sprintf("installation %d", i.ID),
		`INSERT INTO installation (`+installColumns+`) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET account = excluded.account, installed_at = excluded.installed_at, state = excluded.state,
			removed_at = CASE WHEN excluded.removed_at IS NULL THEN NULL ELSE coalesce(installation.removed_at, excluded.removed_at) END`,
		i.ID, i.Account, micros(i.InstalledAt), i.State, removed)
	return err
}

func (t *sqliteTx) PutValue(ctx context.Context, key, value string) error {
	_, err := t.exec(ctx, "value "+key, `INSERT INTO value (key, value) VALUES (?, ?)
		ON CONFLICT (key) DO UPDATE SET value = excluded.value`, key, value)
	return err
}
