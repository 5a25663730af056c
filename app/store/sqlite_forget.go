package store

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// pruneRead forgets which comments' commands were read so long ago that nobody tells of them any more.
func (s *sqliteStore) pruneRead(ctx context.Context) error {
	return s.Update(ctx, func(tx Tx) error {
		before := s.clock().Add(-KeepDeliveries).UTC().Format(time.RFC3339)
		_, err := tx.(*sqliteTx).exec(ctx, "the comments that were read", `DELETE FROM value WHERE key GLOB 'read/*' AND value < ?`, before)
		return err
	})
}

// Forget deletes an installation's rows. Freed pages are overwritten, so that nothing of them can be read in the file.
func (t *sqliteTx) Forget(ctx context.Context, id int64) (Forgotten, error) {
	var gone Forgotten
	if _, err := t.tx.ExecContext(ctx, `PRAGMA secure_delete(1)`); err != nil {
		return gone, err
	}
	defer t.tx.ExecContext(context.WithoutCancel(ctx), `PRAGMA secure_delete(0)`) //nolint:errcheck // it costs time, nothing else
	const tickets = `(SELECT key FROM ticket WHERE installation_id = ?)`
	empty, err := deflate(nil)
	if err != nil {
		return gone, err
	}
	recent := t.s.clock().Add(-KeepDeliveries).UnixMicro()
	steps := []struct {
		query string
		args  []any
		count *int64
	}{
		// A job that is running finds nothing to do any more and ends.
		{`DELETE FROM river_job WHERE state <> 'running' AND (json_extract(args, '$.ticket_key') IN ` + tickets + `
			OR json_extract(args, '$.run_id') IN (SELECT id FROM run WHERE ticket_key IN ` + tickets + `)
			OR json_extract(args, '$.delivery_id') IN (SELECT id FROM delivery WHERE installation_id = ?))`, []any{id, id, id}, nil},
		{`DELETE FROM value WHERE key IN (SELECT 'hold/' || key FROM ticket WHERE installation_id = ?)
			OR key IN (SELECT 'denied/' || key FROM effect WHERE ticket_key IN ` + tickets + `)
			OR key IN ('writes/' || ?, 'grants/' || ?)`, []any{id, id, id, id}, nil},
		{`DELETE FROM value WHERE key IN (SELECT p.prefix || repository_id FROM ticket, (SELECT 'hold/' AS prefix UNION SELECT 'recover/' UNION SELECT 'inside/') p
			WHERE installation_id = ? AND repository_id NOT IN (SELECT repository_id FROM ticket WHERE installation_id <> ?))`, []any{id, id}, nil},
		{`DELETE FROM answer WHERE ticket_key IN ` + tickets, []any{id}, &gone.Answers},
		{`DELETE FROM effect WHERE ticket_key IN ` + tickets, []any{id}, &gone.Effects},
		{`DELETE FROM event WHERE ticket_key IN ` + tickets, []any{id}, nil},
		{`DELETE FROM value WHERE key IN (SELECT keeps FROM run WHERE ticket_key IN ` + tickets + `)
			AND key NOT IN (SELECT keeps FROM run WHERE ticket_key NOT IN ` + tickets + `)`, []any{id, id}, nil},
		{`DELETE FROM run WHERE ticket_key IN ` + tickets, []any{id}, &gone.Runs},
		{`DELETE FROM ticket WHERE installation_id = ?`, []any{id}, &gone.Tickets},
		{`DELETE FROM delivery WHERE installation_id = ? AND received_at < ?`, []any{id, recent}, &gone.Deliveries},
		// A late duplicate of a young one must still be recognised: its id stays.
		{`UPDATE delivery SET payload = ?, note = '', ticket_key = '', state = 'ignored' WHERE installation_id = ?`, []any{empty, id}, nil},
		{`DELETE FROM spending WHERE installation_id = ?`, []any{id}, nil},
		{`DELETE FROM installation WHERE id = ?`, []any{id}, nil},
	}
	for _, s := range steps {
		n, err := t.exec(ctx, fmt.Sprintf("the deletion of installation %d", id), s.query, s.args...)
		if err != nil {
			return gone, err
		}
		if s.count != nil {
			*s.count = n
		}
	}
	return gone, nil
}

// settleRestored is called when a database is opened. In one that was put back from a backup, OiOi has forgotten what it
// did after the backup was made: every effect that had not been tried by then may stand in the world, so it is looked for
// first. The value RestoredKey stays, for the effects that are planned again.
func (s *sqliteStore) settleRestored(ctx context.Context) error {
	return s.Update(ctx, func(tx Tx) error {
		made, err := tx.Value(ctx, backupKey)
		if errors.Is(err, ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		t := tx.(*sqliteTx)
		n, err := t.exec(ctx, "the outbox", `UPDATE effect SET state = 'attempting' WHERE state = 'proposed'`)
		if err != nil {
			return err
		}
		if _, err := t.exec(ctx, "value "+backupKey, `DELETE FROM value WHERE key = ?`, backupKey); err != nil {
			return err
		}
		s.log.WarnContext(ctx, "this database was put back from a backup; OiOi looks for what it may have done since before it does it again",
			"made", made, "effects", n)
		return tx.PutValue(ctx, RestoredKey, s.clock().UTC().Format(time.RFC3339))
	})
}
