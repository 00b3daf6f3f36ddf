package postgres

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"

	"iozen/store/db/statement"
)

// beginAlone begins a transaction in which nobody else writes, in one round trip: commands such as keys rotate write beside
// the server, and read before they write.
const beginAlone = `BEGIN; SELECT pg_advisory_xact_lock(1768905267, hashtext(COALESCE(current_schema(), '')))` // "ioZ3"

// errAborted says that a statement of a transaction has failed: PostgreSQL answers its COMMIT with a rollback, and no error.
var errAborted = errors.New("the transaction was rolled back: one of its statements has failed")

// Begin begins a transaction in which nobody else writes.
func (d *Database) Begin(ctx context.Context, conn *sql.Conn, _ *statement.Statements) error {
	return run(ctx, conn, beginAlone, "")
}

// Commit ends a transaction.
func (d *Database) Commit(ctx context.Context, conn *sql.Conn, _ *statement.Statements) error {
	return run(ctx, conn, `COMMIT`, `COMMIT`)
}

// Rollback undoes a transaction.
func (d *Database) Rollback(ctx context.Context, conn *sql.Conn, _ *statement.Statements) error {
	return run(ctx, conn, `ROLLBACK`, ``)
}

// run runs statements without arguments in one round trip; answered is what the server must say to the last, if that is asked.
func run(ctx context.Context, conn *sql.Conn, statements, answered string) error {
	return with(conn, func(c *pgx.Conn) error {
		results, err := c.PgConn().Exec(ctx, statements).ReadAll()
		if err != nil || answered == "" {
			return err
		}
		if tag := results[len(results)-1].CommandTag.String(); tag != answered {
			return fmt.Errorf("%w (%s)", errAborted, tag)
		}
		return nil
	})
}

// with lets the driver's own connection be used.
func with(conn *sql.Conn, use func(*pgx.Conn) error) error {
	return conn.Raw(func(c any) error { return use(c.(*stdlib.Conn).Conn()) })
}

// Alive says whether a connection was not cut.
func (d *Database) Alive(conn *sql.Conn) bool {
	cut := true
	err := with(conn, func(c *pgx.Conn) error { cut = c.IsClosed(); return nil })
	return err == nil && !cut
}

// SetLazy changes nothing: every commit waits for the disk. A server that loses a claim in a power cut does not take its holder
// along, who would go on under a token that the next claim gets too.
func (d *Database) SetLazy(context.Context, *statement.Statements, bool) (bool, error) {
	return false, nil
}
