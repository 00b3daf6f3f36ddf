package main

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"iozen/handlers/server"
	"iozen/handlers/settings"
	"iozen/store"
	"iozen/store/db"
	"iozen/store/db/sqlite"
	"iozen/store/storetest"
)

// iozen runs a command line on the test's own installation, and returns the exit code and what was printed.
func iozen(t *testing.T, in string, args ...string) (code int, out, failed string) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	code = run(t.Context(), args, terminal{in: strings.NewReader(in), out: &stdout, err: &stderr})
	return code, stdout.String(), stderr.String()
}

// emptyInstallation points the environment at a folder of its own.
func emptyInstallation(t *testing.T) settings.Database {
	t.Helper()
	f := settings.Database{
		Location: settings.Location{DatabaseURL: "sqlite:" + filepath.Join(t.TempDir(), "iozen.db")},
		KeyFile:  filepath.Join(t.TempDir(), "iozen.key"),
	}
	t.Setenv("IOZEN_DATABASE_URL", f.DatabaseURL)
	t.Setenv("IOZEN_KEY_FILE", f.KeyFile)
	return f
}

func TestCommandLine(t *testing.T) {
	emptyInstallation(t)
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
	flags := emptyInstallation(t)
	code, text, failed := iozen(t, "", "key", "create", "--name", "ci", "--role", "editor")
	require.Equal(t, exitOK, code, failed)
	require.Regexp(t, `^iozen_[0-9A-Za-z]{22}_[0-9A-Za-z]{39}\n$`, text)

	require.NoError(t, flags.Use(t.Context(), func(db *db.DB) error {
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

// Pages and command line have the same bounds, and a script's empty variable gives no access.
func TestKeysAndAccountsAreCheckedAsOnThePages(t *testing.T) {
	flags := emptyInstallation(t)
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
		"no email":           {"user", "create", "--email="},
		"half an email":      {"user", "create", "--email=maria@"},
		"two emails":         {"user", "create", "--email=a@x.example,b@x.example"},
		"an email in lines":  {"user", "create", "--email=a@x.example\nb"},
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
	flags := emptyInstallation(t)
	var bot store.Bot
	require.NoError(t, flags.Use(t.Context(), func(db *db.DB) (err error) {
		bot, err = db.CreateBot(t.Context(), "Quiz", cliActor)
		return err
	}))
	secret := func() (secret string) {
		require.NoError(t, flags.Use(t.Context(), func(db *db.DB) error {
			w, err := db.Webhook(t.Context(), store.FirstWebhook(bot.ID))
			secret = w.Secret
			return err
		}))
		return secret
	}
	before := secret()
	code, out, failed := iozen(t, "", "key", "rotate-master")
	require.Equal(t, exitOK, code, failed)
	require.Contains(t, out, ": 2.\n", "the signing secret, and what names the key")
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
	require.Contains(t, out, ": 2.\n")
	lines, err = os.ReadFile(flags.KeyFile)
	require.NoError(t, err)
	require.Equal(t, 2, strings.Count(string(lines), "\n"), "what was begun is ended before another key is made")
}

func TestTheMasterKeyIsNotRotatedUnderAServer(t *testing.T) {
	flags := emptyInstallation(t)
	require.NoError(t, flags.Use(t.Context(), func(*db.DB) error { return nil }))
	before, err := os.ReadFile(flags.KeyFile)
	require.NoError(t, err)
	lock, err := sqlite.Lock(flags.DatabaseURL)
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
	flags := emptyInstallation(t)
	account := func() (a store.Account) {
		require.NoError(t, flags.Use(t.Context(), func(db *db.DB) (err error) {
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

	require.NoError(t, flags.Use(t.Context(), func(db *db.DB) error {
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
	flags := emptyInstallation(t)
	iozen(t, "a good sentence\n", "user", "create", "--email", "jane@example.com", "--password-stdin")
	code, _, failed := iozen(t, "", "user", "reset-second-factor", "--email", "jane@example.com")
	require.Equal(t, exitFailure, code)
	require.Contains(t, failed, "not found", "there is none yet")

	require.NoError(t, flags.Use(t.Context(), func(db *db.DB) error {
		account, err := db.AccountByEmail(t.Context(), "jane@example.com")
		require.NoError(t, err)
		require.NoError(t, db.BeginSecondFactor(t.Context(), account.ID, "SECRET"))
		return db.ConfirmSecondFactor(t.Context(), account.ID, "SECRET", 1, nil, cliActor)
	}))
	code, out, failed := iozen(t, "", "user", "reset-second-factor", "--email", "jane@example.com")
	require.Equal(t, exitOK, code, failed)
	require.Contains(t, out, "password alone")
}

func TestBackupNeverOverwrites(t *testing.T) {
	flags := emptyInstallation(t)
	require.NoError(t, flags.Use(t.Context(), func(*db.DB) error { return nil }))
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
	first, err := sqlite.Lock(url)
	require.NoError(t, err)
	_, err = sqlite.Lock(url)
	require.ErrorIs(t, err, store.ErrLocked)
	require.NoError(t, first.Close())
	again, err := sqlite.Lock(url)
	require.NoError(t, err)
	require.NoError(t, again.Close())
}

// A server that is started in another folder, or without its mount, would begin a new installation without a word.
func TestANewDatabaseIsLogged(t *testing.T) {
	flags := emptyInstallation(t)
	path := strings.TrimPrefix(flags.DatabaseURL, "sqlite:")
	for _, made := range []bool{true, false} {
		_, _, failed := iozen(t, "", "serve", "--addr=203.0.113.1:1") // it ends at the address
		require.Equal(t, made, strings.Contains(failed, "a new, empty one was made"), failed)
		require.Equal(t, made, strings.Contains(failed, path), failed)
	}
}

// A closed terminal is a clean stop, not a crash; nohup blocks it.
func TestAClosedTerminalStopsCleanlyUnlessNohup(t *testing.T) {
	nohup := func(s os.Signal) bool { return s == syscall.SIGHUP }
	require.Equal(t, []os.Signal{os.Interrupt, syscall.SIGTERM}, stopSignals(nohup))
	require.Equal(t, []os.Signal{os.Interrupt, syscall.SIGTERM, syscall.SIGHUP}, stopSignals(func(os.Signal) bool { return false }))
}

// TestServeStopsCleanly starts the whole server and ends it, as SIGTERM does.
func TestServeStopsCleanly(t *testing.T) {
	emptyInstallation(t)
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

// TestServeAddressInUse: a start on an address in use fails at once and releases everything.
func TestServeAddressInUse(t *testing.T) {
	emptyInstallation(t)
	taken, err := server.Listen(t.Context(), "127.0.0.1:0")
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
