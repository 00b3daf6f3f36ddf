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
	var answers []latencies
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
	addSpeeds(&c, answers)
	return c
}

// column is the column of a moment; ok is false outside the chart.
func (g figures) column(at, begin time.Time) (i int, ok bool) {
	i = int(at.Sub(begin) / g.span.column)
	return i, !at.Before(begin) && i < g.span.columns
}

// latencies count answers by the class of how long they took.
type latencies map[int]int

func noLatencies(columns int) []latencies {
	all := make([]latencies, columns)
	for i := range all {
		all[i] = latencies{}
	}
	return all
}

// drawMarks puts each delivery into its column, and returns how long the answers took, column by column.
func (g figures) drawMarks(c *views.LogChart, begin time.Time) []latencies {
	answers := noLatencies(len(c.Columns))
	for _, m := range g.drawn.Marks {
		i, ok := g.column(m.At, begin)
		if !ok {
			continue
		}
		draw(&c.Columns[i], m.Status)
		if m.Answered {
			answers[i][store.LatencyBucket(m.Duration)]++
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
func (g figures) drawCounters(c *views.LogChart, begin time.Time) []latencies {
	for _, m := range g.troubled.Marks {
		if i, ok := g.column(m.At, begin); ok && m.Status != store.Failed {
			draw(&c.Columns[i], m.Status)
		}
	}
	answers := noLatencies(len(c.Columns))
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
		if answered {
			answers[i][n.Bucket] += n.N
		}
	}
	return answers
}

// addSpeeds adds how long the answers took in each column, and in the chosen time.
func addSpeeds(c *views.LogChart, answers []latencies) {
	chosen := latencies{}
	for i, in := range answers {
		col := &c.Columns[i]
		col.P50, col.P95 = max(0, percentile(in, .5)), max(0, percentile(in, .95))
		for class, n := range in {
			if col.In {
				chosen[class] += n
			}
		}
	}
	if half := percentile(chosen, .5); half >= 0 {
		c.P50, c.P95 = ui.Duration(half), ui.Duration(percentile(chosen, .95))
	}
}

// percentile reads a percentile from latency classes, as the middle of its class; negative when there is none.
func percentile(classes latencies, of float64) time.Duration {
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
