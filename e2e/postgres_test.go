package e2e

import (
	"fmt"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"iozen/store/db/postgres/pgtest"
)

// On PostgreSQL everything is as on SQLite, which the other tests walk through: this one goes from the set-up to an event that
// is seen live.
func TestAnInstallationOnPostgreSQL(t *testing.T) {
	t.Parallel()
	at := pgtest.Empty(t)
	h := startServer(t, "IOZEN_DATABASE_URL="+at)
	p := h.newPage()
	p.open("/")
	p.at("/setup")
	p.createAccount()
	p.press(link, "Create your first bot")
	p.fill("Name", "Roofing quote bot")
	p.press(button, "Create bot")
	p.at("/settings/marketing")
	p.focused("Webhook URL")
	bot := botOf(p.location())
	p.configure()
	p.press(button, "Test Connection")
	p.sees("Your endpoint accepted the test")
	p.sendsARealLead()
	p.postsSampleLead(h, bot)

	p.open("/deliveries?q=user%40example.com") // of the sample lead alone
	p.rows("1")
	p.open("/")
	p.sees("Roofing quote bot")

	// Commands work beside the server.
	require.Contains(t, h.command("user", "create", "--email", "maria@example.com", "--role", "viewer"), "Password:")
	_, err := os.Stat(filepath.Join(h.dir, "iozen.db"))
	require.ErrorIs(t, err, os.ErrNotExist, "no file is made")
	require.NotContains(t, h.log.String(), "level=ERROR")
	require.Contains(t, h.log.String(), "database=postgres://iozen@127.0.0.1")
	require.NotContains(t, h.log.String()+h.said.String(), passwordOf(t, at))

	h.stop()
	require.Contains(t, h.command("key", "rotate-master"), "Values sealed with the new key")
	h.start()
	p.open("/bots/" + bot + "/settings/marketing")
	p.press(button, "Test Connection")
	p.sees("Your endpoint accepted the test")
}

// What was delivered, waits and is held goes along, and so do keys and secrets.
func TestAnInstallationMovesToPostgreSQL(t *testing.T) {
	t.Parallel()
	to, err := url.Parse(pgtest.Empty(t))
	require.NoError(t, err)
	h := startServer(t, "IOZEN_RETRY_SCHEDULE=1h")
	endpoint := newReceiver(t)
	var down atomic.Bool
	endpoint.refuse = func(string) bool { return down.Load() }
	a := h.newAPI()
	bot := call[struct{ ID string }](a, "POST", "/v1/bots", object{"name": "Roofing quote bot"}, http.StatusCreated).ID
	settings := object{"enabled": true, "url": endpoint.URL, "headers": []object{{"name": "Authorization", "value": "Bearer secret-1234567"}}}
	call[object](a, "PUT", "/v1/bots/"+bot+"/webhook", settings, http.StatusOK)
	statuses := map[string]string{}
	becomes := func(delivery, status string) {
		t.Helper()
		statuses[delivery] = status
		require.Eventually(t, func() bool {
			return call[struct{ Status string }](a, "GET", "/v1/deliveries/"+delivery, nil, http.StatusOK).Status == status
		}, patience, 10*time.Millisecond, "%s is not %s", delivery, status)
	}
	becomes(a.post(bot), "delivered")
	down.Store(true)
	waits := a.post(bot)
	becomes(waits, "retrying")
	off := call[struct{ ID string }](a, "POST", "/v1/bots", object{"name": "Solar bot"}, http.StatusCreated).ID
	becomes(a.post(off), "held")
	h.stop()

	password, _ := to.User.Password()
	to.User = url.User(to.User.Username())
	h.env = append(h.env, "PGPASSWORD="+password)
	require.Contains(t, h.command("migrate-database", "--to", to.String()), "copying deliveries: 3 of 3 rows")
	h.env = append(h.env, "IOZEN_DATABASE_URL="+to.String())
	h.start()
	for delivery, status := range statuses {
		becomes(delivery, status)
	}
	down.Store(false)
	call[object](a, "PUT", "/v1/bots/"+bot+"/webhook", object{"enabled": true, "url": endpoint.URL, "headers": []object{{"name": "Authorization"}}}, http.StatusOK)
	call[object](a, "POST", "/v1/deliveries/"+waits+"/resend", object{}, http.StatusAccepted)
	becomes(waits, "delivered")
	last := endpoint.all()[len(endpoint.all())-1]
	require.Equal(t, waits, last.header.Get("webhook-id"))
	require.Equal(t, "Bearer secret-1234567", last.header.Get("Authorization"))
}

// TestNothingIsLostWhenPostgreSQLGoesAway cuts connections and crashes PostgreSQL under load: what was accepted arrives, once
// but for what was under way.
func TestNothingIsLostWhenPostgreSQLGoesAway(t *testing.T) {
	t.Parallel()
	server := pgtest.StartFor(t)
	at := server.Empty(t)
	o := newCrashRun(t, binary, "IOZEN_DATABASE_URL="+at)
	const rounds = 4
	o.load()
	for round := range rounds {
		o.untilAccepted(50)
		if round%2 == 0 {
			require.Positive(t, server.CutAll(t, at))
		} else {
			server.Crash(t)
		}
	}
	o.untilAccepted(50)
	up := server.Down(t)
	o.answers(http.StatusServiceUnavailable)
	require.Equal(t, http.StatusServiceUnavailable, o.status("/signin"), "a page")
	up()
	o.answers(http.StatusOK)
	o.untilAccepted(50)
	o.rest()
	o.end("PostgreSQL cut, crashed and stopped", rounds+1, (rounds+1)*inFlightPerBot)
	require.NotContains(t, o.log.String()+o.said.String(), passwordOf(t, at))
}

func passwordOf(t *testing.T, address string) string {
	t.Helper()
	u, err := url.Parse(address)
	require.NoError(t, err)
	password, has := u.User.Password()
	require.True(t, has)
	return password
}

// The image has nothing but the program: it must run without a shell, a library, a folder for temporary files or a user's name.
func TestTheProgramRunsAloneInAnEmptyImage(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	build := exec.Command("go", "build", "-tags", "netgo", "-trimpath", "-o", filepath.Join(root, "iozen"), "iozen") // as in tools/deploy/Dockerfile
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	out, err := build.CombinedOutput()
	require.NoError(t, err, string(out))
	for _, volume := range []string{"data", "key"} {
		require.NoError(t, os.Mkdir(filepath.Join(root, volume), 0o700))
		if os.Getuid() == 0 {
			require.NoError(t, os.Chown(filepath.Join(root, volume), 65532, 65532))
		}
	}
	require.NoError(t, os.Chmod(root, 0o755))
	for dir := filepath.Dir(root); dir != os.TempDir() && dir != "/"; dir = filepath.Dir(dir) {
		require.NoError(t, os.Chmod(dir, 0o755))
	}
	run := func(args ...string) *exec.Cmd {
		cmd := exec.Command("/iozen", args...)
		cmd.Dir, cmd.Env = "/", []string{"IOZEN_KEY_FILE=/key/iozen.key"}
		if os.Getuid() == 0 {
			cmd.SysProcAttr = &syscall.SysProcAttr{Chroot: root, Credential: &syscall.Credential{Uid: 65532, Gid: 65532}}
		} else { // only root may leave the system's own folders behind
			cmd.Path, cmd.Dir, cmd.Env = filepath.Join(root, "iozen"), root, []string{"IOZEN_KEY_FILE=" + filepath.Join(root, "key", "iozen.key")}
		}
		return cmd
	}
	out, err = run("user", "create", "--email", "owner@example.com").CombinedOutput()
	require.NoError(t, err, string(out))
	require.True(t, strings.HasPrefix(string(out), "Password:"), string(out))
	require.FileExists(t, filepath.Join(root, "data", "iozen.db"))
	require.FileExists(t, filepath.Join(root, "key", "iozen.key"))
	out, err = run("healthcheck", "--addr", "127.0.0.1:1").CombinedOutput()
	require.Error(t, err)
	require.Contains(t, string(out), "not reachable", fmt.Sprint(err))
}
