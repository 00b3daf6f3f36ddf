package e2e

import (
	"context"
	"database/sql"
	"fmt"
	"net/http"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
	_ "modernc.org/sqlite" // the second connection that holds the lock
)

// TestTortureDiskFull lets no file grow for a time.
func TestTortureDiskFull(t *testing.T) {
	t.Parallel()
	o := newCrashRun(t, binary)
	o.load()
	for range tortureTroubles {
		o.untilAccepted(50)
		full := o.limit(unix.RLIMIT_FSIZE, 1)
		o.untilRefused(20)
		o.answers(http.StatusServiceUnavailable)
		full()
		o.untilAccepted(50)
		o.answers(http.StatusOK)
	}
	o.rest()
	o.end("disk full (RLIMIT_FSIZE)", tortureTroubles, 0)
}

// limit sets a resource limit of the running server; restore gives back what it had.
func (h *installation) limit(resource int, soft uint64) (restore func()) {
	h.t.Helper()
	pid := h.cmd.Process.Pid
	var was unix.Rlimit
	require.NoError(h.t, unix.Prlimit(pid, resource, nil, &was))
	require.NoError(h.t, unix.Prlimit(pid, resource, &unix.Rlimit{Cur: soft, Max: was.Max}, nil))
	return func() {
		h.t.Helper()
		require.NoError(h.t, unix.Prlimit(pid, resource, &was, nil))
	}
}

// TestTortureLockedDatabase lets another connection hold the lock for longer than the server waits for it.
func TestTortureLockedDatabase(t *testing.T) {
	t.Parallel()
	o := newCrashRun(t, binary)
	o.load()
	o.untilAccepted(50)
	unlock := o.lockDatabase()
	began := time.Now()
	o.untilRefused(posters)
	o.answers(http.StatusServiceUnavailable)
	time.Sleep(tortureLock - time.Since(began)) // how long it is locked is the point of this test
	unlock()
	o.untilAccepted(50)
	o.answers(http.StatusOK)
	o.rest()
	o.end(fmt.Sprintf("database locked for %s", tortureLock), 1, 0)
}

func (h *installation) lockDatabase() (unlock func()) {
	h.t.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(h.dir, "iozen.db")+"?_pragma=busy_timeout(30000)")
	require.NoError(h.t, err)
	conn, err := db.Conn(context.Background())
	require.NoError(h.t, err)
	_, err = conn.ExecContext(context.Background(), "BEGIN IMMEDIATE")
	require.NoError(h.t, err)
	return func() {
		h.t.Helper()
		_, err := conn.ExecContext(context.Background(), "ROLLBACK")
		require.NoError(h.t, err)
		require.NoError(h.t, conn.Close())
		require.NoError(h.t, db.Close())
	}
}

// TestTortureReadOnlyDatabase makes every write to the database fail as a file system does that went read-only.
func TestTortureReadOnlyDatabase(t *testing.T) {
	t.Parallel()
	o := newCrashRun(t, binary)
	o.load()
	for range tortureTroubles {
		o.untilAccepted(50)
		writable := o.denyWrites()
		o.untilRefused(20)
		o.answers(http.StatusServiceUnavailable)
		writable()
		o.untilAccepted(50)
		o.answers(http.StatusOK)
	}
	o.rest()
	o.end("read-only file system (EROFS injected)", tortureTroubles, 0)
}

// denyWrites lets strace answer the server's writes to files with EROFS; sockets are written by another call.
func (h *installation) denyWrites() (restore func()) {
	h.t.Helper()
	strace := exec.Command(straceBinary(h.t), "-f", "-qq", "-p", strconv.Itoa(h.cmd.Process.Pid), "-o", "/dev/null",
		"-e", "trace=pwrite64,ftruncate", "-e", "inject=pwrite64,ftruncate:error=EROFS")
	var said strings.Builder
	strace.Stderr = &said
	require.NoError(h.t, strace.Start())
	return func() {
		h.t.Helper()
		require.NoError(h.t, strace.Process.Signal(unix.SIGINT), said.String()) // it lets go of the server
		_ = strace.Wait()                                                       // says that it was interrupted
	}
}

func straceBinary(t *testing.T) string {
	t.Helper()
	path, err := exec.LookPath("strace")
	require.NoError(t, err, "tools/test-deps.sh installs strace")
	return path
}
