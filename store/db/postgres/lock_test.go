package postgres_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"iozen/store"
	"iozen/store/db/postgres"
	"iozen/store/db/postgres/pgtest"
)

func TestServersComeInTogetherAndACommandAlone(t *testing.T) {
	a := parsed(t, pgtest.URL(t))
	type take = func(context.Context, postgres.Address) (*postgres.Lock, error)
	refuses := func(why string, next take, says string) {
		t.Helper()
		err := postgres.Refused(t, func() error { _, err := next(t.Context(), a); return err })
		require.ErrorIs(t, err, store.ErrLocked, why)
		require.ErrorContains(t, err, a.String())
		require.ErrorContains(t, err, says)
	}
	first, err := postgres.Enter(t.Context(), a)
	require.NoError(t, err)
	second, err := postgres.Enter(t.Context(), a)
	require.NoError(t, err, "servers share the door")
	refuses("a command waits for the first server", postgres.TakeLock, "another iozen serve is using this database")
	require.NoError(t, first.Close())
	refuses("and for the second", postgres.TakeLock, "another iozen serve is using this database")
	require.NoError(t, second.Close())
	require.NoError(t, second.Close(), "closing twice")

	alone, err := postgres.TakeLock(t.Context(), a)
	require.NoError(t, err)
	refuses("a server waits for the command", postgres.Enter, "Start the server once that has ended")
	refuses("another command too", postgres.TakeLock, "another iozen serve is using this database")
	require.NoError(t, alone.Close())
	again, err := postgres.Enter(t.Context(), a)
	require.NoError(t, err)
	require.NoError(t, again.Close())
}

// The lock at the door goes with its connection; the one of the connection that writes stays.
func TestAServerThatLostItsPlaceAtTheDoorStillKeepsCommandsAway(t *testing.T) {
	url := pgtest.URL(t)
	open(t, url, true)
	require.ErrorIs(t, postgres.Refused(t, func() error { _, err := postgres.TakeLock(t.Context(), parsed(t, url)); return err }), store.ErrLocked)
	open(t, url, false) // a command that writes beside takes no lock
}

// Whoever lost all connections lost its place at the door too.
func TestACutServerWritesNothingWhileACommandHasTheDatabase(t *testing.T) {
	url := pgtest.URL(t)
	write, _ := open(t, url, true)
	pgtest.CutAll(t, url)
	alone, err := postgres.TakeLock(t.Context(), parsed(t, url))
	require.NoError(t, err)
	err = postgres.Refused(t, func() error { _, err := write.Exec(`UPDATE heartbeat SET beats = 1`); return err })
	require.ErrorIs(t, err, store.ErrLocked)
	require.True(t, postgres.IsUnavailable(err))
	require.NoError(t, alone.Close())
	require.NoError(t, write.Ping(), "it goes on when that has ended")
}

// Nobody who serves a database waits for the transactions of others who do, or of his own that were cut.
func TestThoseThatServeDoNotKeepEachOtherAway(t *testing.T) {
	url := pgtest.URL(t)
	write, _ := open(t, url, true)
	pgtest.CutAll(t, url)
	open(t, url, true)
	_, err := write.Exec(`UPDATE heartbeat SET beats = 1`)
	require.NoError(t, err)
}
