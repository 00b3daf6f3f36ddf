package server

import (
	"log/slog"
	"time"

	"iozen/sender/engine"
	"iozen/store/torture"
)

// Clock is the queue's clock (decision 0082). It decides when something is due, what the log says and what is past its
// time. How much time passes is told by a clock that nobody can set; a leap of the other one is told in log.
func Clock(log *slog.Logger) func() time.Time {
	return engine.SteadyClock(torture.Wall, SinceBoot(), func(step engine.ClockStep) {
		log.Warn(step.What, "by", step.By.Round(time.Second).String())
	})
}
