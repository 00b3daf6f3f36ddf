package sender

import (
	"encoding/json"
	"math"
	"strconv"
	"strings"
	"time"
)

const (
	maxAhead  = 24 * time.Hour   // further ahead is refused: a unit mistake or a broken clock
	oddAhead  = 10 * time.Minute // further ahead is odd
	oddBehind = 7 * 24 * time.Hour
)

// earliest is older than any event that a bot can have.
var earliest = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

// eventTime takes RFC 3339 or unix seconds, to the millisecond.
func (d *decoder) eventTime(pointer string, raw json.RawMessage) time.Time {
	if raw[0] != '"' {
		return d.unixTime(pointer, raw)
	}
	var t time.Time
	// UnmarshalText is stricter than time.Parse; RFC 3339 allows small t and z.
	if t.UnmarshalText([]byte(strings.ToUpper(unquote(raw)))) != nil {
		d.refuse(pointer, "must be RFC 3339, such as 2026-03-05T12:00:00.000Z, or unix seconds")
		return time.Time{}
	}
	return t.UTC().Truncate(time.Millisecond)
}

// unixTime takes unix seconds, whole or with decimals.
func (d *decoder) unixTime(pointer string, raw json.RawMessage) time.Time {
	seconds, err := strconv.ParseFloat(string(raw), 64)
	if err != nil || seconds < -1e15 || seconds > 1e15 {
		d.refuse(pointer, "must be unix seconds")
		return time.Time{}
	}
	if seconds > 1e11 {
		d.refuse(pointer, "must be unix seconds; this looks like milliseconds")
		return time.Time{}
	}
	return time.UnixMilli(int64(math.Round(seconds * 1000))).UTC()
}

// settleTime decides which of the two given times counts, and whether it can be right.
func (d *decoder) settleTime(t, unix time.Time) time.Time {
	pointer := "/event_time"
	switch {
	case t.IsZero():
		t, pointer = unix, "/event_time_unix"
	case !unix.IsZero() && unix.Unix() != t.Unix():
		d.warn("/event_time_unix", "differs from event_time (%d); event_time is used", t.Unix())
	}
	if t.IsZero() {
		return t
	}
	switch age := d.now.Sub(t); {
	case t.Before(earliest):
		d.refuse(pointer, "must be in the year 2000 or later")
	case age < -maxAhead:
		d.refuse(pointer, "must not be more than 24 hours ahead")
	case age < -oddAhead:
		d.warn(pointer, "is more than 10 minutes ahead; it is sent as given")
	case age > oddBehind:
		d.warn(pointer, "is more than 7 days ago; it is sent as given")
	}
	return t
}
