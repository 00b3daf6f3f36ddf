// Command testrun runs several "go test" side by side and prints a line for each package as it ends, the output of what
// failed, and a summary. Groups are separated by "--"; each is the arguments of one go test:
//
//	testrun ./e2e -- -race ./store ./sender
//
// It fails when a test, a package or a build fails, when a group cannot be run, and when no test ran.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"slices"
	"sync"
	"syscall"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	r := newReport(os.Stdout)
	runAll(ctx, r, groups(os.Args[1:]))
	if !r.close() {
		os.Exit(1)
	}
}

// groups splits the arguments at each "--".
func groups(args []string) [][]string {
	var all [][]string
	for len(args) > 0 {
		end := slices.Index(args, "--")
		if end < 0 {
			end = len(args)
		}
		if end > 0 {
			all = append(all, args[:end])
		}
		args = args[min(end+1, len(args)):]
	}
	return all
}

// runAll runs all groups at the same time, so that some compute while others wait.
func runAll(ctx context.Context, r *report, groups [][]string) {
	var running sync.WaitGroup
	for _, group := range groups {
		running.Go(func() {
			if err := goTest(ctx, r, group); err != nil {
				r.trouble(fmt.Sprintf("go test %q: %v", group, err))
			}
		})
	}
	running.Wait()
}

// goTest runs one group and reports its events as they come.
func goTest(ctx context.Context, r *report, args []string) error {
	cmd := exec.CommandContext(ctx, "go", append([]string{"test", "-json"}, args...)...)
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) } // so that go test ends its tests
	cmd.WaitDelay = time.Minute
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	err = r.read(out)
	_, _ = io.Copy(io.Discard, out) // it never waits for us
	if ended := cmd.Wait(); ended != nil {
		return ended
	}
	return err
}
