package main

import (
	"time"

	"golang.org/x/sys/unix"
)

// sinceBoot goes on while the machine sleeps, so that the time after a sleep is no leap.
func sinceBoot() func() time.Duration {
	return func() time.Duration {
		var at unix.Timespec
		if err := unix.ClockGettime(unix.CLOCK_BOOTTIME, &at); err != nil {
			panic(err) // every Linux that Go runs on has it
		}
		return time.Duration(at.Nano())
	}
}
