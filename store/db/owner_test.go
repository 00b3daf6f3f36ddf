package db

import (
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"iozen/store/db/sqlite"
	"iozen/store/durable"
)

// The server's user must be able to open what the first command has made, whoever ran that.
func TestWhatIsMadeBelongsToTheOwnerOfTheFolder(t *testing.T) {
	for _, inside := range []string{"", "data", "data/deep/er"} {
		t.Run(inside, func(t *testing.T) {
			home := t.TempDir()
			owner, group := os.Geteuid(), os.Getegid()
			if owner == 0 { // as root, in the folder of somebody else
				owner, group = 65534, 65533
				require.NoError(t, os.Chown(home, owner, group))
			}
			database, keyFile := filepath.Join(home, inside, "iozen.db"), filepath.Join(home, inside, "keys", "iozen.key")
			keys, err := sqlite.KeysFor(t.Context(), "sqlite:"+database, keyFile)
			require.NoError(t, err)
			db, err := Open(t.Context(), Config{URL: "sqlite:" + database, Keys: keys})
			require.NoError(t, err)
			_, err = newSendingBot(t.Context(), db)
			require.NoError(t, err)
			seen := 0
			require.NoError(t, filepath.WalkDir(home, func(path string, _ fs.DirEntry, err error) error {
				require.NoError(t, err)
				info, err := os.Lstat(path)
				require.NoError(t, err)
				require.Equal(t, uint32(owner), info.Sys().(*syscall.Stat_t).Uid, path)
				require.Equal(t, uint32(group), info.Sys().(*syscall.Stat_t).Gid, path)
				require.True(t, path == home || info.Mode().Perm()&0o077 == 0, path)
				seen++
				return nil
			}))
			require.GreaterOrEqual(t, seen, 6, "folders, database, its log and index of that, key")
			require.NoError(t, db.Close())
		})
	}
}

func TestAFolderIsMadeWithThoseAboveIt(t *testing.T) {
	dir := t.TempDir()
	for _, path := range []string{"a", "a", "a/b/c/d", "a/b/./x", "a/../y", "link/z"} {
		if path == "link/z" {
			require.NoError(t, os.Symlink("a/b", filepath.Join(dir, "link")))
		}
		require.NoError(t, durable.MakeFolder(dir+"/"+path), path)
		require.DirExists(t, dir+"/"+path)
	}
	require.DirExists(t, filepath.Join(dir, "a", "b", "z"))
	file := filepath.Join(dir, "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	require.Error(t, durable.MakeFolder(file))
	require.Error(t, durable.MakeFolder(filepath.Join(file, "x")))
	require.NoError(t, os.Symlink("nowhere", filepath.Join(dir, "dangling")))
	require.Error(t, durable.MakeFolder(filepath.Join(dir, "dangling")))
	require.Error(t, durable.MakeFolder(filepath.Join(dir, "dangling", "x")))
	t.Chdir(dir)
	require.NoError(t, durable.MakeFolder("."))
	require.NoError(t, durable.MakeFolder("relative/deep"))
}
