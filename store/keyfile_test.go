package store

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

// Who rotates the key is often not who runs the server: the server must still be able to read its key file.
func TestAddingAKeyKeepsOwnerModeAndLink(t *testing.T) {
	for name, mode := range map[string]os.FileMode{"its owner alone": 0o600, "a group too": 0o640, "read-only": 0o400, "everybody": 0o644} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			path, link := filepath.Join(dir, "keys", "iozen.key"), filepath.Join(dir, "link.key")
			require.NoError(t, makeKeyFile(path))
			require.NoError(t, os.Symlink("keys/iozen.key", link))
			owner, group := os.Geteuid(), os.Getegid()
			if owner == 0 { // as root, a key file of somebody else
				owner, group = 65534, 65533
				require.NoError(t, os.Chown(path, owner, group))
			}
			require.NoError(t, os.Chmod(path, mode))
			require.NoError(t, AddMasterKey(link))

			info, err := os.Lstat(path)
			require.NoError(t, err)
			require.Equal(t, mode, info.Mode().Perm())
			require.Equal(t, uint32(owner), info.Sys().(*syscall.Stat_t).Uid)
			require.Equal(t, uint32(group), info.Sys().(*syscall.Stat_t).Gid)
			target, err := os.Readlink(link)
			require.NoError(t, err, "it is still a link")
			require.Equal(t, "keys/iozen.key", target)
			k, err := LoadKeyring(path)
			require.NoError(t, err)
			require.Len(t, k.keys, 2)
			left, err := os.ReadDir(filepath.Dir(path))
			require.NoError(t, err)
			require.Len(t, left, 1)
		})
	}
}
