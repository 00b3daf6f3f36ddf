package ui

import (
	"fmt"
	"strings"
	"time"
)

// Stack is one column of a chart: its parts from the bottom up, and the text that is shown on hover.
type Stack struct {
	Parts []StackPart
	Words string
}

// StackPart is one colour of a column.
type StackPart struct {
	Kind Kind
	N    int
}

// The charts' own units. The browser stretches them to the available width.
const (
	chartHeight = 100.0
	columnWidth = 10.0
	columnGap   = 2.0
)

// block is a part of a column as it is drawn.
type block struct {
	kind         Kind
	x, y, height string
}

// blocks places the parts of all columns on one scale. Every part that is not zero is high enough to be seen.
func blocks(stacks []Stack) []block {
	const least = 1.5
	highest := 1
	for _, s := range stacks {
		highest = max(highest, s.total())
	}
	var drawn []block
	for i, s := range stacks {
		y := chartHeight
		for _, p := range s.Parts {
			if p.N == 0 {
				continue
			}
			height := max(least, chartHeight*float64(p.N)/float64(highest))
			y = max(0, y-height)
			drawn = append(drawn, block{p.Kind, unit(float64(i) * columnWidth), unit(y), unit(height)})
		}
	}
	return drawn
}

func (s Stack) total() (n int) {
	for _, p := range s.Parts {
		n += p.N
	}
	return n
}

// linePath draws durations as a line, highest at the top. A missing one (negative) breaks the line; a value without
// neighbours is drawn as a dot.
func linePath(values []time.Duration, highest time.Duration) string {
	var path strings.Builder
	drawing := false
	for i, v := range values {
		if v < 0 {
			drawing = false
			continue
		}
		command := "L"
		if !drawing {
			command = "M"
		}
		x := (float64(i) + .5) * columnWidth
		y := chartHeight - chartHeight*float64(v)/float64(max(highest, 1))
		fmt.Fprintf(&path, "%s%s %s", command, unit(x), unit(y))
		if !drawing {
			path.WriteString("h.01")
		}
		drawing = true
	}
	return path.String()
}

func highestOf(series ...[]time.Duration) (highest time.Duration) {
	for _, values := range series {
		for _, v := range values {
			highest = max(highest, v)
		}
	}
	return highest
}

func unit(f float64) string {
	return strings.TrimSuffix(strings.TrimRight(fmt.Sprintf("%.2f", f), "0"), ".")
}

func viewBox(columns int) string {
	return "0 0 " + unit(float64(columns)*columnWidth) + " " + unit(chartHeight)
}
