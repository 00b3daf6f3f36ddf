// Package ui holds the small components that all pages are made of: fields, pills, cards, times, bars.
//
// They are pure functions of their arguments. No component writes a style attribute: the content security policy
// forbids them, so sizes that depend on data are SVG attributes.
package ui

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// Kind is the meaning of a pill or banner; it decides colour and icon, never the text.
type Kind string

// The kinds.
const (
	OK    Kind = "ok"
	Bad   Kind = "bad"
	Warn  Kind = "warn"
	Muted Kind = "muted"
)

// icon returns the name of the kind's icon, for where there is no better one.
func (k Kind) icon() string {
	switch k {
	case OK:
		return "check"
	case Bad:
		return "x"
	case Warn:
		return "triangle-alert"
	default:
		return "minus"
	}
}

// Duration writes a duration as people read it: "<1 ms", "92 ms", "1.2 s", "31 s".
func Duration(d time.Duration) string {
	switch {
	case d < time.Millisecond:
		return "<1 ms"
	case d < time.Second:
		return fmt.Sprintf("%d ms", d.Milliseconds())
	case d < 10*time.Second:
		return fmt.Sprintf("%.1f s", math.Floor(d.Seconds()*10)/10) // 9.96 s is not "10.0 s"
	default:
		return fmt.Sprintf("%d s", int(d.Seconds()))
	}
}

// Count writes a number with its noun, in the plural where needed, with thousands separated: "1 event", "9,214 events", "2 deliveries",
// "3 days".
func Count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	if stem, ok := strings.CutSuffix(noun, "y"); ok && stem != "" && !strings.ContainsAny(stem[len(stem)-1:], "aeou") { // but days, keys
		return Number(n) + " " + stem + "ies"
	}
	return Number(n) + " " + noun + "s"
}

// Number writes a whole number with commas between thousands.
func Number(n int) string {
	digits := strconv.Itoa(n)
	start := 0
	if n < 0 {
		start = 1
	}
	for i := len(digits) - 3; i > start; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}
