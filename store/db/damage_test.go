package db

import (
	"bytes"
	"database/sql"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"iozen/store"
	"iozen/store/db/sqlite"
)

// damage overwrites the pages of a table, as a failing disk does.
func damage(t *testing.T, path, table string) {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	require.NoError(t, err)
	rows, err := db.Query(`SELECT pageno FROM dbstat WHERE name = ?`, table)
	require.NoError(t, err)
	var pages []int64
	for rows.Next() {
		var n int64
		require.NoError(t, rows.Scan(&n))
		pages = append(pages, n)
	}
	require.NoError(t, rows.Err())
	require.NoError(t, db.Close())
	require.NotEmpty(t, pages)
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	require.NoError(t, err)
	for _, n := range pages {
		_, err := f.WriteAt(bytes.Repeat([]byte{0xa5}, 4096), (n-1)*4096)
		require.NoError(t, err)
	}
	require.NoError(t, f.Close())
}

func TestADamagedDatabaseIsNotReadyAndSaysWhatToDo(t *testing.T) {
	for _, table := range []string{"deliveries", "attempts", "accounts", "api_keys", "audit", "counters", "notifications"} {
		t.Run(table, func(t *testing.T) {
			config := migratedConfig(t)
			db, err := Open(t.Context(), config)
			require.NoError(t, err)
			_, err = newSendingBot(t.Context(), db)
			require.NoError(t, err)
			require.NoError(t, db.Close())
			damage(t, pathOf(config), table)

			db, err = Open(t.Context(), config)
			if err != nil { // what a start reads is damaged
				require.ErrorIs(t, err, store.ErrDamaged)
				require.ErrorContains(t, err, "restore the newest backup")
				return
			}
			defer db.Close()
			_ = db.write(t.Context(), func(tx *tx) error { _, err := tx.exec(`DELETE FROM ` + table); return err })
			err = db.Ping(t.Context())
			require.ErrorIs(t, err, store.ErrDamaged)
			require.True(t, sqlite.IsUnavailable(err))
			require.ErrorContains(t, err, "restore the newest backup")
			err = sqlite.Backup(t.Context(), config.URL, filepath.Join(t.TempDir(), "copy.db"))
			require.ErrorIs(t, err, store.ErrDamaged, "a damaged database makes no backup")
		})
	}
}
