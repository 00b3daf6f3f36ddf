package template

import (
	"encoding/json"
	"regexp"
	"strconv"
	"strings"
	"time"

	"iozen/store/strictjson"
	"iozen/store/text"
)

// otherLayout finds the letters with which other products write dates.
var otherLayout = regexp.MustCompile(`(?i)y{2,}|d{2,}|h{2,}|m{2,}|s{2,}|%[a-zA-Z]`)

// dateFilter writes a time in a layout of Go, in UTC.
func dateFilter(arg argument) (filter, string) {
	const how = "write 2006-01-02 15:04:05 in the form you want, such as date:'02.01.2006'"
	probe := time.Date(2026, time.November, 29, 23, 58, 57, 0, time.UTC)
	other := time.Date(1999, time.March, 8, 4, 3, 9, 0, time.UTC)
	if otherLayout.MatchString(arg.text) || probe.Format(arg.text) == other.Format(arg.text) {
		return filter{}, how
	}
	return filter{apply: func(v value) (value, bool) {
		at, ok := timeOf(v)
		if !ok {
			return value{}, false
		}
		return value{text: at.Format(arg.text)}, true
	}}, ""
}

// unix is a time in seconds since 1970.
func unix(v value) (value, bool) {
	at, ok := timeOf(v)
	if !ok {
		return value{}, false
	}
	return value{raw: strconv.AppendInt(nil, at.Unix(), 10)}, true
}

// timeOf reads RFC 3339, a date alone, or unix seconds. Anything else is missing.
func timeOf(v value) (time.Time, bool) {
	typed := text.Trim(v.String())
	if len(typed) > len("2006-01-02T15:04:05.999999999+00:00") {
		return time.Time{}, false
	}
	if strictjson.IsNumberText(typed) {
		seconds, err := json.Number(typed).Float64()
		const latest = 253402300799 // of the year 9999: no layout has room for more
		if err != nil || seconds < 0 || seconds > latest {
			return time.Time{}, false
		}
		return time.Unix(int64(seconds), 0).UTC(), true
	}
	typed = strings.ToUpper(typed)
	for _, layout := range []string{time.RFC3339, "2006-01-02 15:04:05", time.DateOnly} {
		if at, err := time.Parse(layout, typed); err == nil {
			return at.UTC(), true
		}
	}
	return time.Time{}, false
}
