package postgres_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"iozen/store"
	"iozen/store/db/postgres"
	"iozen/store/db/postgres/pgtest"
)

func TestOneProcessServesADatabase(t *testing.T) {
	a := parsed(t, pgtest.URL(t))
	first, err := postgres.TakeLock(t.Context(), a)
	require.NoError(t, err)
	err = postgres.Refused(t, func() error { _, err := postgres.TakeLock(t.Context(), a); return err })
	require.ErrorIs(t, err, store.ErrLocked)
	require.ErrorContains(t, err, a.String())
	require.NoError(t, first.Close())
	require.NoError(t, first.Close(), "closing twice")
	again, err := postgres.TakeLock(t.Context(), a)
	require.NoError(t, err)
	require.NoError(t, again.Close())
}

// The lock at the door goes with its connection; the one of the connection that writes stays.
func TestWhoWritesKeepsOthersAwayEvenWithoutTheLockAtTheDoor(t *testing.T) {
	url := pgtest.URL(t)
	open(t, url, postgres.Options{Serving: true})
	require.ErrorIs(t, postgres.Refused(t, func() error { _, err := postgres.TakeLock(t.Context(), parsed(t, url)); return err }), store.ErrLocked)
	require.ErrorIs(t, postgres.Refused(t, func() error {
		_, _, err := postgres.Open(t.Context(), parsed(t, url), postgres.Options{Serving: true})
		return err
	}), store.ErrLocked)
	open(t, url, postgres.Options{Beside: true}) // a command takes no lock
}

// Whoever lost the connection does not write again while another server has taken over.
func TestACutServerWritesNothingOnceAnotherServes(t *testing.T) {
	url := pgtest.URL(t)
	write, _ := open(t, url, postgres.Options{Serving: true})
	pgtest.CutAll(t, url)
	other, _ := open(t, url, postgres.Options{Serving: true})
	err := postgres.Refused(t, func() error { _, err := write.Exec(`UPDATE heartbeat SET beats = 1`); return err })
	require.ErrorIs(t, err, store.ErrLocked)
	require.True(t, postgres.IsUnavailable(err))
	require.NoError(t, other.Close())
	require.NoError(t, write.Ping(), "it goes on when the other has ended")
}

// Nobody who serves a database with others waits for their transactions.
func TestThoseThatServeTogetherDoNotKeepEachOtherAway(t *testing.T) {
	url := pgtest.URL(t)
	together := postgres.Options{Serving: true, Together: true}
	write, _ := open(t, url, together)
	pgtest.CutAll(t, url)
	open(t, url, together)
	_, err := write.Exec(`UPDATE heartbeat SET beats = 1`)
	require.NoError(t, err)
	require.ErrorIs(t, postgres.Refused(t, func() error {
		_, _, err := postgres.Open(t.Context(), parsed(t, url), postgres.Options{Serving: true})
		return err
	}), store.ErrLocked)
}
