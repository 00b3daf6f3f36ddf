package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/alecthomas/kong"
	"github.com/stretchr/testify/require"

	"iozen/handlers/settings"
)

// Every setting that cannot be understood, or does not mean what it seems to say, ends the start before anything is made.
func TestSettingsThatMeanSomethingElseAreRefused(t *testing.T) {
	for name, values := range map[string][]string{
		"IOZEN_RETENTION_DAYS":        {"0", "-1", "36501", "200000", "213504", "9223372036854775807", "99999999999999999999", "1e3", "0x10", "010", "30d", "3.5", " 30", "thirty", "+30", "1_000"},
		"IOZEN_MAX_PENDING":           {"0", "-1", "1000000001", "5M", "5,000,000", "1e6"},
		"IOZEN_MAX_PENDING_PER_BOT":   {"0", "-1", "1000000001", "none"},
		"IOZEN_MAX_IN_FLIGHT":         {"0", "-1", "65537", "0.5", "-0"},
		"IOZEN_MAX_IN_FLIGHT_PER_BOT": {"0", "-1", "65537", "٣"},
		"IOZEN_RETRY_SCHEDULE":        {"soon", "5", "5s,,5m", "-5s", "0s", "5s;5m", "5 s", "1d", "5s,5m,", "800h", "1ns", ","},
		"IOZEN_ALLOW_TARGETS":         {"10.0.0.0/99", "*.example", "http://10.0.0.5", "10.0.0.5:80", "10.0.0.5 10.0.0.6"},
		"IOZEN_TRUSTED_PROXIES":       {"nginx", "10.0.0.1/8"},
		"IOZEN_PUBLIC_URL":            {"hooks.example.com", "HTTPS://hooks.example.com", "https://hooks.example.com/", "ftp://x", "https://"},
		"IOZEN_ADDR":                  {"8080", "http://127.0.0.1:8080"},
		"IOZEN_METRICS_ADDR":          {"9090"},
		"IOZEN_TEST_ENDPOINT":         {"true", "8090"},
		"IOZEN_DATABASE_URL":          {"iozen.db", "sqlite:", "mysql://u:pw123@db/x"},
		"IOZEN_KEY_FILE":              {"", " ", "data/iozen.db", "./data/iozen.db-wal", "data/x/../iozen.db-shm", "data/iozen.db.lock", "iozen.key ", "~/iozen.key", "$KEY"},
		"IOZEN_MAIL_FROM":             {"iozen@example.com"}, // without a server
		"IOZEN_SMTP_URL":              {"mail.example:pw123", "https://user:pw123@mail.example", "smtp://:pw123@", "smtp://u:12?pw123@mail.example", "smtp://u:12#pw123@mail.example", "smtp://mail.example?pw123", "smtp://mail.example#pw123"},
		"IOZEN_LOG_FORMAT":            {"xml"},
	} {
		for _, value := range values {
			t.Run(name+"="+value, func(t *testing.T) {
				dir := t.TempDir()
				t.Chdir(dir)
				if name == "IOZEN_SMTP_URL" {
					t.Setenv("IOZEN_MAIL_FROM", "iozen@example.com")
				}
				t.Setenv(name, value)
				code, _, failed := iozen(t, "", "serve")
				require.Equal(t, exitUsage, code, failed)
				if name != "IOZEN_LOG_FORMAT" { // kong names the flag
					require.Contains(t, failed, name)
				}
				require.NotContains(t, failed, "pw123")
				files, err := os.ReadDir(dir)
				require.NoError(t, err)
				require.Empty(t, files, "nothing is made")
			})
		}
	}
}

func TestAnAddressThatDoesNotWorkIsNotRepeatedAndMakesNothing(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	for url, c := range map[string]struct {
		code int
		says string
	}{
		"postgres://user:topsecret@no-such-host.invalid/iozen": {exitFailure, "the host of the database, no-such-host.invalid, was not found"},
		"postgres://user:topsecret@127.0.0.1:1/iozen":          {exitFailure, "nothing listens at 127.0.0.1:1"},
		"postgres://user:topsecret@host:port/iozen":            {exitUsage, "IOZEN_DATABASE_URL: cannot be read"},
		"postgres://user:topsecret@host/iozen?sslmod=require":  {exitUsage, "IOZEN_DATABASE_URL: has an unknown parameter; those allowed are"},
		"postgres:user:topsecret@host/iozen":                   {exitUsage, "IOZEN_DATABASE_URL: is not the URL"},
		"mysql://user:topsecret@host/iozen":                    {exitUsage, "IOZEN_DATABASE_URL: does not begin with sqlite:"},
		"user:topsecret@host/iozen":                            {exitUsage, "IOZEN_DATABASE_URL: does not begin with sqlite:"},
	} {
		t.Setenv("IOZEN_DATABASE_URL", url)
		for _, command := range [][]string{
			{"serve"},
			{"key", "create", "--name=x"},
			{"key", "rotate-master"},
			{"user", "create", "--email=a@example.com"},
			{"user", "reset-password", "--email=a@example.com"},
		} {
			code, out, failed := iozen(t, "", command...)
			require.Contains(t, failed, c.says, "%s %v", url, command)
			require.Equal(t, c.code, code, "%s %v", url, command)
			require.NotContains(t, out+failed, "topsecret")
			files, err := os.ReadDir(dir)
			require.NoError(t, err)
			require.Empty(t, files, "%v", command)
		}
	}
}

func TestAnAddressWithAPasswordComesFromTheEnvironmentOrAFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "database-url")
	require.NoError(t, os.WriteFile(file, []byte("postgres://user:topsecret@127.0.0.1:1/iozen\n"), 0o600))
	t.Chdir(t.TempDir())
	for name, c := range map[string]struct {
		env  map[string]string
		args []string
		code int
		says string
	}{
		"a flag":              {args: []string{"--database-url=postgres://user:topsecret@127.0.0.1:1/iozen"}, code: exitUsage, says: "--database-url: holds a password"},
		"a flag without one":  {args: []string{"--database-url=postgres://user@127.0.0.1:1/iozen"}, code: exitFailure, says: "nothing listens at 127.0.0.1:1"},
		"a file":              {args: []string{"--database-url-file=" + file}, code: exitFailure, says: "nothing listens at 127.0.0.1:1"},
		"a file of none":      {args: []string{"--database-url-file=" + file + "x"}, code: exitUsage, says: "IOZEN_DATABASE_URL_FILE: "},
		"a file's variable":   {env: map[string]string{"IOZEN_DATABASE_URL_FILE": file}, code: exitFailure, says: "nothing listens at 127.0.0.1:1"},
		"a file and variable": {env: map[string]string{"IOZEN_DATABASE_URL_FILE": file, "IOZEN_DATABASE_URL": "postgres://x@y/z"}, code: exitUsage, says: "Set one of them"},

		"a flag, past a pooler":              {args: []string{"--database-direct-url=postgres://user:topsecret@127.0.0.1:1/iozen"}, code: exitUsage, says: "--database-direct-url: holds a password"},
		"a file and variable, past a pooler": {env: map[string]string{"IOZEN_DATABASE_DIRECT_URL_FILE": file, "IOZEN_DATABASE_DIRECT_URL": "postgres://x@y/z"}, code: exitUsage, says: "IOZEN_DATABASE_DIRECT_URL: is set"},
		"a file of none, past a pooler":      {args: []string{"--database-direct-url-file=" + file + "x"}, code: exitUsage, says: "IOZEN_DATABASE_DIRECT_URL_FILE: "},
		"a wrong address past a pooler":      {env: map[string]string{"IOZEN_DATABASE_DIRECT_URL": "sqlite:topsecret.db"}, code: exitUsage, says: "IOZEN_DATABASE_DIRECT_URL: is not the URL"},
	} {
		t.Run(name, func(t *testing.T) {
			for name, value := range c.env {
				t.Setenv(name, value)
			}
			code, out, failed := iozen(t, "", append([]string{"serve"}, c.args...)...)
			require.Contains(t, failed, c.says)
			require.Equal(t, c.code, code)
			require.NotContains(t, out+failed, "topsecret")
		})
	}
}

func TestABackupOfPostgreSQLIsMadeByItsOwnProgram(t *testing.T) {
	t.Chdir(t.TempDir())
	t.Setenv("IOZEN_DATABASE_URL", "postgres://user:topsecret@host/events")
	code, out, failed := iozen(t, "", "backup", "copy.dump")
	require.Equal(t, exitFailure, code)
	require.Contains(t, failed, "pg_dump --format=custom --file='copy.dump' 'postgres://user@host/events'")
	require.NotContains(t, out+failed, "topsecret")
}

// Flags are seen by everyone who lists processes.
func TestNoFlagTakesASecret(t *testing.T) {
	emptyInstallation(t)
	for _, args := range [][]string{
		{"serve", "--smtp-url=smtps://user:pw@mail.example"},
		{"receive", "--secret=whsec_x"},
		{"receive", "--secret", "whsec_x"},
		{"user", "create", "--email=a@example.com", "--password=pw"},
	} {
		code, _, failed := iozen(t, "", args...)
		require.Equal(t, exitUsage, code, "%v", args)
		require.Contains(t, failed, "unknown flag")
	}
}

func TestSettingsThatOpenEverythingAreLogged(t *testing.T) {
	for name, value := range map[string]string{
		"IOZEN_ALLOW_TARGETS": "0.0.0.0/0", "IOZEN_TRUSTED_PROXIES": "0.0.0.0/0",
	} {
		t.Run(name, func(t *testing.T) {
			emptyInstallation(t)
			t.Setenv(name, value)
			t.Setenv("IOZEN_ADDR", "203.0.113.1:1") // it ends here
			_, _, failed := iozen(t, "", "serve")
			require.Contains(t, failed, "level=WARN")
			require.Contains(t, failed, name)
		})
	}
}

// A misspelt name would otherwise be ignored without a word.
func TestVariablesThatAreNotSettingsAreLogged(t *testing.T) {
	emptyInstallation(t)
	t.Setenv("IOZEN_ADDR", "203.0.113.1:1") // it ends here
	_, _, failed := iozen(t, "", "serve")
	require.NotContains(t, failed, "level=WARN")
	for _, name := range []string{
		"IOZEN_PUBLICURL", "IOZEN_PUBLIC_URI", "IOZEN_MAX_PENDNG", "IOZEN_PORT", "iozen_addr", "IOZEN_", "IOZEN_SMTP_PASSWORD", "IOZEN_DATABASE",
		"IOZEN_TRUSTED_PROXY", "IOZEN_KEYFILE", "IOZEN_RETENTION", "IOZEN_KEY_FILE_", "Iozen_Key_File", "IOZEN_ALLOWED_TARGETS", "IOZEN_HOST",
	} {
		t.Setenv(name, "secret-value")
		_, _, failed := iozen(t, "", "serve")
		require.Regexp(t, "level=WARN .*"+name+`[ "\n]`, failed)
		require.NotContains(t, failed, "secret-value")
	}
}

func TestNoSettingIsTakenForAMistake(t *testing.T) {
	var commands cli
	parser, err := kong.New(&commands)
	require.NoError(t, err)
	require.Empty(t, settings.StrayIn([]string{
		"PATH=/bin", "HOME=/", "NOT_IOZEN_X=1", "IOZEN=1", "IOZEN_ADDR=x", "IOZEN_SMTP_URL=x", "IOZEN_SMTP_URL_FILE=x", "IOZEN_RECEIVE_SECRET=x",
		"IOZEN_RECEIVE_ADDR=x", "IOZEN_KEY_NAME=x", "IOZEN_USER_EMAIL=x", "IOZEN_HEALTHCHECK_TIMEOUT=x", "IOZEN_LOG_FORMAT=x", "IOZEN_MAIL_FROM=x",
	}, parser.Model))
}
