package handlers

import (
	"time"

	"iozen/store"
)

// chartSpan is how far back a chart goes, and how much time one column stands for.
type chartSpan struct {
	title, unit string
	column      time.Duration
	columns     int
	start       time.Time // of a time that is over; zero: the last column is now's
}

var (
	lastHour  = chartSpan{title: "Last hour", unit: "2 minutes", column: 2 * time.Minute, columns: 30}
	lastDay   = chartSpan{title: "Last 24 hours", unit: "hour", column: time.Hour, columns: 24}
	lastWeek  = chartSpan{title: "Last 7 days", unit: "6 hours", column: 6 * time.Hour, columns: 28}
	lastMonth = chartSpan{title: "Last 30 days", unit: "day", column: 24 * time.Hour, columns: 30}
)

// chartSpans belong to the ranges that the filter offers.
var chartSpans = map[string]chartSpan{"1h": lastHour, "24h": lastDay, "7d": lastWeek, "30d": lastMonth}

// spanOf is the shortest span that goes back as far as a time filter. A time that was over before any span begins has one of
// its own.
func spanOf(f store.DeliveryFilter, now time.Time) chartSpan {
	if !f.To.IsZero() && f.To.Before(lastMonth.begin(now)) {
		return spanUntil(f)
	}
	from := f.From
	if from.IsZero() || !f.To.IsZero() && f.To.Before(from) {
		from = f.To
	}
	switch back := now.Sub(from); {
	case from.IsZero() || back <= 24*time.Hour:
		return lastDay
	case back <= 7*24*time.Hour:
		return lastWeek
	}
	return lastMonth
}

// spanUntil ends with the chosen time: it shows the time from its beginning, or a day.
func spanUntil(f store.DeliveryFilter) chartSpan {
	s := chartSpan{title: "Chosen time", unit: "column", columns: lastMonth.columns, start: f.To.Add(-24 * time.Hour)}
	if !f.From.IsZero() {
		s.start = f.From
	}
	s.column = (f.To.Sub(s.start)/time.Duration(s.columns) + time.Minute).Truncate(time.Minute)
	return s
}

// begin is when the first column begins. Columns begin at full hours, of UTC where they are longer; the last one is now's.
func (s chartSpan) begin(now time.Time) time.Time {
	if !s.start.IsZero() {
		return s.start
	}
	return now.UTC().Truncate(s.column).Add(-time.Duration(s.columns-1) * s.column)
}

func (s chartSpan) end(now time.Time) time.Time {
	return s.begin(now).Add(time.Duration(s.columns) * s.column)
}
