package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// sqliteReader reads rows in a transaction.
type sqliteReader struct{ tx *sql.Tx }

const (
	deliveryColumns = `id, event, action, installation_id, ticket_key, received_at, payload, state, note`
	ticketColumns   = `key, installation_id, repository_id, owner, name, private, number, title, generation, status, data, updated_at`
	runColumns      = `id, ticket_key, generation, status, data, started_at, finished_at, keeps`
	answerColumns   = `input_hash, data, created_at, ticket_key`
	effectColumns   = `key, ticket_key, run_id, generation, seq, state, data, receipt, note, updated_at`
	eventColumns    = `ticket_key, run_id, at, kind, step_id, text, took, data`
	installColumns  = `id, account, installed_at, state, removed_at`
)

func (r sqliteReader) Delivery(ctx context.Context, id string) (Delivery, error) {
	return one(ctx, r.tx, scanDelivery, "delivery "+id, `SELECT `+deliveryColumns+` FROM delivery WHERE id = ?`, id)
}

func (r sqliteReader) Inbox(ctx context.Context, ticketKey string) ([]Delivery, error) {
	return many(ctx, r.tx, scanDelivery,
		`SELECT `+deliveryColumns+` FROM delivery WHERE ticket_key = ? AND state = 'new' ORDER BY seq`, ticketKey)
}

func (r sqliteReader) Deliveries(ctx context.Context, ticketKey string) ([]Delivery, error) {
	return many(ctx, r.tx, scanDelivery, `SELECT `+deliveryColumns+` FROM delivery WHERE ticket_key = ? ORDER BY seq`, ticketKey)
}

func (r sqliteReader) Answers(ctx context.Context, ticketKey string) ([]Answer, error) {
	return many(ctx, r.tx, scanAnswer,
		`SELECT `+answerColumns+` FROM answer WHERE ticket_key = ? ORDER BY created_at, rowid`, ticketKey)
}

func (r sqliteReader) Ticket(ctx context.Context, key string) (Ticket, error) {
	return one(ctx, r.tx, scanTicket, "ticket "+key, `SELECT `+ticketColumns+` FROM ticket WHERE key = ?`, key)
}

func (r sqliteReader) Tickets(ctx context.Context, limit int) ([]Ticket, error) {
	if limit < 1 {
		limit = -1 // SQLite's "no limit"
	}
	return many(ctx, r.tx, scanTicket,
		`SELECT `+ticketColumns+` FROM ticket ORDER BY updated_at DESC, rowid DESC LIMIT ?`, limit)
}

func (r sqliteReader) TicketsBy(ctx context.Context, status string, limit int) ([]Ticket, error) {
	if limit < 1 {
		limit = -1
	}
	return many(ctx, r.tx, scanTicket, `SELECT key, installation_id, repository_id, owner, name, private, number, title, generation, status,
			NULL, updated_at
		FROM ticket WHERE status = ? ORDER BY updated_at DESC, rowid DESC LIMIT ?`, status, limit)
}

func (r sqliteReader) EffectsBy(ctx context.Context, state EffectState, limit int) ([]Effect, error) {
	if limit < 1 {
		limit = -1
	}
	return many(ctx, r.tx, scanEffect, `SELECT `+effectColumns+` FROM effect WHERE state = ? ORDER BY updated_at DESC, rowid DESC LIMIT ?`, state, limit)
}

func (r sqliteReader) Values(ctx context.Context, prefix string) (map[string]string, error) {
	type pair struct{ key, value string }
	scan := func(s scanner) (v pair, err error) { return v, s.Scan(&v.key, &v.value) }
	pairs, err := many(ctx, r.tx, scan, `SELECT key, value FROM value WHERE substr(key, 1, length(?1)) = ?1`, prefix)
	out := map[string]string{}
	for _, p := range pairs {
		out[p.key] = p.value
	}
	return out, err
}

func (r sqliteReader) Run(ctx context.Context, id string) (Run, error) {
	return one(ctx, r.tx, scanRun, "run "+id, `SELECT `+runColumns+` FROM run WHERE id = ?`, id)
}

func (r sqliteReader) Runs(ctx context.Context, ticketKey string) ([]Run, error) {
	return many(ctx, r.tx, scanRun,
		`SELECT `+runColumns+` FROM run WHERE ticket_key = ? ORDER BY started_at DESC, rowid DESC`, ticketKey)
}

func (r sqliteReader) Answer(ctx context.Context, inputHash string) (Answer, error) {
	return one(ctx, r.tx, scanAnswer, "answer "+inputHash,
		`SELECT `+answerColumns+` FROM answer WHERE input_hash = ?`, inputHash)
}

func (r sqliteReader) Effect(ctx context.Context, key string) (Effect, error) {
	return one(ctx, r.tx, scanEffect, "effect "+key, `SELECT `+effectColumns+` FROM effect WHERE key = ?`, key)
}

func (r sqliteReader) Effects(ctx context.Context, ticketKey string) ([]Effect, error) {
	return many(ctx, r.tx, scanEffect,
		`SELECT `+effectColumns+` FROM effect WHERE ticket_key = ? ORDER BY seq, rowid`, ticketKey)
}

func (r sqliteReader) Events(ctx context.Context, ticketKey string) ([]Event, error) {
	return many(ctx, r.tx, scanEvent,
		`SELECT `+eventColumns+` FROM event WHERE ticket_key = ? ORDER BY at, seq`, ticketKey)
}

func (r sqliteReader) EventsOf(ctx context.Context, kinds []string, limit int) ([]Event, error) {
	if limit < 1 {
		limit = -1
	}
	list, err := json.Marshal(kinds)
	if err != nil {
		return nil, err
	}
	return many(ctx, r.tx, scanEvent,
		`SELECT `+eventColumns+` FROM event WHERE kind IN (SELECT value FROM json_each(?)) ORDER BY at DESC, seq DESC LIMIT ?`, string(list), limit)
}

func (r sqliteReader) Installation(ctx context.Context, id int64) (Installation, error) {
	return one(ctx, r.tx, scanInstallation, fmt.Sprintf("installation %d", id),
		`SELECT `+installColumns+` FROM installation WHERE id = ?`, id)
}

func (r sqliteReader) Installations(ctx context.Context) ([]Installation, error) {
	return many(ctx, r.tx, scanInstallation, `SELECT `+installColumns+` FROM installation ORDER BY id`)
}

func (r sqliteReader) Value(ctx context.Context, key string) (string, error) {
	scan := func(s scanner) (v string, err error) { return v, s.Scan(&v) }
	return one(ctx, r.tx, scan, "value "+key, `SELECT value FROM value WHERE key = ?`, key)
}

type scanner interface{ Scan(...any) error }

// one reads the row that what names.
func one[T any](ctx context.Context, tx *sql.Tx, scan func(scanner) (T, error), what, query string, args ...any) (T, error) {
	v, err := scan(tx.QueryRowContext(ctx, query, args...))
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return v, fmt.Errorf("%s: %w", what, ErrNotFound)
	case err != nil:
		return v, fmt.Errorf("read %s: %w", what, err)
	}
	return v, nil
}

func many[T any](ctx context.Context, tx *sql.Tx, scan func(scanner) (T, error), query string, args ...any) ([]T, error) {
	rows, err := tx.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []T
	for rows.Next() {
		v, err := scan(rows)
		if err != nil {
			return nil, err
		}
		all = append(all, v)
	}
	return all, rows.Err()
}

func scanDelivery(s scanner) (d Delivery, err error) {
	var at moment
	var payload []byte
	if err := s.Scan(&d.ID, &d.Event, &d.Action, &d.InstallationID, &d.TicketKey, &at, &payload, &d.State, &d.Note); err != nil {
		return d, err
	}
	d.ReceivedAt = at.Time
	d.Payload, err = inflate(payload)
	return d, err
}

func scanTicket(s scanner) (t Ticket, err error) {
	var at moment
	var data []byte
	err = s.Scan(&t.Key, &t.InstallationID, &t.RepositoryID, &t.Owner, &t.Name, &t.Private, &t.Number, &t.Title,
		&t.Generation, &t.Status, &data, &at)
	t.Data, t.UpdatedAt = data, at.Time
	return t, err
}

func scanRun(s scanner) (r Run, err error) {
	var started, finished moment
	var data []byte
	err = s.Scan(&r.ID, &r.TicketKey, &r.Generation, &r.Status, &data, &started, &finished, &r.Keeps)
	r.Data, r.StartedAt, r.FinishedAt = data, started.Time, finished.Time
	return r, err
}

func scanAnswer(s scanner) (a Answer, err error) {
	var at moment
	var data []byte
	err = s.Scan(&a.InputHash, &data, &at, &a.TicketKey)
	a.Data, a.CreatedAt = data, at.Time
	return a, err
}

func scanEffect(s scanner) (e Effect, err error) {
	var at moment
	var data, receipt []byte
	err = s.Scan(&e.Key, &e.TicketKey, &e.RunID, &e.Generation, &e.Seq, &e.State, &data, &receipt, &e.Note, &at)
	e.Data, e.Receipt, e.UpdatedAt = data, receipt, at.Time
	return e, err
}

func scanEvent(s scanner) (e Event, err error) {
	var at moment
	var data []byte
	err = s.Scan(&e.TicketKey, &e.RunID, &at, &e.Kind, &e.StepID, &e.Text, &e.Took, &data)
	e.At, e.Data = at.Time, data
	return e, err
}

func scanInstallation(s scanner) (i Installation, err error) {
	var at, removed moment
	err = s.Scan(&i.ID, &i.Account, &at, &i.State, &removed)
	i.InstalledAt, i.RemovedAt = at.Time, removed.Time
	return i, err
}

// moment is a time in a column: microseconds since 1970, or NULL for the zero time.
type moment struct{ time.Time }

func (m *moment) Scan(v any) error {
	switch v := v.(type) {
	case nil:
		m.Time = time.Time{}
	case int64:
		m.Time = time.UnixMicro(v).UTC()
	default:
		return fmt.Errorf("a time is stored as %T", v)
	}
	return nil
}

// micros is the column value of a time.
func micros(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UnixMicro()
}

// raw is the column value of JSON: NULL where there is none.
func raw(j json.RawMessage) any {
	if len(j) == 0 {
		return nil
	}
	return []byte(j)
}
