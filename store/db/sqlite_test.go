package db_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"iozen/store/db"
	"iozen/store/db/sqlite/sqlitetest"
	"iozen/store/secret"
	"iozen/store/storetest"
)

func TestSQLiteKeepsTheRulesOfTheStore(t *testing.T) { storetest.Exercise(t, openSQLite) }

// openSQLite opens an empty database in a folder of its own.
func openSQLite(t testing.TB, change ...func(*db.Config)) *db.DB {
	t.Helper()
	config := db.Config{URL: "sqlite:" + sqlitetest.Migrated(t), Keys: secret.NewKeyring([32]byte{1})}
	for _, f := range change {
		f(&config)
	}
	db, err := db.Open(t.Context(), config)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	return db
}
