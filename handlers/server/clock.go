package server

import (
	"log/slog"
	"time"

	"iozen/sender/engine"
	"iozen/store/torture"
)

// Clock is the queue's clock (decision 0082): it decides when something is due or expired, and which times are recorded. It
// measures with a clock that nobody can set, and logs a jump of the wall clock.
func Clock(log *slog.Logger) func() time.Time {
	return engine.SteadyClock(torture.Wall, SinceBoot(), func(step engine.ClockStep) {
		log.Warn(step.What, "by", step.By.Round(time.Second).String())
	})
}
