package sqlite

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestTheKeyFileIsMadeOnceForItsOwnerAlone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys", "iozen.key")
	ids := make(chan string, 16)
	for range cap(ids) {
		go func() {
			k, err := KeysFor(t.Context(), "sqlite:"+filepath.Join(filepath.Dir(filepath.Dir(path)), "none.db"), path)
			if err != nil {
				ids <- err.Error()
				return
			}
			ids <- k.Newest().ID
		}()
	}
	first := <-ids
	for range cap(ids) - 1 {
		require.Equal(t, first, <-ids, "whoever comes first makes it")
	}
	info, err := os.Stat(path)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	files, err := os.ReadDir(filepath.Dir(path))
	require.NoError(t, err)
	require.Len(t, files, 1, "nothing else is left beside it")
}
