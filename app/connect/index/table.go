package index

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"sync"

	"modernc.org/sqlite"
)

// table is a full-text table of SQLite in memory: https://www.sqlite.org/fts5.html. It holds which keys stand in which field of
// which row, and no text. It talks to the driver and not through database/sql, whose pool would keep a goroutine for each.
type table struct {
	rows    int
	mu      sync.Mutex // of conn
	conn    connection
	cleanup runtime.Cleanup
}

// connection is what SQLite's driver can do.
type connection interface {
	driver.Conn
	driver.ConnPrepareContext
	driver.ExecerContext
	driver.QueryerContext
	NewBackup(to string) (*sqlite.Backup, error)
}

const memory = ":memory:"

// Keys are tokens as they are, and a row can be removed by its number alone. Without the places of the tokens (detail=column) the
// table would be half as large, but bm25 is then 0 for each row, because there is no text to look them up in.
const schema = `CREATE VIRTUAL TABLE entry USING fts5(heading, title, parents, about, mention, body,
	content='', contentless_delete=1, tokenize="ascii tokenchars '#._-'")`

// copied returns a table that holds the same; of no table an empty one.
func (t *table) copied(ctx context.Context) (*table, error) {
	conn, err := t.open(ctx)
	if err != nil {
		return nil, fmt.Errorf("make a full-text table in memory: %w", err)
	}
	out := &table{conn: conn}
	out.cleanup = runtime.AddCleanup(out, func(c connection) { _ = c.Close() }, conn)
	return out, nil
}

func (t *table) open(ctx context.Context) (connection, error) {
	if t == nil {
		conn, err := new(sqlite.Driver).Open(memory)
		if err != nil {
			return nil, err
		}
		c := conn.(connection)
		if _, err := c.ExecContext(ctx, schema, nil); err != nil {
			return nil, errors.Join(err, c.Close())
		}
		return c, nil
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	backup, err := t.conn.NewBackup(memory)
	if err != nil {
		return nil, err
	}
	const whole = -1
	if _, err := backup.Step(whole); err != nil {
		return nil, errors.Join(err, backup.Finish())
	}
	conn, err := backup.Commit()
	if err != nil {
		return nil, err
	}
	return conn.(connection), nil
}

func (t *table) close() error {
	if t == nil {
		return nil
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.cleanup.Stop()
	return t.conn.Close()
}

// find returns the rows that hold any of the keys, the best ones of them in any order.
func (t *table) find(ctx context.Context, keys []string, limit int) (out []int64, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	statement := best
	if t.rows <= limit {
		statement = all // which of them are the best does not matter, and takes most of the time
	}
	rows, err := t.conn.QueryContext(ctx, statement, named(`"`+strings.Join(tokens(keys), `" OR "`)+`"`, int64(limit)))
	if err != nil {
		return nil, fmt.Errorf("ask the full-text table: %w", err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for row := make([]driver.Value, 1); ; {
		switch err := rows.Next(row); {
		case errors.Is(err, io.EOF):
			return out, nil
		case err != nil:
			return nil, fmt.Errorf("read the full-text table: %w", err)
		}
		out = append(out, row[0].(int64))
	}
}

const all = `SELECT rowid FROM entry WHERE entry MATCH ? LIMIT ?`

var best = fmt.Sprintf(`SELECT rowid FROM entry WHERE entry MATCH ? AND rank MATCH 'bm25(%v, %v, %v, %v, %v, %v)' ORDER BY rank LIMIT ?`,
	headingWeight, titleWeight, parentsWeight, aboutWeight, mentionWeight, bodyWeight)

// change is a change of a table before anybody asks it. Its first error is what commit returns.
type change struct {
	ctx         context.Context //nolint:containedctx // of one call of Next
	insert, cut driver.StmtExecContext
	end         func(error) error
	err         error
}

// change begins.
func (t *table) change(ctx context.Context) (*change, error) {
	if _, err := t.conn.ExecContext(ctx, "BEGIN", nil); err != nil {
		return nil, err
	}
	insert, err := t.conn.PrepareContext(ctx, `INSERT INTO entry (heading, title, parents, about, mention, body) VALUES (?, ?, ?, ?, ?, ?)`)
	if err != nil {
		return nil, err
	}
	remove, err := t.conn.PrepareContext(ctx, `DELETE FROM entry WHERE rowid = ?`)
	if err != nil {
		return nil, errors.Join(err, insert.Close())
	}
	end := func(err error) error {
		if err == nil {
			_, err = t.conn.ExecContext(ctx, "COMMIT", nil)
		}
		return errors.Join(err, insert.Close(), remove.Close())
	}
	return &change{ctx: ctx, insert: insert.(driver.StmtExecContext), cut: remove.(driver.StmtExecContext), end: end}, nil
}

// add adds a row with the keys of each field, and returns its number.
func (c *change) add(keys [6][]string) (row int64) {
	var texts [6]any
	for i, list := range keys {
		texts[i] = strings.Join(tokens(list), " ")
	}
	result := c.do(c.insert, texts[:]...)
	if c.err == nil {
		row, c.err = result.LastInsertId()
	}
	return row
}

// tokens are the words that the table knows keys by. A concept's name may be of several words.
func tokens(keys []string) []string {
	out := make([]string, len(keys))
	for i, key := range keys {
		out[i] = strings.ReplaceAll(key, " ", "_")
	}
	return out
}

func (c *change) remove(row int64) { c.do(c.cut, row) }

func (c *change) do(statement driver.StmtExecContext, values ...any) (result driver.Result) {
	if c.err == nil {
		result, c.err = statement.ExecContext(c.ctx, named(values...))
	}
	return result
}

func (c *change) commit() error {
	if err := c.end(c.err); err != nil {
		return fmt.Errorf("fill the full-text table: %w", err)
	}
	return nil
}

func named(values ...any) []driver.NamedValue {
	out := make([]driver.NamedValue, len(values))
	for i, v := range values {
		out[i] = driver.NamedValue{Ordinal: i + 1, Value: v}
	}
	return out
}
