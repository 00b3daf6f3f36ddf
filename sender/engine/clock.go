package engine

import (
	"sync"
	"time"
)

const (
	// clockSlack is a step of wall time that is followed at once, if it is forward: the daemon that keeps time makes them.
	clockSlack = 5 * time.Minute
	// clockConfirmed is how long wall time has to stay away before a larger step is believed.
	clockConfirmed = 15 * time.Minute
)

// ClockStep is what a steady clock tells of wall time that leaps.
type ClockStep struct {
	By   time.Duration // from what has really passed; negative: set back
	What string        // ClockJumped, ClockBack or ClockFollowed
}

// What becomes of a leap.
const (
	ClockJumped   = "the clock jumped: it is not followed yet"
	ClockBack     = "the clock is right again"
	ClockFollowed = "the clock has stayed where it jumped to: it is followed"
)

// SteadyClock is the queue's clock (decision 0082). It shows wall time as long as that goes by the pace of elapsed, which
// must go on while the machine sleeps and cannot be set. When wall time leaps, the clock goes on as if nothing had happened:
// so a clock that is wrong for a minute stamps nothing, and retries neither all come at once nor stand still. Only what
// stays for clockConfirmed is followed, forward or back. It may be used by any number of goroutines; tell, if not nil,
// is called with each change.
func SteadyClock(wall func() time.Time, elapsed func() time.Duration, tell func(ClockStep)) func() time.Time {
	c := &steadyClock{lead: wall().UnixNano() - int64(elapsed())}
	return func() time.Time {
		c.mu.Lock()
		passed := elapsed()
		step := c.follow(time.Duration(wall().UnixNano()-int64(passed)-c.lead), passed)
		now := time.Unix(0, c.lead+int64(passed))
		c.mu.Unlock()
		if step.What != "" && tell != nil {
			tell(step)
		}
		return now
	}
}

type steadyClock struct {
	mu     sync.Mutex
	lead   int64         // wall time ahead of elapsed, as far as it is believed; nanoseconds since 1970
	leap   time.Duration // wall time is that far away from what is shown; 0: it is not
	leapAt time.Duration // since when; elapsed
}

// follow takes how far wall time is from what the clock shows.
func (c *steadyClock) follow(off, passed time.Duration) ClockStep {
	if off.Abs() <= clockSlack {
		c.lead += int64(max(0, off)) // set back by little, it waits at its own pace until wall time has caught up
		return c.over()
	}
	if (off - c.leap).Abs() > clockSlack { // another leap than before, or the first
		c.leap, c.leapAt = off, passed
		return ClockStep{By: off, What: ClockJumped}
	}
	if passed-c.leapAt < clockConfirmed {
		return ClockStep{}
	}
	c.lead += int64(off)
	c.leap = 0
	return ClockStep{By: off, What: ClockFollowed}
}

func (c *steadyClock) over() ClockStep {
	if c.leap == 0 {
		return ClockStep{}
	}
	step := ClockStep{By: c.leap, What: ClockBack}
	c.leap = 0
	return step
}
