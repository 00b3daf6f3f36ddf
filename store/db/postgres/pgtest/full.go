package pgtest

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

// LogFile is the size of the files in which a server of StartSmallFor keeps its log: bounds above it stop its tables alone.
const LogFile = 1 << 20

// StartSmallFor is StartFor with a log of small files.
func StartSmallFor(t testing.TB) *Cluster {
	t.Helper()
	c, err := start("--wal-segsize=1")
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, c.Stop()) })
	return c
}

// Full lets no file of the server grow beyond some bytes, which is what a full disk looks like to it: a write that is cut short
// is one, and one that is refused is no better. There is room again once it is called. Nobody has to be root to do that, as he
// must to mount a small disk.
func (c *Cluster) Full(t testing.TB, bytes uint64) (room func()) {
	t.Helper()
	require.NoError(t, c.bound(strconv.FormatUint(bytes, 10)))
	return func() {
		t.Helper()
		require.NoError(t, c.bound("unlimited"))
	}
}

// bound sets how far files may grow: for the server first, so that whatever it starts from now on has that bound, then for all
// that it has started.
func (c *Cluster) bound(bytes string) error {
	pidFile, err := os.ReadFile(filepath.Join(c.dir, "data", "postmaster.pid"))
	if err != nil {
		return err
	}
	server, _, _ := strings.Cut(string(pidFile), "\n")
	if err := c.prlimit(bytes, server); err != nil {
		return err
	}
	return c.connected(func(ctx context.Context, conn *pgx.Conn) error {
		rows, err := conn.Query(ctx, `SELECT pid::text FROM pg_stat_activity`)
		if err != nil {
			return err
		}
		started, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil {
			return err
		}
		return c.prlimit(bytes, started...)
	})
}

// prlimit is run as the server's user: root may lack the right to set limits of others. A process may have ended meanwhile.
func (c *Cluster) prlimit(bytes string, pids ...string) error {
	as, err := unprivileged()
	if err != nil {
		return err
	}
	const each = `bytes=$1; shift; for pid; do prlimit --pid "$pid" --fsize="$bytes": || ! kill -0 "$pid" || exit 1; done`
	cmd := exec.Command("/bin/sh", append([]string{"-c", each, "prlimit", bytes}, pids...)...)
	cmd.Dir, cmd.SysProcAttr = "/", &syscall.SysProcAttr{Credential: as}
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("bounding the files of the tests' PostgreSQL: %w: %s", err, out)
	}
	return nil
}
