package server

import (
	"time"

	"golang.org/x/sys/unix"
)

// SinceBoot is time that nobody can set. It continues while the machine sleeps, so that waking up does not look like a jump
// of the wall clock.
func SinceBoot() func() time.Duration {
	return func() time.Duration {
		var at unix.Timespec
		if err := unix.ClockGettime(unix.CLOCK_BOOTTIME, &at); err != nil {
			panic(err) // every Linux that Go runs on has it
		}
		return time.Duration(at.Nano())
	}
}
