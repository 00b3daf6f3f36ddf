// Package pgtest gives tests a PostgreSQL server of their own: thrown away with the test process, and a database of its own
// for each test.
//
// A test process starts one server when the first test asks for it.
package pgtest

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"iozen/store/db/postgres"
)

const (
	// owner owns the databases of tests and may do no more than that, as a careful operator has it.
	owner = "iozen"
	// template is a database with the newest schema, which others are copied from.
	template = "iozen_template"
	// patience bounds what is waited for; no test depends on it.
	patience = time.Minute
)

// shared is what the tests of a process use together.
var shared = sync.OnceValues(func() (*Cluster, error) { return Start() })

// migrated makes the template, once.
var migrated = sync.OnceValue(func() error {
	c, err := shared()
	if err != nil {
		return err
	}
	return c.makeTemplate()
})

// databases numbers the databases of this process.
var databases atomic.Int64

// URL is that of a database of the test's own, with the newest schema and nothing in it.
func URL(t testing.TB) string {
	t.Helper()
	require.NoError(t, migrated())
	return server(t).database(t, template)
}

// Empty is the URL of an empty database of the test's own.
func Empty(t testing.TB) string {
	t.Helper()
	return server(t).Empty(t)
}

// Admin runs a statement as the superuser of the server that this process shares: what an operator may do to a server that
// is in use.
func Admin(t testing.TB, statement string) {
	t.Helper()
	require.NoError(t, server(t).Do(statement))
}

// CutAll ends every connection to a database, and returns how many there were.
func CutAll(t testing.TB, of string) int {
	t.Helper()
	return server(t).CutAll(t, of)
}

func server(t testing.TB) *Cluster {
	t.Helper()
	c, err := shared()
	require.NoError(t, err)
	return c
}

// Empty is the URL of an empty database of the test's own.
func (c *Cluster) Empty(t testing.TB) string {
	t.Helper()
	return c.database(t, "template1")
}

// database makes a database like another one, and drops it when the test ends, whoever is still connected.
func (c *Cluster) database(t testing.TB, like string) string {
	t.Helper()
	name := fmt.Sprintf("iozen_%d_%d", os.Getpid(), databases.Add(1))
	require.NoError(t, c.Do(fmt.Sprintf(`CREATE DATABASE %s OWNER %s TEMPLATE %s`, name, owner, like)))
	t.Cleanup(func() {
		if !c.gone {
			require.NoError(t, c.Do(`DROP DATABASE `+name+` WITH (FORCE)`))
		}
	})
	return c.url(owner, name)
}

// CutAll ends every connection to a database, and returns how many there were.
func (c *Cluster) CutAll(t testing.TB, of string) (cut int) {
	t.Helper()
	require.NoError(t, c.connected(func(ctx context.Context, conn *pgx.Conn) error {
		return conn.QueryRow(ctx, `SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = $1`, Name(of)).Scan(&cut)
	}))
	return cut
}

// Ask reads one row of whole numbers from a database, by the names of its columns.
func Ask(t testing.TB, of, query string) map[string]int64 {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	conn, err := pgx.Connect(ctx, of)
	require.NoError(t, err)
	defer func() { _ = conn.Close(ctx) }()
	rows, err := conn.Query(ctx, query)
	require.NoError(t, err)
	row, err := pgx.CollectExactlyOneRow(rows, pgx.RowToMap)
	require.NoError(t, err)
	numbers := map[string]int64{}
	for name, value := range row {
		number, whole := value.(int64)
		require.True(t, whole, "%s is %v", name, value)
		numbers[name] = number
	}
	return numbers
}

// Or is the URL of a database that may also be found at another server, once that has been promoted.
func (c *Cluster) Or(t testing.TB, of string) string {
	t.Helper()
	one, err := url.Parse(of)
	require.NoError(t, err)
	other, err := url.Parse(c.super)
	require.NoError(t, err)
	one.Host += "," + other.Host
	return one.String()
}

// Name is the database's name in a URL.
func Name(of string) string {
	u, err := url.Parse(of)
	if err != nil {
		return ""
	}
	return strings.TrimPrefix(u.Path, "/")
}

// Do runs a statement as the superuser, on a connection of its own.
func (c *Cluster) Do(statement string) error {
	return c.connected(func(ctx context.Context, conn *pgx.Conn) error {
		_, err := conn.Exec(ctx, statement)
		return err
	})
}

func (c *Cluster) connected(use func(context.Context, *pgx.Conn) error) error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	conn, err := pgx.Connect(ctx, c.super)
	if err != nil {
		return fmt.Errorf("connecting to the tests' PostgreSQL: %w", err)
	}
	defer func() { _ = conn.Close(ctx) }()
	return use(ctx, conn)
}

// url is that of a database for a user of the tests. All users of a server have one password.
func (c *Cluster) url(user, name string) string {
	u, _ := url.Parse(c.super) // it was connected to
	password, _ := u.User.Password()
	u.User, u.Path = url.UserPassword(user, password), "/"+name
	return u.String()
}

// makeTemplate makes the template.
func (c *Cluster) makeTemplate() error {
	if err := c.Do(`CREATE DATABASE ` + template + ` OWNER ` + owner); err != nil {
		return err
	}
	at, err := postgres.Parse(c.url(owner, template))
	if err != nil {
		return err
	}
	if err := postgres.Migrate(context.Background(), at); err != nil {
		return err
	}
	return c.Do(`ALTER DATABASE ` + template + ` IS_TEMPLATE true`)
}
