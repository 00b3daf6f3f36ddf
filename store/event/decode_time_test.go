package event

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestEveryBadTimeSaysWhatIsWrongWithIt(t *testing.T) {
	for given, want := range map[string]string{
		`"0001-01-01T00:00:00Z"`: "must be in the year 2000 or later, this is 0001-01-01T00:00:00Z",
		`"1970-01-01T00:00:00Z"`: "must be in the year 2000 or later, this is 1970-01-01T00:00:00Z",
		`"1999-12-31T23:59:59Z"`: "must be in the year 2000 or later, this is 1999-12-31T23:59:59Z",
		`-62135596800`:           "must be in the year 2000 or later, this is 0001-01-01T00:00:00Z",
		`0`:                      "must be in the year 2000 or later, this is 1970-01-01T00:00:00Z",
		`-1`:                     "must be in the year 2000 or later, this is 1969-12-31T23:59:59Z",
		`0.0`:                    "must be in the year 2000 or later, this is 1970-01-01T00:00:00Z",
		`"2026-11-25T09:30:01Z"`: "must not be more than 24 hours ahead; this is 2026-11-25T09:30:01Z, and it is 2026-11-24T09:30:00Z now",
		`1795510800000`:          "must be unix seconds; this looks like milliseconds",
		`1795510800000000`:       "must be unix seconds; this looks like microseconds",
		`1795510800000000000`:    "must be unix seconds; this looks like nanoseconds",
		`1e999`:                  "must be unix seconds; this looks like nanoseconds",
		`true`:                   "must be a text such as 2026-03-05T12:00:00Z, or a number of unix seconds",
		`{"a":1}`:                "must be a text such as 2026-03-05T12:00:00Z, or a number of unix seconds",
		`["2026"]`:               "must be a text such as 2026-03-05T12:00:00Z, or a number of unix seconds",
	} {
		_, _, problems := decode(`{"event_name":"Lead","event_time":` + given + `}`)
		require.Equal(t, []Problem{{Pointer: "/event_time", Message: want}}, problems, given)
	}
	for given, want := range map[string]string{
		`0`:               "must be in the year 2000 or later, this is 1970-01-01T00:00:00Z",
		`-62135596800`:    "must be in the year 2000 or later, this is 0001-01-01T00:00:00Z",
		`"1795510800"`:    "must be a number of unix seconds, without quotes",
		`false`:           "must be a number of unix seconds",
		`1795510800000.5`: "must be unix seconds; this looks like milliseconds",
	} {
		_, _, problems := decode(`{"event_name":"Lead","event_time_unix":` + given + `}`)
		require.Equal(t, []Problem{{Pointer: "/event_time_unix", Message: want}}, problems, given)
	}
	for given, want := range map[string]string{
		"yesterday":                 "this has no digits",
		"1795510800":                "unix seconds are written without quotes",
		"28.11.2026":                "the date is written year first: year-month-day",
		"2026-03-05T12:00:00+01:60": "the offset goes from -23:59 to +23:59, written right behind the time",
		"2026-03-05T12:00:00-00:99": "the offset goes from -23:59 to +23:59, written right behind the time",
		"2026-03-05":                "the time of day is missing: T12:00:00Z",
		"2026-03-05 12:00:00Z":      "put T, not a space, between date and time",
		"2026-03-05T12:00:00":       "the time zone is missing: end it with Z for UTC, or with an offset such as +01:00",
		"2026-03-05T12:00Z":         "the seconds are missing: 12:00:00",
		"2026-03-05T12:00:00+0100":  "the offset is written like +01:00, this has +0100",
		"2026-03-05T12:00:00+01":    "the offset is written like +01:00, this has +01",
		"2026-03-05T12:00:00+1:00":  "the offset is written like +01:00, this has +1:00",
		"2026-03-05T12:00:00+25:00": "the offset goes from -23:59 to +23:59, written right behind the time",
		"2026-03-05T12:00:00 UTC":   "write Z for UTC",
		"2026-13-05T12:00:00Z":      "the month goes from 01 to 12, this has 13",
		"2026-00-05T12:00:00Z":      "the month goes from 01 to 12, this has 00",
		"2026-02-30T12:00:00Z":      "2026-02 has 28 days, this has day 30",
		"2028-02-30T12:00:00Z":      "2028-02 has 29 days, this has day 30",
		"2026-04-31T12:00:00Z":      "2026-04 has 30 days, this has day 31",
		"2026-04-00T12:00:00Z":      "2026-04 has 30 days, this has day 00",
		"2026-3-5T12:00:00Z":        "the month needs two digits: 03",
		"2026-03-5T12:00:00Z":       "the day needs two digits: 05",
		"2026-03-05T24:00:00Z":      "the hour goes from 00 to 23, this has 24",
		"2026-03-05T12:60:00Z":      "the minute goes from 00 to 59, this has 60",
		"2026-03-05T12:00:60Z":      "the second goes from 00 to 59, this has 60",
		"2026-03-05T12:00:00.Z":     "digits are missing after 12:00:00.",
		" 2026-03-05T12:00:00Z":     "take out the spaces around it",
		"05.03.2026 12:00":          "the date is written year first: year-month-day",
		"3/5/2026":                  "the date is written year first: year-month-day",
		"Thu, 05 Mar 2026 12:00":    "this is written another way",
	} {
		_, problem := ParseTime(given)
		require.Equal(t, "must be RFC 3339, such as 2026-03-05T12:00:00Z; "+want, problem, given)
		_, _, problems := decode(`{"event_name":"Lead","event_time":"` + given + `"}`)
		require.Equal(t, []Problem{{Pointer: "/event_time", Message: problem}}, problems, given)
	}
}

func FuzzParseTime(f *testing.F) {
	for _, text := range []string{"", "2026-03-05T12:00:00Z", "2026-03-05T12:00:00.5+01:00", "2026-2-30", "0000-00-00T99:99:99,5+9", "٢٠٢٦"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		_, problem := ParseTime(text)
		require.Equal(t, problem == "", strings.HasPrefix(problem, "must be RFC 3339") == false)
	})
}
