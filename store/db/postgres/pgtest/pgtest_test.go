package pgtest_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"iozen/store/db/postgres/pgtest"
)

// childVariable makes this test binary a process that starts a server and waits to be killed.
const childVariable = "IOZEN_PGTEST_CHILD"

func TestMain(m *testing.M) {
	if os.Getenv(childVariable) != "" {
		c, err := pgtest.Start()
		fmt.Println(pgtest.Dir(c), err)
		<-make(chan struct{}, 1)
	}
	goleak.VerifyTestMain(m)
}

func TestAServerEndsWithItsTestProcessHoweverThatEnds(t *testing.T) {
	child := exec.CommandContext(t.Context(), os.Args[0])
	child.Env = append(os.Environ(), childVariable+"=1")
	said, err := child.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, child.Start())
	line, err := bufio.NewReader(said).ReadString('\n')
	require.NoError(t, err)
	dir, _, _ := strings.Cut(line, " ")
	require.DirExists(t, dir, line)
	require.NoError(t, child.Process.Kill())
	require.Error(t, child.Wait())
	require.Eventually(t, func() bool { _, err := os.Stat(dir); return os.IsNotExist(err) }, time.Minute, 10*time.Millisecond,
		"server and data are still there")
}

func TestEachTestHasADatabaseOfItsOwn(t *testing.T) {
	one, other := pgtest.URL(t), pgtest.URL(t)
	require.NotEqual(t, one, other)
	for _, url := range []string{one, other} {
		conn, err := pgx.Connect(t.Context(), url)
		require.NoError(t, err)
		_, err = conn.Exec(t.Context(), `INSERT INTO accounts (id, email, password_hash, role, created_at) VALUES ('\x01', 'a@example.com', '', '', 1)`)
		require.NoError(t, err)
		require.NoError(t, conn.Close(t.Context()))
	}
}

func TestAnEmptyDatabaseHasNoTables(t *testing.T) {
	conn, err := pgx.Connect(t.Context(), pgtest.Empty(t))
	require.NoError(t, err)
	var tables int
	require.NoError(t, conn.QueryRow(t.Context(), `SELECT count(*) FROM pg_tables WHERE schemaname = 'public'`).Scan(&tables))
	require.Zero(t, tables)
	require.NoError(t, conn.Close(t.Context()))
}

func TestAServerOfATestsOwnGoesAwayAndComesBack(t *testing.T) {
	c := pgtest.StartFor(t)
	url := c.Empty(t)
	try := func() error {
		conn, err := pgx.Connect(t.Context(), url)
		if err == nil {
			err = conn.Close(t.Context())
		}
		return err
	}
	require.NoError(t, try())
	c.Crash(t)
	require.NoError(t, try())
	up := c.Down(t)
	require.Error(t, try())
	up()
	require.NoError(t, try())
}

func TestAStandbyHasWhatWasCommittedWhenItIsPromoted(t *testing.T) {
	primary := pgtest.StartFor(t)
	at := primary.Empty(t)
	standby := primary.Standby(t)
	conn, err := pgx.Connect(t.Context(), at)
	require.NoError(t, err)
	_, err = conn.Exec(t.Context(), `CREATE TABLE kept AS SELECT 7::bigint AS n`)
	require.NoError(t, err)
	require.NoError(t, conn.Close(t.Context()))
	primary.Kill(t)
	standby.Promote(t)
	require.Equal(t, map[string]int64{"n": 7}, pgtest.Ask(t, standby.Or(t, at), `SELECT n FROM kept`))
}

// everything is each row of each table, and what each sequence gives next.
func everything(t *testing.T, url string) (all string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	require.NoError(t, err)
	require.NoError(t, conn.QueryRow(t.Context(), `SELECT concat(
		(SELECT string_agg(tablename || query_to_xml(format('SELECT * FROM %I t ORDER BY t::text', tablename), true, false, '')::text, '' ORDER BY tablename)
			FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'goose_db_version'),
		(SELECT string_agg(concat(sequencename, last_value, ' '), '' ORDER BY sequencename) FROM pg_sequences WHERE schemaname = 'public'))`).Scan(&all))
	require.NoError(t, conn.Close(t.Context()))
	return all
}

func TestADatabaseThatWasAnotherTestsIsAsNew(t *testing.T) {
	fresh, was := everything(t, pgtest.URL(t)), ""
	t.Run("one", func(t *testing.T) {
		was = pgtest.Lend(t)
		require.Equal(t, fresh, everything(t, was))
		conn, err := pgx.Connect(t.Context(), was)
		require.NoError(t, err)
		_, err = conn.Exec(t.Context(), `
			INSERT INTO bots (id, name, created_at) SELECT i::text::bytea, repeat('long', 100), 0 FROM generate_series(1, 2000) i;
			INSERT INTO webhook_versions SELECT 1, 1, i, 1, '', '', false, '', '', '' FROM generate_series(1, 3) i;
			INSERT INTO people_journal (entries) VALUES ('x');
			INSERT INTO audit VALUES ('\x01', 1, '\x', '', '', '', '\x', 0, '', '');
			UPDATE heartbeat SET beats = 7; SELECT pg_advisory_lock(1)`)
		require.NoError(t, err)
		require.NotEqual(t, fresh, everything(t, was))
		t.Cleanup(func() { _ = conn.Close(context.Background()) }) // it was cut
	})
	t.Run("another", func(t *testing.T) {
		require.Equal(t, was, pgtest.Lend(t))
		require.Equal(t, fresh, everything(t, was))
		conn, err := pgx.Connect(t.Context(), was)
		require.NoError(t, err)
		var free bool
		require.NoError(t, conn.QueryRow(t.Context(), `SELECT pg_try_advisory_lock(1)`).Scan(&free))
		require.True(t, free, "locks of the other test")
		require.NoError(t, conn.Close(t.Context()))
	})
}
