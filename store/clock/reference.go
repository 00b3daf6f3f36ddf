package clock

import (
	"math"
	"sync"
	"time"
)

// window is how long what a reference has said counts at least. Of all that it said in that time the latest is taken, because
// answers are late by what their way took.
const window = time.Minute

// Reference is the clock of another machine, such as that of a database, by which several processes agree on the time. It is
// never ahead of that clock as long as both go equally fast, and behind it by the quickest answer's way. Any number of goroutines
// may use it.
type Reference struct {
	elapsed func() time.Duration

	mu     sync.Mutex
	began  time.Duration // of this window
	lead   int64         // how far the other clock is ahead of elapsed, as told in this window; nanoseconds since 1970
	before int64         // the same of the window before
}

// NewReference begins with what the other clock shows, as it has just said. elapsed is time that nobody can set.
func NewReference(elapsed func() time.Duration, shows time.Time) *Reference {
	r := &Reference{elapsed: elapsed, lead: math.MinInt64, before: math.MinInt64}
	r.Tell(shows)
	return r
}

// Tell is called with what the other clock showed, as soon as that is heard.
func (r *Reference) Tell(shows time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := r.elapsed()
	if now-r.began >= window {
		r.began, r.before, r.lead = now, r.lead, math.MinInt64
	}
	r.lead = max(r.lead, shows.UnixNano()-int64(now))
}

// Wall is the time by the other clock.
func (r *Reference) Wall() time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	return time.Unix(0, max(r.lead, r.before)+int64(r.elapsed()))
}
