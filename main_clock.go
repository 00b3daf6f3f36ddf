package main

import (
	"log/slog"
	"time"

	"iozen/sender"
	"iozen/store/torture"
)

// queueClock is what decides when something is due, what the log says and what is past its time. What passes is told by a
// clock that nobody can set.
func queueClock(log *slog.Logger) func() time.Time {
	return sender.SteadyClock(torture.Wall, sinceBoot(), func(step sender.ClockStep) {
		log.Warn(step.What, "by", step.By.Round(time.Second).String())
	})
}
