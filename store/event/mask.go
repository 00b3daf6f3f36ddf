package event

import (
	"strings"

	"iozen/store"
)

// Mask stands for a configured value that is not shown: eight bullets (U+2022), whatever its length.
const Mask = "••••••••"

// FormatHeadersMasked writes headers as the textarea shows them, each value masked.
func FormatHeadersMasked(headers []store.Header) string {
	masked := make([]store.Header, len(headers))
	for i, h := range headers {
		masked[i] = store.Header{Name: h.Name, Value: Mask}
	}
	return FormatHeaders(masked)
}

// FormatHeaders writes headers as the textarea shows them after Reveal.
func FormatHeaders(headers []store.Header) string {
	lines := make([]string, len(headers))
	for i, h := range headers {
		lines[i] = h.Name + ": " + h.Value
	}
	return strings.Join(lines, "\n")
}
