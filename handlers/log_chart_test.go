package handlers

import (
	"net/url"
	"regexp"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"iozen/store"
	"iozen/views"
	"iozen/views/ui"
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
	draw := func(span chartSpan) views.LogChart {
		return figures{span: span, counters: counts}.chart(url.Values{}, store.DeliveryFilter{}, "/deliveries", now)
	}
	day := draw(lastDay)
	require.Len(t, day.Columns, 24)
	require.Equal(t, now.Add(-23*time.Hour-30*time.Minute), day.Columns[0].At)
	require.Equal(t, 5, day.Columns[0].Delivered)
	require.Zero(t, day.Columns[22].Total())
	last := day.Columns[23]
	require.Equal(t, []int{7, 1, 8}, []int{last.Delivered, last.Failed, last.Total()}, "the one given up is shown once")
	require.Equal(t, []string{"26 ms", "53 ms"}, []string{ui.Duration(last.P50), ui.Duration(last.P95)}, "each column has its own times")
	require.Equal(t, []time.Duration{0, 0}, []time.Duration{day.Columns[22].P50, day.Columns[22].P95}, "no answer is a gap")
	require.Equal(t, []string{"26 ms", "53 ms"}, []string{day.P50, day.P95}, "failed attempts that were answered count too")
	require.Empty(t, draw(chartSpan{column: time.Hour, columns: 1, start: now.Add(-2 * time.Hour)}).P50, "nothing was answered")

	week := draw(lastWeek)
	require.Len(t, week.Columns, 28)
	require.Equal(t, time.Date(2026, 3, 5, 12, 0, 0, 0, time.UTC), week.Columns[27].At)
	require.Equal(t, 104, week.Columns[23].Delivered)
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
		require.Equal(t, want, spanOf(store.DeliveryFilter{From: now.Add(-ago), To: now}, now), ago)
	}
	require.Equal(t, lastDay, spanOf(store.DeliveryFilter{}, now))
	past := store.DeliveryFilter{From: now.AddDate(0, -3, 0), To: now.AddDate(0, -3, 2)}
	s := spanOf(past, now)
	require.Equal(t, past.From, s.begin(now), "what was over before any span has one of its own")
	require.False(t, s.end(now).Before(past.To))
	require.Equal(t, past.To.Add(-24*time.Hour), spanOf(store.DeliveryFilter{To: past.To}, now).begin(now))
}

// Time passes between two reads of the clock; a filter of exactly seven days must not become more than seven.
func TestARangeIsNotOutgrownWhileThePageIsMade(t *testing.T) {
	ta := signedInApp(t)
	bot := ta.newLogBot("Quiz")
	bot.lead("one")
	bot.attempted(answered(200, ""), store.Delivered)
	ta.Now = func() time.Time { ta.clock.Add(time.Nanosecond); return ta.clock.Now() }
	base := "/bots/" + bot.ID.String() + "/deliveries"
	require.Contains(t, ta.get(base+"?range=7d").Body.String(), "Deliveries per 6 hours")
	require.Contains(t, ta.get(base+"/figures?range=7d").Body.String(), "Deliveries per 6 hours")
}

// chipOf is what a status of a log says.
func chipOf(page, id string) string {
	found := regexp.MustCompile(`(?s)<a id="status-` + id + `".*?</a>`).FindString(page)
	return readable(found)
}

func TestTheChartAndTheCountsStandAboveTheLog(t *testing.T) {
	ta := signedInApp(t)
	bot := ta.newLogBot("Quiz")
	base := "/bots/" + bot.ID.String() + "/deliveries"
	bot.lead("one")
	bot.attempted(answered(200, ""), store.Delivered)
	bot.lead("two")
	bot.attempted(answered(401, ""), store.Failed)
	bot.lead("three")
	bot.attempted(answered(503, ""), store.Retrying)

	for _, path := range []string{base, base + "/figures", "/deliveries", "/deliveries/figures"} {
		page := ta.get(path).Body.String()
		require.Contains(t, page, "Deliveries per hour, last 24 hours: 1 delivered, 1 waiting, 1 failed.")
		require.Contains(t, readable(page), "Half answer in 107 ms , slowest 5 % in 107 ms")
		require.Regexp(t, `(?s)<th scope="row">.*</th><td>1</td><td>1</td><td>1</td>`, page)
		require.Equal(t, []string{"All 3", "Delivered 1", "Retrying 1", "Failed 1", "Held 0", ""},
			[]string{chipOf(page, "all"), chipOf(page, "delivered"), chipOf(page, "retrying"), chipOf(page, "failed"), chipOf(page, "held"), chipOf(page, "skipped")})
		require.NotContains(t, page, "data-later", "all was looked at")
	}
	require.Contains(t, ta.get(base+"?range=1h").Body.String(), "Deliveries per 2 minutes")
	require.Contains(t, ta.get(base+"?range=30d").Body.String(), "Deliveries per day")
}

func TestTheChartAndTheCountsFollowEveryFilter(t *testing.T) {
	ta := signedInApp(t)
	bot := ta.newLogBot("Quiz")
	base := "/bots/" + bot.ID.String() + "/deliveries"
	bot.lead("one")
	bot.attempted(answered(401, ""), store.Failed)
	before := ta.clock.Now()
	ta.clock.Add(2 * time.Hour)
	bot.lead("two")
	bot.attempted(answered(200, ""), store.Delivered)
	for query, want := range map[string][2]string{
		"q=two":                                {"1 delivered, 0 waiting, 0 failed", "All 1"},
		"event_name=Other":                     {"0 delivered, 0 waiting, 0 failed", "All 0"},
		"status=failed":                        {"0 delivered, 0 waiting, 1 failed", "All 2"},
		"code=2xx":                             {"1 delivered, 0 waiting, 0 failed", "All 1"},
		"test=true":                            {"0 delivered, 0 waiting, 0 failed", "All 0"},
		"range=1h":                             {"1 delivered, 0 waiting, 0 failed", "All 1"},
		"to=" + before.UTC().Format(boxLayout): {"1 delivered, 0 waiting, 1 failed", "All 0"},
	} {
		page := ta.get(base + "?" + query).Body.String()
		require.Contains(t, page, want[0], query)
		require.Equal(t, want[1], chipOf(page, "all"), query)
	}
	brushed := ta.get(base + "?from=" + before.Add(-time.Hour).UTC().Format(boxLayout) + "&to=" + before.Add(time.Hour).UTC().Format(boxLayout)).Body.String()
	require.Contains(t, brushed, "1 delivered, 0 waiting, 1 failed", "the chart shows the time around the chosen one, too")
	require.Equal(t, "Failed 1", chipOf(brushed, "failed"))
	require.Equal(t, "Delivered 0", chipOf(brushed, "delivered"))
	require.Contains(t, brushed, `class="plot dim"`)
	require.Contains(t, brushed, `id="chart-clear"`)

	chosen := ta.get(base + "?status=failed&q=one").Body.String()
	require.Contains(t, chosen, `href="`+base+`?q=one#log"`, "pressed again, a status is left")
	require.Contains(t, chosen, `href="`+base+`?q=one&amp;status=failed&amp;status=retrying#log"`)
}

// A page looks at few rows; what they do not tell comes after it, and what is not looked at then is said.
func TestAFigureThatIsNotWholeSaysSo(t *testing.T) {
	ta := signedInApp(t)
	bot := ta.newLogBot("Quiz")
	base := "/bots/" + bot.ID.String() + "/deliveries"
	for i := range looksOfPage + 1 {
		bot.lead(strconv.Itoa(i))
		bot.attempted(answered(200, ""), store.Delivered)
	}
	bot.lead("failed")
	bot.attempted(answered(401, ""), store.Failed)
	page := ta.get(base).Body.String()
	require.Contains(t, page, "data-later")
	require.Equal(t, []string{"All", "Delivered", "Failed 1"}, []string{chipOf(page, "all"), chipOf(page, "delivered"), chipOf(page, "failed")})
	require.Contains(t, page, "251 delivered, 0 waiting, 1 failed", "the counters know it")
	later := ta.get(base + "/figures").Body.String()
	require.Equal(t, "All 252", chipOf(later, "all"))

	searched := ta.get(base + "?event_name=Lead").Body.String()
	require.Contains(t, searched, "0 delivered, 0 waiting, 0 failed", "half a picture would be another one")
	require.Contains(t, ta.get(base+"/figures?event_name=Lead").Body.String(), "251 delivered, 0 waiting, 1 failed")

	_, err := ta.Store.AddWebhook(t.Context(), bot.ID, "Slack", store.Actor{})
	require.NoError(t, err)
	bot.lead("both")
	require.Contains(t, ta.get(base+"?webhook=1").Body.String(), "251 delivered, ", "and those of each endpoint")
	require.Contains(t, ta.get(base+"?webhook=2").Body.String(), "0 delivered, ")

	g := figures{limit: looksOfChart, counted: store.DeliveryTally{SearchedTo: ta.clock.Now()}}
	require.Equal(t, "10,000+", g.countWords(10_000, true))
	require.Equal(t, "10,000", g.countWords(10_000, false))
}
