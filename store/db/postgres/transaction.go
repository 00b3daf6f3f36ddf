package postgres

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"

	"iozen/store"
	"iozen/store/db/statement"
)

// writing names the lock that every transaction takes that writes: those that run beside each other share it, all others have
// it for themselves. Commands such as user create write beside servers, and read before they write.
const writing = `1768905267, hashtext(COALESCE(current_schema(), ''))` // "ioZ3"

// errNoMember says that this process was declared dead and has not joined anew yet. Others have what it had.
var errNoMember = fmt.Errorf("%w: this process was silent for too long, and is about to join the others again", store.ErrUnavailable)

// errAborted says that a statement of a transaction has failed: PostgreSQL answers its COMMIT with a rollback, and no error.
var errAborted = errors.New("the transaction was rolled back: one of its statements has failed")

// Begin begins a transaction in one round trip. Shared, it runs beside other shared ones; otherwise nobody else writes. While it
// runs, nobody becomes a member or is declared dead. alone says that no other process writes until its end.
func (d *Database) Begin(ctx context.Context, conn *sql.Conn, _ *statement.Statements, shared bool) (alone bool, err error) {
	err = with(conn, func(c *pgx.Conn) error {
		results, err := c.PgConn().Exec(ctx, d.beginning(shared)).ReadAll()
		if err != nil || d.members == nil {
			alone = true
			return err
		}
		seen := results[len(results)-1].Rows[0]
		if alone = !shared || string(seen[0]) == "1"; string(seen[1]) != "1" {
			return errNoMember
		}
		return nil
	})
	if err != nil {
		_ = d.Rollback(ctx, conn, nil) // fails only if the connection was cut, which Alive tells
		return false, err
	}
	return alone, nil
}

// beginning is what begins a transaction. It ends in the number of members, and how many of them are this process.
func (d *Database) beginning(shared bool) string {
	lock := `pg_advisory_xact_lock`
	if shared && d.members != nil { // whoever is no member has the database to itself
		lock += `_shared`
	}
	begin := `BEGIN; SELECT ` + lock + `(` + writing + `)`
	if d.members == nil {
		return begin
	}
	return fmt.Sprintf(`%s; SELECT count(*), count(*) FILTER (WHERE number = %d AND id = '\x%x') FROM members`, begin, d.members.Number(), d.members.ID[:])
}

// Commit ends a transaction.
func (d *Database) Commit(ctx context.Context, conn *sql.Conn, _ *statement.Statements) error {
	return run(ctx, conn, `COMMIT`, `COMMIT`)
}

// Rollback undoes a transaction.
func (d *Database) Rollback(ctx context.Context, conn *sql.Conn, _ *statement.Statements) error {
	return run(ctx, conn, `ROLLBACK`, ``)
}

// Replan drops the plans of a connection's statements: each is planned again when it is next run. PostgreSQL itself keeps a plan until
// it has analyzed a table, which may be minutes after it was empty.
func (d *Database) Replan(ctx context.Context, conn *sql.Conn) error {
	return run(ctx, conn, `DISCARD PLANS`, ``)
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
