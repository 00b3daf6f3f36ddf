package storetest

import (
	"context"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"iozen/store"
)

// MigratedSQLite returns the path of an empty SQLite file, in a folder of the test's own, whose schema is up to date
// already: bringing it there is most of what a new database costs, and hundreds of tests open one.
func MigratedSQLite(t testing.TB) string {
	t.Helper()
	content, err := migrated()
	require.NoError(t, err)
	path := filepath.Join(t.TempDir(), "iozen.db")
	require.NoError(t, os.WriteFile(path, content, 0o600))
	return path
}

// migrated is made once in a test binary. The file is read after it was closed: nothing of it is in a log any more.
var migrated = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "iozen-schema-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "iozen.db")
	db, err := store.Open(context.Background(), store.Config{URL: "sqlite:" + path, Keys: store.NewKeyring([32]byte{1})})
	if err != nil {
		return nil, err
	}
	if err := db.Close(); err != nil {
		return nil, err
	}
	return os.ReadFile(path)
})
