package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"time"
)

// event is one line of go test -json (go doc test2json).
type event struct {
	Action      string
	Package     string
	Test        string
	Elapsed     float64
	Output      string
	ImportPath  string // of what is built
	FailedBuild string // why a package failed
}

// report collects the output of several go test.
type report struct {
	began time.Time

	mu                      sync.Mutex
	out                     io.Writer
	passed, failed, skipped int
	packages                []ended
	bad                     bool
}

// ended is a package whose tests are over.
type ended struct {
	name string
	took float64 // seconds
}

func newReport(out io.Writer) *report { return &report{began: time.Now(), out: out} }

// read takes the events of one go test until it ends. A line that is not an event is shown unchanged.
func (r *report) read(events io.Reader) error {
	said := map[string]*strings.Builder{} // by package, or package and test, or what is built
	lines := bufio.NewReader(events)
	for {
		line, err := lines.ReadBytes('\n')
		if len(line) > 0 {
			var e event
			if json.Unmarshal(line, &e) == nil && e.Action != "" {
				r.take(e, said)
			} else {
				r.show(string(bytes.TrimRight(line, "\n")) + "\n")
			}
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

func (r *report) take(e event, said map[string]*strings.Builder) {
	key := e.Package + " " + e.Test
	switch e.Action {
	case "output":
		keep(said, key, e.Output)
		return
	case "build-output":
		keep(said, e.ImportPath, e.Output)
		return
	case "pass", "fail", "skip":
	default:
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case e.Test == "":
		r.endPackage(e, said)
	case e.Action == "pass":
		r.passed++
		delete(said, key)
	case e.Action == "skip":
		r.skipped++
		fmt.Fprint(r.out, text(said, key))
	default:
		r.failed++
		fmt.Fprint(r.out, text(said, key))
	}
}

// endPackage prints the result of a package as go test does, and its whole output if it failed: also that of a test that never
// ended (a panic, the timeout).
func (r *report) endPackage(e event, said map[string]*strings.Builder) {
	word := "ok  "
	switch e.Action {
	case "fail":
		word, r.bad = "FAIL", true
		fmt.Fprint(r.out, text(said, e.FailedBuild))
		var left []string
		for key := range said {
			if strings.HasPrefix(key, e.Package+" ") {
				left = append(left, key)
			}
		}
		slices.Sort(left)
		for _, key := range left {
			fmt.Fprint(r.out, text(said, key))
		}
	case "skip":
		return // it has no tests
	}
	r.packages = append(r.packages, ended{e.Package, e.Elapsed})
	fmt.Fprintf(r.out, "%s\t%s\t%.1fs\n", word, e.Package, e.Elapsed)
}

func keep(said map[string]*strings.Builder, key, output string) {
	if said[key] == nil {
		said[key] = &strings.Builder{}
	}
	said[key].WriteString(output)
}

// text returns the output that was kept, once.
func text(said map[string]*strings.Builder, key string) string {
	kept := said[key]
	delete(said, key)
	if kept == nil {
		return ""
	}
	return kept.String()
}

func (r *report) show(line string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	fmt.Fprint(r.out, line)
}

// trouble makes the whole run fail, whatever the tests say.
func (r *report) trouble(what string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.bad = true
	fmt.Fprintln(r.out, what)
}

// close writes the summary, and reports whether everything passed.
func (r *report) close() (well bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	slices.SortStableFunc(r.packages, func(a, b ended) int { return int(b.took*1000) - int(a.took*1000) })
	var slowest []string
	for _, p := range r.packages[:min(3, len(r.packages))] {
		slowest = append(slowest, fmt.Sprintf("%s %.0fs", p.name, p.took))
	}
	skipped := ""
	if r.skipped > 0 {
		skipped = fmt.Sprintf(", %d tests skipped", r.skipped)
	}
	fmt.Fprintf(r.out, "\n%d packages in %s; slowest: %s%s\n", len(r.packages), time.Since(r.began).Round(time.Second), strings.Join(slowest, ", "), skipped)
	if r.passed+r.failed == 0 {
		fmt.Fprintln(r.out, "no test ran")
		r.bad = true
	}
	well = !r.bad && r.failed == 0
	if !well && r.failed == 0 {
		r.failed = 1 // a package or a build: a run that failed never says "0 failed"
	}
	fmt.Fprintf(r.out, "%d passed, %d failed\n", r.passed, r.failed)
	return well
}
