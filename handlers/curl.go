package handlers

import (
	"strings"

	"iozen/store"
)

// curl writes a POST as a command to paste into a POSIX shell. The values are quoted, so that nothing in them is run.
func curl(url string, headers []store.Header, body string) string {
	parts := []string{"curl -X POST " + shellQuote(url)}
	for _, h := range headers {
		parts = append(parts, "-H "+shellQuote(h.Name+": "+h.Value))
	}
	parts = append(parts, "--data-raw "+shellQuote(body))
	return strings.Join(parts, " \\\n  ")
}

func shellQuote(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }
