// Package sqlitetest gives tests SQLite files with the newest schema: making one takes longer than most tests, and hundreds open
// one.
package sqlitetest

import (
	"context"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"iozen/store/db/sqlite"
)

// Migrated is the path of a database in a folder of the test's own, with the newest schema and nothing in it.
func Migrated(t testing.TB) string {
	t.Helper()
	content, err := migrated()
	require.NoError(t, err)
	path := filepath.Join(t.TempDir(), "iozen.db")
	require.NoError(t, os.WriteFile(path, content, 0o600))
	return path
}

// migrated is what a new database holds. It is made once in a test binary, by what makes it for an operator: nothing of it is in
// a log.
var migrated = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "iozen-schema-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "iozen.db")
	if err := sqlite.Create(context.Background(), path); err != nil {
		return nil, err
	}
	return os.ReadFile(path)
})
