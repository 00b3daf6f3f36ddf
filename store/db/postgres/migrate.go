package postgres

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/pressly/goose/v3"

	"iozen/store"
)

// migrationPatience is how long a process waits for another one that changes the schema.
const migrationPatience = 5 * time.Minute

// inUse is said when what a migration changes is not free soon.
const inUse = "somebody uses a table for long that a new version changes. Start the server again"

// Migrate brings the schema of a database up to date, or makes it. Processes that do it at the same time wait for each other. It
// fails with store.ErrLocked if servers of the schema that is there are at work and could not go on with the new one.
func Migrate(ctx context.Context, a Address) error {
	migrations, err := Migrations()
	if err != nil {
		return err
	}
	return migrate(ctx, a, migrations)
}

func migrate(ctx context.Context, a Address, migrations fs.FS) (err error) {
	db := a.open(func(ctx context.Context, conn *pgx.Conn) error {
		// Whoever reads a table keeps a migration of it waiting, and that keeps all who come after waiting.
		if err := set(ctx, conn, everyConnection+fmt.Sprintf(`SET lock_timeout = %d`, lockPatience.Milliseconds())); err != nil {
			return err
		}
		return lockMigration(ctx, conn, a, migrations)
	})
	db.SetMaxOpenConns(1) // the one that holds the locks
	defer func() { err = errors.Join(err, db.Close()) }()
	provider, err := goose.NewProvider(goose.DialectPostgres, db, migrations)
	if err != nil {
		return fmt.Errorf("reading the migrations: %w", err)
	}
	_, err = provider.Up(ctx)
	if busy := (*pgconn.PgError)(nil); errors.As(err, &busy) && busy.Code == lockNotAvailable {
		err = &explained{inUse, err}
	}
	if err != nil {
		return fmt.Errorf("bringing the schema up to date: %w", a.Explain(err))
	}
	return nil
}

// lockMigration keeps away other processes that would change the schema, all that write, and, if they could not go on afterwards,
// the servers that are at work.
func lockMigration(ctx context.Context, conn *pgx.Conn, a Address, migrations fs.FS) error {
	if err := lock(ctx, conn, migrationPatience, `pg_advisory_lock(`+nameOfLock+`)`, int32(byMigration)); err != nil {
		return err
	}
	found, err := a.readSchema(ctx, conn, migrations) // whoever had the lock before may have changed it
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, ErrTransfer): // no server works with it
	case err != nil:
		return err
	case found.Alone():
		if err := lock(ctx, conn, lockPatience, `pg_advisory_lock(`+nameOfLock+`)`, int32(byWriter)); err != nil {
			return inTheWay(ctx, conn, err)
		}
	case !found.Behind():
		return nil
	}
	err = lock(ctx, conn, lockPatience, `pg_advisory_lock(`+writing+`)`)
	if errors.Is(err, store.ErrLocked) {
		return &explained{inUse, err}
	}
	return err
}

// inTheWay says which servers have to be stopped.
func inTheWay(ctx context.Context, conn *pgx.Conn, err error) error {
	if !errors.Is(err, store.ErrLocked) {
		return err
	}
	var members, machines string
	asked := conn.QueryRow(ctx, `SELECT
		(SELECT COALESCE(string_agg(number::text, ', ' ORDER BY number), 'unknown') FROM members),
		(SELECT COALESCE(string_agg(DISTINCT COALESCE(host(a.client_addr), 'this machine'), ', '), 'unknown') FROM pg_locks l JOIN pg_stat_activity a USING (pid)
			WHERE l.locktype = 'advisory' AND l.database = a.datid AND a.datname = current_database() AND l.granted
			AND l.classid = $1::int::oid AND l.objid = hashtext(COALESCE(current_schema(), ''))::oid AND l.objsubid = 2)`, int32(byWriter)).Scan(&members, &machines)
	if asked != nil {
		return errors.Join(err, asked)
	}
	return &explained{fmt.Sprintf("this version changes tables that servers of an older version are using. Stop all of those first, then start this one (member %s of this database, connected from %s)", members, machines), err}
}
