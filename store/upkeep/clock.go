package upkeep

import (
	"time"
)

const (
	// leapSlack is how far the clock may be ahead of what passed since the last round before deletion no longer uses it.
	leapSlack = 2 * time.Hour
	// LeapConfirmed is how long it has to stay ahead, while this process runs, before it is believed: long enough for
	// somebody to read the log, or for the machine to find the right time.
	LeapConfirmed = 6 * time.Hour
)

// upkeepClock is the moment from which deletion counts back. It never leaps: a clock that is wrong for a while, also at a
// start, must not delete what was promised to be kept. Elapsed times are those of one process.
type upkeepClock struct {
	at       time.Time     // kept in the database
	seen     time.Duration // when at was last looked at; elapsed
	known    bool          // seen is of this process
	leaping  bool
	leapFrom time.Duration // since when; elapsed
}

// step takes what the clock says now and returns how far that leaps ahead of what has passed; 0: it does not.
func (c *upkeepClock) step(now time.Time, elapsed time.Duration) (leap time.Duration) {
	expected := c.at
	if c.known && !c.leaping {
		expected = expected.Add(elapsed - c.seen)
	}
	c.seen, c.known = elapsed, true
	switch leap = now.Sub(expected); {
	case leap <= leapSlack:
		c.at, c.leaping = now, false
		return 0
	case !c.leaping:
		c.leaping, c.leapFrom = true, elapsed
	case elapsed-c.leapFrom >= LeapConfirmed:
		c.at, c.leaping = now, false
		return 0
	}
	return leap
}
