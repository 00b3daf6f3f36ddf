package event

import (
	"encoding/json"
	"math"
	"strconv"
	"time"

	"iozen/store/strictjson"
)

const (
	maxAhead  = 24 * time.Hour   // further ahead is refused: a unit mistake or a broken clock
	oddAhead  = 10 * time.Minute // further ahead is odd
	oddBehind = 7 * 24 * time.Hour
)

// earliest is older than any event that a bot can have.
var earliest = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

// givenTimes are the times of an event as they were given; nil was not given, or was refused. No instant means "not
// given": year 1 and second 0 are what broken programs send.
type givenTimes struct{ event, unix *time.Time }

// eventTime takes RFC 3339 or unix seconds, to the millisecond.
func (d *decoder) eventTime(pointer string, raw json.RawMessage) *time.Time {
	if strictjson.IsNumber(raw) {
		return d.unixTime(pointer, raw)
	}
	if raw[0] != '"' {
		d.Refuse(pointer, "must be a text such as %s, or a number of unix seconds", timeExample)
		return nil
	}
	t, problem := ParseTime(strictjson.Unquote(raw))
	if problem != "" {
		d.Refuse(pointer, "%s", problem)
		return nil
	}
	t = t.UTC().Truncate(time.Millisecond)
	return &t
}

// unixTime takes unix seconds, whole or with decimals.
func (d *decoder) unixTime(pointer string, raw json.RawMessage) *time.Time {
	seconds, err := strconv.ParseFloat(string(raw), 64)
	switch size := math.Abs(seconds); {
	case raw[0] == '"':
		d.Refuse(pointer, "must be a number of unix seconds, without quotes")
	case !strictjson.IsNumber(raw):
		d.Refuse(pointer, "must be a number of unix seconds")
	case err != nil || size >= 1e18:
		d.Refuse(pointer, "must be unix seconds; this looks like nanoseconds")
	case size >= 1e15:
		d.Refuse(pointer, "must be unix seconds; this looks like microseconds")
	case size > 1e11:
		d.Refuse(pointer, "must be unix seconds; this looks like milliseconds")
	default:
		t := time.UnixMilli(int64(math.Round(seconds * 1000))).UTC()
		return &t
	}
	return nil
}

// settleTime decides which of the two given times counts, and whether it can be right. It returns the zero time when
// none was given.
func (d *decoder) settleTime(given givenTimes) time.Time {
	at, pointer := given.event, "/event_time"
	switch {
	case at == nil:
		at, pointer = given.unix, "/event_time_unix"
	case given.unix != nil && given.unix.Unix() != at.Unix():
		d.warn("/event_time_unix", "differs from event_time (%d); event_time is used", at.Unix())
	}
	if at == nil {
		return time.Time{}
	}
	switch age := d.now.Sub(*at); {
	case at.Before(earliest):
		d.Refuse(pointer, "must be in the year 2000 or later, this is %s", at.Format(time.RFC3339))
	case age < -maxAhead:
		d.Refuse(pointer, "must not be more than 24 hours ahead; this is %s, and it is %s now", at.Format(time.RFC3339), d.now.UTC().Format(time.RFC3339))
	case age < -oddAhead:
		d.warn(pointer, "is more than 10 minutes ahead; it is sent as given")
	case age > oddBehind:
		d.warn(pointer, "is more than 7 days ago; it is sent as given")
	}
	return *at
}
