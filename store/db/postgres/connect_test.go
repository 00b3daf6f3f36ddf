package postgres_test

import (
	"context"
	"crypto/tls"
	"database/sql"
	"fmt"
	"net"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/require"

	"iozen/store"
	"iozen/store/db/postgres"
	"iozen/store/db/postgres/pgtest"
)

// with is a URL with something changed.
func with(t *testing.T, text string, change func(*url.URL)) string {
	t.Helper()
	u, err := url.Parse(text)
	require.NoError(t, err)
	change(u)
	return u.String()
}

func parameter(name, value string) func(*url.URL) {
	return func(u *url.URL) {
		q := u.Query()
		q.Set(name, value)
		u.RawQuery = q.Encode()
	}
}

// A start that cannot work says why in one sentence, and what to do.
func TestAServerThatCannotBeUsedIsOneSentence(t *testing.T) {
	pgVariables(t)
	silent, err := net.Listen("tcp", "127.0.0.1:0") // takes connections and never answers
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, silent.Close()) })
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, closed.Close())
	owner := func(statement string) func(*testing.T, string) string {
		return func(t *testing.T, url string) string {
			pgtest.Admin(t, strings.ReplaceAll(statement, "DB", pgtest.Name(url)))
			return url
		}
	}
	for name, c := range map[string]struct {
		url  func(*testing.T, string) string
		says string
	}{
		"unknown host": {func(t *testing.T, _ string) string { return "postgres://iozen:s3cret@no-such-host.invalid/events" }, "the host of the database, no-such-host.invalid, was not found"},
		"nothing listens": {func(t *testing.T, u string) string {
			return with(t, u, func(u *url_) { u.Host = closed.Addr().String() })
		}, "nothing listens at " + closed.Addr().String()},
		"no socket": {func(t *testing.T, u string) string { return "postgres://iozen:s3cret@/events?host=" + t.TempDir() }, "nothing listens at /"},
		"no answer": {func(t *testing.T, u string) string {
			return with(t, with(t, u, func(u *url_) { u.Host = silent.Addr().String() }), parameter("connect_timeout", "1"))
		}, "does not answer within 1s"},
		"wrong password": {func(t *testing.T, u string) string {
			return with(t, u, func(u *url_) { u.User = userinfo("iozen", "s3cret") })
		}, "does not accept the password of user iozen"},
		"no such user": {func(t *testing.T, u string) string {
			return with(t, u, func(u *url_) { u.User = userinfo("nobody", "s3cret") })
		}, "does not accept the password of user nobody"},
		"no such database":                      {func(t *testing.T, u string) string { return with(t, u, func(u *url_) { u.Path = "/s3cret_free" }) }, "there is no database s3cret_free at"},
		"no TLS":                                {func(t *testing.T, u string) string { return with(t, u, parameter("sslmode", "require")) }, "the server does not speak TLS. See sslmode"},
		"commits that do not wait for the disk": {owner(`ALTER DATABASE DB SET synchronous_commit = off`), "synchronous_commit is off"},
		"read-only":                             {owner(`ALTER DATABASE DB SET default_transaction_read_only = on`), "cannot be written"},
		"no connection":                         {owner(`ALTER DATABASE DB CONNECTION LIMIT 0`), "has no connection left for user iozen"},
		"no schema":                             {func(t *testing.T, u string) string { return with(t, u, parameter("search_path", "nowhere")) }, "names no schema"},
		"not allowed":                           {owner(`REVOKE CONNECT ON DATABASE DB FROM PUBLIC, iozen`), "user iozen may not do that"},
	} {
		t.Run(name, func(t *testing.T) {
			a := parsed(t, c.url(t, pgtest.Empty(t)))
			_, err := postgres.ReadSchema(t.Context(), a)
			require.ErrorContains(t, err, c.says)
			for _, secret := range []string{"s3cret@", postgres.PasswordOf(a)} {
				require.NotContains(t, err.Error(), secret)
			}
			require.NotContains(t, err.Error(), "\n")
			require.NotContains(t, err.Error(), "failed to connect")
		})
	}
}

// Of an error about TLS the driver's words, which repeat each address, are left out.
func TestWhatIsWrongWithTLSIsSaidAlone(t *testing.T) {
	a := parsed(t, "postgres://iozen:s3cret@db.example/events")
	for says, err := range map[string]error{
		"first record does not look like a TLS handshake": tls.RecordHeaderError{Msg: "first record does not look like a TLS handshake"},
		"handshake failure": tls.AlertError(40),
	} {
		said := a.Explain(fmt.Errorf("failed to connect to `user=iozen database=events`: %w", err)).Error()
		require.Contains(t, said, says)
		require.Contains(t, said, "no TLS connection to db.example:5432: tls: ")
		require.NotContains(t, said, "failed to connect")
	}
}

// PgBouncer gives a session to whoever has a transaction: what one client has prepared, another finds there, or nobody.
func TestAPoolerInTransactionModeIsNamed(t *testing.T) {
	a := parsed(t, "postgres://iozen:s3cret@pool.example:6432/events")
	for _, code := range []string{"42P05", "26000"} {
		require.ErrorContains(t, a.Explain(&pgconn.PgError{Code: code}), "pool.example:6432 is a pooler in transaction mode")
	}
}

// Another encoding cannot hold what visitors type.
func TestADatabaseInAnotherEncodingIsRefused(t *testing.T) {
	url := pgtest.Empty(t)
	name := pgtest.Name(url) + "_latin"
	pgtest.Admin(t, `CREATE DATABASE `+name+` OWNER iozen ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0`)
	t.Cleanup(func() { pgtest.Admin(t, `DROP DATABASE `+name+` WITH (FORCE)`) })
	_, err := postgres.ReadSchema(t.Context(), parsed(t, with(t, url, func(u *url_) { u.Path = "/" + name })))
	require.ErrorContains(t, err, "is encoded in LATIN1")
}

func TestAUserWhoMayNotMakeTablesIsToldSo(t *testing.T) {
	url := pgtest.Empty(t)
	pgtest.Admin(t, `ALTER DATABASE `+pgtest.Name(url)+` OWNER TO postgres`)
	err := postgres.Migrate(t.Context(), parsed(t, url))
	require.ErrorContains(t, err, "Make it the owner: ALTER DATABASE "+pgtest.Name(url)+" OWNER TO iozen")
}

func TestAServerMustSuit(t *testing.T) {
	a := parsed(t, "postgres://iozen:s3cret@db.example/events")
	for says, change := range map[string]func(version *int, encoding, commits *string, standby, readOnly *bool){
		"":                             func(*int, *string, *string, *bool, *bool) {},
		"needs version 14 or newer":    func(version *int, _, _ *string, _, _ *bool) { *version = 130021 },
		"is a standby":                 func(_ *int, _, _ *string, standby, _ *bool) { *standby = true },
		"are read-only":                func(_ *int, _, _ *string, _, readOnly *bool) { *readOnly = true },
		"is encoded in SQL_ASCII":      func(_ *int, encoding, _ *string, _, _ *bool) { *encoding = "SQL_ASCII" },
		"could be lost in a power cut": func(_ *int, _, commits *string, _, _ *bool) { *commits = "off" },
	} {
		said := postgres.NewServer(change).Unfit(a)
		if says == "" {
			require.Empty(t, said)
			continue
		}
		require.Contains(t, said, says)
	}
}

// open opens a database as a server does.
func open(t *testing.T, url string, serving bool) (write, read *sql.DB) {
	t.Helper()
	write, read, err := postgres.Open(t.Context(), parsed(t, url), serving)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, write.Close()); require.NoError(t, read.Close()) })
	return write, read
}

func TestReadingCannotWrite(t *testing.T) {
	_, read := open(t, pgtest.URL(t), false)
	_, err := read.Exec(`UPDATE heartbeat SET beats = 1`)
	require.ErrorContains(t, err, "read-only")
	require.True(t, postgres.IsUnavailable(err))
}

// What this process forgets, or cannot end any more, the server ends.
func TestNoConnectionKeepsATransactionOpenForLong(t *testing.T) {
	write, read := open(t, pgtest.URL(t), false)
	for _, db := range []*sql.DB{write, read} {
		for _, name := range []string{"idle_in_transaction_session_timeout", "statement_timeout", "tcp_user_timeout", "tcp_keepalives_idle"} {
			var set string
			require.NoError(t, db.QueryRow(`SELECT current_setting($1)`, name).Scan(&set))
			require.NotEqual(t, "0", set, name)
		}
	}
}

// Every error that the next try may not have counts as "not now", and only those.
func TestWhatACutConnectionMeans(t *testing.T) {
	url := pgtest.URL(t)
	write, read := open(t, url, false)
	conn, err := write.Conn(t.Context())
	require.NoError(t, err)
	_, err = conn.ExecContext(t.Context(), `BEGIN`)
	require.NoError(t, err)
	require.Positive(t, pgtest.CutAll(t, url))
	_, err = conn.ExecContext(t.Context(), `UPDATE heartbeat SET beats = 1`)
	require.True(t, postgres.IsUnavailable(err), "%v", err)
	require.ErrorIs(t, postgres.MapError(err), store.ErrUnavailable)
	require.NoError(t, conn.Close())
	require.NoError(t, write.Ping(), "the next one is a new connection")
	require.NoError(t, read.Ping())

	_, err = write.Exec(`SELECT 1 FROM no_such_table`)
	require.Error(t, err)
	require.False(t, postgres.IsUnavailable(err), "a slip of ours")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = write.ExecContext(ctx, `SELECT 1`)
	require.ErrorIs(t, err, context.Canceled)
	require.False(t, postgres.IsUnavailable(err), "the caller hung up")

	pgtest.Admin(t, fmt.Sprintf(`ALTER DATABASE %s CONNECTION LIMIT 0`, pgtest.Name(url)))
	pgtest.CutAll(t, url)
	var last error
	require.Eventually(t, func() bool { last = write.Ping(); return last != nil }, time.Minute, time.Millisecond)
	require.True(t, postgres.IsUnavailable(last), "%v", last)
}

type url_ = url.URL

func userinfo(user, password string) *url.Userinfo { return url.UserPassword(user, password) }
