package postgres

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"iozen/store/clock"
	"iozen/store/db/statement"
	"iozen/store/member"
	"iozen/store/secret"
)

// Database is a database of a server.
type Database struct {
	at      Address
	direct  Address  // the same, past a pooler
	members *Members // nil: this process does not serve it
	clock   *clock.Reference
}

// New reads a URL, and that of the same database past a pooler ("": there is none). It asks no server.
func New(url, direct string) (*Database, error) {
	at, err := Parse(url)
	if err != nil {
		return nil, err
	}
	d := &Database{at: at, direct: at}
	if direct != "" {
		d.direct, err = Parse(direct)
	}
	return d, err
}

// Name is the address without the password.
func (d *Database) Name() string { return d.at.String() }

// Open opens the database to write and to read, and makes what is not there yet. Unless it is opened beside a server, it brings
// the schema up to date. Before it changes anything, it refuses a database that this program must leave alone (Fits).
func (d *Database) Open(ctx context.Context, keys *secret.Keyring, beside, serving bool) (write, read *sql.DB, err error) {
	found, err := ReadSchema(ctx, d.at)
	empty := errors.Is(err, fs.ErrNotExist)
	if err == nil {
		err = found.Fits(keys, beside)
	}
	if err != nil && !empty {
		return nil, nil, fmt.Errorf("opening %s: %w", d.at, err)
	}
	if empty || found.Behind() {
		if err := Migrate(ctx, d.direct); err != nil {
			return nil, nil, fmt.Errorf("opening %s: %w", d.at, err)
		}
	}
	return Open(ctx, d.at, serving)
}

// Wall is the time of the server's clock, which Members go on reading.
func (d *Database) Wall(ctx context.Context) (func() time.Time, error) {
	conn, err := d.direct.Connect(ctx)
	if err != nil {
		return nil, err
	}
	defer hangUp(conn)
	shows, err := timeOf(ctx, conn)
	if err != nil {
		return nil, err
	}
	d.clock = clock.NewReference(clock.SinceBoot(), shows)
	return d.clock.Wall, nil
}

// Join makes this process one of those that serve the database.
func (d *Database) Join(ctx context.Context, s member.Serving) (member.Membership, error) {
	m, err := join(ctx, d.direct, s, d.clock)
	if err != nil {
		return nil, err
	}
	d.members = m
	return m, nil
}

// Collided says whether an error comes from what others have written at the same time.
func (d *Database) Collided(err error) bool {
	answer := (*pgconn.PgError)(nil)
	return errors.As(err, &answer) && (answer.Code == uniqueViolation || answer.Code == serializationFailure || answer.Code == deadlock)
}

// MapError is MapError.
func (d *Database) MapError(err error) error { return MapError(err) }

// Explain says what to do about an error at the start.
func (d *Database) Explain(err error) error { return d.at.Explain(ExplainDamage(err)) }

// Together is true: each statement is a round trip to the server.
func (d *Database) Together() bool { return true }

// Wipe has nothing to do: what was erased leaves with the next vacuum, which the server does by itself.
func (d *Database) Wipe(context.Context) (bool, error) { return true, nil }

// Spare is 0: the server gives space back by itself.
func (d *Database) Spare(context.Context, *statement.Reader) (int, error) { return 0, nil }

// GiveBack does nothing.
func (d *Database) GiveBack(context.Context, *statement.Statements, int) error { return nil }
