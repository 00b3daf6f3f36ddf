package db

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"iozen/store"
	"iozen/store/db/sqlite"
)

// crashed is a database whose last changes are in its write-ahead log alone, as a killed server leaves it: the files are
// copied while it is open.
func crashed(t *testing.T) (config Config, waiting int) {
	t.Helper()
	open := testConfig(t)
	db := openTest(t, open)
	bot, err := newSendingBot(t.Context(), db)
	require.NoError(t, err)
	_, err = db.Accept(t.Context(), bot, testEvents(20))
	require.NoError(t, err)
	config = testConfig(t)
	for _, suffix := range []string{"", "-wal"} {
		content, err := os.ReadFile(pathOf(open) + suffix)
		require.NoError(t, err)
		require.NotEmpty(t, content)
		require.NoError(t, os.WriteFile(pathOf(config)+suffix, content, 0o600))
	}
	return config, 20
}

func TestACrashedDatabaseOpensWithItsLog(t *testing.T) {
	config, waiting := crashed(t)
	require.Equal(t, waiting, openTest(t, config).Waiting())
}

// SQLite would remove the log, and with it what was committed last.
func TestALogWithoutItsDatabaseIsNoNewHouse(t *testing.T) {
	for _, suffix := range []string{"-wal", "-journal"} {
		for _, beside := range []bool{true, false} {
			config, waiting := crashed(t)
			path := pathOf(config)
			require.NoError(t, os.Rename(path, path+".away"))
			if suffix == "-journal" {
				require.NoError(t, os.Rename(path+"-wal", path+suffix))
			}
			before, err := os.ReadFile(path + suffix)
			require.NoError(t, err)
			config.Beside = beside
			_, err = Open(t.Context(), config)
			require.ErrorContains(t, err, "iozen.db"+suffix)
			require.NoFileExists(t, path)
			after, err := os.ReadFile(path + suffix)
			require.NoError(t, err)
			require.Equal(t, before, after)
			_, err = sqlite.KeysFor(t.Context(), config.URL, path+".key")
			require.ErrorContains(t, err, "iozen.db"+suffix)
			require.NoFileExists(t, path+".key")

			if suffix == "-wal" {
				require.NoError(t, os.Rename(path+".away", path))
				config.Beside = false
				require.Equal(t, waiting, openTest(t, config).Waiting(), "with its database nothing is lost")
			}
		}
	}
}

// What SQLite leaves when it has put all of the log into the database says nothing.
func TestAnEmptyLogStopsNothing(t *testing.T) {
	config := testConfig(t)
	require.NoError(t, os.WriteFile(pathOf(config)+"-wal", nil, 0o600))
	require.NoError(t, openTest(t, config).Close())
	require.NoError(t, os.WriteFile(pathOf(config)+"-wal", nil, 0o600))
	openTest(t, config)
}

// Restored over a database that was killed, with its log left behind.
func TestABackupIsNotMixedWithTheLogOfAnother(t *testing.T) {
	config, waiting := crashed(t)
	path := pathOf(config)
	other := testConfig(t)
	db := openTest(t, other)
	_, err := newSendingBot(t.Context(), db)
	require.NoError(t, err)
	require.NoError(t, db.Close())
	require.NoError(t, os.Remove(path))
	require.NoError(t, sqlite.Backup(t.Context(), other.URL, path))
	before, err := os.ReadFile(path)
	require.NoError(t, err)

	_, err = Open(t.Context(), config)
	require.ErrorContains(t, err, "Remove iozen.db-wal and iozen.db-shm")
	require.ErrorContains(t, sqlite.Backup(t.Context(), config.URL, path+".copy"), "Remove iozen.db-wal")
	after, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, before, after)

	require.NoError(t, os.Remove(path+"-wal"))
	restored := openTest(t, config)
	require.NotEqual(t, waiting, restored.Waiting())
	bots, err := restored.Bots(t.Context(), store.BotFilter{})
	require.NoError(t, err)
	require.Len(t, bots.Bots, 1)
}

// A backup that a server has opened is a database like any other: killed, it goes on with its own log.
func TestARestoredBackupGoesOnAfterACrash(t *testing.T) {
	live := testConfig(t)
	db := openTest(t, live)
	bot, err := newSendingBot(t.Context(), db)
	require.NoError(t, err)
	config := testConfig(t)
	require.NoError(t, sqlite.Backup(t.Context(), "sqlite:"+db.Path(), pathOf(config)))
	restored := openTest(t, config)
	_, err = restored.Accept(t.Context(), bot, testEvents(3))
	require.NoError(t, err)
	again := testConfig(t)
	for _, suffix := range []string{"", "-wal"} {
		content, err := os.ReadFile(pathOf(config) + suffix)
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(pathOf(again)+suffix, content, 0o600))
	}
	require.Equal(t, 3, openTest(t, again).Waiting())
}

// "Remove both" would be said of the only database that there is.
func TestAForeignJournalCostsNobodyTheirDatabase(t *testing.T) {
	config := testConfig(t)
	require.NoError(t, openTest(t, config).Close())
	journal := pathOf(config) + "-journal"
	require.NoError(t, os.WriteFile(journal, []byte("\xd9\xd5\x05\xf9\x20\xa1\x63\xd7 of something else"), 0o600))
	before, err := os.ReadFile(pathOf(config))
	require.NoError(t, err)
	_, err = Open(t.Context(), config)
	require.ErrorContains(t, err, "Move iozen.db-journal away")
	require.NotContains(t, err.Error(), "Remove")
	after, err := os.ReadFile(pathOf(config))
	require.NoError(t, err)
	require.Equal(t, before, after)
	require.NoError(t, os.Remove(journal))
	openTest(t, config)
}
