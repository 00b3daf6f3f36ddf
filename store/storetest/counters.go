package storetest

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"iozen/store"
)

var counterRules = map[string]func(*testing.T, Open){
	"each outcome is counted in its hour": countersByHour,
	"a page of bots shows thirty days":    countersDaily,
	"only whole hours of the range count": countersRange,
	"home lists trouble, then traffic":    countersHome,
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
	accepted, err := b.AcceptedHours(b.ctx(), store.FirstWebhook(b.bot), began, began.Add(2*time.Hour))
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
	last := store.DaysShown - 1
	require.Equal(t, store.DayCount{Day: today, Total: 1}, daily[last])
	require.Equal(t, store.DayCount{Day: today.AddDate(0, 0, -1), Total: 3, FailedAttempts: 1, Failed: 1, Answered: 1, AnsweredTime: 92 * time.Millisecond}, daily[last-1])
	require.Equal(t, store.DayCount{Day: today.AddDate(0, 0, -last)}, daily[0])
	b.settle(delivered(b, b.claimOne()))
	require.Equal(t, 1, b.summary().Daily[last].Delivered)
	require.True(t, b.summary().LastEventAt.Equal(b.clock.Now()), "the last event came now")
	b.clock.Add(time.Duration(last) * 24 * time.Hour)
	require.Equal(t, 1, b.summary().Daily[0].Total)
	b.clock.Add(24 * time.Hour)
	require.Zero(t, b.summary().Daily[0].Total)
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
		accepted, err := b.AcceptedHours(b.ctx(), store.FirstWebhook(b.bot), began.Add(c.from), began.Add(c.to))
		require.NoError(t, err)
		require.Equal(t, counts, accepted)
	}
}

// countersHome: who fails stands first, then who holds events, then who has the most; the sums are those of all.
func countersHome(t *testing.T, open Open) {
	b := setup(t, open)
	busy := b.bot
	b.accept(b.events(3)...)
	for _, c := range b.claim(3).Claims {
		b.settle(delivered(b, c))
	}
	quiet := b.newBot("quiet")
	holding := b.newBot("holding")
	b.bot = holding
	b.accept(b.events(1)...)
	failing := b.newBot("failing")
	b.bot = failing
	b.save(store.WebhookChange{Enabled: new(true), URL: new(hook)})
	b.accept(b.events(2)...)
	b.settle(retrying(b, b.claimOne(), 503, time.Minute))
	names := func(query string, page int) (ids []uuid.UUID) {
		t.Helper()
		bots, more, err := b.HomeBots(b.ctx(), query, page)
		require.NoError(t, err)
		require.False(t, more)
		for _, bot := range bots {
			ids = append(ids, bot.ID)
		}
		return ids
	}
	require.Equal(t, []uuid.UUID{failing, holding, busy, quiet}, names("", 0))
	require.Equal(t, []uuid.UUID{quiet}, names("UIE", 0))
	require.Empty(t, names("", 1))
	sums, err := b.HomeSums(b.ctx())
	require.NoError(t, err)
	require.Equal(t, store.HomeSums{Bots: 4, Waiting: 2, Held: 1, Week: store.DayCount{Total: 6, Delivered: 3}}, sums)
	require.NoError(t, b.DeleteBot(b.ctx(), busy, store.Actor{}))
	sums, err = b.HomeSums(b.ctx())
	require.NoError(t, err)
	require.Equal(t, 3, sums.Week.Total, "a deleted bot counts no more")
	b.bot = failing
	for _, e := range b.events(2) {
		b.accept(e)
		b.settle(failed(b, b.claimOne(), 422))
	}
	undone, err := b.CreateBot(b.ctx(), "undone", store.Actor{})
	require.NoError(t, err)
	b.bot = undone.ID
	b.save(store.WebhookChange{Enabled: new(true), URL: new(hook)})
	b.accept(b.events(3)...)
	require.NoError(t, b.DeleteBotCalled(b.ctx(), undone.ID, "undone", store.Actor{}))
	sums, err = b.HomeSums(b.ctx())
	require.NoError(t, err)
	require.Equal(t, []int{5, 2}, []int{sums.Week.Total, sums.Lost})
	_, err = b.RestoreBot(b.ctx(), undone.ID, store.Actor{})
	require.NoError(t, err)
	sums, err = b.HomeSums(b.ctx())
	require.NoError(t, err)
	require.Equal(t, 8, sums.Week.Total, "one that came back counts again")
}
