package main

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
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

// slower is a row of two durations, in nanoseconds: how much longer ioZen takes.
func slower(what string, ours, limit float64, goal string) row {
	return row{what, milliseconds(time.Duration(ours)), milliseconds(time.Duration(limit)), fmt.Sprintf("%.2f", ours/limit), goal}
}

func perSecond(n float64) string { return fmt.Sprintf("%.0f/s", n) }

// median of three or more figures.
func median(of []float64) float64 {
	sorted := slices.Sorted(slices.Values(of))
	return sorted[len(sorted)/2]
}

// medianOf is the median of one figure of each run.
func medianOf[T any](runs []T, figure func(T) float64) float64 {
	figures := make([]float64, len(runs))
	for i, r := range runs {
		figures[i] = figure(r)
	}
	return median(figures)
}

// percentile of sorted durations.
func percentile(sorted []time.Duration, p float64) time.Duration {
	return sorted[min(len(sorted)-1, int(p*float64(len(sorted))))]
}

// publish prints the tables and writes them, with the date and the machine, to a file.
func publish(rows []row, costs []cost, path string) error {
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "what\tours\tlimit\tratio\tgoal")
	for _, r := range rows {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", r.what, r.ours, r.limit, r.ratio, r.goal)
	}
	fmt.Fprintln(w, "\nprocessor time of one event\tour process\tbare loop\tbare storage\tratio\tevents of one commit")
	for _, c := range costs {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", c.what, c.ours, c.http, c.storage, c.ratio, c.group)
	}
	if err := w.Flush(); err != nil || path == "" {
		return err
	}
	page, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	said, err := replaceTable(string(page), table(rows, costs))
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return os.WriteFile(path, []byte(said), 0o644)
}

// The table is between these lines; the text around them is written by hand.
const (
	tableBegins = "<!-- make bench writes from here -->\n"
	tableEnds   = "<!-- to here -->\n"
)

func replaceTable(page, table string) (string, error) {
	before, rest, begins := strings.Cut(page, tableBegins)
	_, after, ends := strings.Cut(rest, tableEnds)
	if !begins || !ends {
		return "", errors.New("the lines between which the table goes are missing")
	}
	return before + tableBegins + table + tableEnds + after, nil
}

func table(rows []row, costs []cost) string {
	var t strings.Builder
	fmt.Fprintf(&t, `Taken on %s: %s, %s/%s, %d CPUs, receiver and load on the same machine. Each figure is the median of %d
rounds, and each limit was measured in the same run.

| what | ours | limit | ratio | goal |
| --- | --- | --- | --- | --- |
`, time.Now().UTC().Format(time.DateOnly), runtime.Version(), runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), rounds)
	for _, r := range rows {
		fmt.Fprintf(&t, "| %s | %s | %s | %s | %s |\n", r.what, r.ours, r.limit, r.ratio, r.goal)
	}
	fmt.Fprint(&t, `
| processor time of one event | our process | bare loop | bare storage | ratio | events of one commit |
| --- | --- | --- | --- | --- | --- |
`)
	for _, c := range costs {
		fmt.Fprintf(&t, "| %s | %s | %s | %s | %s | %s |\n", c.what, c.ours, c.http, c.storage, c.ratio, c.group)
	}
	return t.String()
}
