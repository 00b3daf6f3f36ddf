package db

import (
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"iozen/store"
	"iozen/store/db/postgres/pgtest"
	"iozen/store/secret"
)

// TestNotReadyWhileEventsFindNoRoom: PostgreSQL changes a row in place while its tables cannot grow, and whoever asks is told so for
// some seconds after anybody was refused for that.
func TestNotReadyWhileEventsFindNoRoom(t *testing.T) {
	now := time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)
	db := openTest(t, Config{URL: pgtest.Lend(t), Keys: secret.NewKeyring([32]byte{1}), Now: func() time.Time { return now }})
	err := db.write(t.Context(), func(tx *tx) error {
		_, err := tx.exec(`DO $$ BEGIN RAISE disk_full; END $$`)
		return err
	})
	require.ErrorIs(t, err, store.ErrUnavailable)
	require.ErrorIs(t, err, store.ErrFull)
	require.ErrorIs(t, db.Ping(t.Context()), store.ErrFull)
	now = now.Add(fullFor)
	require.NoError(t, db.Ping(t.Context()))
}

// TestACutServerWritesNothingToANewerSchema: whoever migrates keeps away servers that are connected, and this one was not.
func TestACutServerWritesNothingToANewerSchema(t *testing.T) {
	at := pgtest.URL(t)
	db := openTest(t, Config{URL: at, Keys: secret.NewKeyring([32]byte{1}), Serving: true})
	require.NoError(t, db.Ping(t.Context()))
	conn, err := pgx.Connect(t.Context(), at)
	require.NoError(t, err)
	_, err = conn.Exec(t.Context(), `INSERT INTO goose_db_version (version_id, is_applied) VALUES (100, true)`)
	require.NoError(t, err)
	require.NoError(t, conn.Close(t.Context()))
	require.Positive(t, pgtest.CutAll(t, at))
	for range 2 { // the first finds the connection cut
		err = db.Ping(t.Context())
	}
	require.ErrorIs(t, err, store.ErrUnavailable)
	require.ErrorIs(t, err, store.ErrNewer)
}

// TestADatabaseWithMoreThanThisProgramKnowsIsUsed: a newer version may only have added something, and works beside.
func TestADatabaseWithMoreThanThisProgramKnowsIsUsed(t *testing.T) {
	config := migratedConfig(t)
	alter(t, pathOf(config), `INSERT INTO goose_db_version (version_id, is_applied) VALUES (99, 1)`)
	db := openTest(t, config)
	_, err := newSendingBot(t.Context(), db)
	require.NoError(t, err)
	require.Equal(t, int64(99), versionOf(t, db.Path()))
}
