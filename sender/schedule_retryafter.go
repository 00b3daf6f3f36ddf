package sender

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"iozen/store"
)

// maxRetryAfter bounds what an endpoint may ask for.
const maxRetryAfter = 24 * time.Hour

// ParseRetryAfter reads the Retry-After fields of an answer, seconds or dates, rounded up to seconds and
// capped at 24 h. Of several the longest counts. 0: nothing usable was asked (none, malformed, negative, past).
func ParseRetryAfter(values []string, now time.Time) time.Duration {
	longest := time.Duration(0)
	for _, v := range values {
		longest = max(longest, parseRetryAfter(v, now))
	}
	return longest
}

func parseRetryAfter(value string, now time.Time) time.Duration {
	const longestDate = 64 // a valid field is shorter; an endpoint may send megabytes
	value = strings.TrimSpace(value)
	if value == "" || len(value) > longestDate {
		return 0
	}
	if strings.Trim(value, "0123456789") == "" {
		seconds, err := strconv.ParseInt(value, 10, 64)
		if err != nil || seconds > int64(maxRetryAfter/time.Second) {
			return maxRetryAfter // more digits than an int64 has: very long
		}
		return time.Duration(seconds) * time.Second
	}
	at, err := http.ParseTime(value)
	if err != nil || !at.After(now) {
		return 0
	}
	wait := min(at.Sub(now), maxRetryAfter)
	return (wait + time.Second - 1).Truncate(time.Second)
}

// askedWait is the wait that the answer asked for; only 429 and 503 may.
func askedWait(a store.Attempt) time.Duration {
	if a.StatusCode != http.StatusTooManyRequests && a.StatusCode != http.StatusServiceUnavailable {
		return 0
	}
	return parseRetryAfter(a.Detail["retry_after"], a.StartedAt)
}
