package pgtest

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Cluster is a server that tests use.
type Cluster struct {
	super  string // the URL of its superuser
	dir    string
	layout string   // an option of initdb
	keep   *os.File // its end is the end of the server
	gone   bool     // a test has killed it for good
}

// settings are those of a server whose data nobody needs: it never waits for a disk. All else is as usual.
var settings = []string{
	"fsync=off", "full_page_writes=off", "max_connections=200", "shared_buffers=64MB", "listen_addresses=127.0.0.1",
	"log_min_messages=warning", "log_min_error_statement=panic",
}

// The server's keeper makes it, says so with one line, and waits until its input ends: however the tests end, the system
// closes their end of the pipe. Then it takes away everything.
const keeper = `
dir=$1 bin=$2 ports=$3 settings=$4 primary=$5 layout=$6
end() { "$bin/pg_ctl" -D "$dir/data" -m immediate stop; rm -rf "$dir"; }
start() { # on the first port that nobody has taken meanwhile
	for port in $ports; do
		"$bin/pg_ctl" -D "$dir/data" -w -l "$dir/log" -o "$settings -c port=$port -c unix_socket_directories=$dir" start && return
	done
	return 1
}
make() {
	if [ "$primary" ]; then
		"$bin/pg_basebackup" -D "$dir/data" -d "$primary" -R -X stream -c fast --no-sync
	else
		"$bin/initdb" -D "$dir/data" -U postgres -A scram-sha-256 --pwfile="$dir/password" -E UTF8 --locale=C.UTF-8 --no-sync --no-instructions $layout
	fi
}
trap '' INT HUP TERM
if ! { make && start; } >"$dir/out" 2>&1; then
	cat "$dir/out" "$dir/log" 2>/dev/null | tr '\n' ' '; echo
	rm -rf "$dir"
	exit 1
fi
echo "ready $port"
exec >/dev/null
cat >/dev/null
end
`

// Start makes a server in the folder for temporary files, with further settings (NAME=VALUE) after those of tests. It ends
// when the test process ends, whatever ends that.
func Start(with ...string) (*Cluster, error) { return start("", with...) }

// start is Start with an option of initdb.
func start(layout string, with ...string) (*Cluster, error) {
	c, password := &Cluster{layout: layout}, rand.Text()
	if err := c.start(password, "", with); err != nil {
		return nil, err
	}
	stored, err := verifier(password)
	if err == nil {
		err = c.Do(`CREATE ROLE ` + owner + ` LOGIN PASSWORD '` + stored + `'`)
	}
	if err != nil {
		return nil, errors.Join(err, c.Stop())
	}
	return c, nil
}

// start makes a server in a folder of its own: an empty one, or a standby of a primary.
func (c *Cluster) start(password, primary string, with []string) error {
	bin, err := binaries()
	if err != nil {
		return err
	}
	if c.dir, err = os.MkdirTemp("", "iozen-pg-"); err != nil {
		return err
	}
	if err := c.run(bin, password, primary, with); err != nil {
		return errors.Join(fmt.Errorf("starting PostgreSQL for the tests: %w", err), os.RemoveAll(c.dir))
	}
	return nil
}

func (c *Cluster) run(bin, password, primary string, with []string) error {
	as, err := unprivileged()
	if err != nil {
		return err
	}
	secret := filepath.Join(c.dir, "password")
	stored, err := verifier(password)
	if err != nil {
		return err
	}
	if err := os.WriteFile(secret, []byte(stored), 0o600); err != nil {
		return err
	}
	if as != nil {
		if err := errors.Join(os.Chown(c.dir, int(as.Uid), int(as.Gid)), os.Chown(secret, int(as.Uid), int(as.Gid))); err != nil {
			return err
		}
	}
	ports, err := freePorts()
	if err != nil {
		return err
	}
	options := ""
	for _, s := range slices.Concat(settings, with) {
		options += " -c " + s
	}
	in, keep, err := os.Pipe()
	if err != nil {
		return err
	}
	defer in.Close()
	said, out, err := os.Pipe()
	if err != nil {
		return errors.Join(err, keep.Close())
	}
	defer said.Close()
	cmd := exec.Command("/bin/sh", "-c", keeper, "keeper", c.dir, bin, ports, options, primary, c.layout)
	cmd.Dir, cmd.Stdin, cmd.Stdout = "/", in, out
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Credential: as}
	err = cmd.Start()
	_ = out.Close() // the keeper has its own
	if err != nil {
		return errors.Join(err, keep.Close())
	}
	line, err := bufio.NewReader(said).ReadString('\n')
	port, ready := strings.CutPrefix(strings.TrimSpace(line), "ready ")
	if !ready {
		_ = cmd.Wait() // what it said is worth more
		return errors.Join(errors.New(strings.TrimSpace(line)), err, keep.Close())
	}
	c.keep = keep
	c.super = fmt.Sprintf("postgres://postgres:%s@127.0.0.1:%s/postgres?sslmode=disable&connect_timeout=60", password, port) // a busy machine may take its time
	return nil
}

// StartFor makes a server for one test, which may stop it as it likes.
func StartFor(t testing.TB) *Cluster {
	t.Helper()
	c, err := Start()
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, c.Stop()) })
	return c
}

// Standby makes a server that follows this one, which from now on answers no commit before the standby has it too.
func (c *Cluster) Standby(t testing.TB) *Cluster {
	t.Helper()
	u, err := url.Parse(c.super)
	require.NoError(t, err)
	password, _ := u.User.Password()
	standby := &Cluster{}
	require.NoError(t, standby.start(password, c.super, []string{"wal_retrieve_retry_interval=100ms"}))
	t.Cleanup(func() { require.NoError(t, standby.Stop()) })
	require.NoError(t, c.Do(`ALTER SYSTEM SET synchronous_standby_names = '*'`))
	require.NoError(t, c.Do(`SELECT pg_reload_conf()`))
	require.Eventually(t, func() bool {
		return Ask(t, c.super, `SELECT COUNT(*) AS n FROM pg_stat_replication WHERE sync_state = 'sync'`)["n"] == 1
	}, patience, 10*time.Millisecond)
	return standby
}

// Kill ends the server for good, as a crash of its machine does.
func (c *Cluster) Kill(t testing.TB) {
	t.Helper()
	c.gone = true
	c.control(t, "stop", "-m", "immediate")
}

// Promote makes a standby the primary.
func (c *Cluster) Promote(t testing.TB) {
	t.Helper()
	c.control(t, "promote")
}

// Crash ends the server as a crash of it does, and starts it again at the same address: it recovers from its log.
func (c *Cluster) Crash(t testing.TB) {
	t.Helper()
	c.control(t, "restart", "-m", "immediate")
}

// Down stops the server until up is called.
func (c *Cluster) Down(t testing.TB) (up func()) {
	t.Helper()
	c.control(t, "stop", "-m", "fast")
	return func() {
		t.Helper()
		options, err := os.ReadFile(filepath.Join(c.dir, "data", "postmaster.opts"))
		require.NoError(t, err)
		_, options, _ = bytes.Cut(bytes.TrimSpace(options), []byte(" ")) // after the program's name; "start" needs them again
		c.control(t, "start", "-o", string(options))
	}
}

// control runs pg_ctl as the server's user.
func (c *Cluster) control(t testing.TB, args ...string) {
	t.Helper()
	as, err := unprivileged()
	require.NoError(t, err)
	cmd := exec.Command(Program(t, "pg_ctl"), append(args, "-D", filepath.Join(c.dir, "data"), "-w", "-s", "-l", filepath.Join(c.dir, "log"))...)
	cmd.Dir, cmd.SysProcAttr = "/", &syscall.SysProcAttr{Setsid: true, Credential: as}
	require.NoError(t, cmd.Run())
}

// Program is one of PostgreSQL's programs, of the version that the tests' server has.
func Program(t testing.TB, name string) string {
	t.Helper()
	bin, err := binaries()
	require.NoError(t, err)
	return filepath.Join(bin, name)
}

// Super is the URL of its superuser.
func (c *Cluster) Super() string { return c.super }

// Stop ends the server before the test process ends.
func (c *Cluster) Stop() error { return c.keep.Close() }

// binaries is the folder of the newest server that is installed. Debian keeps them off the PATH.
func binaries() (string, error) {
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if err != nil {
		return "", err
	}
	slices.SortFunc(found, func(a, b string) int { return version(a) - version(b) })
	if len(found) > 0 {
		return filepath.Dir(found[len(found)-1]), nil
	}
	initdb, err := exec.LookPath("initdb")
	if err != nil {
		return "", errors.New("there is no PostgreSQL server for the tests: run tools/test-deps.sh, or install it")
	}
	if initdb, err = filepath.EvalSymlinks(initdb); err != nil {
		return "", err
	}
	return filepath.Dir(initdb), nil
}

func version(initdb string) int {
	n, _ := strconv.Atoi(filepath.Base(filepath.Dir(filepath.Dir(initdb)))) // 0: an odd name comes first
	return n
}

// unprivileged is the user to whom the server belongs when root runs the tests: PostgreSQL refuses root. nil: ourselves.
func unprivileged() (*syscall.Credential, error) {
	if os.Getuid() != 0 {
		return nil, nil
	}
	var who *user.User
	var err error
	for _, name := range []string{"postgres", "nobody"} {
		if who, err = user.Lookup(name); err == nil {
			break
		}
	}
	if err != nil {
		return nil, fmt.Errorf("PostgreSQL does not run as root, and there is no other user: %w", err)
	}
	uid, failed := strconv.ParseUint(who.Uid, 10, 32)
	gid, err := strconv.ParseUint(who.Gid, 10, 32)
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, errors.Join(failed, err)
}

// freePorts are some that are free now. Another test may take one before the server does.
func freePorts() (ports string, err error) {
	for range 5 {
		l, failed := (&net.ListenConfig{}).Listen(context.Background(), "tcp", "127.0.0.1:0")
		if failed != nil {
			return "", errors.Join(err, failed)
		}
		ports += strconv.Itoa(l.Addr().(*net.TCPAddr).Port) + " "
		defer func() { err = errors.Join(err, l.Close()) }()
	}
	return ports, nil
}
