package server

import (
	"io"
	"log"
	"log/slog"
	"strings"
	"sync"

	"golang.org/x/time/rate"
)

// NewLog makes the program's log: JSON lines for "json", otherwise text. It goes to standard error: standard output is for what
// a person reads.
func NewLog(format string, out io.Writer) *slog.Logger {
	if format == "json" {
		return slog.New(slog.NewJSONHandler(out, nil))
	}
	return slog.New(slog.NewTextHandler(out, nil))
}

// CaptureStdLog sends what libraries write to package log (net/http does, once per odd answer of an endpoint)
// to our log, at most a few lines a second: an endpoint must not be able to fill the disk.
func CaptureStdLog(to *slog.Logger) {
	log.SetFlags(0)
	log.SetOutput(&quietWriter{to: to, limit: rate.NewLimiter(stdLogRate, stdLogBurst)})
}

const (
	stdLogRate  = 1 // lines a second, in the long run
	stdLogBurst = 20
)

// longestStdLine is longer than any line that a library needs.
const longestStdLine = 300

// withoutAnswer shortens a line, and removes from net/http's lines what an endpoint sent: it may echo our own secrets.
func withoutAnswer(line string) string {
	line, _, _ = strings.Cut(strings.TrimSpace(line), " starting with ")
	return strings.ToValidUTF8(line[:min(len(line), longestStdLine)], "")
}

// quietWriter turns lines into log records and drops what exceeds its rate, saying how many.
type quietWriter struct {
	to    *slog.Logger
	limit *rate.Limiter

	mu      sync.Mutex
	dropped int
}

// Write takes one line, as package log promises.
func (w *quietWriter) Write(line []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.limit.Allow() {
		w.dropped++
		return len(line), nil
	}
	w.to.Warn(withoutAnswer(string(line)), "from", "library", "dropped_before", w.dropped)
	w.dropped = 0
	return len(line), nil
}
