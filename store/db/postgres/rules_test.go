package postgres_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"iozen/store/db"
	"iozen/store/db/postgres/pgtest"
	"iozen/store/secret"
	"iozen/store/storetest"
)

func TestPostgresKeepsTheRulesOfTheStore(t *testing.T) { storetest.Exercise(t, openPostgres) }

// openPostgres opens an empty database of the test's own.
func openPostgres(t testing.TB, change ...func(*db.Config)) *db.DB {
	t.Helper()
	config := db.Config{URL: pgtest.Lend(t), Keys: secret.NewKeyring([32]byte{1})}
	for _, f := range change {
		f(&config)
	}
	db, err := db.Open(t.Context(), config)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	return db
}
