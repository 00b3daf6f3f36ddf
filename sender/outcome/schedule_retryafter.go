package outcome

import (
	"math"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"

	"iozen/store"
)

const (
	// maxRetryAfter bounds what an endpoint may ask for.
	maxRetryAfter = 24 * time.Hour
	// longestRetryAfter is more than any sensible field has; an endpoint may send megabytes.
	longestRetryAfter = 256
)

// ParseRetryAfter reads the Retry-After fields of an answer, rounded up to seconds and capped at 24 h. Of several
// readings the longest counts, so that no next attempt is earlier than any of them. 0: nothing usable was asked (none,
// malformed, negative, past).
func ParseRetryAfter(values []string, now time.Time) time.Duration {
	longest := time.Duration(0)
	for _, v := range values {
		longest = max(longest, parseRetryAfter(v, now))
	}
	return longest
}

// parseRetryAfter reads one field as a whole, and as a list: a date holds a comma too.
func parseRetryAfter(value string, now time.Time) time.Duration {
	if len(value) > longestRetryAfter {
		return 0
	}
	longest := readWait(value, now)
	for _, part := range strings.FieldsFunc(value, func(r rune) bool { return r == ',' || r == ';' }) {
		longest = max(longest, readWait(part, now))
	}
	return longest
}

// readWait reads seconds, an amount with its unit, or a date.
func readWait(text string, now time.Time) time.Duration {
	text = strings.Trim(text, " \t\"'")
	seconds, ok := readAmount(text)
	if !ok {
		at, known := readDate(text)
		if !known {
			return 0
		}
		seconds = at.Sub(now).Seconds()
	}
	switch {
	case seconds <= 0:
		return 0
	case seconds >= maxRetryAfter.Seconds():
		return maxRetryAfter
	}
	return time.Duration(math.Ceil(seconds)) * time.Second
}

var (
	amount    = regexp.MustCompile(`^\+?(\d+(?:[.,]\d*)?|[.,]\d+) *([a-z]*)\.?$`)
	clockTime = regexp.MustCompile(`^(\d{1,3}):([0-5]\d):([0-5]\d)$`) // 00:02:00
	thousands = regexp.MustCompile(`^\d{1,3}(,\d{3})+$`)
)

// units are the seconds of each.
var units = map[string]float64{
	"": 1, "s": 1, "sec": 1, "secs": 1, "second": 1, "seconds": 1, "ms": 0.001, "msec": 0.001, "millisecond": 0.001, "milliseconds": 0.001,
	"m": 60, "min": 60, "mins": 60, "minute": 60, "minutes": 60, "h": 3600, "hr": 3600, "hrs": 3600, "hour": 3600, "hours": 3600,
	"d": 86400, "day": 86400, "days": 86400,
}

// readAmount reads "120", "65.5", "120s", "2 minutes", "1m30s" and "PT2M" as seconds.
func readAmount(text string) (seconds float64, ok bool) {
	text = strings.ToLower(text)
	if thousands.MatchString(text) {
		text = strings.ReplaceAll(text, ",", "")
	}
	if m := amount.FindStringSubmatch(text); m != nil {
		n, err := strconv.ParseFloat(strings.Replace(m[1], ",", ".", 1), 64)
		unit, known := units[m[2]]
		return n * unit, known && (err == nil || math.IsInf(n, 1))
	}
	if m := clockTime.FindStringSubmatch(text); m != nil {
		text = m[1] + "h" + m[2] + "m" + m[3] + "s"
	}
	d, err := time.ParseDuration(strings.TrimPrefix(text, "pt"))
	return d.Seconds(), err == nil
}

// dateForms are the ways in which dates come besides those of HTTP; without a zone they are UTC.
var dateForms = []string{
	time.RFC1123Z, time.RFC1123, time.RFC850, "Mon, 2 Jan 2006 15:04:05 -0700", "Mon, 2 Jan 2006 15:04:05 MST", "Mon, 02 Jan 2006 15:04:05",
	"2 Jan 2006 15:04:05 -0700", "2 Jan 2006 15:04:05 MST", "2 Jan 2006 15:04:05", "Mon, 02-Jan-2006 15:04:05 MST",
	time.RFC3339, "2006-01-02T15:04:05Z0700", "2006-01-02T15:04:05", "2006-01-02T15:04Z07:00",
	"2006-01-02 15:04:05Z07:00", "2006-01-02 15:04:05 -0700", "2006-01-02 15:04:05 MST", "2006-01-02 15:04:05",
	time.UnixDate, time.RubyDate, time.ANSIC,
}

// zones are the offsets in hours of named time zones. Go knows only those of the machine.
var zones = map[string]int{
	"GMT": 0, "UTC": 0, "UT": 0, "Z": 0, "WET": 0, "BST": 1, "CET": 1, "WEST": 1, "CEST": 2, "EET": 2, "EEST": 3, "MSK": 3,
	"EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7, "JST": 9, "AEST": 10, "AEDT": 11,
}

func readDate(text string) (time.Time, bool) {
	if at, err := http.ParseTime(text); err == nil {
		return at, true
	}
	for _, form := range dateForms {
		at, err := time.ParseInLocation(form, text, time.UTC)
		if err != nil {
			continue
		}
		if name, offset := at.Zone(); offset == 0 && name != "" { // a name that Go took for UTC
			hours, known := zones[strings.ToUpper(name)]
			return at.Add(-time.Duration(hours) * time.Hour), known
		}
		return at, true
	}
	return time.Time{}, false
}

// askedWait is the wait that the answer asked for; only an answer that says "later" may.
func askedWait(a store.Attempt) time.Duration {
	if !mayAskToWait(a.StatusCode) {
		return 0
	}
	return parseRetryAfter(a.Detail["retry_after"], a.StartedAt)
}

// mayAskToWait says whether Retry-After counts: too large for now, too many, unavailable, overloaded.
func mayAskToWait(status int) bool {
	switch status {
	case http.StatusRequestEntityTooLarge, http.StatusTooManyRequests, http.StatusServiceUnavailable, 529:
		return true
	}
	return false
}
