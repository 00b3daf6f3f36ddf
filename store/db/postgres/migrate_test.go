package postgres_test

import (
	"context"
	"io/fs"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"iozen/store"
	"iozen/store/db/postgres"
	"iozen/store/db/postgres/pgtest"
)

// nextVersion has one more migration than this one.
func nextVersion(t *testing.T, name, migration string) fs.FS {
	t.Helper()
	own, err := postgres.Migrations()
	require.NoError(t, err)
	first, err := fs.ReadFile(own, "00001_init.sql")
	require.NoError(t, err)
	return fstest.MapFS{
		"00001_init.sql": &fstest.MapFile{Data: first},
		name:             &fstest.MapFile{Data: []byte("-- +goose Up\n" + migration + ";")},
	}
}

func TestAMigrationThatOnlyAddsRunsBesideServers(t *testing.T) {
	url := pgtest.URL(t)
	write, _ := open(t, url, true)
	require.NoError(t, postgres.MigrateWith(t.Context(), parsed(t, url), nextVersion(t, "00002_notes.sql", `ALTER TABLE heartbeat ADD COLUMN note TEXT`)))
	_, err := write.Exec(`UPDATE heartbeat SET beats = 1`)
	require.NoError(t, err)
	_, err = postgres.ReadSchema(t.Context(), parsed(t, url))
	require.NoError(t, err)
	open(t, url, true) // an older one starts anew
}

func TestAnyOtherMigrationWaitsUntilServersHaveEnded(t *testing.T) {
	url := pgtest.URL(t)
	next := nextVersion(t, "00100_notes.sql", `ALTER TABLE heartbeat RENAME COLUMN beats TO strokes`)
	write, _ := open(t, url, true)
	_, err := write.Exec(`INSERT INTO members (number, id, beat) VALUES (7, '\x01', 1)`)
	require.NoError(t, err)
	err = postgres.Refused(t, func() error { return postgres.MigrateWith(t.Context(), parsed(t, url), next) })
	require.ErrorIs(t, err, store.ErrLocked)
	require.ErrorContains(t, err, "Stop all of those first, then start this one (member 7 of this database, connected from 127.0.0.1)")
	_, err = write.Exec(`UPDATE heartbeat SET beats = 1`)
	require.NoError(t, err, "nothing was changed")

	require.NoError(t, write.Close())
	require.NoError(t, postgres.MigrateWith(t.Context(), parsed(t, url), next))
	require.NoError(t, postgres.MigrateWith(t.Context(), parsed(t, url), next), "another one of the new servers")
	_, _, err = postgres.Open(t.Context(), parsed(t, url), true)
	require.ErrorIs(t, err, store.ErrNewer)
}

// Whoever writes takes locks on tables in an order of its own: a migration begins between two transactions.
func TestAMigrationWaitsForWhoeverWrites(t *testing.T) {
	url := pgtest.URL(t)
	writer := connect(t, url)
	tx, err := writer.Begin(t.Context())
	require.NoError(t, err)
	_, err = tx.Exec(t.Context(), `SELECT pg_advisory_xact_lock_shared(`+postgres.Writing+`)`)
	require.NoError(t, err)
	next := nextVersion(t, "00002_notes.sql", `CREATE TABLE notes (number BIGINT)`)
	err = postgres.Refused(t, func() error { return postgres.MigrateWith(t.Context(), parsed(t, url), next) })
	require.ErrorIs(t, err, store.ErrLocked)
	require.ErrorContains(t, err, "somebody uses a table for long that a new version changes. Start the server again")
	require.NoError(t, tx.Rollback(context.Background()))
	require.NoError(t, postgres.MigrateWith(t.Context(), parsed(t, url), next))
}

// What somebody reads for long is not waited for: whoever comes after would wait too.
func TestAMigrationDoesNotWaitForALongReader(t *testing.T) {
	url := pgtest.URL(t)
	reader := connect(t, url)
	tx, err := reader.Begin(t.Context())
	require.NoError(t, err)
	_, err = tx.Exec(t.Context(), `SELECT count(*) FROM heartbeat`)
	require.NoError(t, err)
	next := nextVersion(t, "00002_notes.sql", `ALTER TABLE heartbeat ADD COLUMN note TEXT`)
	err = postgres.Refused(t, func() error { return postgres.MigrateWith(t.Context(), parsed(t, url), next) })
	require.ErrorContains(t, err, "somebody uses a table for long that a new version changes. Start the server again")
	require.NoError(t, tx.Rollback(context.Background()))
	require.NoError(t, postgres.MigrateWith(t.Context(), parsed(t, url), next))
}
