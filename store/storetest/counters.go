package storetest

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"iozen/store"
)

var counterRules = map[string]func(*testing.T, Open){
	"each outcome is counted in its hour": countersByHour,
	"a page of bots shows seven days":     countersDaily,
	"only whole hours of the range count": countersRange,
}

func countersByHour(t *testing.T, open Open) {
	b := setup(t, open)
	b.accept(b.events(4)...)
	claims := b.claim(4).Claims
	b.settle(delivered(b, claims[0]))
	b.settle(delivered(b, claims[1]))
	b.clock.Add(time.Hour)
	b.settle(retrying(b, claims[2], 503, time.Minute)) // late, but under its lease's token
	noAnswer := failed(b, claims[3], 0)
	noAnswer.Attempt.Duration = 30 * time.Second
	b.settle(noAnswer)
	counts, err := b.HourCounts(b.ctx(), b.bot, began, began.Add(2*time.Hour))
	require.NoError(t, err)
	answered := store.LatencyBucket(92 * time.Millisecond)
	require.ElementsMatch(t, []store.HourCount{
		{Hour: began, Kind: store.CountAccepted, N: 4},
		{Hour: began, Kind: store.CountDelivered, Bucket: answered, N: 2},
		{Hour: began.Add(time.Hour), Kind: store.CountFailedAttempt, Bucket: answered, N: 1},
		{Hour: began.Add(time.Hour), Kind: store.CountFailedAttempt, N: 1},
		{Hour: began.Add(time.Hour), Kind: store.CountFailed, N: 1},
	}, counts)
	require.True(t, counts[0].Hour.Before(counts[len(counts)-1].Hour), "oldest first")
	accepted, err := b.AcceptedHours(b.ctx(), b.bot, began, began.Add(2*time.Hour))
	require.NoError(t, err)
	require.Equal(t, []store.HourCount{{Hour: began, Kind: store.CountAccepted, N: 4}}, accepted)
}

func countersDaily(t *testing.T, open Open) {
	b := setup(t, open)
	b.accept(b.events(3)...)
	b.settle(failed(b, b.claimOne(), 500))
	b.clock.Add(24 * time.Hour)
	b.accept(b.events(1)...)
	daily := b.summary().Daily
	today := began.Truncate(24*time.Hour).AddDate(0, 0, 1)
	require.Equal(t, store.DayCount{Day: today, Total: 1}, daily[6])
	require.Equal(t, store.DayCount{Day: today.AddDate(0, 0, -1), Total: 3, Failed: 1}, daily[5])
	require.Equal(t, store.DayCount{Day: today.AddDate(0, 0, -6)}, daily[0])
	b.clock.Add(6 * 24 * time.Hour)
	require.Equal(t, 1, b.summary().Daily[0].Total)
}

func countersRange(t *testing.T, open Open) {
	b := setup(t, open)
	b.accept(b.events(1)...)
	for _, c := range []struct {
		from, to time.Duration
		want     int
	}{
		{0, time.Hour, 1},
		{time.Minute, time.Hour, 0}, // the hour began before it
		{-time.Hour, 0, 0},
		{-time.Hour, time.Minute, 1},
	} {
		counts, err := b.HourCounts(b.ctx(), b.bot, began.Add(c.from), began.Add(c.to))
		require.NoError(t, err)
		require.Len(t, counts, c.want, "%s to %s", c.from, c.to)
		accepted, err := b.AcceptedHours(b.ctx(), b.bot, began.Add(c.from), began.Add(c.to))
		require.NoError(t, err)
		require.Equal(t, counts, accepted)
	}
}
