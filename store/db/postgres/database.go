package postgres

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"

	"iozen/store/db/statement"
	"iozen/store/secret"
)

// Database is a database of a server.
type Database struct{ at Address }

// New reads a URL. It asks no server.
func New(url string) (*Database, error) {
	at, err := Parse(url)
	if err != nil {
		return nil, err
	}
	return &Database{at}, nil
}

// Name is the address without the password.
func (d *Database) Name() string { return d.at.String() }

// Open opens the database to write and to read.
func (d *Database) Open(ctx context.Context, keys *secret.Keyring, beside, serving bool) (write, read *sql.DB, err error) {
	found, err := ReadSchema(ctx, d.at)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, nil, fmt.Errorf("opening the database: %w", err)
	}
	if err == nil {
		if err := found.Fits(keys, beside); err != nil {
			return nil, nil, fmt.Errorf("opening %s: %w", d.at, err)
		}
	}
	return Open(ctx, d.at, Options{Beside: beside, Serving: serving})
}

// MapError is MapError.
func (d *Database) MapError(err error) error { return MapError(err) }

// Explain says what to do about an error at the start.
func (d *Database) Explain(err error) error { return d.at.Explain(ExplainDamage(err)) }

// Wipe has nothing to do: what was erased leaves with the next vacuum, which the server does by itself.
func (d *Database) Wipe(context.Context) (bool, error) { return true, nil }

// Spare is 0: the server gives space back by itself.
func (d *Database) Spare(context.Context, *statement.Reader) (int, error) { return 0, nil }

// GiveBack does nothing.
func (d *Database) GiveBack(context.Context, *statement.Statements, int) error { return nil }

// ErrBackup says how a database of PostgreSQL is backed up.
var ErrBackup = errors.New("a PostgreSQL database is backed up with pg_dump")

// Backup refuses.
func (d *Database) Backup(context.Context, string) error { return ErrBackup }
