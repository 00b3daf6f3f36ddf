package store

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestABackupIsAWholeDatabaseForItsOwnerAlone(t *testing.T) {
	config := testConfig(t)
	db := openTest(t, config)
	bot, err := newSendingBot(t.Context(), db)
	require.NoError(t, err)
	accepted, err := db.Accept(t.Context(), bot, testEvents(3))
	require.NoError(t, err)
	path := filepath.Join(t.TempDir(), "copy of iozen's.db")
	require.NoError(t, db.Backup(t.Context(), path))
	info, err := os.Stat(path)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	_, err = db.Accept(t.Context(), bot, testEvents(1))
	require.NoError(t, err)

	config.URL = "sqlite:" + path
	restored := openTest(t, config)
	require.Equal(t, 3, restored.Waiting())
	d, err := restored.Delivery(t.Context(), accepted[0].DeliveryID)
	require.NoError(t, err)
	require.Equal(t, accepted[0].EventID, d.EventID)
	before, err := db.Webhook(t.Context(), bot)
	require.NoError(t, err)
	after, err := restored.Webhook(t.Context(), bot)
	require.NoError(t, err)
	require.Equal(t, before, after, "what is sealed opens in the copy")
}

func TestAClosedDatabaseIsOneFile(t *testing.T) {
	config := testConfig(t)
	db, err := Open(t.Context(), config)
	require.NoError(t, err)
	bot, err := newSendingBot(t.Context(), db)
	require.NoError(t, err)
	_, err = db.Accept(t.Context(), bot, testEvents(10))
	require.NoError(t, err)
	_, err = db.Bots(t.Context(), BotFilter{})
	require.NoError(t, err)
	require.NoError(t, db.Close())
	files, err := os.ReadDir(filepath.Dir(sqlitePath(config.URL)))
	require.NoError(t, err)
	require.Len(t, files, 1, "nothing is left in a write-ahead log")
	require.Equal(t, 10, openTest(t, config).Waiting())
}

func TestABackupReplacesNothing(t *testing.T) {
	db := openTest(t, testConfig(t))
	path := filepath.Join(t.TempDir(), "there.db")
	require.NoError(t, os.WriteFile(path, []byte("mine"), 0o644))
	require.Error(t, db.Backup(t.Context(), path))
	kept, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, "mine", string(kept))
	require.Error(t, db.Backup(t.Context(), filepath.Join(t.TempDir(), "no folder", "copy.db")))
}
