package postgres

import (
	"context"
	"database/sql"
	"errors"
	"math/rand/v2"
	"net"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
)

const (
	maxReaders = 8
	// readerIdle is how long an idle reading connection stays open: each is a process of the server.
	readerIdle = time.Minute
	// notHeard is after how long without an answer a connection counts as cut, on either side: a lock or a transaction of
	// a machine that is gone must not stay.
	notHeard = 20 * time.Second
)

// What every connection is set to. The server ends what we forget, and notices when we are gone.
const (
	everyConnection = `SET jit = off; ` + // compiling costs more than any of our statements
		`SET default_transaction_isolation = 'read committed'; ` +
		`SET idle_in_transaction_session_timeout = '10s'; ` + // an open transaction keeps dead rows from being removed
		`SET tcp_keepalives_idle = 5; SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 3; ` +
		`SET tcp_user_timeout = '20s'; `
	writerConnection = everyConnection +
		`SET lock_timeout = '5s'; ` + // a shell may hold a row for a moment
		// Those who wait for a process that was stopped within a transaction do not wait as long.
		`SET idle_in_transaction_session_timeout = '4s'; ` +
		`SET statement_timeout = '30s'; ` +
		// What is written again and again finds its rows by an index. Its plan may have been made when a table was empty,
		// and reading all of that looked cheaper.
		`SET enable_seqscan = off; `
	readerConnection = everyConnection +
		`SET default_transaction_read_only = on; ` +
		`SET statement_timeout = '60s'; `
)

// Open opens a database that exists twice: a writer of one connection, and a pool that can only read. While this process serves
// the database, the connection that writes holds locks, whenever it was made.
func Open(ctx context.Context, a Address, serving bool) (write, read *sql.DB, err error) {
	own := rand.Int32()
	write = a.open(func(ctx context.Context, conn *pgx.Conn) error {
		if err := set(ctx, conn, writerConnection); err != nil {
			return err
		}
		if err := checkServer(ctx, conn, a); err != nil {
			return err
		}
		if serving {
			if err := lockWriter(ctx, conn, own); err != nil {
				return err
			}
		}
		return checkSchema(ctx, conn, a) // it may have changed while there was no connection
	})
	write.SetMaxOpenConns(1)
	write.SetMaxIdleConns(1)
	read = a.open(func(ctx context.Context, conn *pgx.Conn) error { return set(ctx, conn, readerConnection) })
	read.SetMaxOpenConns(maxReaders)
	read.SetMaxIdleConns(maxReaders)
	read.SetConnMaxIdleTime(readerIdle)
	if err := errors.Join(write.PingContext(ctx), read.PingContext(ctx)); err != nil {
		return nil, nil, errors.Join(a.Explain(err), write.Close(), read.Close())
	}
	return write, read, nil
}

// open makes a pool whose connections are prepared by ready.
func (a Address) open(ready func(context.Context, *pgx.Conn) error) *sql.DB {
	return stdlib.OpenDB(*a.config, stdlib.OptionAfterConnect(func(ctx context.Context, conn *pgx.Conn) error {
		err := ready(ctx, conn)
		if err != nil {
			err = errors.Join(err, conn.Close(context.WithoutCancel(ctx)))
		}
		return err
	}))
}

// Connect makes a connection of its own, outside of the pools.
func (a Address) Connect(ctx context.Context) (*pgx.Conn, error) {
	conn, err := pgx.ConnectConfig(ctx, a.config.Copy())
	if err != nil {
		return nil, a.Explain(err)
	}
	if err := set(ctx, conn, everyConnection); err != nil {
		return nil, errors.Join(a.Explain(err), conn.Close(context.WithoutCancel(ctx)))
	}
	return conn, nil
}

// set runs several statements in one round trip.
func set(ctx context.Context, conn *pgx.Conn, settings string) error {
	_, err := conn.PgConn().Exec(ctx, settings).ReadAll()
	return err
}

// dial notices within notHeard that the other side is gone.
func dial(ctx context.Context, network, address string) (net.Conn, error) {
	d := net.Dialer{KeepAliveConfig: net.KeepAliveConfig{Enable: true, Idle: 5 * time.Second, Interval: 5 * time.Second, Count: 3}}
	conn, err := d.DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		if err := sendTimeout(tcp); err != nil {
			return nil, errors.Join(err, conn.Close())
		}
	}
	return conn, nil
}
