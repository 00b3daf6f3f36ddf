package e2e

import (
	"bufio"
	"bytes"
	"io"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// patience is how long anything may take before a test gives up: a hundred times what it needs, so that even on a slow
// machine only something broken takes that long.
const patience = 2 * time.Minute

// installation is a folder with a database and a key file, and the server that runs on it.
type installation struct {
	t       *testing.T
	dir     string
	env     []string
	server  []string // its command line
	URL     string   // of the pages and the API
	Test    string   // of the local test endpoint
	metrics string   // host and port; "": they are served nowhere

	cmd    *exec.Cmd
	log    *record    // standard error, complete once the process has ended
	said   *record    // standard output, likewise
	exited chan error // how it ended; then it is closed
}

// startServer starts a server on an empty folder, on ports of its own, with loopback targets allowed. env adds
// variables, such as "IOZEN_RETRY_SCHEDULE=1s".
func startServer(t *testing.T, env ...string) *installation {
	t.Helper()
	return startBuild(t, binary, env...)
}

// startBuild starts another build of the server, or one under a tracer (a command line, split by NUL).
func startBuild(t *testing.T, command string, env ...string) *installation {
	t.Helper()
	h := startIn(t, t.TempDir(), command, env...)
	t.Cleanup(h.end)
	return h
}

// startIn starts a server on a folder. Whoever calls it ends the server.
func startIn(t *testing.T, dir, command string, env ...string) *installation {
	t.Helper()
	h := &installation{t: t, dir: dir, server: strings.Split(command, "\x00"), env: append([]string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + dir,
		"IOZEN_DATABASE_URL=sqlite:" + filepath.Join(dir, "iozen.db"),
		"IOZEN_KEY_FILE=" + filepath.Join(dir, "iozen.key"),
		"IOZEN_ADDR=127.0.0.1:0",
		"IOZEN_TEST_ENDPOINT=127.0.0.1:0",
		"IOZEN_ALLOW_TARGETS=127.0.0.0/8,::1/128,localhost",
	}, env...)}
	h.start()
	// The ports stay the same when the server is started again.
	h.env = append(h.env, "IOZEN_ADDR="+host(t, h.URL), "IOZEN_TEST_ENDPOINT="+host(t, h.Test))
	return h
}

func host(t *testing.T, address string) string {
	t.Helper()
	u, err := url.Parse(address)
	require.NoError(t, err)
	return u.Host
}

// start runs the server and returns once it has said both addresses, as its last two lines.
func (h *installation) start() {
	h.t.Helper()
	h.cmd = exec.Command(h.server[0], h.server[1:]...)
	h.cmd.Env, h.cmd.Dir = h.env, h.dir
	h.log, h.said = &record{}, &record{}
	h.cmd.Stderr = h.log
	pipe, err := h.cmd.StdoutPipe()
	require.NoError(h.t, err)
	out := io.TeeReader(pipe, h.said)
	require.NoError(h.t, h.cmd.Start())

	said := make(chan [2]string, 1)
	h.exited = make(chan error, 1)
	go func(cmd *exec.Cmd, exited chan<- error) {
		readAddresses(out, said)
		exited <- cmd.Wait()
		close(exited)
	}(h.cmd, h.exited)
	select {
	case both := <-said:
		h.URL, h.Test = both[0], both[1]
	case err := <-h.exited:
		require.FailNow(h.t, "the server ended at its start", "%v\n%s", err, h.log)
	case <-time.After(patience):
		require.FailNow(h.t, "the server did not say its addresses")
	}
}

// readAddresses sends both addresses once, and goes on reading so that the server never waits for us.
func readAddresses(out io.Reader, said chan<- [2]string) {
	var both [2]string
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if address, ok := strings.CutPrefix(lines.Text(), "ioZen: "); ok {
			both[0] = address
		}
		if address, ok := strings.CutPrefix(lines.Text(), "Local test endpoint: "); ok {
			both[1] = address
			said <- both
			break
		}
	}
	io.Copy(io.Discard, out)
}

// record is what a process has written so far; it may be read while more comes.
type record struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (r *record) Write(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.text.Write(p)
}

func (r *record) String() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.text.String()
}

// kill ends the server as a crash would.
func (h *installation) kill() {
	h.t.Helper()
	require.NoError(h.t, h.cmd.Process.Kill())
	<-h.exited
	h.cmd = nil
}

// runs fails the test if the server has ended by itself.
func (h *installation) runs() {
	h.t.Helper()
	if h.cmd == nil {
		return // it was ended
	}
	select {
	case err := <-h.exited:
		require.FailNow(h.t, "the server ended", "%v\n%s", err, h.log)
	default:
	}
}

// stop ends the server politely, and requires that it ends well.
func (h *installation) stop() {
	h.t.Helper()
	h.terminate()
	h.endsWell()
}

func (h *installation) terminate() {
	h.t.Helper()
	require.NoError(h.t, h.cmd.Process.Signal(syscall.SIGTERM))
}

func (h *installation) endsWell() {
	h.t.Helper()
	select {
	case err := <-h.exited:
		require.NoError(h.t, err, h.log.String())
	case <-time.After(patience + 10*time.Second):
		require.FailNow(h.t, "the server did not stop on SIGTERM")
	}
	h.cmd = nil
}

// end cleans up after the test, and shows the server's log when the test failed.
func (h *installation) end() {
	if h.cmd != nil {
		_ = h.cmd.Process.Kill()
		<-h.exited
	}
	if h.t.Failed() {
		h.t.Logf("server log:\n%s", h.log)
	}
}

// command runs another iozen command on the same installation and returns what it printed.
func (h *installation) command(args ...string) string {
	h.t.Helper()
	cmd := exec.Command(binary, args...)
	cmd.Env, cmd.Dir = h.env, h.dir
	var failed bytes.Buffer
	cmd.Stderr = &failed
	out, err := cmd.Output()
	require.NoError(h.t, err, failed.String())
	return strings.TrimSpace(string(out))
}

// refusedToStart runs the server with a variable that it cannot understand and returns what it said.
func (h *installation) refusedToStart(env string) string {
	h.t.Helper()
	cmd := exec.Command(binary)
	cmd.Env, cmd.Dir = append(h.env, env), h.dir
	out, err := cmd.CombinedOutput()
	require.Error(h.t, err, "it started")
	return string(out)
}

// refused runs a command that must fail and returns what it said.
func (h *installation) refused(args ...string) string {
	h.t.Helper()
	cmd := exec.Command(binary, args...)
	cmd.Env, cmd.Dir = h.env, h.dir
	out, err := cmd.CombinedOutput()
	require.Error(h.t, err, "it did it")
	return string(out)
}
