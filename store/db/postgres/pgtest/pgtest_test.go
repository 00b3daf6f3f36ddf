package pgtest_test

import (
	"bufio"
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
