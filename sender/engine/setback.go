package engine

import "time"

// followBack keeps what lanes wait for as far ahead as it was, when the clock has followed wall time back: a lane must not
// pause until the moment that was wrong. It runs under mu.
func (e *Engine) followBack(now time.Time) {
	back := e.latest.Sub(now)
	e.latest = now
	if back <= clockSlack/2 {
		return
	}
	for _, l := range e.lanes {
		for _, at := range []*time.Time{&l.dueAt, &l.wakeAt, &l.claimedAt, &l.silentSince, &l.nextSend, &l.pace.goodAt} {
			if !at.IsZero() {
				*at = at.Add(-back)
			}
		}
	}
}
