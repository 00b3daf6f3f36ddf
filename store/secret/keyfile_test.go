package secret

import (
	"os"
	"path/filepath"
	"strings"
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
			require.NoError(t, MakeKeyFile(path))
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

// Lines are put back by hand, with whatever editor is there.
func TestAKeyFileMayHaveEmptyLines(t *testing.T) {
	first, second := newMaster(), newMaster()
	for name, text := range map[string]string{
		"as it is made": first + second, "no last line end": first + strings.TrimSpace(second), "a blank line": first + "\n" + second,
		"at the end": first + second + "\n\n", "at the beginning": "\n" + first + second, "of Windows": strings.ReplaceAll(first+second+"\n", "\n", "\r\n"),
		"spaces": "  " + first + " \t\n" + second,
	} {
		path := filepath.Join(t.TempDir(), "iozen.key")
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		k, err := LoadKeyring(path)
		require.NoError(t, err, name)
		require.Len(t, k.keys, 2, name)
		require.NoError(t, AddMasterKey(path), name)
		k, err = LoadKeyring(path)
		require.NoError(t, err, name)
		require.Len(t, k.keys, 3, name)
	}
	for name, text := range map[string]string{
		"nothing": "", "blank lines": "\n \n\r\n", "twice": first + first, "a comment": "# key\n" + first, "half": first[:20], "two on a line": strings.TrimSpace(first) + " " + second,
	} {
		path := filepath.Join(t.TempDir(), "iozen.key")
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		_, err := LoadKeyring(path)
		require.ErrorContains(t, err, "IOZEN_KEY_FILE", name)
	}
}
