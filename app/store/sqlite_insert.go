package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/rivershared/riverpilot"
	"github.com/riverqueue/river/rivertype"
)

// insertPilot adds jobs with a prepared statement. River's driver hands SQLite all jobs as one JSON text and takes it
// apart there, which costs more than all the rest of a commit. What River decides about a job (its unique key, states,
// options) stays River's: it comes in the parameters.
type insertPilot struct {
	riverpilot.StandardPilot
	driver *wakingDriver
	newest *sql.Stmt // the highest id given so far
	add    *sql.Stmt
}

// The conflict clause names River's unique index by its exact predicate. The update changes nothing; without one, SQLite
// returns no row for a conflict.
const addJob = `INSERT INTO river_job
	(args, created_at, kind, max_attempts, metadata, priority, queue, scheduled_at, state, tags, unique_key, unique_states)
VALUES (jsonb(?), coalesce(?, datetime('now', 'subsec')), ?, ?, jsonb(?), ?, ?, coalesce(?, datetime('now', 'subsec')), ?,
	jsonb(?), ?, nullif(?, 0))
ON CONFLICT (unique_key)
	WHERE unique_key IS NOT NULL
		AND unique_states IS NOT NULL
		AND CASE state
			WHEN 'available' THEN unique_states & (1 << 0)
			WHEN 'cancelled' THEN unique_states & (1 << 1)
			WHEN 'completed' THEN unique_states & (1 << 2)
			WHEN 'discarded' THEN unique_states & (1 << 3)
			WHEN 'pending'   THEN unique_states & (1 << 4)
			WHEN 'retryable' THEN unique_states & (1 << 5)
			WHEN 'running'   THEN unique_states & (1 << 6)
			WHEN 'scheduled' THEN unique_states & (1 << 7)
			ELSE 0
		END >= 1
	DO UPDATE SET kind = river_job.kind
RETURNING id, kind, queue, state, cast(scheduled_at AS text)`

func newInsertPilot(ctx context.Context, db *sql.DB, d *wakingDriver) (*insertPilot, error) {
	p := &insertPilot{driver: d}
	var err error
	// Ids are given in ascending order and never again (AUTOINCREMENT), so a higher one belongs to a new row.
	if p.newest, err = db.PrepareContext(ctx, `SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'river_job'`); err != nil {
		return nil, err
	}
	p.add, err = db.PrepareContext(ctx, addJob)
	return p, err
}

// JobInsertMany returns of each job only what this package reads.
func (p *insertPilot) JobInsertMany(ctx context.Context, exec riverdriver.ExecutorTx,
	params *riverdriver.JobInsertFastManyParams) ([]*riverdriver.JobInsertFastResult, error) {
	tx := p.driver.UnwrapTx(exec)
	var newest int64
	if err := tx.StmtContext(ctx, p.newest). //nolint:sqlclosecheck // the end of the transaction closes it
							QueryRowContext(ctx).Scan(&newest); err != nil {
		return nil, err
	}
	add := tx.StmtContext(ctx, p.add) //nolint:sqlclosecheck // the end of the transaction closes it
	results := make([]*riverdriver.JobInsertFastResult, len(params.Jobs))
	for i, job := range params.Jobs {
		if job.ID != nil {
			return nil, errors.New("the id of a job is for the database to give")
		}
		tags, err := json.Marshal(job.Tags)
		if err != nil {
			return nil, err
		}
		metadata := job.Metadata
		if len(metadata) == 0 {
			metadata = []byte("{}")
		}
		var key any // NULL for a job that is never equal to another
		if len(job.UniqueKey) > 0 {
			key = job.UniqueKey
		}
		row := &rivertype.JobRow{}
		var due string
		if err := add.QueryRowContext(ctx, string(job.EncodedArgs), riverTimeOf(job.CreatedAt), job.Kind, job.MaxAttempts,
			string(metadata), job.Priority, job.Queue, riverTimeOf(job.ScheduledAt), string(job.State), string(tags), key,
			int(job.UniqueStates)).Scan(&row.ID, &row.Kind, &row.Queue, &row.State, &due); err != nil {
			return nil, err
		}
		if row.ScheduledAt, err = time.Parse("2006-01-02 15:04:05.999", due); err != nil {
			return nil, fmt.Errorf("job %d: %w", row.ID, err)
		}
		results[i] = &riverdriver.JobInsertFastResult{Job: row, UniqueSkippedAsDuplicate: row.ID <= newest}
		newest = max(newest, row.ID)
	}
	return results, nil
}

func riverTimeOf(t *time.Time) any {
	if t == nil {
		return nil
	}
	return riverTime(*t)
}
