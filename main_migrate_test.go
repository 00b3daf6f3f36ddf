package main

import (
	"bytes"
	"context"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"iozen/store/db/postgres/pgtest"
)

func TestADatabaseIsMigratedByOneCommand(t *testing.T) {
	emptyInstallation(t)
	code, _, failed := iozen(t, "", "user", "create", "--email=maria@example.com")
	require.Equal(t, exitOK, code, failed)
	to, err := url.Parse(pgtest.Empty(t))
	require.NoError(t, err)
	password, _ := to.User.Password()

	code, _, failed = iozen(t, "", "migrate-database", "--to="+to.String())
	require.Equal(t, exitUsage, code)
	require.Contains(t, failed, "--to: holds a password")
	require.NotContains(t, failed, password)

	t.Setenv("PGPASSWORD", password)
	to.User = url.User(to.User.Username())
	stopped, stop := context.WithCancel(t.Context())
	var said bytes.Buffer
	stop()
	require.Equal(t, exitFailure, run(stopped, []string{"migrate-database", "--to=" + to.String()}, terminal{out: io.Discard, err: &said}))
	require.Contains(t, said.String(), "Run the same command again")

	code, out, failed := iozen(t, "", "migrate-database", "--to="+to.String())
	require.Equal(t, exitOK, code, failed)
	require.Contains(t, out, "copying accounts: 1 of 1 rows\n")
	require.Contains(t, out, "checking accounts: 1 of 1 rows\n")
	require.Contains(t, out, "Now set IOZEN_DATABASE_URL=postgres://iozen@127.0.0.1")
	require.Contains(t, out, "keep IOZEN_KEY_FILE="+os.Getenv("IOZEN_KEY_FILE"))
	require.NotContains(t, out, password)

	code, _, failed = iozen(t, "", "migrate-database", "--to="+to.String())
	require.Equal(t, exitFailure, code)
	require.Contains(t, failed, "is not empty")
}

func TestAMigrationThatCannotBeIsRefusedBeforeAnythingIsMade(t *testing.T) {
	emptyInstallation(t)
	dir := t.TempDir()
	t.Chdir(dir)
	for name, c := range map[string]struct {
		args []string
		code int
		says string
	}{
		"nowhere":          {nil, exitUsage, "--to: is missing"},
		"both ways to say": {[]string{"--to=postgres://a@b/c", "--to-file=x"}, exitUsage, "Set one of them"},
		"to SQLite":        {[]string{"--to=sqlite:other.db"}, exitUsage, "--to: is not the URL of a PostgreSQL database"},
		"from PostgreSQL":  {[]string{"--from=postgres://a@b/c", "--to=postgres://a@b/c"}, exitUsage, "--from: does not begin with sqlite:"},
		"without its key":  {[]string{"--to=postgres://a@b/c", "--key-file=" + filepath.Join(dir, "none.key")}, exitFailure, "none.key"},
	} {
		code, _, failed := iozen(t, "", append([]string{"migrate-database"}, c.args...)...)
		require.Equal(t, c.code, code, "%s: %s", name, failed)
		require.Contains(t, failed, c.says, name)
		files, err := os.ReadDir(dir)
		require.NoError(t, err)
		require.Empty(t, files, name)
	}
}
