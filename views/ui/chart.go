package ui

import (
	"fmt"
	"strings"
)

// Stack is one column of a chart: what it counts, from the bottom up.
type Stack struct {
	Parts []StackPart
	Out   bool // it does not belong to what is chosen
}

// StackPart is one colour of a column.
type StackPart struct {
	Kind Kind
	N    int
}

// The charts' own units. The browser stretches them to the room that there is.
const (
	chartHeight = 100.0
	columnWidth = 10.0
	columnGap   = 4.0
)

// block is a part of a column as it is drawn.
type block struct {
	kind         Kind
	out          bool
	x, y, height string
}

// blocks lays the parts of all columns on a scale that ends at top. What is there at all can be seen.
func blocks(stacks []Stack, top int) []block {
	const least = 1.5
	var drawn []block
	for i, s := range stacks {
		y := chartHeight
		for _, p := range s.Parts {
			if p.N == 0 {
				continue
			}
			height := max(least, chartHeight*float64(p.N)/float64(top))
			y = max(0, y-height)
			drawn = append(drawn, block{p.Kind, s.Out, unit(float64(i)*columnWidth + columnGap/2), unit(y), unit(height)})
		}
	}
	return drawn
}

func unit(f float64) string {
	return strings.TrimSuffix(strings.TrimRight(fmt.Sprintf("%.2f", f), "0"), ".")
}

func viewBox(columns int) string {
	return "0 0 " + unit(float64(columns)*columnWidth) + " " + unit(chartHeight)
}
