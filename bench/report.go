package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"runtime"
	"slices"
	"text/tabwriter"
	"time"
)

// row is one line of the table.
type row struct {
	what, ours, limit, ratio, goal string
}

// rate is a row of two speeds: how much of the limit we reach.
func rate(what string, ours, limit float64, goal string) row {
	return row{what, perSecond(ours), perSecond(limit), fmt.Sprintf("%.2f", ours/limit), goal}
}

func perSecond(n float64) string { return fmt.Sprintf("%.0f/s", n) }

// median of three or more figures.
func median(of []float64) float64 {
	sorted := slices.Sorted(slices.Values(of))
	return sorted[len(sorted)/2]
}

// percentile of sorted durations.
func percentile(sorted []time.Duration, p float64) time.Duration {
	return sorted[min(len(sorted)-1, int(p*float64(len(sorted))))]
}

// tell prints the table and writes it, with the date and the machine, to a file.
func tell(rows []row, path string) error {
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "what\tours\tlimit\tratio\tgoal")
	for _, r := range rows {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", r.what, r.ours, r.limit, r.ratio, r.goal)
	}
	if err := w.Flush(); err != nil || path == "" {
		return err
	}
	var page bytes.Buffer
	writePage(&page, rows)
	return os.WriteFile(path, page.Bytes(), 0o644)
}

func writePage(page io.Writer, rows []row) {
	fmt.Fprintf(page, `# Performance

Written by `+"`make bench`"+` on %s: %s, %s/%s, %d CPUs, receiver and load on the same machine. Each figure is the
median of %d rounds, and each limit was measured in the same run.

| what | ours | limit | ratio | goal |
| --- | --- | --- | --- | --- |
`, time.Now().UTC().Format(time.DateOnly), runtime.Version(), runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), rounds)
	for _, r := range rows {
		fmt.Fprintf(page, "| %s | %s | %s | %s | %s |\n", r.what, r.ours, r.limit, r.ratio, r.goal)
	}
	fmt.Fprint(page, `
- **deliver**: queued events of about 600 bytes to one fast endpoint, each attempt recorded; the limit is a bare
  net/http client loop that posts the same bytes with the same concurrency and records nothing.
- **accept**: events by POST from 32 keep-alive clients, on disk before 202 (the webhook is off, so that nothing is
  sent meanwhile); the limit is a server that reads and JSON-decodes the same body and answers 202.
- **accept → arrival**: 50 events a second, from the start of the POST to the arrival of the webhook's request. The
  time of the caller's own request is in it.
`)
}
