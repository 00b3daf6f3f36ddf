package db

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"iozen/store"
	"iozen/store/secret"
)

// keyBase is a database with one key in it, at a time that the test moves.
func keyBase(t *testing.T, now *time.Time) (*DB, store.Key) {
	t.Helper()
	db, err := Open(t.Context(), Config{
		URL: "sqlite:" + filepath.Join(t.TempDir(), "keys.db"), Keys: secret.NewKeyring([32]byte{1}), Now: func() time.Time { return *now },
	})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	key := store.Key{ID: uuid.Must(uuid.NewV7()), Name: "ci", Role: store.RoleIngest}
	require.NoError(t, db.CreateKey(t.Context(), key))
	return db, key
}

// elsewhere changes the key's row as another process would.
func elsewhere(t *testing.T, db *DB, assignment string) {
	t.Helper()
	require.NoError(t, db.write(t.Context(), func(tx *tx) error {
		_, err := tx.exec(`UPDATE api_keys SET ` + assignment)
		return err
	}))
}

func TestARevocationCountsAtOnceHereAndSoonElsewhere(t *testing.T) {
	now := time.Date(2026, 11, 24, 9, 30, 0, 0, time.UTC)
	db, key := keyBase(t, &now)
	revoked := func() bool {
		k, err := db.Key(t.Context(), key.ID)
		require.NoError(t, err)
		return !k.RevokedAt.IsZero()
	}
	require.False(t, revoked())
	elsewhere(t, db, `revoked_at = 1`)
	require.False(t, revoked(), "remembered")
	now = now.Add(5 * time.Second)
	require.True(t, revoked())

	elsewhere(t, db, `revoked_at = 0`)
	now = now.Add(5 * time.Second)
	require.False(t, revoked())
	require.NoError(t, db.RevokeKey(t.Context(), key.ID, store.Actor{}))
	require.True(t, revoked())
}

func TestABusyKeyIsNotedOnceAMinute(t *testing.T) {
	now := time.Date(2026, 11, 24, 9, 30, 0, 0, time.UTC)
	db, key := keyBase(t, &now)
	lastUsed := func() time.Time {
		keys, err := db.Keys(t.Context())
		require.NoError(t, err)
		return keys[0].LastUsedAt
	}
	use := func() {
		k, err := db.Key(t.Context(), key.ID)
		require.NoError(t, err)
		require.NoError(t, db.TouchKey(t.Context(), k))
	}
	use()
	first := now
	require.Equal(t, first, lastUsed())
	for range 59 {
		now = now.Add(time.Second)
		use()
		require.Equal(t, first, lastUsed())
	}
	now = now.Add(time.Second)
	use()
	require.Equal(t, now, lastUsed())
	elsewhere(t, db, `last_used_at = 1`)
	use()
	require.Equal(t, time.UnixMilli(1).UTC(), lastUsed(), "the remembered key knows of its use: nothing is written")
}
