package db

import (
	"database/sql"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"iozen/store"
	"iozen/store/db/sqlite"
)

// pathOf is the file of a test's database.
func pathOf(c Config) string { return strings.TrimPrefix(c.URL, "sqlite:") }

// alter runs statements on a database that is closed.
func alter(t *testing.T, path string, statements ...string) {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	require.NoError(t, err)
	for _, statement := range statements {
		_, err := db.Exec(statement)
		require.NoError(t, err, statement)
	}
	require.NoError(t, db.Close())
}

// newOldDatabase says of itself that its schema is older than the first.
func newOldDatabase(t *testing.T) Config {
	t.Helper()
	config := testConfig(t)
	require.NoError(t, openTest(t, config).Close())
	alter(t, pathOf(config), `DELETE FROM goose_db_version WHERE version_id > 0`)
	return config
}

func versionOf(t *testing.T, path string) int64 {
	t.Helper()
	s, err := sqlite.ReadSchema(t.Context(), path)
	require.NoError(t, err)
	return s.Version
}

// Numbers are what the order of migrations hangs on: each file has one, written in the same width, and none twice.
func TestMigrationNumbersGrow(t *testing.T) {
	files, err := fs.ReadDir(sqlite.Migrations, "migrations/sqlite")
	require.NoError(t, err)
	wellFormed := regexp.MustCompile(`^(\d{5})_[a-z0-9]+(_[a-z0-9]+)*\.sql$`)
	last := "00000"
	for _, file := range files { // in the order of their names
		found := wellFormed.FindStringSubmatch(file.Name())
		require.NotNil(t, found, file.Name())
		require.Greater(t, found[1], last, "two migrations have one number")
		last = found[1]
	}
	newest, err := sqlite.NewestSchema()
	require.NoError(t, err)
	db := openTest(t, testConfig(t))
	require.Equal(t, newest, versionOf(t, db.Path()))
}

func TestOnlyTheServerMigrates(t *testing.T) {
	config := newOldDatabase(t)
	config.Beside = true
	_, err := Open(t.Context(), config)
	require.ErrorContains(t, err, "older version of ioZen (its schema is 0")
	require.Equal(t, int64(0), versionOf(t, pathOf(config)))
}

// Before the first release the schema was another one, with numbers of its own.
func TestADatabaseFromBeforeTheFirstReleaseIsLeftAlone(t *testing.T) {
	config := testConfig(t)
	alter(t, pathOf(config), `CREATE TABLE goose_db_version (version_id INTEGER, is_applied INTEGER)`,
		`INSERT INTO goose_db_version VALUES (236, 1)`, `CREATE TABLE bots (id BLOB NOT NULL PRIMARY KEY, name TEXT NOT NULL)`)
	before, err := os.ReadFile(pathOf(config))
	require.NoError(t, err)
	_, err = Open(t.Context(), config)
	require.ErrorContains(t, err, "from before the first release")
	after, err := os.ReadFile(pathOf(config))
	require.NoError(t, err)
	require.Equal(t, before, after)
}

func TestANewerDatabaseIsLeftAlone(t *testing.T) {
	for _, beside := range []bool{false, true} {
		config := testConfig(t)
		db, err := Open(t.Context(), config)
		require.NoError(t, err)
		require.NoError(t, db.Close())
		alter(t, pathOf(config), `INSERT INTO goose_db_version (version_id, is_applied) VALUES (99999, 1)`)
		before, err := os.ReadFile(pathOf(config))
		require.NoError(t, err)
		config.Beside = beside
		_, err = Open(t.Context(), config)
		require.ErrorContains(t, err, "newer version of ioZen (its schema is 99999")
		after, err := os.ReadFile(pathOf(config))
		require.NoError(t, err)
		require.Equal(t, before, after)
	}
}

func TestAForeignFileIsNotTakenForAnEmptyDatabase(t *testing.T) {
	text := func(content string) func(*testing.T, string) {
		return func(t *testing.T, path string) { require.NoError(t, os.WriteFile(path, []byte(content), 0o600)) }
	}
	for name, c := range map[string]struct {
		make func(*testing.T, string)
		says string
	}{
		"empty":             {text(""), "is empty"},
		"text":              {text("this is not a database at all but a note to a friend of mine"), "damaged"},
		"one byte":          {text("S"), ""},
		"a header alone":    {text("SQLite format 3\x00"), ""},
		"zeros":             {text(strings.Repeat("\x00", 8192)), ""},
		"gzip":              {text("\x1f\x8b\x08" + strings.Repeat("x", 4096)), ""},
		"an empty database": {func(t *testing.T, path string) { alter(t, path, `CREATE TABLE x (y)`, `DROP TABLE x`) }, "no database of ioZen"},
		"another program's": {func(t *testing.T, path string) { alter(t, path, `CREATE TABLE users (name TEXT)`) }, "no database of ioZen"},
		"another program's that migrates as ours does": {func(t *testing.T, path string) {
			alter(t, path, `CREATE TABLE goose_db_version (id INTEGER PRIMARY KEY AUTOINCREMENT, version_id INTEGER NOT NULL, is_applied INTEGER NOT NULL, tstamp TIMESTAMP DEFAULT (datetime('now')))`,
				`INSERT INTO goose_db_version (version_id, is_applied) VALUES (0, 1), (1, 1), (2, 1)`, `CREATE TABLE widgets (id INTEGER)`)
		}, "no database of ioZen"},
		"a version alone": {func(t *testing.T, path string) {
			alter(t, path, `CREATE TABLE goose_db_version (version_id INTEGER, is_applied INTEGER)`)
		}, "no database of ioZen"},
		"a view that is called bots": {func(t *testing.T, path string) {
			alter(t, path, `CREATE TABLE goose_db_version (version_id INTEGER, is_applied INTEGER)`, `CREATE VIEW bots AS SELECT 1 AS id`)
		}, "no database of ioZen"},
		"without version": {func(t *testing.T, path string) { alter(t, path, `CREATE TABLE bots (id BLOB)`) }, "no database of ioZen"},
		"a folder":        {func(t *testing.T, path string) { require.NoError(t, os.Mkdir(path, 0o700)) }, "is not a file"},
		"a device":        {func(t *testing.T, path string) { require.NoError(t, os.Symlink("/dev/null", path)) }, "is not a file"},
		"a copy that did not finish": {func(t *testing.T, path string) {
			require.NoError(t, os.WriteFile(path, []byte(strings.Repeat("\x00", 8192)), 0o600))
			require.NoError(t, os.WriteFile(path+"-journal", []byte("\xd9\xd5\x05\xf9\x20\xa1\x63\xd7"), 0o600))
		}, "did not finish"},
	} {
		t.Run(name, func(t *testing.T) {
			config := testConfig(t)
			c.make(t, pathOf(config))
			before, _ := os.ReadFile(pathOf(config))
			for _, beside := range []bool{false, true} {
				config.Beside = beside
				_, err := Open(t.Context(), config)
				require.ErrorContains(t, err, c.says)
			}
			after, _ := os.ReadFile(pathOf(config))
			require.Equal(t, before, after, "it may be somebody's only copy")
		})
	}
}

func TestADatabaseAndWhatLiesBesideItAreItsOwnersAlone(t *testing.T) {
	config := testConfig(t) // in a folder that was there before, open to all
	require.NoError(t, os.Chmod(filepath.Dir(pathOf(config)), 0o755))
	requirePrivate := func() {
		files, err := os.ReadDir(filepath.Dir(pathOf(config)))
		require.NoError(t, err)
		require.Len(t, files, 3, "database, -wal and -shm")
		for _, file := range files {
			info, err := file.Info()
			require.NoError(t, err)
			require.Equal(t, os.FileMode(0o600), info.Mode().Perm(), file.Name())
		}
	}
	db, err := Open(t.Context(), config)
	require.NoError(t, err)
	require.NoError(t, db.Ping(t.Context()))
	requirePrivate()
	for _, suffix := range []string{"", "-wal", "-shm"} { // as an older version made them
		require.NoError(t, os.Chmod(pathOf(config)+suffix, 0o644))
	}
	config.Beside = true
	beside := openTest(t, config)
	require.NoError(t, beside.Ping(t.Context()))
	requirePrivate()
	require.NoError(t, db.Close())
}

func TestManyFirstStartsMakeOneDatabase(t *testing.T) {
	config := testConfig(t)
	config.Beside = true
	const starts = 12
	bots := make(chan error, starts)
	var together sync.WaitGroup
	for range starts {
		together.Go(func() {
			db, err := Open(t.Context(), config)
			if err == nil {
				_, err = db.CreateBot(t.Context(), "bot", store.Actor{})
			}
			if err == nil {
				err = db.Close()
			}
			bots <- err
		})
	}
	together.Wait()
	for range starts {
		require.NoError(t, <-bots)
	}
	db := openTest(t, config)
	found, err := db.Bots(t.Context(), store.BotFilter{})
	require.NoError(t, err)
	require.Len(t, found.Bots, starts)
	names, err := filepath.Glob(filepath.Join(filepath.Dir(pathOf(config)), ".iozen-new-*"))
	require.NoError(t, err)
	require.Empty(t, names)
}
