package outcome

import (
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"iozen/store"
)

var scheduleNow = time.Date(2026, 11, 24, 9, 30, 0, 0, time.UTC)

func answered(status int) store.Attempt {
	return store.Attempt{StatusCode: status, StartedAt: scheduleNow, Outcome: OutcomeHTTP(status)}
}

func asking(status int, seconds string) store.Attempt {
	a := answered(status)
	a.Detail = map[string]string{"retry_after": seconds}
	return a
}

func TestDecide(t *testing.T) {
	const middle = 0.5 // no jitter
	retryIn := func(d time.Duration) Decision {
		return Decision{Status: store.Retrying, DueAt: scheduleNow.Add(d)}
	}
	failed := func(why string) Decision { return Decision{Status: store.Failed, Why: why} }
	asked := func(d time.Duration) Decision {
		return Decision{Status: store.Retrying, DueAt: scheduleNow.Add(d), Why: WhyRetryAfter}
	}
	timeout := store.Attempt{Outcome: OutcomeTimeout}
	for name, c := range map[string]struct {
		attempt store.Attempt
		round   int
		want    Decision
	}{
		"200":                        {answered(200), 1, Decision{Status: store.Delivered}},
		"200 with a broken body":     {store.Attempt{StatusCode: 204, Outcome: OutcomeBodyCut}, 1, Decision{Status: store.Delivered}},
		"first failure":              {answered(500), 1, retryIn(5 * time.Second)},
		"second":                     {answered(500), 2, retryIn(5 * time.Minute)},
		"ninth":                      {answered(500), 9, retryIn(24 * time.Hour)},
		"tenth":                      {answered(500), 10, failed(WhyLastAttempt)},
		"after a shorter schedule":   {answered(500), 12, failed(WhyLastAttempt)},
		"no answer":                  {timeout, 3, retryIn(30 * time.Minute)},
		"401 is fixed by people":     {answered(401), 4, retryIn(2 * time.Hour)},
		"404 too":                    {answered(404), 9, retryIn(24 * time.Hour)},
		"302":                        {answered(302), 1, failed(WhyRedirect)},
		"304":                        {answered(304), 1, failed(WhyRedirect)},
		"422, second":                {answered(422), 2, retryIn(5 * time.Minute)},
		"422, third":                 {answered(422), 3, failed(WhyFewTries)},
		"400, third":                 {answered(400), 3, failed(WhyFewTries)},
		"429 asks for an hour":       {asking(429, "3600"), 1, asked(time.Hour)},
		"503 asks for an hour":       {asking(503, "3600"), 1, asked(time.Hour)},
		"413 asks for an hour":       {asking(413, "3600"), 1, asked(time.Hour)},
		"529 asks for an hour":       {asking(529, "3600"), 1, asked(time.Hour)},
		"500 may not ask":            {asking(500, "3600"), 1, retryIn(5 * time.Second)},
		"never earlier":              {asking(429, "1"), 2, retryIn(5 * time.Minute)},
		"capped at a day":            {asking(429, "1000000000"), 1, asked(24 * time.Hour)},
		"nonsense is ignored":        {asking(429, "-5"), 1, retryIn(5 * time.Second)},
		"not after the last attempt": {asking(429, "60"), 10, failed(WhyLastAttempt)},
	} {
		t.Run(name, func(t *testing.T) {
			got := DefaultSchedule.Decide(c.attempt, c.round, scheduleNow, middle)
			require.Equal(t, c.want, got)
			require.Equal(t, got.Why == "", WhyWords(got.Why) == "")
		})
	}
	for _, status := range []int{400, 405, 406, 411, 413, 415, 422} {
		require.Equal(t, failed(WhyFewTries), DefaultSchedule.Decide(answered(status), 3, scheduleNow, middle), status)
	}
	require.Equal(t, failed(WhyLastAttempt), Schedule{time.Second}.Decide(answered(400), 2, scheduleNow, middle))
	require.Equal(t, failed(WhyLastAttempt), Schedule{}.Decide(answered(500), 1, scheduleNow, middle))
}

func TestJitterIsTwentyPercentAround(t *testing.T) {
	for jitter, want := range map[float64]time.Duration{0: 4 * time.Minute, 0.25: 270 * time.Second, 0.75: 330 * time.Second} {
		got := DefaultSchedule.Decide(answered(500), 2, scheduleNow, jitter)
		require.Equal(t, want, got.DueAt.Sub(scheduleNow).Round(time.Millisecond))
	}
	require.Less(t, DefaultSchedule.Decide(answered(500), 2, scheduleNow, 0.999999).DueAt.Sub(scheduleNow), 6*time.Minute)
}

func TestTheDefaultScheduleIsTheContracts(t *testing.T) {
	parsed, err := ParseSchedule("5s, 5m,30m,2h,5h,10h,14h,20h,24h")
	require.NoError(t, err)
	require.Equal(t, DefaultSchedule, parsed)
	empty, err := ParseSchedule(" ")
	require.NoError(t, err)
	require.Equal(t, DefaultSchedule, empty)
	total := time.Duration(0)
	for _, step := range parsed {
		total += step
	}
	require.Equal(t, 75*time.Hour+35*time.Minute+5*time.Second, total)
}

func TestParseScheduleRefuses(t *testing.T) {
	for _, text := range []string{"5", "5s,,5m", "0s", "-1s", "721h", "x", strings.Repeat("1s,", 100) + "1s"} {
		_, err := ParseSchedule(text)
		require.Error(t, err, text)
	}
}

func TestParseRetryAfter(t *testing.T) {
	in := func(d time.Duration, form string) string { return scheduleNow.Add(d).Format(form) }
	date := func(d time.Duration) string { return in(d, http.TimeFormat) }
	est := time.FixedZone("EST", -5*3600)
	for _, c := range []struct {
		values []string
		want   time.Duration
	}{
		{nil, 0},
		{[]string{""}, 0},
		{[]string{"0"}, 0},
		{[]string{" 120 "}, 2 * time.Minute},
		{[]string{"86400"}, 24 * time.Hour},
		{[]string{"1000000000"}, 24 * time.Hour},
		{[]string{strings.Repeat("9", 40)}, 24 * time.Hour},
		{[]string{"-5"}, 0},
		{[]string{"1e9"}, 0},
		{[]string{"soon"}, 0},
		{[]string{"120 parsecs"}, 0},
		{[]string{date(time.Minute)}, time.Minute},
		{[]string{date(-time.Minute)}, 0},
		{[]string{date(1000 * time.Hour)}, 24 * time.Hour},
		{[]string{"60", "3600"}, time.Hour},
		{[]string{"junk", date(time.Minute)}, time.Minute},
		{[]string{strings.Repeat("1", 10<<20)}, 0},
		// fractions
		{[]string{"65.5"}, 66 * time.Second},
		{[]string{"1.5"}, 2 * time.Second},
		{[]string{"0.2"}, time.Second},
		{[]string{".5"}, time.Second},
		{[]string{"65,5"}, 66 * time.Second},
		{[]string{"60.0"}, time.Minute},
		{[]string{"60."}, time.Minute},
		{[]string{"+60"}, time.Minute},
		// lists: the longest counts
		{[]string{"2814, 2"}, 2814 * time.Second},
		{[]string{"2, 2814"}, 2814 * time.Second},
		{[]string{"1,2,3"}, 3 * time.Second},
		{[]string{"120; comment"}, 2 * time.Minute},
		{[]string{"1,000"}, 1000 * time.Second},
		{[]string{"5, " + date(time.Minute)}, time.Minute},
		// units and quotes
		{[]string{"120s"}, 2 * time.Minute},
		{[]string{"120 seconds"}, 2 * time.Minute},
		{[]string{"2m"}, 2 * time.Minute},
		{[]string{"2 Minutes"}, 2 * time.Minute},
		{[]string{"1h"}, time.Hour},
		{[]string{"1m30s"}, 90 * time.Second},
		{[]string{"PT2M"}, 2 * time.Minute},
		{[]string{"00:02:00"}, 2 * time.Minute},
		{[]string{"1:00:30"}, time.Hour + 30*time.Second},
		{[]string{"12:30"}, 0},
		{[]string{"500ms"}, time.Second},
		{[]string{`"120"`}, 2 * time.Minute},
		{[]string{"'120'"}, 2 * time.Minute},
		{[]string{"2 days"}, 24 * time.Hour},
		// dates
		{[]string{in(time.Minute, time.RFC3339)}, time.Minute},
		{[]string{in(time.Minute, "2006-01-02T15:04:05")}, time.Minute},
		{[]string{in(time.Minute, "2006-01-02T15:04:05.000Z07:00")}, time.Minute},
		{[]string{in(time.Minute, "2006-01-02 15:04:05")}, time.Minute},
		{[]string{in(time.Minute, "2006-01-02T15:04:05Z0700")}, time.Minute},
		{[]string{`"` + in(time.Minute, time.RFC3339) + `"`}, time.Minute},
		{[]string{scheduleNow.Add(time.Minute).In(est).Format(time.RFC1123Z)}, time.Minute},
		{[]string{scheduleNow.Add(time.Minute).In(est).Format(time.RFC1123)}, time.Minute},
		{[]string{scheduleNow.Add(time.Minute).In(est).Format(time.RFC3339)}, time.Minute},
		{[]string{in(time.Minute, time.RFC850)}, time.Minute},
		{[]string{in(time.Minute, time.ANSIC)}, time.Minute},
		{[]string{in(time.Minute, "Mon, 02 Jan 2006 15:04:05")}, time.Minute},
		{[]string{in(time.Minute, "Mon, 02 Jan 2006 15:04:05") + " UTC"}, time.Minute},
		{[]string{in(time.Minute, "Mon, 02 Jan 2006 15:04:05") + " +0000"}, time.Minute},
	} {
		require.Equal(t, c.want, ParseRetryAfter(c.values, scheduleNow), "%.60s", strings.Join(c.values, ","))
	}
	halfAgo := scheduleNow.Add(-500 * time.Millisecond)
	require.Equal(t, 61*time.Second, ParseRetryAfter([]string{date(time.Minute)}, halfAgo), "rounded up, never earlier")
}

func FuzzParseRetryAfter(f *testing.F) {
	for _, seed := range []string{"120", "Wed, 21 Oct 2026 07:28:00 GMT", "-1", "99999999999999999999"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, value string) {
		wait := ParseRetryAfter([]string{value}, scheduleNow)
		require.GreaterOrEqual(t, wait, time.Duration(0))
		require.LessOrEqual(t, wait, 24*time.Hour)
		require.Zero(t, wait%time.Second)
		seconds := strconv.Itoa(int(wait / time.Second))
		require.Equal(t, wait, ParseRetryAfter([]string{seconds}, scheduleNow), "what is kept as seconds means the same")
	})
}

func TestSwitchOff(t *testing.T) {
	ago := func(d time.Duration) time.Time { return scheduleNow.Add(-d) }
	day := 24 * time.Hour
	for name, c := range map[string]struct {
		health store.Health
		reason string
		warned bool
	}{
		"healthy":                 {store.Health{LastCode: 200, LastSuccessAt: scheduleNow}, "", false},
		"one 410":                 {store.Health{LastCode: 410, GoneAt: scheduleNow, LastAttemptAt: scheduleNow}, "", false},
		"two 410, a minute apart": {store.Health{LastCode: 410, GoneAt: ago(time.Minute), LastAttemptAt: scheduleNow}, "", false},
		"two 410, apart":          {store.Health{LastCode: 410, GoneAt: ago(5 * time.Minute), LastAttemptAt: scheduleNow}, SwitchOffGone, false},
		"a 410, then a 500":       {store.Health{LastCode: 500, GoneAt: ago(time.Hour), LastAttemptAt: scheduleNow}, "", false},
		"failing for 5 days":      {store.Health{LastCode: 500, StrikesSince: ago(5 * day), Strikes: 3}, SwitchOffNoSuccess, false},
		"too few events":          {store.Health{LastCode: 500, StrikesSince: ago(9 * day), Strikes: 2}, "", false},
		"failing for 4 days":      {store.Health{LastCode: 500, StrikesSince: ago(4 * day), Strikes: 3}, "", true},
		"failing for 3 days":      {store.Health{LastCode: 500, StrikesSince: ago(3 * day), Strikes: 9}, "", false},
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, c.reason, SwitchOffReason(c.health, scheduleNow))
			at, warned := SwitchOffWarning(c.health, scheduleNow)
			require.Equal(t, c.warned, warned)
			if warned {
				require.Equal(t, c.health.StrikesSince.Add(5*day), at)
			}
			require.NotContains(t, SwitchOffWords(c.reason), "_")
		})
	}
}
