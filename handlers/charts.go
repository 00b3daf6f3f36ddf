package handlers

import (
	"time"

	"iozen/store"
	"iozen/views"
	"iozen/views/ui"
)

// countLimit is how far counting goes; what is more is "1,000+".
const countLimit = 1000

func atMost(n int) string {
	if n > countLimit {
		return ui.Number(countLimit) + "+"
	}
	return ui.Number(n)
}

// chartColumns sorts hours into columns; whole is all of them as one.
func chartColumns(counts []store.HourCount, span chartSpan, now time.Time) (columns []views.ChartColumn, whole views.ChartColumn) {
	begin := span.begin(now)
	columns = make([]views.ChartColumn, span.columns)
	latencies := make([]map[int]int, span.columns)
	all := map[int]int{}
	for i := range columns {
		columns[i].At, latencies[i] = begin.Add(time.Duration(i)*span.column), map[int]int{}
	}
	for _, c := range counts {
		i := int(c.Hour.Sub(begin) / span.column)
		if c.Hour.Before(begin) || i >= span.columns {
			continue
		}
		tally(&columns[i], latencies[i], c)
		tally(&whole, all, c)
	}
	for i := range columns {
		columns[i].P50, columns[i].P95 = percentile(latencies[i], .5), percentile(latencies[i], .95)
	}
	whole.P50, whole.P95 = percentile(all, .5), percentile(all, .95)
	return columns, whole
}

// tally adds a count to a column. Each delivery given up has a failed attempt as well: a column shows it once. A
// failed attempt in class 0 had no answer (or one within a millisecond, which is no server in trouble).
func tally(column *views.ChartColumn, latencies map[int]int, c store.HourCount) {
	switch c.Kind {
	case store.CountDelivered:
		column.Delivered += c.N
		latencies[c.Bucket] += c.N
	case store.CountFailedAttempt:
		column.Retried += c.N
		if c.Bucket > 0 {
			latencies[c.Bucket] += c.N
		}
	case store.CountFailed:
		column.Failed += c.N
		column.Retried -= c.N
	}
}
