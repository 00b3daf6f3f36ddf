package engine

import "time"

// limiter bounds how many requests one endpoint may have under way. The bound starts at two, grows by one with each quick
// answer (so it doubles per round trip), holds for slow ones, halves for each failure or very slow answer, and is a single
// probe after three failures in a row.
type limiter struct {
	bound    int
	failures int           // in a row
	goodAt   time.Time     // last good answer; zero: none yet
	took     time.Duration // by a good answer, smoothed
}

const (
	limiterStart = 2
	quickAnswer  = time.Second
	slowAnswer   = 10 * time.Second
	probeAfter   = 3
	// claimTime is the least time that a claim is assumed to take: the endpoint should not be idle that long.
	claimTime = 25 * time.Millisecond
	// claimAhead bounds how many times its bound a lane claims ahead.
	claimAhead = 8
	// provenFor is how long a good answer keeps an endpoint proven.
	provenFor = time.Minute
	// Each failure in a row adds backoffStep to the pause before the next probe, up to longestBackoff: a few
	// events are hardly delayed, and a hundred thousand of them do not hammer an endpoint that is down.
	backoffStep    = 100 * time.Microsecond
	longestBackoff = time.Second
)

func newLimiter(maxBound int) limiter { return limiter{bound: min(limiterStart, maxBound)} }

// healthClass is what an endpoint has shown lately. It decides how many of the server's slots the endpoints of the class
// share.
type healthClass int

const (
	proven        healthClass = iota // its last answer was good, and not long ago
	busy                             // proven, and it has requests under way already
	untried                          // it has not answered yet, or not for a while
	failing                          // its last answer was bad, or it has been failing since before the process started
	healthClasses                    // how many there are
)

func (l limiter) healthClass(now time.Time) healthClass {
	switch {
	case l.failures > 0:
		return failing
	case l.goodAt.IsZero() || now.Sub(l.goodAt) > provenFor:
		return untried
	}
	return proven
}

// good says that the endpoint's last answer was good, however long ago.
func (l limiter) good() bool { return l.failures == 0 && !l.goodAt.IsZero() }

// mayUse says whether this class may have one more of the server's slots. A thousand endpoints that hang leave half of the
// slots to those that answer, and a thousand that fail leave three quarters; the last quarter is for endpoints with next to
// nothing under way, so that a few busy ones that begin to hang do not take everything.
func (s healthClass) mayUse(slots, inFlight, held int) bool {
	switch s {
	case failing:
		return held < max(1, slots/4)
	case untried:
		return held < max(1, slots/2)
	case busy:
		return inFlight < max(1, slots-slots/4)
	}
	return inFlight < slots
}

// known applies what the database says about an endpoint that this process has not tried yet.
func (l limiter) known(fails bool) limiter {
	if fails && l.goodAt.IsZero() && l.failures == 0 {
		l.failures, l.bound = 1, 1
	}
	return l
}

// after is the limiter after one more answer.
func (l limiter) after(capable bool, took time.Duration, now time.Time, maxBound int) limiter {
	if !capable {
		l.failures++
		l.bound = max(1, l.bound/2)
		if l.failures >= probeAfter {
			l.bound = 1
		}
		return l
	}
	l.failures, l.goodAt = 0, now
	l.took += (took - l.took) / 8
	switch {
	case took > slowAnswer:
		l.bound = max(1, l.bound/2)
	case took < quickAnswer:
		l.bound = min(maxBound, l.bound+1)
	}
	return l
}

// ahead is how many deliveries beyond its bound to claim: as many as the endpoint takes while a claim is made (claiming is
// how long the last claims took), and at least its bound.
func (l limiter) ahead(claiming time.Duration) int {
	if !l.good() {
		return 0
	}
	return l.bound * min(claimAhead, 1+int(max(claimTime, 2*claiming)/max(l.took, time.Millisecond)))
}

// backoff is the pause before the next probe.
func (l limiter) backoff() time.Duration {
	if l.failures < probeAfter {
		return 0
	}
	return min(longestBackoff, time.Duration(l.failures)*backoffStep)
}

// capable says whether an answer shows that the endpoint can take more: a success, or a refusal of this one payload. Any
// other answer comes from an endpoint in trouble, or one that refuses everything.
func capable(status int) bool {
	switch status {
	case 400, 405, 406, 409, 411, 413, 415, 422:
		return true
	}
	return status >= 200 && status <= 299
}
