// Command bench measures ioZen against limits taken in the same run, and prints one table. Receiver, limit and
// ours are processes of their own; each figure is the median of three rounds.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
)

const rounds = 3

// measurements in the order of the table. Each returns its rows.
func (b *bench) measurements() []measurement {
	return []measurement{
		{"deliver", b.deliver},
		{"accept", b.accept},
		{"arrival", b.arrival},
		{"save", b.save},
		{"weight", b.weight},
		{"noisy", b.noisy},
		{"backlog", b.backlog},
		{"overload", b.overload},
		{"comeback", b.comeback},
	}
}

type measurement struct {
	name string
	take func() ([]row, error)
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// run is the parent, or, with -child, one of the processes that it starts.
func run() error {
	child := flag.String("child", "", "what this process is (set by the parent)")
	scale := flag.Float64("scale", 1, "make all counts and times smaller, to see that it works")
	only := flag.String("only", "", "take these measurements only, separated by commas")
	report := flag.String("report", "docs/performance.md", "file to write the table to, if all are taken; empty: none")
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
	b := &bench{dir: dir, scale: *scale}
	if err := b.build(); err != nil {
		return err
	}
	rows, err := b.take(*only)
	if err != nil {
		return err
	}
	if *only != "" || *scale != 1 {
		*report = ""
	}
	return tell(rows, *report)
}

// take takes the chosen measurements, "" for all, and tells on standard error which one is under way.
func (b *bench) take(only string) (rows []row, err error) {
	for _, m := range b.measurements() {
		if only != "" && !slices.Contains(strings.Split(only, ","), m.name) {
			continue
		}
		fmt.Fprintln(os.Stderr, "bench:", m.name)
		more, err := m.take()
		if err != nil {
			return nil, fmt.Errorf("%s: %w", m.name, err)
		}
		rows = append(rows, more...)
	}
	return rows, nil
}

// bench is one run of all measurements.
type bench struct {
	dir    string // everything on disk goes here and is removed
	binary string // iozen
	scale  float64
	houses int // that were opened
}

// n is a count, or a number of seconds, made smaller by the scale.
func (b *bench) n(full int) int { return max(1, int(float64(full)*b.scale)) }
