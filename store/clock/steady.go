package clock

import (
	"sync"
	"time"
)

const (
	// Slack is how large a step forward of wall time is followed at once: the daemon that keeps time makes such steps. After a
	// step back by less, the clock goes at half its speed until wall time has caught up.
	Slack = 5 * time.Minute
	// confirmed is how long wall time has to stay away before a larger step is believed.
	confirmed = 15 * time.Minute
)

// Step is what a steady clock reports when wall time leaps.
type Step struct {
	By   time.Duration // away from the time that has really passed; negative: set back
	What string        // Jumped, Back or Followed
}

// What becomes of a leap.
const (
	Jumped   = "the clock jumped: it is not followed yet"
	Back     = "the clock is right again"
	Followed = "the clock has stayed where it jumped to: it is followed"
)

// Steady is the queue's clock (decision 0082). It shows wall time as long as wall time advances as elapsed does, which must
// go on while the machine sleeps and cannot be set. When wall time leaps, the clock goes on as if nothing had happened: a
// clock that is wrong for a minute stamps nothing, and retries neither all come at once nor stand still. Only a leap that
// lasts is followed, forward or back. Any number of goroutines may use the clock; report, if not nil, is called with each
// step.
func Steady(wall func() time.Time, elapsed func() time.Duration, report func(Step)) func() time.Time {
	c := &steady{lead: wall().UnixNano() - int64(elapsed())}
	return func() time.Time {
		c.mu.Lock()
		passed := elapsed()
		step := c.follow(time.Duration(wall().UnixNano()-int64(passed)-c.lead), passed)
		now := time.Unix(0, c.lead+int64(passed))
		c.mu.Unlock()
		if step.What != "" && report != nil {
			report(step)
		}
		return now
	}
}

type steady struct {
	mu     sync.Mutex
	lead   int64         // how far wall time is believed to be ahead of elapsed; nanoseconds since 1970
	leap   time.Duration // how far wall time is from the time shown; 0: it has not leapt
	leapAt time.Duration // when it leapt, in elapsed time
	asked  time.Duration // when it was last asked, in elapsed time
}

// follow takes how far wall time is from the time shown.
func (c *steady) follow(off, passed time.Duration) Step {
	since := passed - c.asked
	c.asked = passed
	if off.Abs() <= Slack {
		c.lead += int64(max(off, -since/2))
		return c.over()
	}
	if (off - c.leap).Abs() > Slack { // another leap than before, or the first
		c.leap, c.leapAt = off, passed
		return Step{By: off, What: Jumped}
	}
	if passed-c.leapAt < confirmed {
		return Step{}
	}
	c.lead += int64(off)
	c.leap = 0
	return Step{By: off, What: Followed}
}

func (c *steady) over() Step {
	if c.leap == 0 {
		return Step{}
	}
	step := Step{By: c.leap, What: Back}
	c.leap = 0
	return step
}
