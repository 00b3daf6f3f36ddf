package postgres_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"iozen/store/db/postgres"
)

// pgVariables are set aside, so that the machine's own do not matter.
func pgVariables(t *testing.T) {
	t.Helper()
	for _, name := range []string{"PGHOST", "PGPORT", "PGDATABASE", "PGUSER", "PGPASSWORD", "PGPASSFILE", "PGSERVICE", "PGSSLMODE", "PGSSLROOTCERT", "PGAPPNAME", "PGOPTIONS"} {
		value, set := os.LookupEnv(name)
		require.NoError(t, os.Unsetenv(name))
		if set {
			t.Cleanup(func() { _ = os.Setenv(name, value) })
		}
	}
}

func TestAnAddressIsShownWithoutItsPassword(t *testing.T) {
	pgVariables(t)
	for url, shown := range map[string]string{
		"postgres://iozen:s3cret@db.example/events":                        "postgres://iozen@db.example/events",
		"postgresql://iozen:s3cret@db.example:6432/events?sslmode=require": "postgres://iozen@db.example:6432/events",
		"POSTGRES://iozen:s3cret@db.example:5432/events":                   "postgres://iozen@db.example/events",
		"postgres://iozen:p%40ss%2Fs3cret@db.example/events":               "postgres://iozen@db.example/events",
		"postgres://db.example/events?user=iozen&password=s3cret":          "postgres://iozen@db.example/events",
		"postgres://iozen:s3cret@[::1]/events":                             "postgres://iozen@[::1]/events",
		"postgres://iozen:s3cret@[::1]:6432/events":                        "postgres://iozen@[::1]:6432/events",
		"postgres://iozen@/events?host=/run/postgresql":                    "postgres://iozen@/events?host=/run/postgresql",
		"postgres://iozen:s3cret@db.example":                               "postgres://iozen@db.example/iozen",
		"postgres://iozen:s3cret@one.example,two.example/events":           "postgres://iozen@one.example/events",
	} {
		a, err := postgres.Parse(url)
		require.NoError(t, err, url)
		require.Equal(t, shown, a.String(), url)
	}
}

func TestWhatAURLLeavesOutComesFromTheVariablesOfPostgreSQL(t *testing.T) {
	pgVariables(t)
	t.Setenv("PGHOST", "db.example")
	t.Setenv("PGPORT", "6432")
	t.Setenv("PGUSER", "iozen")
	t.Setenv("PGPASSWORD", "s3cret")
	t.Setenv("PGDATABASE", "events")
	for url, shown := range map[string]string{
		"postgres://":                   "postgres://iozen@db.example:6432/events",
		"postgres:///other":             "postgres://iozen@db.example:6432/other",
		"postgres://maria@db2.example/": "postgres://maria@db2.example:6432/events",
	} {
		a, err := postgres.Parse(url)
		require.NoError(t, err, url)
		require.Equal(t, shown, a.String(), url)
	}
}

func TestARefusedAddressIsNotRepeated(t *testing.T) {
	pgVariables(t)
	for url, why := range map[string]string{
		"postgres:iozen:s3cret@db/events":                                "is not the URL",
		"postgres:/s3cret":                                               "is not the URL",
		"mysql://iozen:s3cret@db/events":                                 "is not the URL",
		" postgres://iozen:s3cret@db/events":                             "is not the URL",
		"postgres://iozen:s3cret@db:port/events":                         "cannot be read",
		"postgres://iozen:s3/cret@db:5432/events":                        "cannot be read",
		"postgres://iozen:a%s3cret@db/events":                            "cannot be read",
		"postgres://iozen:a@s3cret:b@db/events":                          "cannot be read",
		"postgres://iozen:a@s3cret@[::1/events":                          "cannot be read",
		"postgres://iozen:s3cret@db/events?sslmod=require":               "has an unknown parameter; those allowed are host",
		"postgres://iozen:s3cret@db/events?sslmode=always":               "cannot be read",
		"postgres://iozen:s3cret@db/events?sslrootcert=/no/ca":           "names a file for TLS that cannot be read: open /no/ca",
		"postgres://iozen:s3cret@db/events?pool_max_conns=4":             "has an unknown parameter; those allowed are host",
		"postgres://iozen:s3cret@db/events?default_query_exec_mode=exec": "has an unknown parameter",
		"postgres://iozen:s3cret@db/events\x00":                          "cannot be read",
	} {
		_, err := postgres.Parse(url)
		require.ErrorContains(t, err, why, url)
		require.NotContains(t, err.Error(), "s3cret", url)
	}
}

func TestAPasswordFileIsRead(t *testing.T) {
	pgVariables(t)
	file := filepath.Join(t.TempDir(), "pgpass")
	require.NoError(t, os.WriteFile(file, []byte("db.example:5432:events:iozen:s3cret\n"), 0o600))
	t.Setenv("PGPASSFILE", file)
	a, err := postgres.Parse("postgres://iozen@db.example/events")
	require.NoError(t, err)
	require.Equal(t, "s3cret", postgres.PasswordOf(a))
}

func TestAURLWithAPasswordIsKnown(t *testing.T) {
	for url, has := range map[string]bool{
		"postgres://iozen@db/events":                  false,
		"postgres://":                                 false,
		"sqlite:./data/iozen.db":                      false,
		"postgres://iozen:x@db/events":                true,
		"postgres://db/events?user=iozen&password=x":  true,
		"postgres://db/events?sslkey=k&sslpassword=x": true,
		"postgres://iozen:%zz@db/events":              true, // nobody can tell
	} {
		require.Equal(t, has, postgres.HasPassword(url), url)
	}
}
