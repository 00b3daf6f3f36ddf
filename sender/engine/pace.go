package engine

import "time"

// pace is how many requests one endpoint may have under way. It starts at two, grows by one with each
// quick answer (so it doubles per round trip), holds for slow ones, halves for each failure, and is a
// single probe after three failures in a row or an answer that took longer than any server should.
type pace struct {
	bound    int
	failures int           // in a row
	goodAt   time.Time     // last good answer; zero: none yet
	took     time.Duration // by a good answer, smoothed
}

const (
	paceStart   = 2
	quickAnswer = time.Second
	slowAnswer  = 10 * time.Second
	probeAfter  = 3
	// claimTime is the least that a claim is taken to need: the endpoint should not stand idle that long.
	claimTime = 25 * time.Millisecond
	// claimAhead bounds how many times its bound a lane claims ahead.
	claimAhead = 8
	// provenFor is how long a good answer speaks for an endpoint.
	provenFor = time.Minute
	// Each failure in a row adds gapStep to the pause before the next probe, up to longestGap: a person's few
	// events notice nothing, and a hundred thousand of them do not hammer an endpoint that is down.
	gapStep    = 100 * time.Microsecond
	longestGap = time.Second
)

func newPace(maxBound int) pace { return pace{bound: min(paceStart, maxBound)} }

// standing is what an endpoint has shown so far; it decides how many of the house's slots it shares with its like.
type standing int

const (
	proven    standing = iota // its last answer was good, and not long ago
	busy                      // proven, and it has requests under way already
	untried                   // it has not answered yet, or not for a while
	failing                   // its last answer was bad, or it fails since before the process started
	standings                 // how many there are
)

func (p pace) standing(now time.Time) standing {
	switch {
	case p.failures > 0:
		return failing
	case p.goodAt.IsZero() || now.Sub(p.goodAt) > provenFor:
		return untried
	}
	return proven
}

// good says that the endpoint's last answer was good, however long ago.
func (p pace) good() bool { return p.failures == 0 && !p.goodAt.IsZero() }

// mayUse says whether one more of the house's slots may go to this standing. A thousand endpoints that hang leave
// half of the slots to those that answer, a thousand that fail three quarters; and the last quarter is for endpoints
// with next to nothing under way, so that a few busy ones that begin to hang do not take everything.
func (s standing) mayUse(slots, inFlight, held int) bool {
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

// known takes in what the log says about an endpoint that this process has not tried yet.
func (p pace) known(fails bool) pace {
	if fails && p.goodAt.IsZero() && p.failures == 0 {
		p.failures, p.bound = 1, 1
	}
	return p
}

// after is the pace that follows from one more answer.
func (p pace) after(capable bool, took time.Duration, now time.Time, maxBound int) pace {
	if !capable {
		p.failures++
		p.bound = max(1, p.bound/2)
		if p.failures >= probeAfter {
			p.bound = 1
		}
		return p
	}
	p.failures, p.goodAt = 0, now
	p.took += (took - p.took) / 8
	switch {
	case took > slowAnswer:
		p.bound = max(1, p.bound/2)
	case took < quickAnswer:
		p.bound = min(maxBound, p.bound+1)
	}
	return p
}

// ahead is how many deliveries beyond its bound to claim: what the endpoint takes while a claim is made (the last
// ones took claiming), and its bound at least.
func (p pace) ahead(claiming time.Duration) int {
	if !p.good() {
		return 0
	}
	return p.bound * min(claimAhead, 1+int(max(claimTime, 2*claiming)/max(p.took, time.Millisecond)))
}

// gap is the pause before the next probe.
func (p pace) gap() time.Duration {
	if p.failures < probeAfter {
		return 0
	}
	return min(longestGap, time.Duration(p.failures)*gapStep)
}

// capable says whether an answer shows an endpoint that can take more: a success, or a refusal that is
// about this one payload. All else is an endpoint in trouble, or one that refuses everything.
func capable(status int) bool {
	switch status {
	case 400, 405, 406, 409, 411, 413, 415, 422:
		return true
	}
	return status >= 200 && status <= 299
}
