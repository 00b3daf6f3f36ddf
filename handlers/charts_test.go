package handlers

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"iozen/store"
	"iozen/views"
)

func TestHoursAreSortedIntoColumns(t *testing.T) {
	now := time.Date(2026, 3, 5, 12, 30, 0, 0, time.UTC)
	at := func(hoursAgo int, kind string, bucket, n int) store.HourCount {
		return store.HourCount{Hour: now.Truncate(time.Hour).Add(-time.Duration(hoursAgo) * time.Hour), Kind: kind, Bucket: bucket, N: n}
	}
	counts := []store.HourCount{
		at(24, store.CountDelivered, 10, 99), // before the first column
		at(23, store.CountDelivered, 10, 5),
		at(1, store.CountAccepted, 0, 50), // no outcome
		at(0, store.CountDelivered, 10, 7),
		at(0, store.CountFailedAttempt, 12, 4),
		at(0, store.CountFailed, 0, 1),
	}
	columns, whole := chartColumns(counts, lastDay, now)
	require.Len(t, columns, 24)
	require.Equal(t, now.Add(-23*time.Hour-30*time.Minute), columns[0].At)
	require.Equal(t, 5, columns[0].Delivered)
	require.Equal(t, views.ChartColumn{At: columns[22].At, P50: -1, P95: -1}, columns[22])
	last := columns[23]
	require.Equal(t, []int{7, 3, 1}, []int{last.Delivered, last.Retried, last.Failed}, "the one given up is shown once")
	require.Equal(t, []int{12, 3, 1}, []int{whole.Delivered, whole.Retried, whole.Failed})

	week, _ := chartColumns(counts, lastWeek, now)
	require.Len(t, week, 28)
	require.Equal(t, time.Date(2026, 3, 5, 12, 0, 0, 0, time.UTC), week[27].At)
	require.Equal(t, 104, week[23].Delivered)
}

func TestPercentilesAreReadFromClasses(t *testing.T) {
	for name, c := range map[string]struct {
		classes  map[int]int
		p50, p95 time.Duration
	}{
		"none":         {nil, -1, -1},
		"one class":    {map[int]int{10: 3}, 27 * time.Millisecond, 27 * time.Millisecond}, // 22.6 to 32 ms
		"a long tail":  {map[int]int{10: 90, 16: 10}, 27 * time.Millisecond, 215 * time.Millisecond},
		"a short tail": {map[int]int{10: 96, 16: 4}, 27 * time.Millisecond, 27 * time.Millisecond},
	} {
		p50, p95 := percentile(c.classes, .5), percentile(c.classes, .95)
		require.InDelta(t, c.p50, p50, float64(time.Millisecond), name)
		require.InDelta(t, c.p95, p95, float64(time.Millisecond), name)
	}
	for _, d := range []time.Duration{3 * time.Millisecond, 92 * time.Millisecond, 310 * time.Millisecond, 29 * time.Second} {
		read := percentile(map[int]int{store.LatencyBucket(d): 1}, .5)
		require.InEpsilon(t, d, read, .2, "off by a fifth at most")
	}
}

func TestChartsGoBackAsFarAsTheFilter(t *testing.T) {
	now := time.Date(2026, 3, 5, 12, 30, 0, 0, time.UTC)
	for ago, want := range map[time.Duration]chartSpan{
		0: lastDay, time.Hour: lastDay, 24 * time.Hour: lastDay, 25 * time.Hour: lastWeek, 7 * 24 * time.Hour: lastWeek, 30 * 24 * time.Hour: lastMonth,
	} {
		require.Equal(t, want, spanOf(store.DeliveryFilter{From: now.Add(-ago)}, now), ago)
	}
	require.Equal(t, lastDay, spanOf(store.DeliveryFilter{}, now))
}

// Time passes between two reads of the clock; a filter of exactly seven days must not become more than seven.
func TestARangeIsNotOutgrownWhileThePageIsMade(t *testing.T) {
	ta := signedInApp(t)
	bot := ta.newLogBot("Quiz")
	bot.lead("one")
	bot.attempted(answered(200, ""), store.Delivered)
	ta.Now = func() time.Time { ta.clock.Add(time.Nanosecond); return ta.clock.Now() }
	base := "/bots/" + bot.ID.String() + "/deliveries"
	require.Contains(t, ta.get(base+"?range=7d").Body.String(), "Events per 6 hours")
	require.Contains(t, ta.get(base+"/charts?range=7d").Body.String(), "Events per 6 hours")
}

func TestChartsStandAboveTheLogWithATable(t *testing.T) {
	ta := signedInApp(t)
	bot := ta.newLogBot("Quiz")
	base := "/bots/" + bot.ID.String() + "/deliveries"
	bot.lead("one")
	require.NotContains(t, ta.get(base).Body.String(), "Events per hour", "nothing has come out yet")
	bot.attempted(answered(200, ""), store.Delivered)
	bot.lead("two")
	bot.attempted(answered(401, ""), store.Failed)
	bot.lead("three")
	bot.attempted(answered(503, ""), store.Retrying)

	for _, path := range []string{base, base + "/charts"} {
		page := ta.get(path).Body.String()
		require.Contains(t, page, "Events per hour")
		require.Contains(t, page, "1 delivered · 1 retrying · 1 failed")
		require.Contains(t, page, "p50 107 ms · p95 107 ms")
		require.Regexp(t, `(?s)<th scope="row">.*</th><td>1</td><td>1</td><td>1</td>`, page)
	}
	require.Contains(t, ta.get(base+"?range=7d").Body.String(), "Events per 6 hours")
	require.Contains(t, ta.get(base+"?range=30d").Body.String(), "Events per day")
	require.Contains(t, ta.get("/deliveries").Body.String(), "1 delivered · 1 failed")
	require.Equal(t, http.StatusOK, ta.get("/deliveries/charts").Code)
	require.Contains(t, ta.get("/bots/"+bot.ID.String()+"/settings/marketing").Body.String(), "Last 24 hours")
}
