// Command bench measures ioZen against limits taken in the same run, and prints one table. Receiver, limit and
// ours are processes of their own; each figure is the median of three rounds.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
)

const rounds = 3

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// run is the parent, or, with -child, one of the processes that it starts.
func run() error {
	child := flag.String("child", "", "what this process is (set by the parent)")
	events := flag.Int("events", 50_000, "events to deliver in one round")
	calls := flag.Int("calls", 40_000, "calls of one round of accepting")
	report := flag.String("report", "docs/performance.md", "file to write the table to; empty: none")
	profile := flag.String("profile", "", "folder for CPU and allocation profiles of a -child")
	flag.Parse()
	if *child != "" {
		start, ok := children[*child]
		if !ok {
			return errors.New("no such child: " + *child)
		}
		return profiled(*profile, func() error { return start(flag.Args()) })
	}

	dir, err := os.MkdirTemp("", "iozen-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	b := &bench{dir: dir, events: *events, calls: *calls}
	if err := b.build(); err != nil {
		return err
	}
	var rows []row
	for _, measure := range []func() ([]row, error){b.deliver, b.accept, b.arrival} {
		more, err := measure()
		if err != nil {
			return err
		}
		rows = append(rows, more...)
	}
	return tell(rows, *report)
}

// bench is one run of all measurements.
type bench struct {
	dir    string // everything on disk goes here and is removed
	binary string // iozen
	events int
	calls  int
}
