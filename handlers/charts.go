package handlers

import (
	"context"
	"fmt"
	"math"
	"net/http"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"iozen/store"
	"iozen/views"
	"iozen/views/ui"
)

// chartSpan is how far back charts go, and how much time one column covers.
type chartSpan struct {
	title, unit string
	column      time.Duration
	columns     int
}

var (
	lastDay   = chartSpan{"Last 24 hours", "hour", time.Hour, 24}
	lastWeek  = chartSpan{"Last 7 days", "6 hours", 6 * time.Hour, 28}
	lastMonth = chartSpan{"Last 30 days", "day", 24 * time.Hour, 30}
)

// spanOf is the shortest span that goes back as far as a log's time filter.
func spanOf(f store.DeliveryFilter, now time.Time) chartSpan {
	switch back := now.Sub(f.From); {
	case f.From.IsZero() || back <= 24*time.Hour:
		return lastDay
	case back <= 7*24*time.Hour:
		return lastWeek
	}
	return lastMonth
}

// begin is when the first column begins. Columns begin at full hours, of UTC where they are longer; the last one holds now.
func (s chartSpan) begin(now time.Time) time.Time {
	return now.UTC().Truncate(s.column).Add(-time.Duration(s.columns-1) * s.column)
}

// botCharts and allCharts are the charts alone, for a refresh. Their query is the log's.
func (a *app) botCharts(c echo.Context) error {
	bot, err := a.bot(c)
	if err != nil {
		return err
	}
	return a.renderCharts(c, bot.ID)
}

func (a *app) allCharts(c echo.Context) error { return a.renderCharts(c, uuid.Nil) }

func (a *app) renderCharts(c echo.Context, botID uuid.UUID) error {
	now := a.Now()
	filter, _ := pageFilter(c.QueryParams(), botID, now)
	charts, err := a.charts(c.Request().Context(), botID, spanOf(filter, now))
	if err != nil {
		return err
	}
	return a.render(c, http.StatusOK, views.LogCharts(charts))
}

// charts reads what became of the events of a bot, or of all (uuid.Nil). It reads counters, never the log.
func (a *app) charts(ctx context.Context, botID uuid.UUID, span chartSpan) (views.Charts, error) {
	now := a.Now()
	counts, err := a.Store.HourCounts(ctx, botID, span.begin(now), now.Add(time.Hour))
	if err != nil {
		return views.Charts{}, fmt.Errorf("read counters: %w", err)
	}
	columns, whole := chartColumns(counts, span, now)
	charts := views.Charts{
		Title: span.title, Unit: span.unit, Columns: columns,
		Anything: whole.Delivered+whole.Retried+whole.Failed > 0,
		Latency:  latencyWords(whole), Summary: ui.Number(whole.Delivered) + " delivered",
	}
	charts.NewsURL = logURL("") + "/charts"
	if botID != uuid.Nil {
		charts.NewsURL = logURL(botID.String()) + "/charts"
		retrying, err := a.Store.CountStatus(ctx, botID, store.Retrying, countLimit+1)
		if err != nil {
			return charts, err
		}
		charts.Summary += " · " + atMost(retrying) + " retrying"
	}
	charts.Summary += " · " + ui.Number(whole.Failed) + " failed"
	return charts, nil
}

// countLimit is how far counting goes; more is "1,000+".
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

// tally adds a count to a column. A failed delivery also has a failed attempt, but a column shows it once. A failed attempt
// in class 0 had no answer (or one within a millisecond, which does not come from a server in trouble).
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

// percentile reads a percentile from latency classes, as the middle of its class; negative without any counts.
func percentile(classes map[int]int, of float64) time.Duration {
	total, highest := 0, 0
	for class, n := range classes {
		total, highest = total+n, max(highest, class)
	}
	if total == 0 {
		return -1
	}
	rank := int(math.Ceil(of * float64(total)))
	for class := 0; class <= highest; class++ {
		if rank -= classes[class]; rank <= 0 {
			return time.Duration(float64(store.BucketEnd(class)) / math.Sqrt(math.Sqrt2))
		}
	}
	return store.BucketEnd(highest)
}

func latencyWords(whole views.ChartColumn) string {
	if whole.P50 < 0 {
		return "No answers yet"
	}
	return strings.Join([]string{"p50 " + ui.Duration(whole.P50), "p95 " + ui.Duration(whole.P95)}, " · ")
}
