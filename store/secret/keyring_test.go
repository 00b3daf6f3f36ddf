package secret

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

const sameTwice = "AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\nAQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n"

func TestAKeyFileThatIsNoneIsRefused(t *testing.T) {
	for name, text := range map[string]string{
		"empty": "", "short": "AAAA\n", "not base64": "this is no key\n", "two lines": "AAAA\nAAAA\n",
		"one twice": sameTwice, "empty lines alone": "\n \n",
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "iozen.key")
			require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
			_, err := LoadKeyring(path)
			require.ErrorContains(t, err, path)
			kept, err := os.ReadFile(path)
			require.NoError(t, err)
			require.Equal(t, text, string(kept), "what is there is never replaced")
		})
	}
}

func TestKeysOfDifferentPurposesDiffer(t *testing.T) {
	a, b := DeriveKeys([32]byte{1}), DeriveKeys([32]byte{2})
	require.NotEqual(t, a.seal, a.people)
	require.NotEqual(t, a.seal, b.seal)
	require.NotEqual(t, a.ID, b.ID)
	require.Equal(t, a.personHash("email", "x"), a.personHash("email", "x"))
	require.NotEqual(t, a.personHash("email", "x"), a.personHash("phone", "x"))
	require.NotEqual(t, a.personHash("email", "x"), b.personHash("email", "x"))
}

func TestANewKeyIsAddedAfterTheOldOnes(t *testing.T) {
	path := filepath.Join(t.TempDir(), "iozen.key")
	require.NoError(t, MakeKeyFile(path))
	first, err := LoadKeyring(path)
	require.NoError(t, err)
	for n := 2; n <= 3; n++ {
		require.NoError(t, AddMasterKey(path))
		k, err := LoadKeyring(path)
		require.NoError(t, err)
		require.Len(t, k.keys, n)
		require.Equal(t, first.Newest().ID, k.keys[0].ID)
	}
	info, err := os.Stat(path)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	files, err := os.ReadDir(filepath.Dir(path))
	require.NoError(t, err)
	require.Len(t, files, 1, "nothing else is left beside it")
	require.Error(t, AddMasterKey(filepath.Join(t.TempDir(), "none.key")), "there is nothing to rotate")
}
