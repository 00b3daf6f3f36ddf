package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/pprof"
	"slices"
	"strings"
	"time"
)

// profiled runs a child with its CPU and allocations written to a folder ("": not), to be read with go tool pprof.
func profiled(dir string, run func() error) error {
	if dir == "" {
		return run()
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	cpu, err := os.Create(filepath.Join(dir, "cpu.pprof"))
	if err != nil {
		return err
	}
	if err := pprof.StartCPUProfile(cpu); err != nil {
		return errors.Join(err, cpu.Close())
	}
	err = run()
	pprof.StopCPUProfile()
	return errors.Join(err, cpu.Close(), writeAllocs(filepath.Join(dir, "allocs.pprof")))
}

func writeAllocs(path string) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	runtime.GC() // what was allocated until now counts
	return errors.Join(pprof.Lookup("allocs").WriteTo(f, 0), f.Close())
}

// profileOf is where the server of a database writes its profile.
func (b *bench) profileOf(database string) string {
	return filepath.Join(b.profile, strings.TrimSuffix(filepath.Base(strings.SplitN(database, "?", 2)[0]), ".db")+".pprof")
}

// serverParts are where a server's processor time goes. A sample belongs to the first of them of which a function is in
// its stack, so memory is that of all others too.
var serverParts = []serverPart{
	{"memory: allocating, garbage collector", []string{"runtime.mallocgc", "runtime.gc", "runtime.bgsweep", "runtime.bgscavenge", "runtime.wbBufFlush"}},
	{"writer: the transactions of SQLite", []string{"iozen/store/db.(*writer)"}},
	{"HTTP in: reading, checking, decoding, answering", []string{"net/http.(*conn)", "net/http.(*connReader)"}},
	{"HTTP out: one attempt", []string{"iozen/sender/attempt.", "iozen/sender/engine.(*Engine).work", "net/http.(*persistConn)", "net/http.(*Transport)"}},
	{"engine: which delivery goes next", []string{"iozen/sender/engine."}},
	{"scheduler of Go", []string{"runtime.schedule", "runtime.mcall", "runtime.mstart", "runtime.sysmon", "runtime.morestack"}},
	{"the rest", nil},
}

type serverPart struct {
	name      string
	functions []string // how their names begin
}

// partOf is the index of the part that a stack belongs to; the last part takes what no other does.
func partOf(stack []string) int {
	named := func(p serverPart) bool {
		return slices.ContainsFunc(stack, func(in string) bool {
			return slices.ContainsFunc(p.functions, func(f string) bool { return strings.HasPrefix(in, f) })
		})
	}
	if i := slices.IndexFunc(serverParts, named); i >= 0 {
		return i
	}
	return len(serverParts) - 1
}

// splitTraces adds up the samples that go tool pprof -traces -unit=us prints, for each part.
func splitTraces(traces string) (parts []time.Duration, err error) {
	parts = make([]time.Duration, len(serverParts))
	_, samples, _ := strings.Cut(traces, traceLine)
	for sample := range strings.SplitSeq(samples, traceLine) {
		_, lines, _ := strings.Cut(sample, "\n") // the end of the line between samples
		fields := strings.Fields(lines)
		if len(fields) == 0 {
			continue
		}
		took, err := time.ParseDuration(fields[0])
		if err != nil {
			return nil, fmt.Errorf("a sample of the profile: %w", err)
		}
		parts[partOf(fields[1:])] += took
	}
	return parts, nil
}

const traceLine = "-----------+"

// printProfile prints what an event took of processor time in each part of the server, and the functions that took most.
func printProfile(w io.Writer, path string, events int) error {
	traces, err := pprofTool("-traces", "-unit=us", path)
	if err != nil {
		return err
	}
	parts, err := splitTraces(traces)
	if err != nil {
		return err
	}
	var all time.Duration
	for _, took := range parts {
		all += took
	}
	fmt.Fprintln(w, "| part | processor time of one event | share |\n| --- | --- | --- |")
	for i, took := range parts {
		fmt.Fprintf(w, "| %s | %s | %.0f %% |\n", serverParts[i].name, microseconds(each(took, events)), 100*float64(took)/float64(max(1, all)))
	}
	fmt.Fprintf(w, "| all | %s | |\n\n", microseconds(each(all, events)))
	top, err := pprofTool("-top", "-nodecount=15", path)
	fmt.Fprintln(w, top)
	return err
}

func pprofTool(args ...string) (string, error) {
	out, err := exec.Command("go", append([]string{"tool", "pprof"}, args...)...).Output()
	if err != nil {
		return "", fmt.Errorf("go tool pprof: %w", err)
	}
	return string(out), nil
}
