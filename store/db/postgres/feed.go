package postgres

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"iozen/store/db/replica"
	"iozen/store/db/statement"
)

// channel is the name that replicas of one schema listen to: one database may hold several schemas.
const channel = `'iozen_' || COALESCE(current_schema()::regnamespace::oid::text, '')`

// Announce has a transaction send a message with its commit. PostgreSQL then makes all commits that send one wait for each
// other, so that only acts do it.
func (d *Database) Announce(ctx context.Context, q *statement.Statements, message string) error {
	_, err := q.Exec(ctx, `SELECT pg_notify(`+channel+`, ?)`, message)
	return err
}

// Replicas carries messages between the processes that serve this database.
func (d *Database) Replicas() replica.Server { return d }

// Listen hears what is said on the channel, on a connection of its own.
func (d *Database) Listen(ctx context.Context, ready func(), heard func(string)) error {
	conn, err := d.direct.Connect(ctx)
	if err != nil {
		return err
	}
	defer hangUp(conn)
	var name string
	if err := conn.QueryRow(ctx, `SELECT `+channel).Scan(&name); err != nil {
		return err
	}
	if _, err := conn.Exec(ctx, `LISTEN `+pgx.Identifier{name}.Sanitize()); err != nil {
		return err
	}
	ready()
	for {
		said, err := conn.WaitForNotification(ctx)
		if err != nil {
			return err
		}
		heard(said.Payload)
	}
}

// Speak makes a connection that only sends. It does not wait for the disk: PostgreSQL lets nobody else notify meanwhile, and
// what a power cut takes from it, it takes from those who listen too.
func (d *Database) Speak(ctx context.Context) (replica.Speaker, error) {
	conn, err := d.direct.Connect(ctx)
	if err != nil {
		return nil, err
	}
	if err := set(ctx, conn, `SET synchronous_commit = off`); err != nil {
		return nil, errors.Join(err, conn.Close(context.WithoutCancel(ctx)))
	}
	return &speaker{conn}, nil
}

type speaker struct{ conn *pgx.Conn }

func (s *speaker) Say(ctx context.Context, messages []string) error {
	_, err := s.conn.Exec(ctx, `SELECT pg_notify(`+channel+`, m) FROM unnest($1::text[]) m`, messages)
	return err
}

func (s *speaker) Close() error { hangUp(s.conn); return nil }

// hangUp closes a connection that may be cut already.
func hangUp(conn *pgx.Conn) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	_ = conn.Close(ctx)
}
