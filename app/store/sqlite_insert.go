package store

import (
	"context"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/rivershared/riverpilot"
	"github.com/riverqueue/river/rivertype"
)

// insertPilot adds jobs with prepared statements, after it has looked for equal ones that are there already. River's driver
// hands SQLite all jobs as one JSON text, takes it apart there and updates each row that is there, so that its page must be
// written: that costs more than all the rest of a commit. What River decides about a job (its unique key, states, options)
// stays River's: it comes in the parameters. Nobody else writes while a transaction does, so what was not there is not there.
type insertPilot struct {
	riverpilot.StandardPilot
	driver    *wakingDriver
	find, add *sql.Stmt
}

const (
	// The conditions are those of River's unique index, word for word, so that SQLite uses it. To see that it does:
	// EXPLAIN QUERY PLAN.
	findJobs = `SELECT wanted.key, j.id, j.kind, j.queue, j.state, j.priority, cast(j.scheduled_at AS text)
FROM json_each(?) AS wanted CROSS JOIN river_job AS j ON j.unique_key = unhex(wanted.value)
WHERE j.unique_key IS NOT NULL
	AND j.unique_states IS NOT NULL
	AND CASE j.state
		WHEN 'available' THEN j.unique_states & (1 << 0)
		WHEN 'cancelled' THEN j.unique_states & (1 << 1)
		WHEN 'completed' THEN j.unique_states & (1 << 2)
		WHEN 'discarded' THEN j.unique_states & (1 << 3)
		WHEN 'pending'   THEN j.unique_states & (1 << 4)
		WHEN 'retryable' THEN j.unique_states & (1 << 5)
		WHEN 'running'   THEN j.unique_states & (1 << 6)
		WHEN 'scheduled' THEN j.unique_states & (1 << 7)
		ELSE 0
	END >= 1`

	addJob = `INSERT INTO river_job
	(args, created_at, kind, max_attempts, metadata, priority, queue, scheduled_at, state, tags, unique_key, unique_states)
VALUES (jsonb(?), coalesce(?, datetime('now', 'subsec')), ?, ?, jsonb(?), ?, ?, coalesce(?, datetime('now', 'subsec')), ?,
	jsonb(?), ?, nullif(?, 0))`
)

func newInsertPilot(ctx context.Context, db *sql.DB, d *wakingDriver) (p *insertPilot, err error) {
	p = &insertPilot{driver: d}
	if p.find, err = db.PrepareContext(ctx, findJobs); err != nil {
		return nil, err
	}
	p.add, err = db.PrepareContext(ctx, addJob)
	return p, err
}

// JobInsertMany returns of each job only what this package reads.
func (p *insertPilot) JobInsertMany(ctx context.Context, exec riverdriver.ExecutorTx,
	params *riverdriver.JobInsertFastManyParams) ([]*riverdriver.JobInsertFastResult, error) {
	tx := p.driver.UnwrapTx(exec)
	there, err := p.equal(ctx, tx, params.Jobs)
	if err != nil {
		return nil, err
	}
	add := tx.StmtContext(ctx, p.add)
	results := make([]*riverdriver.JobInsertFastResult, len(params.Jobs))
	for i, job := range params.Jobs {
		row := there[i]
		results[i] = &riverdriver.JobInsertFastResult{Job: row, UniqueSkippedAsDuplicate: row != nil}
		if row != nil {
			continue
		}
		if results[i].Job, err = insertJob(ctx, add, job); err != nil {
			return nil, err
		}
	}
	return results, nil
}

// equal returns for each of the jobs the one that is there already and equal to it, or nil.
func (p *insertPilot) equal(ctx context.Context, tx *sql.Tx, jobs []*riverdriver.JobInsertFastParams) ([]*rivertype.JobRow, error) {
	there, keys, unique := make([]*rivertype.JobRow, len(jobs)), make([]string, len(jobs)), false
	for i, job := range jobs {
		keys[i] = hex.EncodeToString(job.UniqueKey) // of none, no key
		unique = unique || keys[i] != ""
	}
	if !unique {
		return there, nil
	}
	wanted, err := json.Marshal(keys)
	if err != nil {
		return nil, err
	}
	rows, err := tx.StmtContext(ctx, p.find).QueryContext(ctx, string(wanted)) //nolint:sqlclosecheck // the end of the transaction closes the statement
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		row := &rivertype.JobRow{}
		var i int
		var due string
		if err := rows.Scan(&i, &row.ID, &row.Kind, &row.Queue, &row.State, &row.Priority, &due); err != nil {
			return nil, err
		}
		if row.ScheduledAt, err = time.Parse("2006-01-02 15:04:05.999", due); err != nil {
			return nil, fmt.Errorf("job %d: %w", row.ID, err)
		}
		there[i] = row
	}
	return there, rows.Err()
}

func insertJob(ctx context.Context, add *sql.Stmt, job *riverdriver.JobInsertFastParams) (*rivertype.JobRow, error) {
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
	r, err := add.ExecContext(ctx, string(job.EncodedArgs), riverTimeOf(job.CreatedAt), job.Kind, job.MaxAttempts, string(metadata),
		job.Priority, job.Queue, riverTimeOf(job.ScheduledAt), string(job.State), string(tags), key, int(job.UniqueStates))
	if err != nil {
		return nil, err
	}
	row := &rivertype.JobRow{Kind: job.Kind, Queue: job.Queue, State: job.State, Priority: job.Priority}
	row.ID, err = r.LastInsertId()
	return row, err
}

func riverTimeOf(t *time.Time) any {
	if t == nil {
		return nil
	}
	return riverTime(*t)
}
