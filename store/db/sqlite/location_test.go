package sqlite

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestAnAddressThatIsNoSQLiteFileIsRefusedWithoutRepeatingIt(t *testing.T) {
	for url, says := range map[string]string{
		"postgres://user:topsecret@db/iozen":    "does not begin with sqlite:",
		"postgresql://user:topsecret@db:5432/x": "does not begin with sqlite:",
		"POSTGRES://user:topsecret@db/iozen":    "does not begin with sqlite:",
		" postgres://user:topsecret@db/iozen":   "does not begin with sqlite:",
		"postgres:topsecret":                    "does not begin with sqlite:",
		"mysql://user:topsecret@db/iozen":       "does not begin with sqlite:",
		"libsql://token:topsecret@db":           "does not begin with sqlite:",
		"topsecret":                             "does not begin with sqlite:",
		"/var/lib/topsecret.db":                 "does not begin with sqlite:",
		"":                                      "does not begin with sqlite:",
		"SQLITE:topsecret.db":                   "does not begin with sqlite:",
		"sqlite3:topsecret.db":                  "does not begin with sqlite:",
		" sqlite:topsecret.db":                  "does not begin with sqlite:",
		`"sqlite:topsecret.db"`:                 "does not begin with sqlite:",
		"file:topsecret.db":                     "does not begin with sqlite:",
		"sqlite:":                               "names no file",
		"sqlite:topsecret.db ":                  "space",
		"sqlite: topsecret.db":                  "space",
		"sqlite:topsecret.db\r":                 "space",
		"sqlite:topsecret.db\n":                 "space",
		"sqlite:top\x00secret.db":               "control character",
		"sqlite://data/topsecret.db":            "sqlite://",
		"sqlite:///var/topsecret.db":            "sqlite://",
		"sqlite://user:topsecret@host/iozen.db": "sqlite://",
		"sqlite::memory:":                       "no plain path",
		"sqlite:file:topsecret.db":              "no plain path",
		"sqlite:topsecret.db?mode=memory":       "no plain path",
		"sqlite:top\x7fsecret.db":               "control character",
		"sqlite:~/topsecret.db":                 "only a shell reads",
		"sqlite:$HOME/topsecret.db":             "only a shell reads",
		"sqlite:${DATA}/topsecret.db":           "only a shell reads",
		"sqlite:topsecret/":                     "folder",
		"sqlite:.":                              "folder",
		"sqlite:..":                             "folder",
		"sqlite:topsecret/..":                   "folder",
		"sqlite:topsecret/.":                    "folder",
	} {
		_, err := DatabasePath(url)
		require.ErrorContains(t, err, says, "%q", url)
		require.NotContains(t, err.Error(), "topsecret", "%q", url)
		require.Contains(t, err.Error(), "sqlite:./data/iozen.db", "a good example")
	}
	files, err := filepath.Glob("*topsecret*")
	require.NoError(t, err)
	require.Empty(t, files)
	require.NoDirExists(t, "postgres:")
}

func TestADatabaseIsFoundBehindItsLinks(t *testing.T) {
	dir := t.TempDir()
	dir, err := filepath.EvalSymlinks(dir)
	require.NoError(t, err)
	real := filepath.Join(dir, "real")
	require.NoError(t, os.Mkdir(real, 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(real, "iozen.db"), nil, 0o600))
	link := func(target, name string) string {
		name = filepath.Join(dir, name)
		require.NoError(t, os.Symlink(target, name))
		return name
	}
	for path, want := range map[string]string{
		filepath.Join(real, "iozen.db"):                      filepath.Join(real, "iozen.db"),
		filepath.Join(real, "..", "real", "iozen.db"):        filepath.Join(real, "iozen.db"),
		filepath.Join(real, "new.db"):                        filepath.Join(real, "new.db"),
		filepath.Join(dir, "no folder", "new.db"):            filepath.Join(dir, "no folder", "new.db"),
		link(filepath.Join(real, "iozen.db"), "absolute.db"): filepath.Join(real, "iozen.db"),
		link("real/iozen.db", "relative.db"):                 filepath.Join(real, "iozen.db"),
		link("relative.db", "twice.db"):                      filepath.Join(real, "iozen.db"),
		link("real/to come.db", "dangling.db"):               filepath.Join(real, "to come.db"),
		filepath.Join(link(real, "folder"), "iozen.db"):      filepath.Join(real, "iozen.db"),
		filepath.Join(link("folder", "folder 2"), "new.db"):  filepath.Join(real, "new.db"),
	} {
		got, err := DatabasePath("sqlite:" + path)
		require.NoError(t, err)
		require.Equal(t, want, got, path)
	}
	_, err = DatabasePath("sqlite:" + link("circle.db", "circle.db"))
	require.ErrorContains(t, err, "circle")

	_, err = DatabasePath("sqlite:data/iozen.db")
	require.NoError(t, err)
	require.True(t, strings.HasPrefix(dir, "/"))
}

func TestTheKeyFileIsNoneOfTheDatabase(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	require.NoError(t, os.Mkdir("sub", 0o700))
	for link, target := range map[string]string{"to wal": "iozen.db-wal", "to link": "to wal", "to db": "iozen.db", "folder": ".", "sub/up": "../iozen.db-shm"} {
		require.NoError(t, os.Symlink(target, link))
	}
	for _, bad := range []string{
		"", " ", "iozen.db", "./iozen.db", "sub/../iozen.db", dir + "/iozen.db", "iozen.db-wal", "iozen.db-shm", "iozen.db-journal", "iozen.db.lock",
		dir + "/./iozen.db-wal", "to wal", "to link", "to db", "folder/iozen.db-wal", "folder/folder/iozen.db.lock", "sub/up",
		"iozen.key ", "\tiozen.key", "iozen\n.key", "iozen.key\r", "~/iozen.key", "~", "$HOME/iozen.key", "${KEY}",
	} {
		for _, database := range []string{"iozen.db", filepath.Join(dir, "iozen.db")} {
			require.ErrorContains(t, CheckKeyFile(database, bad), "./data/iozen.key", "%q", bad)
		}
	}
	for _, good := range []string{
		"iozen.key", "iozen.db.key", "iozen.db-wal.key", "a b.key", "sub/iozen.db", "sub/iozen.db-wal", "other.db-wal", "~iozen.key", "a$b", "not made yet/iozen.key",
	} {
		require.NoError(t, CheckKeyFile("iozen.db", good), "%q", good)
	}
	_, err := filepath.EvalSymlinks("iozen.db")
	require.Error(t, err, "nothing was made")
}
