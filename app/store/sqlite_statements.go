package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"regexp"

	"modernc.org/sqlite"
)

// statementsKept is how many prepared statements a connection keeps. OiOi and River have fewer texts than that.
const statementsKept = 200

// openDB opens a database whose connections keep the statements that they have prepared: SQLite's parser would else take
// a good part of the processor time of a ticket, for River's statements and ours alike.
func openDB(dsn string) *sql.DB { return sql.OpenDB(connector{dsn}) }

type connector struct{ dsn string }

func (c connector) Driver() driver.Driver { return &sqlite.Driver{} }

func (c connector) Connect(context.Context) (driver.Conn, error) {
	inner, err := c.Driver().Open(c.dsn)
	if err != nil {
		return nil, err
	}
	return &connection{inner: inner.(sqliteConn), kept: map[string]sqliteStmt{}}, nil
}

// sqliteConn and sqliteStmt are what the driver's own types can do.
type sqliteConn interface {
	driver.Conn
	driver.ConnBeginTx
	driver.ConnPrepareContext
	driver.Pinger
	driver.SessionResetter
	driver.Validator
}

type sqliteStmt interface {
	driver.Stmt
	driver.StmtExecContext
	driver.StmtQueryContext
}

// boundLimit is a limit that is a parameter. SQLite plans for its value, and so prepares the statement anew each time a value
// is bound; not where the limit is an expression: https://sqlite.org/c3ref/c_dbconfig_defensive.html#sqlitedbconfigenableqpsg
var boundLimit = regexp.MustCompile(`LIMIT (\?\d*)`)

// connection prepares each text once. It offers no way to run a text directly, so database/sql prepares every one. A
// connection is used by one goroutine at a time.
type connection struct {
	inner sqliteConn
	kept  map[string]sqliteStmt // prepared, and not in use now
}

func (c *connection) Prepare(query string) (driver.Stmt, error) {
	return c.PrepareContext(context.Background(), query)
}

func (c *connection) PrepareContext(ctx context.Context, query string) (driver.Stmt, error) {
	if s, ok := c.kept[query]; ok {
		delete(c.kept, query)
		return &statement{s, c, query}, nil
	}
	s, err := c.inner.PrepareContext(ctx, boundLimit.ReplaceAllString(query, "LIMIT CAST($1 AS INTEGER)"))
	if err != nil {
		return nil, err
	}
	return &statement{s.(sqliteStmt), c, query}, nil
}

func (c *connection) Close() error {
	for _, s := range c.kept {
		_ = s.Close() // the connection's end frees what is left
	}
	clear(c.kept)
	return c.inner.Close()
}

// Begin is what database/sql asks of every driver; it calls BeginTx.
func (c *connection) Begin() (driver.Tx, error) {
	return c.BeginTx(context.Background(), driver.TxOptions{})
}

func (c *connection) BeginTx(ctx context.Context, opts driver.TxOptions) (driver.Tx, error) {
	return c.inner.BeginTx(ctx, opts)
}

func (c *connection) Ping(ctx context.Context) error         { return c.inner.Ping(ctx) }
func (c *connection) ResetSession(ctx context.Context) error { return c.inner.ResetSession(ctx) }
func (c *connection) IsValid() bool                          { return c.inner.IsValid() }

// statement goes back to its connection when it is closed.
type statement struct {
	sqliteStmt
	from  *connection
	query string
}

func (s *statement) Close() error {
	if _, twice := s.from.kept[s.query]; twice || len(s.from.kept) >= statementsKept {
		return s.sqliteStmt.Close()
	}
	s.from.kept[s.query] = s.sqliteStmt
	return nil
}

// A statement is short and is not interrupted: the driver would start a goroutine for each to watch the context. Between
// two statements database/sql looks at it.

func (s *statement) ExecContext(ctx context.Context, args []driver.NamedValue) (driver.Result, error) {
	return s.sqliteStmt.ExecContext(context.WithoutCancel(ctx), args)
}

func (s *statement) QueryContext(ctx context.Context, args []driver.NamedValue) (driver.Rows, error) {
	return s.sqliteStmt.QueryContext(context.WithoutCancel(ctx), args)
}
