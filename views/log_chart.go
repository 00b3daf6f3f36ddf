package views

import (
	"strings"
	"time"

	"iozen/views/ui"
)

// LogChart is how many deliveries came in each column of time, and how they stand now.
type LogChart struct {
	Title       string // "Last 24 hours"
	Unit        string // what one column stands for: "hour"
	Over        bool   // it ended before now
	From, Until time.Time
	ClearURL    string // without that choice
	P50, P95    string // how long the answers of the chosen time took; "" when there were none
	Columns     []LogColumn
	Note        string // what the chart does not show
	Later       bool   // the page asks for it once it is there
}

// LogColumn is one column.
type LogColumn struct {
	At, Until                           time.Time
	Delivered, Waiting, Failed, NotSent int
	In                                  bool          // it belongs to the chosen time
	P50, P95                            time.Duration // how long the answers took; 0 when there were none
}

// Total is all that came in the column's time.
func (c LogColumn) Total() int { return c.Delivered + c.Waiting + c.Failed + c.NotSent }

func (c LogChart) brushed() bool { return !c.From.IsZero() || !c.Until.IsZero() }

// words describe the chart to whoever does not see it; the table says it column by column.
func (c LogChart) words() string {
	var sum LogColumn
	for _, col := range c.Columns {
		sum.Delivered, sum.Waiting, sum.Failed, sum.NotSent = sum.Delivered+col.Delivered, sum.Waiting+col.Waiting, sum.Failed+col.Failed, sum.NotSent+col.NotSent
	}
	parts := []string{ui.Number(sum.Delivered) + " delivered", ui.Number(sum.Waiting) + " waiting", ui.Number(sum.Failed) + " failed"}
	if sum.NotSent > 0 {
		parts = append(parts, ui.Number(sum.NotSent)+" not sent")
	}
	return "Deliveries per " + c.Unit + ", " + strings.ToLower(c.Title[:1]) + c.Title[1:] + ": " + strings.Join(parts, ", ") + "."
}

func (c LogChart) stacks() []ui.Stack {
	stacks := make([]ui.Stack, len(c.Columns))
	for i, col := range c.Columns {
		stacks[i] = ui.Stack{
			Out: !col.In,
			Parts: []ui.StackPart{
				{Kind: ui.OK, N: col.Delivered}, {Kind: ui.Muted, N: col.NotSent}, {Kind: ui.Warn, N: col.Waiting}, {Kind: ui.Bad, N: col.Failed},
			},
		}
	}
	return stacks
}

// scale is the axis of the columns.
func (c LogChart) scale() ui.Scale {
	highest := 0
	for _, col := range c.Columns {
		highest = max(highest, col.Total())
	}
	return ui.CountScale(highest)
}

// speeds are how long the answers took in each column: half of them, and 95 of 100.
func (c LogChart) speeds() (usual, slow []time.Duration) {
	for _, col := range c.Columns {
		usual, slow = append(usual, col.P50), append(slow, col.P95)
	}
	return usual, slow
}

func (c LogChart) speedWords() string {
	return "Response time per " + c.Unit + ": half of the answers within " + c.P50 + ", 95 of 100 within " + c.P95 + "."
}

// brush is the first column of the chosen time, and the one after its last.
func (c LogChart) brush() (first, end int) {
	end = -1
	for i, col := range c.Columns {
		if col.In && end < 0 {
			first, end = i, i
		}
		if col.In {
			end = i + 1
		}
	}
	return first, max(end, first)
}

// ticks are the moments that stand below the chart, at the same distance from each other; the last is now.
func (c LogChart) ticks() (at []time.Time) {
	const marks = 6
	for i := range marks {
		at = append(at, c.Columns[i*len(c.Columns)/marks].At)
	}
	return at
}

// tickStyle is how a moment below the chart is written.
func (c LogChart) tickStyle(i int) string {
	switch {
	case c.Columns[0].Until.Sub(c.Columns[0].At) > time.Hour:
		return "date"
	case i == 0:
		return "weekday"
	}
	return "minute"
}

// filled are the columns that the table has: those with something in them, the newest first.
func (c LogChart) filled() (columns []LogColumn) {
	for i := len(c.Columns) - 1; i >= 0; i-- {
		if c.Columns[i].Total() > 0 {
			columns = append(columns, c.Columns[i])
		}
	}
	return columns
}

// took writes how long answers took; none is a dash.
func took(d time.Duration) string {
	if d == 0 {
		return "–"
	}
	return ui.Duration(d)
}
