package engine

import (
	"time"

	"iozen/store/clock"
)

// followBack moves the times that lanes wait for back with the clock, when that has followed wall time back: a lane must not
// pause until a moment by the wrong clock. It runs under mu.
func (e *Engine) followBack(now time.Time) {
	back := e.latest.Sub(now)
	e.latest = now
	if back <= clock.Slack/2 {
		return
	}
	for _, l := range e.lanes {
		for _, at := range []*time.Time{&l.dueAt, &l.wakeAt, &l.silentSince, &l.nextSend, &l.limiter.goodAt} {
			if !at.IsZero() {
				*at = at.Add(-back)
			}
		}
		for i := range l.claims {
			l.claims[i].DueAt = l.claims[i].DueAt.Add(-back)
		}
	}
}
