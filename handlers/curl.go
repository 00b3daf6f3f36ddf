package handlers

import (
	"strings"

	"iozen/store"
)

// curl writes a POST as a command for a POSIX shell, to be pasted. Whatever is in the values stays a value.
func curl(url string, headers []store.Header, body string) string {
	parts := []string{"curl -X POST " + shellQuote(url)}
	for _, h := range headers {
		parts = append(parts, "-H "+shellQuote(h.Name+": "+h.Value))
	}
	parts = append(parts, "--data-raw "+shellQuote(body))
	return strings.Join(parts, " \\\n  ")
}

func shellQuote(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }
