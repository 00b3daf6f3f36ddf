package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// children are the roles of this program's child processes.
var children = map[string]func(args []string) error{
	"receiver":     func([]string) error { return serveChild(newReceiver()) },
	"accept-limit": func([]string) error { return serveChild(http.HandlerFunc(decodeOnly)) },
	"fill":         fillChild,
	"deliver":      deliverChild,
	"post-loop":    postLoopChild,
	"relay":        relayChild,
	"seed":         seedChild,
	"cost":         costChild,
}

// build makes the product's binary, with -profile one that writes its profile, and the bare storage loop.
func (b *bench) build() error {
	tags := "netgo"
	if b.profile != "" {
		tags += ",profile"
	}
	b.binary, b.floor = filepath.Join(b.dir, "iozen"), filepath.Join(b.dir, "floor")
	for binary, from := range map[string]string{b.binary: "iozen", b.floor: "iozen/bench/floor"} {
		out, err := exec.Command("go", "build", "-tags", tags, "-trimpath", "-o", binary, from).CombinedOutput()
		if err != nil {
			return fmt.Errorf("building %s: %w\n%s", from, err, out)
		}
	}
	return nil
}

// process is a running child. Its first line on standard output is its address, or its result.
type process struct {
	cmd   *exec.Cmd
	began time.Time
	lines *bufio.Scanner
}

func child(args ...string) (*process, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	return start(exec.Command(self, append([]string{"-child"}, args...)...))
}

func start(cmd *exec.Cmd) (*process, error) {
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	began := time.Now()
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	return &process{cmd: cmd, began: began, lines: bufio.NewScanner(out)}, nil
}

// line waits for the next line with a prefix and returns what follows it.
func (p *process) line(prefix string) (string, error) {
	for p.lines.Scan() {
		if rest, ok := strings.CutPrefix(p.lines.Text(), prefix); ok {
			return rest, nil
		}
	}
	return "", errors.Join(errors.New("the process ended without "+prefix), p.lines.Err(), p.cmd.Wait())
}

// stop ends the child; being ended by a signal is not a failure.
func (p *process) stop() error {
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	for p.lines.Scan() { // what is still said, so that it never waits for us
	}
	err := p.cmd.Wait()
	var exit *exec.ExitError
	if errors.As(err, &exit) && !exit.Exited() {
		return nil
	}
	return err
}

// kill ends the child without waiting for what it has under way.
func (p *process) kill() error {
	if err := p.cmd.Process.Kill(); err != nil {
		return err
	}
	_ = p.cmd.Wait() // says that it was killed
	return nil
}

// result runs a child to its end and reads the numbers that it prints.
func result(into []any, args ...string) error {
	p, err := child(args...)
	if err != nil {
		return err
	}
	return p.result(into...)
}

func (p *process) result(into ...any) error {
	text, err := p.line("result ")
	if err != nil {
		return fmt.Errorf("%s: %w", strings.Join(p.cmd.Args[1:], " "), err)
	}
	if _, err := fmt.Sscan(text, into...); err != nil {
		return fmt.Errorf("%s: result %q: %w", strings.Join(p.cmd.Args[1:], " "), text, err)
	}
	return p.cmd.Wait()
}

// used is the processor time that a process has used until now.
func (p *process) used() (time.Duration, error) {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.cmd.Process.Pid))
	if err != nil {
		return 0, err
	}
	return parseUsed(string(stat))
}

// tick is the unit of processor times in /proc.
const tick = 10 * time.Millisecond

// parseUsed adds user and system time, the 14th and 15th field.
func parseUsed(stat string) (time.Duration, error) {
	n, err := statFields(stat, 14, 15)
	return time.Duration(n) * tick, err
}

// parseUsedByEnded adds those of the children that have ended, the 16th and 17th field.
func parseUsedByEnded(stat string) (time.Duration, error) {
	n, err := statFields(stat, 16, 17)
	return time.Duration(n) * tick, err
}

// parentIn is the 4th field.
func parentIn(stat string) (int, error) { return statFields(stat, 4) }

// statFields adds fields of /proc/PID/stat, numbered as in proc(5). The second is a name, which may contain anything.
func statFields(stat string, numbers ...int) (sum int, err error) {
	fields := strings.Fields(stat[strings.LastIndex(stat, ")")+1:])
	for _, number := range numbers {
		if len(fields) <= number-3 {
			return 0, fmt.Errorf("no field %d in %q", number, stat)
		}
		n, err := strconv.Atoi(fields[number-3])
		if err != nil {
			return 0, err
		}
		sum += n
	}
	return sum, nil
}

// serveChild serves on a port of its own and says where.
func serveChild(h http.Handler) error {
	l, err := new(net.ListenConfig).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Println("address http://" + l.Addr().String())
	return http.Serve(l, h)
}

// server starts a child that serves, and returns its address.
func server(args ...string) (*process, string, error) {
	p, err := child(args...)
	if err != nil {
		return nil, "", err
	}
	address, err := p.line("address ")
	return p, address, err
}
