package postgres_test

import (
	"context"
	"database/sql"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"iozen/store"
	"iozen/store/clock"
	"iozen/store/db/postgres"
	"iozen/store/db/postgres/pgtest"
	"iozen/store/member"
	"iozen/store/secret"
)

// Times that a test can wait for, and that a busy machine keeps.
var testTimes = member.Times{Beat: 100 * time.Millisecond, Look: 50 * time.Millisecond, Dead: 4 * time.Second, Margin: time.Second}

// joined is a process that serves a database, as far as the tests of membership need one.
type joined struct {
	member.Membership
	id     uuid.UUID
	on     *postgres.Database
	write  *sql.DB
	joins  atomic.Int64
	silent atomic.Pointer[member.Member]
}

func join(t *testing.T, url string) *joined {
	t.Helper()
	on, err := postgres.New(url, "")
	require.NoError(t, err)
	write, read, err := on.Open(t.Context(), secret.NewKeyring([32]byte{1}), true, false)
	require.NoError(t, err)
	j := &joined{id: uuid.Must(uuid.NewV7()), on: on, write: write}
	j.Membership, err = on.Join(t.Context(), member.Serving{ID: j.id, Times: testTimes, Elapsed: clock.SinceBoot(), Heard: member.Heard{
		Joined:  func(int64) { j.joins.Add(1) },
		Trouble: func(error) {},
		Looked: func(_ context.Context, silent []member.Member) {
			for _, m := range silent {
				j.silent.Store(&m)
			}
		},
	}})
	require.NoError(t, err)
	j.Watch(t.Context())
	t.Cleanup(func() {
		require.NoError(t, j.Close())
		require.NoError(t, write.Close())
		require.NoError(t, read.Close())
	})
	return j
}

// begins begins a transaction and ends it.
func (j *joined) begins(t *testing.T, shared bool) (alone bool, err error) {
	t.Helper()
	conn, err := j.write.Conn(t.Context())
	require.NoError(t, err)
	defer conn.Close()
	alone, err = j.on.Begin(t.Context(), conn, nil, shared)
	if err == nil {
		require.NoError(t, j.on.Commit(t.Context(), conn, nil))
	}
	return alone, err
}

func (j *joined) lives() int { return len(j.Living()) }

func TestMembersSeeEachOther(t *testing.T) {
	url := pgtest.URL(t)
	first, second := join(t, url), join(t, url)
	require.EqualValues(t, 1, first.Number())
	require.EqualValues(t, 2, second.Number())
	require.Eventually(t, func() bool { return first.lives() == 2 && second.lives() == 2 }, time.Minute, time.Millisecond)
	require.Equal(t, first.id, member.Leader(second.Living()))
	require.True(t, first.MayStart() && second.MayStart())

	alone, err := first.begins(t, true)
	require.NoError(t, err)
	require.False(t, alone)
	alone, err = first.begins(t, false)
	require.NoError(t, err)
	require.True(t, alone)
}

func TestWhoIsTheOnlyMemberWritesAlone(t *testing.T) {
	only := join(t, pgtest.URL(t))
	alone, err := only.begins(t, true)
	require.NoError(t, err)
	require.True(t, alone)
}

func TestAMemberThatNoLongerShowsThatItLivesIsSilent(t *testing.T) {
	url := pgtest.URL(t)
	watching, dies := join(t, url), join(t, url)
	require.NoError(t, dies.Close())
	require.Eventually(t, func() bool { return watching.silent.Load() != nil }, time.Minute, time.Millisecond)
	require.Equal(t, dies.id, watching.silent.Load().ID)
	require.Eventually(t, func() bool { return !dies.MayStart() }, time.Minute, time.Millisecond)
	require.Eventually(t, watching.MayStart, time.Minute, time.Millisecond)
}

// Between the moment when it is declared dead and the one when it has joined anew, a process writes nothing.
func TestWhoWasDeclaredDeadWritesNothingUntilItHasJoinedAnew(t *testing.T) {
	url := pgtest.URL(t)
	m := join(t, url)
	require.NoError(t, m.Close(), "it is paused")
	conn := connect(t, url)
	_, err := conn.Exec(t.Context(), `DELETE FROM members`)
	require.NoError(t, err)
	for _, shared := range []bool{true, false} {
		_, err = m.begins(t, shared)
		require.ErrorIs(t, err, store.ErrUnavailable)
	}
	other := join(t, url) // it gets the number of the dead one
	require.EqualValues(t, 1, other.Number())
	_, err = m.begins(t, true)
	require.ErrorIs(t, err, store.ErrUnavailable)
}

func TestWhoFindsItselfDeclaredDeadJoinsAnew(t *testing.T) {
	url := pgtest.URL(t)
	m := join(t, url)
	was := beatOf(t, url, m.id)
	_, err := connect(t, url).Exec(t.Context(), `DELETE FROM members`)
	require.NoError(t, err)
	require.Eventually(t, func() bool { return m.joins.Load() == 2 && m.MayStart() }, time.Minute, time.Millisecond)
	require.Greater(t, beatOf(t, url, m.id), was, "whoever saw the old counter stand still knows nothing of the new one")
	_, err = m.begins(t, true)
	require.NoError(t, err)
}

func TestAMembershipOutlivesItsConnections(t *testing.T) {
	url := pgtest.URL(t)
	m := join(t, url)
	for range 3 {
		pgtest.CutAll(t, url)
		was := beatOf(t, url, m.id)
		require.Eventually(t, func() bool { return beatOf(t, url, m.id) > was }, time.Minute, 10*time.Millisecond)
	}
	require.EqualValues(t, 1, m.joins.Load())
}

// A transaction that is shared waits for one that is not, and the other way round; two that are shared do not wait.
func TestSharedTransactionsRunBesideEachOtherOnly(t *testing.T) {
	url := pgtest.URL(t)
	a, b := join(t, url), join(t, url)
	conn, err := a.write.Conn(t.Context())
	require.NoError(t, err)
	defer conn.Close()
	for _, c := range []struct{ held, wanted, waits bool }{{true, true, false}, {true, false, true}, {false, true, true}, {false, false, true}} {
		_, err := a.on.Begin(t.Context(), conn, nil, c.held)
		require.NoError(t, err)
		got := make(chan error, 1)
		go func() { _, err := b.begins(t, c.wanted); got <- err }()
		if c.waits {
			require.Eventually(t, func() bool { return waiting(t, url) == 1 }, time.Minute, time.Millisecond)
			require.Empty(t, got)
		} else {
			require.NoError(t, <-got)
			got <- nil
		}
		require.NoError(t, a.on.Rollback(t.Context(), conn, nil))
		require.NoError(t, <-got)
	}
}

// waiting is how many transactions wait for a lock of a database.
func waiting(t *testing.T, url string) (n int) {
	t.Helper()
	row := admin(t, url).QueryRow(t.Context(), `SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted
		AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`)
	require.NoError(t, row.Scan(&n))
	return n
}

func beatOf(t *testing.T, url string, id uuid.UUID) (beat int64) {
	t.Helper()
	require.NoError(t, admin(t, url).QueryRow(t.Context(), `SELECT beat FROM members WHERE id = $1`, id[:]).Scan(&beat))
	return beat
}

// admin is a connection for one question.
func admin(t *testing.T, url string) *pgx.Conn {
	t.Helper()
	var conn *pgx.Conn
	require.Eventually(t, func() (ok bool) {
		var err error
		conn, err = pgx.Connect(t.Context(), url)
		return err == nil
	}, time.Minute, time.Millisecond)
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	return conn
}
