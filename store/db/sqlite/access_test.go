package sqlite

import (
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

// A backup that root has put into the place of the database is the usual case.
func TestWhatMayNotBeUsedIsNamedWithItsUser(t *testing.T) {
	for name, c := range map[string]struct {
		denied error
		says   string
	}{
		"allowed":          {nil, ""},
		"not there":        {syscall.ENOENT, ""},
		"another trouble":  {errors.New("x"), ""},
		"another's":        {syscall.EACCES, "user 65534 may not read and write /data/iozen.db"},
		"another's, wraps": {fmt.Errorf("access: %w", syscall.EACCES), "chown"},
		"not permitted":    {syscall.EPERM, "chown"},
		"read-only":        {syscall.EROFS, "/data/iozen.db is on a file system that is mounted read-only"},
	} {
		hint := accessHint("/data/iozen.db", 65534, c.denied)
		require.Contains(t, hint, c.says, name)
		require.Equal(t, c.says == "", hint == "", name)
	}
}

func TestOnlyWhatSQLiteMayNotDoIsExplainedByAccess(t *testing.T) {
	path := filepath.Join(t.TempDir(), "iozen.db")
	require.NoError(t, os.WriteFile(path, []byte("no database at all, whoever reads it"), 0o600))
	db, err := sql.Open("sqlite", DSN(path, "rw"))
	require.NoError(t, err)
	defer db.Close()
	damaged := db.Ping()
	require.Error(t, damaged)
	require.Equal(t, damaged, ExplainAccess(path, damaged))
	other := errors.New("other")
	require.Equal(t, other, ExplainAccess(path, other))
	require.NoError(t, ExplainAccess(path, nil))
}
