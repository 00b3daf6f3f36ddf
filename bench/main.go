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
		{"end-to-end", b.endToEnd, false},
		{"deliver", b.deliver, false},
		{"accept", b.accept, false},
		{"postgres", b.postgres, false},
		{"choices", b.choices, false},
		{"arrival", b.arrival, false},
		{"save", b.save, false},
		{"weight", b.weight, false},
		{"noisy", b.noisy, false},
		{"backlog", b.backlog, false},
		{"overload", b.overload, false},
		{"comeback", b.comeback, false},
		{"pages", b.pages, true},
		{"cost", b.cost, true},
		{"size", b.size, true},
		{"sustained", b.sustained, true},
	}
}

type measurement struct {
	name  string
	take  func() ([]row, error)
	heavy bool // takes many minutes: only with -heavy, or by name
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
	heavy := flag.Bool("heavy", false, "take those too that take many minutes: they fill a database with 1,000,000 deliveries first, or go on for ten minutes")
	report := flag.String("report", "docs/performance.md", "file to write the table to, if all are taken; empty: none")
	profile := flag.String("profile", "", "folder for profiles: of the server, or of a -child")
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
	if *profile != "" {
		if err := os.MkdirAll(*profile, 0o755); err != nil {
			return err
		}
	}
	b := &bench{dir: dir, scale: *scale, profile: *profile, logs: map[int]string{}}
	if err := b.build(); err != nil {
		return err
	}
	rows, err := b.take(*only, *heavy)
	if err != nil {
		return err
	}
	if *only != "" || *scale != 1 || *profile != "" {
		*report = ""
	}
	return publish(rows, b.costs, *report)
}

// take takes the chosen measurements, "" for all (the heavy ones if they are wanted), and says on standard error which one is running.
func (b *bench) take(only string, heavy bool) (rows []row, err error) {
	for _, m := range b.measurements() {
		if only != "" && !slices.Contains(strings.Split(only, ","), m.name) || only == "" && m.heavy && !heavy {
			continue
		}
		fmt.Fprintln(os.Stderr, "bench:", m.name)
		more, err := m.take()
		if err != nil {
			return nil, fmt.Errorf("%s: %w", m.name, err)
		}
		for _, r := range more { // a later measurement may fail
			fmt.Fprintln(os.Stderr, "bench:", r.what, r.ours, r.limit, r.ratio)
		}
		rows = append(rows, more...)
	}
	return rows, nil
}

// bench is one run of all measurements.
type bench struct {
	dir     string // everything on disk goes here and is removed
	binary  string // iozen
	floor   string // the bare storage loop
	profile string // folder for profiles; "": none
	scale   float64
	costs   []cost
	servers int            // that were opened
	logs    map[int]string // seeded databases by the number of their deliveries
}

// n is a count, or a number of seconds, made smaller by the scale.
func (b *bench) n(full int) int { return max(1, int(float64(full)*b.scale)) }
