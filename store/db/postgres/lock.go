package postgres

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"iozen/store"
)

// Advisory locks keep away who must not come in. They belong to sessions: PostgreSQL lets go of them when a process dies,
// however it dies. One stands at the door: a process takes it before it reads or makes anything, and keeps it. Servers share
// it; a command that needs the database for itself has it alone. The others belong to the connection that writes, so that
// nothing is written without them, also when a connection was cut and made anew: one is shared by all servers, and one is of
// this process alone. Getting that again after a cut proves that the transaction which was under way has ended. Each is named by
// what it guards, and by the schema, because one database may hold several.
type guard int32

const (
	atDoor      guard = 0x696f5a31 // "ioZ1"
	byWriter    guard = 0x696f5a32
	ofOne       guard = 0x696f5a34
	byMigration guard = 0x696f5a35
)

// lockPatience is how long a lock is waited for: PostgreSQL may need a moment to notice that a process before this one has
// died.
var lockPatience = 3 * time.Second

// Lock is held by whoever has come in.
type Lock struct{ conn *pgx.Conn }

// Enter lets a server in beside others until the lock is closed. It fails with store.ErrLocked while a command has the database
// for itself.
func Enter(ctx context.Context, a Address) (*Lock, error) {
	return take(ctx, a, func(conn *pgx.Conn) error {
		err := lock(ctx, conn, lockPatience, `pg_advisory_lock_shared(`+nameOfLock+`)`, int32(atDoor))
		if errors.Is(err, store.ErrLocked) {
			return &explained{"a command such as key rotate-master or migrate-database has this database for itself. Start the server once that has ended", err}
		}
		return err
	})
}

// TakeLock keeps every server away until the lock is closed. It fails with store.ErrLocked if there is one.
func TakeLock(ctx context.Context, a Address) (*Lock, error) {
	return take(ctx, a, func(conn *pgx.Conn) error {
		if err := lock(ctx, conn, lockPatience, `pg_advisory_lock(`+nameOfLock+`)`, int32(atDoor)); err != nil {
			return err
		}
		return lock(ctx, conn, lockPatience, `pg_advisory_lock(`+nameOfLock+`)`, int32(byWriter)) // a server may have lost the other with its connection
	})
}

// take makes a connection that holds locks.
func take(ctx context.Context, a Address, locks func(*pgx.Conn) error) (*Lock, error) {
	conn, err := a.Connect(ctx)
	if err != nil {
		return nil, fmt.Errorf("locking the database: %w", err)
	}
	if err := locks(conn); err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", a, err), conn.Close(context.WithoutCancel(ctx)))
	}
	return &Lock{conn}, nil
}

// Close lets go of the lock. Closing twice is harmless.
func (l *Lock) Close() error { return l.conn.Close(context.Background()) }

const nameOfLock = `$1::int, hashtext(COALESCE(current_schema(), ''))`

// lockWriter locks what the connection holds by which a server writes.
func lockWriter(ctx context.Context, conn *pgx.Conn, own int32) error {
	if err := lock(ctx, conn, lockPatience, `pg_advisory_lock_shared(`+nameOfLock+`)`, int32(byWriter)); err != nil {
		return err
	}
	return lock(ctx, conn, lockPatience, `pg_advisory_lock($1, $2)`, int32(ofOne), own)
}

func lock(ctx context.Context, conn *pgx.Conn, patience time.Duration, which string, names ...any) error {
	err := pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `SELECT set_config('lock_timeout', $1, true)`, fmt.Sprint(patience.Milliseconds())); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `SELECT `+which, names...)
		return err
	})
	if refused := (*pgconn.PgError)(nil); errors.As(err, &refused) && refused.Code == lockNotAvailable {
		return store.ErrLocked
	}
	return err
}
