// Package clock gives the program its time: wall time that does not leap (Steady), and the time since the machine started,
// which nobody can set (SinceBoot).
//
// It knows nothing of what is timed with it, and reads no clock but the machine's.
package clock

import (
	"log/slog"
	"time"

	"iozen/store/failpoint"
)

// New is the queue's clock. It decides when something is due, which time the log shows and what has expired. A leap of the
// machine's clock is written to log.
func New(log *slog.Logger) func() time.Time {
	return Steady(failpoint.Wall, SinceBoot(), func(step Step) {
		log.Warn(step.What, "by", step.By.Round(time.Second).String())
	})
}
