package sender

import (
	"sync/atomic"
	"time"
)

// SteadyClock is the queue's clock. It shows wall time, and when that is set back it goes on from where it was, at
// the pace of elapsed (a monotonic clock): so retries neither all come at once nor stand still for an hour. When wall
// time is set forward it follows, because after a sleep of the machine time has really passed; what is then due goes
// out within the bounds of each lane. It may be used by any number of goroutines.
func SteadyClock(wall func() time.Time, elapsed func() time.Duration) func() time.Time {
	var lead atomic.Int64 // the most that wall time ever was ahead of elapsed, in nanoseconds since 1970
	return func() time.Time {
		passed := int64(elapsed())
		ahead := wall().UnixNano() - passed
		for {
			most := lead.Load()
			if ahead <= most {
				return time.Unix(0, most+passed)
			}
			if lead.CompareAndSwap(most, ahead) {
				return time.Unix(0, ahead+passed)
			}
		}
	}
}
