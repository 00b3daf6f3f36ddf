// Package clock gives the program its time: wall time that does not leap (Steady), wall time that several machines agree on
// (Reference), and the time since the machine started, which nobody can set (SinceBoot).
//
// It knows nothing of what is timed with it, and reads no clock but the machine's.
package clock

import (
	"log/slog"
	"time"
)

// New is the queue's clock. It decides when something is due, which time the log shows and what has expired. A leap of wall
// time is written to log.
func New(wall func() time.Time, log *slog.Logger) func() time.Time {
	return Steady(wall, SinceBoot(), func(step Step) {
		log.Warn(step.What, "by", step.By.Round(time.Second).String())
	})
}
