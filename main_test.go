package main

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/time/rate"

	"iozen/store"
	"iozen/store/storetest"
)

// iozen runs a command line on a house of the test's own and returns the exit code and what was printed.
func iozen(t *testing.T, in string, args ...string) (code int, out, failed string) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	code = run(t.Context(), args, terminal{in: strings.NewReader(in), out: &stdout, err: &stderr})
	return code, stdout.String(), stderr.String()
}

// emptyHouse points the environment at a folder of its own.
func emptyHouse(t *testing.T) databaseFlags {
	t.Helper()
	f := databaseFlags{
		databaseFlag: databaseFlag{DatabaseURL: "sqlite:" + filepath.Join(t.TempDir(), "iozen.db")},
		KeyFile:      filepath.Join(t.TempDir(), "iozen.key"),
	}
	t.Setenv("IOZEN_DATABASE_URL", f.DatabaseURL)
	t.Setenv("IOZEN_KEY_FILE", f.KeyFile)
	return f
}

func TestCommandLine(t *testing.T) {
	emptyHouse(t)
	for _, c := range []struct {
		name string
		env  map[string]string
		args []string
		code int
		says string
	}{
		{name: "version", args: []string{"version"}, says: "dev\n"},
		{name: "help lists flags and variables", args: []string{"serve", "--help"}, says: "IOZEN_ALLOW_TARGETS"},
		{name: "unknown command", args: []string{"frobnicate"}, code: exitUsage, says: "frobnicate"},
		{name: "allowed target", args: []string{"--allow-targets=*.example"}, code: exitUsage, says: "IOZEN_ALLOW_TARGETS"},
		{name: "allowed target in the environment", env: map[string]string{"IOZEN_ALLOW_TARGETS": "10.0.0.0/99"}, code: exitUsage, says: "IOZEN_ALLOW_TARGETS"},
		{name: "retry schedule", args: []string{"--retry-schedule=soon"}, code: exitUsage, says: "IOZEN_RETRY_SCHEDULE"},
		{name: "retention", args: []string{"--retention-days=0"}, code: exitUsage, says: "IOZEN_RETENTION_DAYS"},
		{name: "log format", args: []string{"--log-format=xml"}, code: exitUsage, says: "log-format"},
		{name: "key of a bot that is not there", args: []string{"key", "create", "--name=x", "--bot=0199d5a8-0000-7000-8000-000000000000"}, code: exitFailure, says: "not found"},
		{name: "key of no bot id", args: []string{"key", "create", "--name=x", "--bot=first"}, code: exitUsage, says: "--bot"},
		{name: "password too short", args: []string{"user", "create", "--email=a@example.com", "--password-stdin"}, code: exitFailure, says: "12 characters"},
		{name: "reset of an account that is not there", args: []string{"user", "reset-password", "--email=a@example.com"}, code: exitFailure, says: "not found"},
		{name: "second factor of an account that is not there", args: []string{"user", "reset-second-factor", "--email=a@example.com"}, code: exitFailure, says: "not found"},
		{name: "nobody serves there", args: []string{"healthcheck", "--addr=127.0.0.1:1"}, code: exitFailure, says: "not reachable"},
	} {
		t.Run(c.name, func(t *testing.T) {
			for name, value := range c.env {
				t.Setenv(name, value)
			}
			code, out, failed := iozen(t, "short\n", c.args...)
			require.Equal(t, c.code, code, failed)
			require.Contains(t, out+failed, c.says)
		})
	}
}

func TestEveryFlagHasAVariable(t *testing.T) {
	for _, command := range [][]string{
		{"serve"}, {"receive"}, {"key", "create"}, {"key", "rotate-master"}, {"user", "create"}, {"user", "reset-password"}, {"user", "reset-second-factor"}, {"backup"}, {"healthcheck"},
	} {
		_, help, _ := iozen(t, "", append(command, "--help")...)
		flags := help[strings.Index(help, "Flags:"):]
		for _, flag := range regexp.MustCompile(`(?ms)^  (?:-\w|  ), --[a-z].*?(?:^  (?:-\w|  ), --|\z)`).FindAllString(flags, -1) {
			if !strings.Contains(flag, "--help") {
				require.Regexp(t, `\$IOZEN_[A-Z_]+`, flag, "%v", command)
			}
		}
	}
}

func TestKeyCreate(t *testing.T) {
	flags := emptyHouse(t)
	code, text, failed := iozen(t, "", "key", "create", "--name", "ci", "--role", "editor")
	require.Equal(t, exitOK, code, failed)
	require.Regexp(t, `^iozen_[0-9A-Za-z]{22}_[0-9A-Za-z]{39}\n$`, text)

	require.NoError(t, flags.use(t.Context(), func(db *store.DB) error {
		keys, err := db.Keys(t.Context())
		require.NoError(t, err)
		require.Len(t, keys, 1)
		require.Equal(t, "ci", keys[0].Name)
		require.Equal(t, store.RoleEditor, keys[0].Role)
		return nil
	}))
	info, err := os.Stat(flags.KeyFile)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
}

// Pages and command line have the same bounds, and a script's empty variable opens nothing.
func TestKeysAndAccountsAreCheckedAsOnThePages(t *testing.T) {
	flags := emptyHouse(t)
	none := []string{"key", "create", "--name=ci", "--bot"}
	for name, args := range map[string][]string{
		"a bot of zeros":     append(none, "00000000-0000-0000-0000-000000000000"),
		"an empty bot":       append(none, ""),
		"a blank bot":        append(none, " "),
		"another spelling":   append(none, "{019cbe60-1111-7abc-8def-0123456789ab}"),
		"no name":            {"key", "create", "--name="},
		"a blank name":       {"key", "create", "--name= "},
		"an invisible name":  {"key", "create", "--name=\u200b"},
		"a long name":        {"key", "create", "--name=" + strings.Repeat("x", 101)},
		"a name with colour": {"key", "create", "--name=\x1b[31mred"},
		"no e-mail":          {"user", "create", "--email="},
		"half an e-mail":     {"user", "create", "--email=maria@"},
		"two e-mails":        {"user", "create", "--email=a@x.example,b@x.example"},
		"an e-mail in lines": {"user", "create", "--email=a@x.example\nb"},
		"an unseen letter":   {"user", "create", "--email=a\u200b@x.example"},
	} {
		t.Run(name, func(t *testing.T) {
			code, out, failed := iozen(t, "", args...)
			require.Equal(t, exitUsage, code, failed)
			require.Empty(t, out)
			require.NoFileExists(t, flags.KeyFile, "nothing is made")
		})
	}
	t.Run("an empty variable", func(t *testing.T) {
		t.Setenv("IOZEN_KEY_BOT", "")
		code, out, failed := iozen(t, "", "key", "create", "--name=ci")
		require.Equal(t, exitUsage, code)
		require.Empty(t, out)
		require.Contains(t, failed, "Leave it out for a key that opens all bots")
	})
}

func TestRotateMaster(t *testing.T) {
	flags := emptyHouse(t)
	var bot store.Bot
	require.NoError(t, flags.use(t.Context(), func(db *store.DB) (err error) {
		bot, err = db.CreateBot(t.Context(), "Quiz", operator)
		return err
	}))
	secret := func() (secret string) {
		require.NoError(t, flags.use(t.Context(), func(db *store.DB) error {
			w, err := db.Webhook(t.Context(), bot.ID)
			secret = w.Secret
			return err
		}))
		return secret
	}
	before := secret()
	code, out, failed := iozen(t, "", "key", "rotate-master")
	require.Equal(t, exitOK, code, failed)
	require.Contains(t, out, ": 1.\n")
	require.Equal(t, before, secret())

	lines, err := os.ReadFile(flags.KeyFile)
	require.NoError(t, err)
	require.Equal(t, 2, strings.Count(string(lines), "\n"))
	old, newest, _ := strings.Cut(string(lines), "\n")
	require.NoError(t, os.WriteFile(flags.KeyFile, []byte(newest), 0o600))
	require.Equal(t, before, secret(), "the new key alone is enough")

	require.NoError(t, os.WriteFile(flags.KeyFile, []byte(newest+old+"\n"), 0o600)) // as if it were interrupted
	code, out, failed = iozen(t, "", "key", "rotate-master")
	require.Equal(t, exitOK, code, failed)
	require.Contains(t, out, ": 1.\n")
	lines, err = os.ReadFile(flags.KeyFile)
	require.NoError(t, err)
	require.Equal(t, 2, strings.Count(string(lines), "\n"), "what was begun is ended before another key is made")
}

func TestTheMasterKeyIsNotRotatedUnderAServer(t *testing.T) {
	flags := emptyHouse(t)
	require.NoError(t, flags.use(t.Context(), func(*store.DB) error { return nil }))
	before, err := os.ReadFile(flags.KeyFile)
	require.NoError(t, err)
	lock, err := lockDatabase(flags.DatabaseURL)
	require.NoError(t, err)
	defer lock.Close()
	code, _, failed := iozen(t, "", "key", "rotate-master")
	require.Equal(t, exitFailure, code)
	require.Contains(t, failed, "stop the server first")
	after, err := os.ReadFile(flags.KeyFile)
	require.NoError(t, err)
	require.Equal(t, before, after, "nothing was done")
}

func TestUserCreateAndReset(t *testing.T) {
	flags := emptyHouse(t)
	account := func() (a store.Account) {
		require.NoError(t, flags.use(t.Context(), func(db *store.DB) (err error) {
			a, err = db.AccountByEmail(t.Context(), "jane@example.com")
			return err
		}))
		return a
	}

	code, out, failed := iozen(t, "a good sentence\r\n", "user", "create", "--email", " Jane@Example.com ", "--password-stdin")
	require.Equal(t, exitOK, code, failed)
	require.Empty(t, out, "a password that was read is not repeated")
	require.Equal(t, store.RoleOwner, account().Role)
	first := account().PasswordHash

	code, _, failed = iozen(t, "", "user", "create", "--email", "jane@example.com")
	require.Equal(t, exitFailure, code)
	require.Contains(t, failed, "exists")

	code, out, failed = iozen(t, "", "user", "reset-password", "--email", "jane@example.com")
	require.Equal(t, exitOK, code, failed)
	require.Regexp(t, `^Password: \S{20,}\n$`, out)
	require.NotEqual(t, first, account().PasswordHash)

	require.NoError(t, flags.use(t.Context(), func(db *store.DB) error {
		entries, err := storetest.AuditEntries(t.Context(), db, [16]byte{}, 10)
		require.NoError(t, err)
		var acts []string
		for _, e := range entries {
			acts = append(acts, e.Action)
		}
		require.Subset(t, acts, []string{"account.create", "account.set_password"})
		return nil
	}))
}

func TestResetSecondFactor(t *testing.T) {
	flags := emptyHouse(t)
	iozen(t, "a good sentence\n", "user", "create", "--email", "jane@example.com", "--password-stdin")
	code, _, failed := iozen(t, "", "user", "reset-second-factor", "--email", "jane@example.com")
	require.Equal(t, exitFailure, code)
	require.Contains(t, failed, "not found", "there is none yet")

	require.NoError(t, flags.use(t.Context(), func(db *store.DB) error {
		account, err := db.AccountByEmail(t.Context(), "jane@example.com")
		require.NoError(t, err)
		require.NoError(t, db.BeginSecondFactor(t.Context(), account.ID, "SECRET"))
		return db.ConfirmSecondFactor(t.Context(), account.ID, "SECRET", 1, nil, operator)
	}))
	code, out, failed := iozen(t, "", "user", "reset-second-factor", "--email", "jane@example.com")
	require.Equal(t, exitOK, code, failed)
	require.Contains(t, out, "password alone")
}

func TestBackupNeverOverwrites(t *testing.T) {
	flags := emptyHouse(t)
	require.NoError(t, flags.use(t.Context(), func(*store.DB) error { return nil }))
	file := filepath.Join(t.TempDir(), "copy.db")
	code, out, failed := iozen(t, "", "backup", file)
	require.Equal(t, exitOK, code, failed)
	require.Contains(t, out, "key file is not in it")
	code, _, failed = iozen(t, "", "backup", file)
	require.Equal(t, exitFailure, code)
	require.Contains(t, failed, "exists already")
}

func TestOneServerPerDatabase(t *testing.T) {
	url := "sqlite:" + filepath.Join(t.TempDir(), "new", "iozen.db")
	first, err := lockDatabase(url)
	require.NoError(t, err)
	_, err = lockDatabase(url)
	require.ErrorIs(t, err, errLocked)
	require.NoError(t, first.Close())
	again, err := lockDatabase(url)
	require.NoError(t, err)
	require.NoError(t, again.Close())
}

func TestReachable(t *testing.T) {
	for addr, want := range map[string]string{
		":8080":          "127.0.0.1:8080",
		"0.0.0.0:8080":   "127.0.0.1:8080",
		"[::]:8080":      "127.0.0.1:8080",
		"10.1.2.3:80":    "10.1.2.3:80",
		"localhost:8080": "localhost:8080",
	} {
		require.Equal(t, want, reachable(addr), addr)
	}
}

func TestQuietWriter(t *testing.T) {
	var out bytes.Buffer
	limit := rate.NewLimiter(0, 2)
	w := &quietWriter{to: slog.New(slog.NewTextHandler(&out, nil)), limit: limit}
	for range 5 {
		n, err := w.Write([]byte("http: odd\n"))
		require.NoError(t, err)
		require.Equal(t, 10, n)
	}
	require.Equal(t, 2, strings.Count(out.String(), "odd"), "what exceeds the rate is dropped")
	limit.SetBurst(3)
	limit.SetLimit(rate.Inf)
	_, err := w.Write([]byte("later\n"))
	require.NoError(t, err)
	require.Contains(t, out.String(), "dropped_before=3")
}

// TestServeStopsCleanly starts the whole server and ends it, as SIGTERM does.
// Started in another folder, or without its mount, a server would begin a new house without a word.
func TestANewDatabaseIsToldInTheLog(t *testing.T) {
	flags := emptyHouse(t)
	path := strings.TrimPrefix(flags.DatabaseURL, "sqlite:")
	for _, made := range []bool{true, false} {
		_, _, failed := iozen(t, "", "serve", "--addr=203.0.113.1:1") // it ends at the address
		require.Equal(t, made, strings.Contains(failed, "a new, empty one was made"), failed)
		require.Equal(t, made, strings.Contains(failed, path), failed)
	}
}

// A closed terminal is no crash; nohup is there to keep it away.
func TestAClosedTerminalStopsCleanlyUnlessNohup(t *testing.T) {
	nohup := func(s os.Signal) bool { return s == syscall.SIGHUP }
	require.Equal(t, []os.Signal{os.Interrupt, syscall.SIGTERM}, stopSignals(nohup))
	require.Equal(t, []os.Signal{os.Interrupt, syscall.SIGTERM, syscall.SIGHUP}, stopSignals(func(os.Signal) bool { return false }))
}

func TestServeStopsCleanly(t *testing.T) {
	emptyHouse(t)
	t.Setenv("IOZEN_ADDR", "127.0.0.1:0")
	t.Setenv("IOZEN_TEST_ENDPOINT", "127.0.0.1:0")
	t.Setenv("IOZEN_METRICS_ADDR", "127.0.0.1:0")
	ctx, stop := context.WithCancel(t.Context())
	out, said := io.Pipe()
	ended := make(chan int, 1)
	var failed bytes.Buffer
	go func() { ended <- run(ctx, nil, terminal{out: said, err: &failed}) }()

	lines := make([]byte, 0, 256)
	for strings.Count(string(lines), "\n") < 3 {
		some := make([]byte, 256)
		n, err := out.Read(some)
		require.NoError(t, err)
		lines = append(lines, some[:n]...)
	}
	require.Regexp(t, `^Set-up code: [A-Z2-7]{4}-[A-Z2-7]{4}-[A-Z2-7]{4} .*\nioZen: http://127\.0\.0\.1:\d+\nLocal test endpoint: http://127\.0\.0\.1:\d+\n$`, string(lines))
	stop()
	require.Equal(t, exitOK, <-ended, failed.String())
}

// TestStrangersCannotHoldTheServer opens connections that never get to the point. They are pipes in a bubble, where a
// reset cuts no answer and the real limits take no time.
func TestStrangersCannotHoldTheServer(t *testing.T) {
	for name, c := range map[string]struct {
		send, answer string
		takes        time.Duration
		reached      bool
	}{
		"nothing at all":               {"", "", headerTime, false},
		"headers that never end":       {"GET / HTTP/1.1\r\nHost: x\r\nX-", "", headerTime, false},
		"a first line that never ends": {"GET /", "", headerTime, false},
		"a body that never ends":       {"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n1", "HTTP/1.1 408", readTime, true},
		"chunks that never end":        {"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n", "HTTP/1.1 408", readTime, true},
		"no request after the first":   {"GET / HTTP/1.1\r\nHost: x\r\n\r\n", "HTTP/1.1 200", idleTime, true},
		"a header that is huge":        {"GET / HTTP/1.1\r\nHost: x\r\nX-Big: " + strings.Repeat("x", 128<<10) + "\r\n\r\n", "HTTP/1.1 431", time.Second, false},
		"headers without number":       {"GET / HTTP/1.1\r\nHost: x\r\n" + strings.Repeat("X-Many: x\r\n", 16<<10) + "\r\n", "HTTP/1.1 431", time.Second, false},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := house{log: slog.New(slog.DiscardHandler)}
				reached := false
				line := make(pipeListener, 1)
				h.serve(line, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					reached = true
					if _, err := io.ReadAll(r.Body); err != nil {
						w.WriteHeader(http.StatusRequestTimeout)
					}
				}))
				s := h.servers[0]
				go func() { _ = s.Serve(s.on) }()
				defer s.Close()

				began := time.Now()
				conn := line.dial()
				defer conn.Close()
				go func() { _, _ = io.WriteString(conn, c.send) }() // it may be refused before it is whole
				answer, err := io.ReadAll(conn)
				require.NoError(t, err, "the server hangs up")
				require.True(t, strings.HasPrefix(string(answer), c.answer), "%.40q", answer)
				require.LessOrEqual(t, time.Since(began), c.takes)
				require.Equal(t, c.reached, reached)
			})
		})
	}
}

// pipeListener accepts the ends of pipes in memory.
type pipeListener chan net.Conn

func (l pipeListener) dial() net.Conn {
	ours, theirs := net.Pipe()
	l <- theirs
	return ours
}

func (l pipeListener) Accept() (net.Conn, error) {
	if conn, open := <-l; open {
		return conn, nil
	}
	return nil, net.ErrClosed
}

func (l pipeListener) Close() error {
	close(l)
	return nil
}

func (pipeListener) Addr() net.Addr { return &net.UnixAddr{Name: "pipe", Net: "pipe"} }

// TestServeAddressInUse must fail at once and give everything back.
func TestServeAddressInUse(t *testing.T) {
	emptyHouse(t)
	var h house
	taken, err := h.listen(t.Context(), "IOZEN_ADDR", "127.0.0.1:0")
	require.NoError(t, err)
	defer taken.Close()
	for setting, args := range map[string][]string{
		"IOZEN_ADDR":          {"--addr", taken.Addr().String()},
		"IOZEN_METRICS_ADDR":  {"--addr=127.0.0.1:0", "--metrics-addr", taken.Addr().String()},
		"IOZEN_TEST_ENDPOINT": {"--addr=127.0.0.1:0", "--test-endpoint", taken.Addr().String()},
	} {
		code, _, failed := iozen(t, "", args...)
		require.Equal(t, exitFailure, code)
		require.Contains(t, failed, setting+": ")
		require.Contains(t, failed, "address already in use. Another program listens there")
	}
	for _, addr := range []string{"203.0.113.1:0", "256.0.0.1:0", "[2001:db8::7]:0"} {
		code, _, failed := iozen(t, "", "--addr", addr)
		require.Equal(t, exitFailure, code)
		require.Contains(t, failed, "IOZEN_ADDR: ")
		require.Contains(t, failed, "an address of this machine")
	}
}
