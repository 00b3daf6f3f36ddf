package clock

import (
	"time"

	"golang.org/x/sys/unix"
)

// SinceBoot is time that nobody can set. It goes on while the machine sleeps, so that waking up does not look like a leap.
func SinceBoot() func() time.Duration {
	return func() time.Duration {
		var at unix.Timespec
		if err := unix.ClockGettime(unix.CLOCK_BOOTTIME, &at); err != nil {
			panic(err) // every Linux that Go runs on has it
		}
		return time.Duration(at.Nano())
	}
}
