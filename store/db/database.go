package db

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"iozen/store"
	"iozen/store/db/dialect"
	"iozen/store/db/postgres"
	"iozen/store/db/replica"
	"iozen/store/db/sqlite"
	"iozen/store/db/statement"
	"iozen/store/member"
	"iozen/store/secret"
)

// database is what the store needs of a database besides running its statements. sqlite.Database and postgres.Database are
// those that it can run on.
type database interface {
	// Open opens the database to write and to read, and makes what is not there yet. Unless it is opened beside a server, it
	// brings the schema up to date. Before it changes anything, it refuses a database that this program must leave alone.
	Open(ctx context.Context, keys *secret.Keyring, beside, serving bool) (write, read *sql.DB, err error)
	// Wall is the wall time that all who serve the database agree on. It is asked for once, and before Join.
	Wall(ctx context.Context) (func() time.Time, error)
	// Name is what messages call it, without any password.
	Name() string
	// MapError marks the errors of a database that cannot read or write now with ErrUnavailable; Explain says what to do
	// about an error at the start.
	MapError(err error) error
	Explain(err error) error
	// Join makes this process one of those that serve the database.
	Join(ctx context.Context, s member.Serving) (member.Membership, error)
	// Begin begins a transaction on the writer's connection, whose statements are q. Nobody else writes meanwhile, unless it is
	// shared: then others whose transactions are shared too may. alone says that nobody does even so. Commit fails if one of its
	// statements has failed.
	Begin(ctx context.Context, conn *sql.Conn, q *statement.Statements, shared bool) (alone bool, err error)
	Commit(ctx context.Context, conn *sql.Conn, q *statement.Statements) error
	Rollback(ctx context.Context, conn *sql.Conn, q *statement.Statements) error
	// SetLazy has the commits that follow wait for the disk or, where the database can do without, not; it returns whether they
	// are lazy.
	SetLazy(ctx context.Context, q *statement.Statements, lazy bool) (bool, error)
	// Collided says whether an error comes from what others have written at the same time.
	Collided(err error) bool
	// Alive says whether a connection can still be used after an error.
	Alive(conn *sql.Conn) bool
	// Replan has a connection's statements planned anew, for tables that have grown since.
	Replan(ctx context.Context, conn *sql.Conn) error
	// Together says whether many rows with one statement cost less than each with its own.
	Together() bool
	// Wipe removes the last traces of what was erased; it is not done while somebody reads the database.
	Wipe(ctx context.Context) (done bool, err error)
	// Spare is how many pages the database can give back now; GiveBack does it, in a transaction.
	Spare(ctx context.Context, read *statement.Reader) (pages int, err error)
	GiveBack(ctx context.Context, q *statement.Statements, pages int) error
	// Replicas carries messages to the other processes that serve the database; nil: nobody else does. Announce has the transaction
	// whose statements are q send one with its commit.
	Announce(ctx context.Context, q *statement.Statements, message string) error
	Replicas() replica.Server
}

// locate reads an address, without touching anything.
func locate(url, direct string) (at database, writes statement.Dialect, err error) {
	if postgres.IsURL(url) {
		at, err = postgres.New(url, direct)
		return at, dialect.Postgres, err
	}
	at, err = sqlite.New(url)
	return at, nil, err
}

// IsUnavailable says whether an error means that the database cannot be read or written now. Writes say so with
// ErrUnavailable; what a read says comes from the driver.
func IsUnavailable(err error) bool {
	return errors.Is(err, store.ErrUnavailable) || sqlite.IsUnavailable(err) || postgres.IsUnavailable(err)
}
