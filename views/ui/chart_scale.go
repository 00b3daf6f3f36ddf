package ui

import (
	"math"
	"strings"
	"time"
)

// Scale is the axis of a chart: its lines stand at the same distance, the last one at the bottom.
type Scale struct {
	Top    int
	Labels []string // from the top down
}

// CountScale is a scale of round numbers, from 0 to at least highest, with two or three lines above the bottom one.
func CountScale(highest int) Scale {
	best, lines := 0, 0
	for step := 1; best == 0; step *= 10 {
		for _, s := range []int{step, 2 * step, 5 * step} {
			for _, n := range []int{2, 3} {
				if s*n >= highest && best == 0 {
					best, lines = s, n
				}
			}
		}
	}
	scale := Scale{Top: best * lines}
	for i := lines; i >= 0; i-- {
		scale.Labels = append(scale.Labels, Number(i*best))
	}
	return scale
}

// DurationScale is a scale of powers of ten: a slow answer does not flatten the usual ones.
type DurationScale struct {
	Labels      []string // from the top down
	low, decade float64  // the logarithm of the bottom line, and how many powers of ten there are above it
}

// DurationScaleOf is a scale with room for all durations that are not zero.
func DurationScaleOf(durations ...time.Duration) DurationScale {
	low, high := math.Inf(1), math.Inf(-1)
	for _, d := range durations {
		if d > 0 {
			low, high = min(low, math.Log10(d.Seconds())), max(high, math.Log10(d.Seconds()))
		}
	}
	if low > high {
		low, high = -3, -1
	}
	low = max(math.Floor(low), -3) // what took less than a millisecond is on the bottom line
	step := max(1, math.Ceil((math.Ceil(high)-low)/3))
	lines := max(2, math.Ceil((high-low)/step))
	s := DurationScale{low: low, decade: step * lines}
	for i := lines; i >= 0; i-- {
		s.Labels = append(s.Labels, strings.Replace(Duration(powerOfTen(low+i*step)), ".0 ", " ", 1))
	}
	return s
}

func powerOfTen(exponent float64) time.Duration {
	return time.Duration(math.Round(math.Pow(10, exponent)*1e6)) * time.Microsecond
}

// height is where a duration stands on the scale: 0 at the bottom, 1 at the top.
func (s DurationScale) height(d time.Duration) float64 {
	return min(1, max(0, (math.Log10(d.Seconds())-s.low)/s.decade))
}

// path is an SVG path through the durations of all columns. A column without one is a gap; one alone between two gaps is a dash.
func (s DurationScale) path(durations []time.Duration) string {
	var path strings.Builder
	for i, d := range durations {
		if d <= 0 {
			continue
		}
		x, y := (float64(i)+.5)*columnWidth, chartHeight*(1-s.height(d))
		before, after := i > 0 && durations[i-1] > 0, i+1 < len(durations) && durations[i+1] > 0
		switch {
		case before:
			path.WriteString("L" + unit(x) + " " + unit(y))
		case after:
			path.WriteString("M" + unit(x) + " " + unit(y))
		default:
			path.WriteString("M" + unit(x-columnGap/2) + " " + unit(y) + "h" + unit(columnGap))
		}
	}
	return path.String()
}
