package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"iozen/store"
	"iozen/store/db/statement"
)

const (
	// connectPatience is how long making a connection anew may take; whoever writes meanwhile waits as long.
	connectPatience = 2 * time.Second
	// firstPause and longestPause are between two tries.
	firstPause   = 20 * time.Millisecond
	longestPause = 2 * time.Second
)

// firstPlans counts as changed when a connection is made: its statements are first planned anew at twice as many rows.
const firstPlans = 50

// errCut says that a write found no connection. It did nothing.
var errCut = fmt.Errorf("%w: the connection to it was lost", store.ErrUnavailable)

// connection is the one that the writer writes on. A server's may be cut: then it is made again, after pauses that grow, and
// whoever writes meanwhile is refused at once.
type connection struct {
	at      database
	pool    *sql.DB
	dialect statement.Dialect
	wrong   func(error)

	conn   *sql.Conn // nil: there is none
	q      *statement.Statements
	lazy   bool  // commits do not wait for the disk now
	alone  bool  // nobody else writes beside the running transaction
	failed error // the first statement of the running operation that failed
	plans  int64 // rows that had been changed when the database last planned its statements

	why    error       // there is none, if more than a cut is known
	again  *time.Timer // to connect
	pause  time.Duration
	untold []store.Notice // what commits of unknown outcome may have changed
}

func newConnection(db *DB, pool *sql.DB, dialect statement.Dialect) connection {
	again := time.NewTimer(time.Hour)
	again.Stop()
	return connection{at: db.at, pool: pool, dialect: dialect, wrong: db.noteState, again: again}
}

func (c *connection) connect(ctx context.Context) error {
	conn, err := c.pool.Conn(ctx)
	if err != nil {
		return err
	}
	c.conn, c.q, c.lazy, c.plans, c.why = conn, statement.New(conn, c.dialect, c.heard), false, firstPlans, nil
	return nil
}

// heard notes that a statement has failed.
func (c *connection) heard(err error) {
	c.wrong(err)
	if c.failed == nil {
		c.failed = err
	}
}

func (c *connection) beginTransaction(ctx context.Context, lazy, shared bool) (err error) {
	if c.conn == nil && c.why != nil {
		return fmt.Errorf("%w: %w", errCut, c.why)
	}
	if c.conn == nil {
		return errCut
	}
	if lazy != c.lazy {
		is, err := c.at.SetLazy(ctx, c.q, lazy)
		if err != nil {
			return c.broken(fmt.Errorf("setting how commits reach the disk: %w", err))
		}
		c.lazy = is
	}
	if c.alone, err = c.at.Begin(ctx, c.conn, c.q, shared); err != nil {
		return c.broken(fmt.Errorf("beginning a transaction: %w", err))
	}
	return nil
}

// replan has the database plan its statements anew each time what was written has doubled: one that was planned for ten rows
// may read all of a table that has grown since. A connection that is cut by now tells when the next transaction begins.
func (c *connection) replan(ctx context.Context) {
	if n := c.q.Changed(); n >= 2*c.plans {
		c.plans = n
		_ = c.at.Replan(ctx, c.conn)
	}
}

// rollback ends a transaction for an error, and returns that as callers get it.
func (c *connection) rollback(ctx context.Context, err error) error {
	if rerr := c.at.Rollback(ctx, c.conn, c.q); rerr != nil {
		err = errors.Join(err, rerr) // SQLite has rolled back by itself after some errors
	}
	return c.broken(err)
}

// broken lets go of the connection if an error was its end.
func (c *connection) broken(err error) error {
	if !c.at.Alive(c.conn) {
		c.cut()
		return fmt.Errorf("%w: %w", errCut, err)
	}
	return c.at.MapError(err)
}

func (c *connection) unavailable(err error) bool {
	return errors.Is(c.at.MapError(err), store.ErrUnavailable)
}

// cut drops a connection, and has it made again.
func (c *connection) cut() {
	if c.conn != nil {
		c.q.Close()
		_ = c.conn.Close() // it is of no use any more
		c.conn = nil
	}
	c.again.Reset(c.pause)
	c.pause = min(max(firstPause, 2*c.pause), longestPause)
}

func (c *connection) disconnect() error {
	c.again.Stop()
	if c.conn != nil {
		c.q.Close()
		if err := c.conn.Close(); errors.Is(err, sql.ErrConnDone) {
			return nil
		}
	}
	return c.pool.Close()
}
