package event

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

const timeExample = "2026-03-05T12:00:00Z"

// timeShape is RFC 3339 with room for what people write instead. Its parts may be wrong, or missing from the right.
var timeShape = regexp.MustCompile(
	`^(\d{4})-(\d{1,2})-(\d{1,2})` + // date
		`(?:(T|t| +)(\d{1,2}):(\d{1,2})(?::(\d{1,2})([.,]\d*)?)?` + // time
		`(?: ?(Z|z|[+-]\d{1,2}(?::?\d{2})?|UTC|GMT))?)?$`)

var offsetShape = regexp.MustCompile(`^(Z|z|[+-]\d{2}:\d{2})$`)

// longOffset has more minutes than an hour, which Go takes.
var longOffset = regexp.MustCompile(`[+-]\d{2}:[6-9]\d$`)

var dateElsewhere = regexp.MustCompile(`^\d{1,2}[./-]\d{1,2}[./-]\d{2,4}\b`)

// ParseTime reads RFC 3339, with small letters too. What it cannot read it explains: the part that is wrong.
func ParseTime(text string) (t time.Time, problem string) {
	if t, err := time.Parse(time.RFC3339, strings.ToUpper(text)); err == nil && !longOffset.MatchString(text) {
		return t, ""
	}
	return time.Time{}, "must be RFC 3339, such as " + timeExample + "; " + timeFault(text)
}

// timeFault says which part of a time is wrong.
func timeFault(text string) string {
	parts := timeShape.FindStringSubmatch(text)
	switch {
	case parts != nil:
		return partFault(parts)
	case text == "":
		return "this is empty"
	case strings.TrimSpace(text) != text:
		return "take out the spaces around it"
	case dateElsewhere.MatchString(text):
		return "the date is written year first: year-month-day"
	case strings.Trim(text, "0123456789.") == "":
		return "unix seconds are written without quotes"
	case !strings.ContainsAny(text, "0123456789"):
		return "this has no digits"
	}
	return "this is written another way"
}

// partFault goes through the parts from left to right.
func partFault(parts []string) string {
	year, month, day, between, hour, minute, second, fraction, zone := parts[1], parts[2], parts[3], parts[4], parts[5], parts[6], parts[7], parts[8], parts[9]
	switch {
	case len(month) < 2:
		return "the month needs two digits: 0" + month
	case outside(month, 1, 12):
		return "the month goes from 01 to 12, this has " + month
	case len(day) < 2:
		return "the day needs two digits: 0" + day
	case outside(day, 1, daysIn(year, month)):
		return fmt.Sprintf("%s-%s has %d days, this has day %s", year, month, daysIn(year, month), day)
	case hour == "":
		return "the time of day is missing: T12:00:00Z"
	case strings.TrimSpace(between) == "":
		return "put T, not a space, between date and time"
	case outside(hour, 0, 23):
		return "the hour goes from 00 to 23, this has " + hour
	case len(minute) < 2:
		return "the minute needs two digits"
	case outside(minute, 0, 59):
		return "the minute goes from 00 to 59, this has " + minute
	case second == "":
		return "the seconds are missing: " + hour + ":" + minute + ":00"
	case len(second) < 2:
		return "the second needs two digits"
	case outside(second, 0, 59):
		return "the second goes from 00 to 59, this has " + second
	case len(fraction) == 1:
		return "digits are missing after " + hour + ":" + minute + ":" + second + fraction
	}
	return zoneFault(zone)
}

func zoneFault(zone string) string {
	switch {
	case zone == "":
		return "the time zone is missing: end it with Z for UTC, or with an offset such as +01:00"
	case zone == "UTC" || zone == "GMT":
		return "write Z for " + zone
	case !offsetShape.MatchString(zone):
		return "the offset is written like +01:00, this has " + zone
	}
	return "the offset goes from -23:59 to +23:59, written right behind the time"
}

func outside(digits string, low, high int) bool {
	n, _ := strconv.Atoi(digits) // two digits at most
	return n < low || n > high
}

// daysIn counts the days of a month: day 0 of the next one is its last.
func daysIn(year, month string) int {
	y, _ := strconv.Atoi(year)
	m, _ := strconv.Atoi(month)
	return time.Date(y, time.Month(m)+1, 0, 0, 0, 0, 0, time.UTC).Day()
}
