package db

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"iozen/store"
)

// TestTheDaysOfBeforeAreSummedOnce: an installation that is updated shows what its counters know, and counts on from there.
func TestTheDaysOfBeforeAreSummedOnce(t *testing.T) {
	config := newOldDatabase(t, 200)
	now := time.Now().UTC().Truncate(24 * time.Hour).Add(12 * time.Hour)
	config.Now = func() time.Time { return now }
	bot, hour := uuid.UUID{1}, now.Unix()/3600
	row := func(hour int64, kind string, bucket, n int) string {
		return fmt.Sprintf(`INSERT INTO counters (bot_id, hour, kind, bucket, n) SELECT id, %d, '%s', %d, %d FROM bots`, hour, kind, bucket, n)
	}
	alter(t, pathOf(config),
		fmt.Sprintf(`INSERT INTO bots (id, name, created_at) VALUES (x'%x', 'Quiz', 1)`, bot[:]),
		row(hour, store.CountAccepted, 0, 5), row(hour-1, store.CountAccepted, 0, 2), row(hour, store.CountDelivered, 3, 1), row(hour, store.CountDelivered, 4, 2),
		row(hour-24, store.CountFailedAttempt, 0, 4), row(hour-24, store.CountFailed, 0, 1),
		fmt.Sprintf(`INSERT INTO counters (bot_id, hour, kind, bucket, n) VALUES (zeroblob(16), %d, 'accepted', 0, 7)`, hour), // of all bots
	)
	db := openTest(t, config)
	days := func() (got []store.DayCount) {
		t.Helper()
		rows, err := db.reader.Rows(t.Context(), `SELECT day, accepted, delivered, failed_attempts, failed FROM days ORDER BY day`)
		require.NoError(t, err)
		defer rows.Close()
		for rows.Next() {
			var d store.DayCount
			var day int64
			require.NoError(t, rows.Scan(&day, &d.Total, &d.Delivered, &d.FailedAttempts, &d.Failed))
			d.Day = time.Unix(day*86400, 0).UTC()
			got = append(got, d)
		}
		require.NoError(t, rows.Err())
		return got
	}
	today := now.Truncate(24 * time.Hour)
	require.Equal(t, []store.DayCount{{Day: today.AddDate(0, 0, -1), FailedAttempts: 4, Failed: 1}, {Day: today, Total: 7, Delivered: 3}}, days())
	require.NoError(t, db.write(t.Context(), func(tx *tx) error {
		tx.count(bot, store.CountDelivered, 9, 2)
		tx.count(bot, store.CountDelivered, 2, 1)
		return nil
	}))
	require.Equal(t, 6, days()[1].Delivered)
}
