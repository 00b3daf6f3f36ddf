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

func TestTheCountersOfAllBotsAreTheSumWhetherSummedOrNot(t *testing.T) {
	now := time.Date(2026, 3, 5, 12, 30, 0, 0, time.UTC)
	db, err := Open(t.Context(), Config{
		URL: "sqlite:" + filepath.Join(t.TempDir(), "counters.db"), Keys: secret.NewKeyring([32]byte{1}), Now: func() time.Time { return now },
	})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	var bots []uuid.UUID
	for range 3 {
		b, err := db.CreateBot(t.Context(), "Quiz", store.Actor{})
		require.NoError(t, err)
		bots = append(bots, b.ID)
	}
	count := func(bot uuid.UUID, n int) {
		t.Helper()
		require.NoError(t, db.write(t.Context(), func(tx *tx) error { tx.count(store.FirstWebhook(bot), store.CountDelivered, 7, n); return nil }))
	}
	sums := func() (n []int) {
		t.Helper()
		counts, err := db.HourCounts(t.Context(), uuid.Nil, now.Add(-48*time.Hour), now.Add(time.Hour))
		require.NoError(t, err)
		for _, c := range counts {
			require.Equal(t, store.CountDelivered, c.Kind)
			require.Equal(t, 7, c.Bucket)
			n = append(n, c.N)
		}
		return n
	}
	unsummed := func() int64 {
		t.Helper()
		hour, err := db.firstUnsummed(t.Context(), now)
		require.NoError(t, err)
		return hour - now.Unix()/3600
	}

	require.NoError(t, db.SumHours(t.Context()), "nothing yet")
	count(bots[0], 1)
	count(bots[1], 2)
	require.Equal(t, []int{3}, sums())
	now = now.Add(time.Hour)
	count(bots[2], 4)
	require.Equal(t, []int{3, 4}, sums())

	require.NoError(t, db.SumHours(t.Context()))
	require.Zero(t, unsummed(), "the present hour is not over")
	count(bots[1], 8)
	require.Equal(t, []int{3, 12}, sums())

	now = now.Truncate(time.Hour).Add(time.Hour)
	require.NoError(t, db.SumHours(t.Context()))
	require.EqualValues(t, -1, unsummed(), "a transaction of the last hour may still be on its way")
	now = now.Add(40*time.Hour + sumAfter)
	require.NoError(t, db.SumHours(t.Context()))
	require.NoError(t, db.SumHours(t.Context()), "twice is harmless")
	require.Zero(t, unsummed())
	require.Equal(t, []int{3, 12}, sums())

	require.NoError(t, db.DeleteBot(t.Context(), bots[1], store.Actor{}))
	_, err = db.Sweep(t.Context(), 100)
	require.NoError(t, err)
	require.Equal(t, []int{3, 12}, sums(), "what happened has happened")
}
