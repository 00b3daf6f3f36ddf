package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"time"

	"iozen/store/db/replica"
	"iozen/store/db/statement"
	"iozen/store/failpoint"
	"iozen/store/member"
	"iozen/store/secret"
)

// Database is a database in a file.
type Database struct{ path string }

// New reads an address, sqlite:PATH. It touches nothing.
func New(url string) (*Database, error) {
	path, err := DatabasePath(url)
	if err != nil {
		return nil, err
	}
	return &Database{path}, nil
}

// Announce does nothing: one process serves a file.
func (d *Database) Announce(context.Context, *statement.Statements, string) error { return nil }

// Replicas is nil: there are no others.
func (d *Database) Replicas() replica.Server { return nil }

// Name is the whole path of the file.
func (d *Database) Name() string {
	path, err := filepath.Abs(d.path)
	if err != nil {
		return d.path
	}
	return path
}

// Open opens the file to write and to read, and makes it if there is none. Unless it is opened beside a server, it brings the
// schema up to date. Before it changes anything, it refuses a database that this program must leave alone (Fits).
func (d *Database) Open(ctx context.Context, keys *secret.Keyring, beside, _ bool) (write, read *sql.DB, err error) {
	found, err := ReadSchema(ctx, d.path)
	if errors.Is(err, fs.ErrNotExist) {
		if err := Create(ctx, d.path); err != nil {
			return nil, nil, err
		}
		found, err = ReadSchema(ctx, d.path)
	}
	if err != nil {
		return nil, nil, fmt.Errorf("opening the database: %w", err)
	}
	if err := found.Fits(keys, beside); err != nil {
		return nil, nil, fmt.Errorf("opening %s: %w", d.path, err)
	}
	if write, read, err = Open(ctx, d.path, beside || !found.Behind()); err != nil {
		return nil, nil, fmt.Errorf("opening %s: %w", d.path, ExplainAccess(d.path, ExplainDamage(err)))
	}
	return write, read, nil
}

// Wall is the time of this machine.
func (d *Database) Wall(context.Context) (func() time.Time, error) { return failpoint.Wall, nil }

// Join joins nobody: one process serves a file.
func (d *Database) Join(context.Context, member.Serving) (member.Membership, error) {
	return member.Alone{}, nil
}

// Begin begins a transaction. Nobody else ever writes meanwhile.
func (d *Database) Begin(ctx context.Context, _ *sql.Conn, q *statement.Statements, _ bool) (alone bool, err error) {
	return true, q.Run(ctx, `BEGIN IMMEDIATE`)
}

// Collided is false: nobody writes beside.
func (d *Database) Collided(error) bool { return false }

// Commit ends a transaction.
func (d *Database) Commit(ctx context.Context, _ *sql.Conn, q *statement.Statements) error {
	return q.Run(ctx, `COMMIT`)
}

// Rollback undoes a transaction.
func (d *Database) Rollback(ctx context.Context, _ *sql.Conn, q *statement.Statements) error {
	return q.Run(ctx, `ROLLBACK`)
}

// SetLazy lets the commits that follow wait for the disk, or not. A later commit that waits takes all before it to the disk,
// so that what is on disk is always a beginning of what was done; and whoever made a commit that a power cut undoes, such as
// a claim, is cut off with it.
func (d *Database) SetLazy(ctx context.Context, q *statement.Statements, lazy bool) (bool, error) {
	pragma := `PRAGMA synchronous = FULL`
	if lazy {
		pragma = `PRAGMA synchronous = NORMAL`
	}
	return lazy, q.Run(ctx, pragma)
}

// Together is false: a statement costs no round trip.
func (d *Database) Together() bool { return false }

// Alive is true: there is no connection to a file that could be cut.
func (d *Database) Alive(*sql.Conn) bool { return true }

// Replan does nothing: how many rows a table has does not decide how SQLite reads it.
func (d *Database) Replan(context.Context, *sql.Conn) error { return nil }

// MapError is MapError.
func (d *Database) MapError(err error) error { return MapError(err) }

// Explain says what to do about an error at the start.
func (d *Database) Explain(err error) error { return ExplainDamage(err) }

// Backup writes a consistent copy to a new file.
func (d *Database) Backup(ctx context.Context, file string) error {
	return Backup(ctx, "sqlite:"+d.path, file)
}
