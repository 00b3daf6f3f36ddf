package db

import (
	"testing"
	"time"

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
