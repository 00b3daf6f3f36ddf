//go:build torture

package failpoint

import (
	"fmt"
	"os"
	"strings"
	"sync/atomic"
	"syscall"
	"time"
)

var reached atomic.Int64

// Reach ends the process at once, as kill -9 does, if IOZEN_FAIL_AT says so: "after_commit:12" is the twelfth time
// that the point is reached.
func Reach(point string) {
	at, nth, _ := strings.Cut(os.Getenv("IOZEN_FAIL_AT"), ":")
	if at == point && fmt.Sprint(reached.Add(1)) == nth {
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
		select {} // nothing is done after the point
	}
}

// Wall is wall time, moved by what stands in the file that IOZEN_WALL_CLOCK names, such as "-1h".
func Wall() time.Time {
	now := time.Now()
	said, err := os.ReadFile(os.Getenv("IOZEN_WALL_CLOCK"))
	if err != nil {
		return now
	}
	step, err := time.ParseDuration(strings.TrimSpace(string(said)))
	if err != nil {
		return now
	}
	return now.Add(step)
}
