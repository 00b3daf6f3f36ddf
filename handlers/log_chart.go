package handlers

import (
	"math"
	"net/url"
	"slices"
	"time"

	"iozen/store"
	"iozen/views"
	"iozen/views/ui"
)

// chart draws the figures: how many deliveries came in each column of time, and how they stand now.
func (g figures) chart(asked url.Values, f store.DeliveryFilter, path string, now time.Time) views.LogChart {
	begin := g.span.begin(now)
	c := views.LogChart{Title: g.span.title, Unit: g.span.unit, Over: !g.span.start.IsZero(), ClearURL: filterURL(path, without(asked, "to", "zone"), "from")}
	if asked.Get("from") != "" || asked.Get("to") != "" {
		c.From, c.Until = f.From, f.To
	}
	c.Columns = make([]views.LogColumn, g.span.columns)
	for i := range c.Columns {
		col := &c.Columns[i]
		col.At = begin.Add(time.Duration(i) * g.span.column)
		col.Until = col.At.Add(g.span.column)
		col.In = (c.From.IsZero() || c.From.Before(col.Until)) && (c.Until.IsZero() || c.Until.After(col.At))
	}
	var answers map[int]int
	switch {
	case g.counters != nil:
		answers = g.drawCounters(&c, begin)
	case !g.drawn.Whole() && g.limit < looksOfChart:
		return c // half a picture would be another picture
	default:
		answers = g.drawMarks(&c, begin)
		if !g.drawn.Whole() {
			c.Note = "The chart shows the newest " + ui.Number(len(g.drawn.Marks)) + " only."
		}
	}
	c.P50, c.P95 = percentileWords(answers)
	for _, col := range c.Columns {
		c.Max = max(c.Max, col.Total())
	}
	return c
}

// column is the column of a moment; ok is false outside the chart.
func (g figures) column(at, begin time.Time) (i int, ok bool) {
	i = int(at.Sub(begin) / g.span.column)
	return i, !at.Before(begin) && i < g.span.columns
}

// drawMarks puts each delivery into its column, and returns how long the answers of the chosen time took, by class.
func (g figures) drawMarks(c *views.LogChart, begin time.Time) map[int]int {
	answers := map[int]int{}
	for _, m := range g.drawn.Marks {
		i, ok := g.column(m.At, begin)
		if !ok {
			continue
		}
		draw(&c.Columns[i], m.Status)
		if m.Answered && c.Columns[i].In {
			answers[store.LatencyBucket(m.Duration)]++
		}
	}
	return answers
}

func draw(col *views.LogColumn, s store.Status) {
	switch s {
	case store.Delivered:
		col.Delivered++
	case store.Failed:
		col.Failed++
	case store.Skipped:
		col.NotSent++
	default:
		col.Waiting++
	}
}

// drawCounters takes what ended from the counters, which know all of it, and what did not get through, or not yet, from the log.
func (g figures) drawCounters(c *views.LogChart, begin time.Time) map[int]int {
	for _, m := range g.troubled.Marks {
		if i, ok := g.column(m.At, begin); ok && m.Status != store.Failed {
			draw(&c.Columns[i], m.Status)
		}
	}
	answers := map[int]int{}
	for _, n := range g.counters {
		i, ok := g.column(n.Hour, begin)
		if !ok {
			continue
		}
		switch n.Kind {
		case store.CountDelivered:
			c.Columns[i].Delivered += n.N
		case store.CountFailed:
			c.Columns[i].Failed += n.N
		}
		answered := n.Kind == store.CountDelivered || n.Kind == store.CountFailedAttempt && n.Bucket > 0
		if answered && c.Columns[i].In {
			answers[n.Bucket] += n.N
		}
	}
	return answers
}

func percentileWords(answers map[int]int) (p50, p95 string) {
	half, most := percentile(answers, .5), percentile(answers, .95)
	if half < 0 {
		return "", ""
	}
	return ui.Duration(half), ui.Duration(most)
}

// percentile reads a percentile from latency classes, as the middle of its class; negative when there is none.
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

// without is an address's query without some of its parts.
func without(asked url.Values, names ...string) url.Values {
	kept := url.Values{}
	for name, values := range asked {
		if !slices.Contains(names, name) {
			kept[name] = values
		}
	}
	return kept
}
