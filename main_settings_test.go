package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
	"github.com/stretchr/testify/require"
)

func TestThePublicURLIsWhatBrowsersCallIt(t *testing.T) {
	for _, good := range []string{
		"https://hooks.example.com", "http://hooks.example.com", "https://hooks.example.com:8443", "http://127.0.0.1:8080",
		"http://[::1]:8080", "https://xn--bcher-kva.example", "http://iozen", "http://localhost:8080", "https://a-b.example.co.uk",
		"http://10.0.0.7", "https://hooks.example.com:80",
	} {
		require.NoError(t, checkPublicURL(good))
	}
	for bad, example := range map[string]string{
		"hooks.example.com":                 "https://hooks.example.com",
		"hooks.example.com:8080":            "https://hooks.example.com",
		"//hooks.example.com":               "https://hooks.example.com",
		"localhost:8080":                    "https://hooks.example.com",
		"HTTPS://hooks.example.com":         "https://hooks.example.com",
		"Https://hooks.example.com":         "https://hooks.example.com",
		"ftp://hooks.example.com":           "https://hooks.example.com",
		"ws://hooks.example.com":            "https://hooks.example.com",
		"javascript:alert(1)":               "https://hooks.example.com",
		"https://":                          "https://hooks.example.com",
		"https:///path":                     "https://hooks.example.com",
		"https://:8443":                     "https://hooks.example.com",
		"https:hooks.example.com":           "https://hooks.example.com",
		"https://https://hooks.example.com": "https://https",
		"https://hooks.acme.example/":       "https://hooks.acme.example",
		"https://hooks.acme.example/iozen":  "https://hooks.acme.example",
		"https://hooks.acme.example?x=1":    "https://hooks.acme.example",
		"https://hooks.acme.example#x":      "https://hooks.acme.example",
		"https://hooks.acme.example:443":    "https://hooks.acme.example",
		"http://hooks.acme.example:80":      "http://hooks.acme.example",
		"https://Hooks.Acme.example":        "https://hooks.acme.example",
		"https://bücher.example":            "https://xn--bcher-kva.example",
		"https://hooks.acme.example:":       "https://hooks.acme.example",
		"https://hooks.acme.example:0":      "https://hooks.example.com",
		"https://hooks.acme.example:99999":  "https://hooks.example.com",
		"https://hooks.acme.example:08443":  "https://hooks.example.com",
		"https://hooks.acme.example:https":  "https://hooks.example.com",
		"https://hooks.acme.example.":       "https://hooks.example.com",
		"https://*.acme.example":            "https://hooks.example.com",
		"https://hooks acme.example":        "https://hooks.example.com",
		" https://hooks.acme.example":       "https://hooks.example.com",
		"https://hooks.acme.example\r":      "https://hooks.example.com",
		"https://hooks.acme.example\n":      "https://hooks.example.com",
		"https://user:pw123@acme.example":   "https://hooks.example.com",
		"http://0.0.0.0:8080":               "https://hooks.example.com",
		"http://[::]:8080":                  "https://hooks.example.com",
		"http://::1:8080":                   "https://hooks.example.com",
		"http://127.1:8080":                 "https://hooks.example.com",
		"http://2130706433":                 "https://hooks.example.com",
		"http://[::ffff:10.0.0.1]":          "https://hooks.example.com",
		"http://[FE80::1]":                  "http://[fe80::1]",
		"\"https://hooks.acme.example\"":    "https://hooks.example.com",
	} {
		err := checkPublicURL(bad)
		require.ErrorContains(t, err, example, "%q", bad)
		require.NotContains(t, err.Error(), "pw123")
	}
}

func TestAddressesToListenOn(t *testing.T) {
	for _, good := range []string{"127.0.0.1:8080", ":8080", "0.0.0.0:80", "[::1]:8080", "localhost:0", "iozen.internal:65535"} {
		require.NoError(t, checkAddr(good, "x"))
	}
	for _, bad := range []string{
		"", "8080", "127.0.0.1", "localhost", "::1:8080", "http://127.0.0.1:8080", "127.0.0.1:8080/", "127.0.0.1:65536",
		"127.0.0.1:-1", "127.0.0.1:http", "127.0.0.1:", "a b:80", "u@h:80", "[::1]", "unix:/run/iozen.sock", "1:2:3",
	} {
		require.ErrorContains(t, checkAddr(bad, "127.0.0.1:8080"), "such as 127.0.0.1:8080", "%q", bad)
	}
}

func TestProxiesAreAddressesOrNetworks(t *testing.T) {
	for text, want := range map[string]string{
		"": "", " , ": "", "10.0.0.0/8": "10.0.0.0/8", "127.0.0.1": "127.0.0.1/32", "::1": "::1/128",
		"10.0.0.0/8, fd00::/8,192.168.1.7": "10.0.0.0/8 fd00::/8 192.168.1.7/32", "0.0.0.0/0": "0.0.0.0/0",
	} {
		proxies, err := parseProxies(text)
		require.NoError(t, err, text)
		var said []string
		for _, p := range proxies {
			said = append(said, p.String())
		}
		require.Equal(t, want, strings.Join(said, " "))
	}
	for _, bad := range []string{
		"nginx", "10.0.0.0/33", "10.0.0.1/8", "10.0.0", "10.0.0.0/", "/8", "10.0.0.0-10.0.0.9", "*", "10.*", "all", "fe80::1%eth0",
		"::ffff:10.0.0.0/104", "::ffff:10.0.0.1", "10.0.0.0/8;127.0.0.1", "http://10.0.0.1", "10.0.0.1:80", "010.0.0.1", "10.0.0.0/08",
	} {
		_, err := parseProxies(bad)
		require.ErrorContains(t, err, "such as 127.0.0.1", "%q", bad)
	}
}

// Every setting that cannot be understood, or means something else than it says, ends the start before anything is made.
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

func TestThePasswordOfAnotherDatabaseIsNeverPrintedAndMakesNothing(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	t.Setenv("IOZEN_DATABASE_URL", "postgres://user:topsecret@db/iozen")
	for _, command := range [][]string{
		{"serve"},
		{"backup", "copy.db"},
		{"key", "create", "--name=x"},
		{"key", "rotate-master"},
		{"user", "create", "--email=a@example.com"},
		{"user", "reset-password", "--email=a@example.com"},
	} {
		code, out, failed := iozen(t, "", command...)
		require.Equal(t, exitUsage, code, "%v", command)
		require.Contains(t, failed, "IOZEN_DATABASE_URL: PostgreSQL is not in this version")
		require.NotContains(t, out+failed, "topsecret")
		files, err := os.ReadDir(dir)
		require.NoError(t, err)
		require.Empty(t, files, "%v", command)
	}
}

// Flags are seen by everyone who lists processes.
func TestNoFlagTakesASecret(t *testing.T) {
	emptyHouse(t)
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

func TestASecretComesFromItsVariableOrAFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "secret")
	require.NoError(t, os.WriteFile(file, []byte("smtps://u:p@mail.example\r\n"), 0o600))
	secret, err := secretOf("IOZEN_SMTP_URL", file)
	require.NoError(t, err)
	require.Equal(t, "smtps://u:p@mail.example", secret)

	for name, path := range map[string]string{"a device": "/dev/zero", "nothing": file + ".none", "a folder": filepath.Dir(file)} {
		_, err := secretOf("IOZEN_SMTP_URL", path)
		require.ErrorContains(t, err, "IOZEN_SMTP_URL_FILE", name)
	}
	t.Setenv("IOZEN_SMTP_URL", "smtps://u:pw123@mail.example")
	secret, err = secretOf("IOZEN_SMTP_URL", "")
	require.NoError(t, err)
	require.Equal(t, "smtps://u:pw123@mail.example", secret)
	_, err = secretOf("IOZEN_SMTP_URL", file)
	require.ErrorContains(t, err, "Set one of them")
	require.NotContains(t, err.Error(), "pw123")
}

func TestSettingsThatOpenEverythingAreToldInTheLog(t *testing.T) {
	for name, value := range map[string]string{
		"IOZEN_ALLOW_TARGETS": "0.0.0.0/0", "IOZEN_TRUSTED_PROXIES": "0.0.0.0/0",
	} {
		t.Run(name, func(t *testing.T) {
			emptyHouse(t)
			t.Setenv(name, value)
			t.Setenv("IOZEN_ADDR", "203.0.113.1:1") // it ends here
			_, _, failed := iozen(t, "", "serve")
			require.Contains(t, failed, "level=WARN")
			require.Contains(t, failed, name)
		})
	}
	require.True(t, everybody([]string{"localhost", "::/0"}))
	require.True(t, everybody([]string{"0.0.0.0/1"}))
	require.False(t, everybody([]string{"localhost", "10.0.0.0/8", "fc00::/7", "127.0.0.0/8"}))
}

// A misspelt name would otherwise be as good as nothing, in silence.
func TestVariablesThatAreNoSettingsAreToldInTheLog(t *testing.T) {
	emptyHouse(t)
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
	require.Empty(t, strayIn([]string{
		"PATH=/bin", "HOME=/", "NOT_IOZEN_X=1", "IOZEN=1", "IOZEN_ADDR=x", "IOZEN_SMTP_URL=x", "IOZEN_SMTP_URL_FILE=x", "IOZEN_RECEIVE_SECRET=x",
		"IOZEN_RECEIVE_ADDR=x", "IOZEN_KEY_NAME=x", "IOZEN_USER_EMAIL=x", "IOZEN_HEALTHCHECK_TIMEOUT=x", "IOZEN_LOG_FORMAT=x", "IOZEN_MAIL_FROM=x",
	}, parser.Model))
}
