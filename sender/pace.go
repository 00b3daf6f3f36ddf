package sender

import "time"

// pace is how many requests one endpoint may have under way. It starts at two, grows by one with each
// quick answer (so it doubles per round trip), holds for slow ones, halves for each failure, and is a
// single probe after three failures in a row or an answer that took longer than any server should.
type pace struct {
	bound    int
	failures int // in a row
	answered bool
}

const (
	paceStart   = 2
	quickAnswer = time.Second
	slowAnswer  = 10 * time.Second
	probeAfter  = 3
)

// standing is what an endpoint has shown so far; it decides how many of the house's slots it shares with its like.
type standing int

const (
	proven  standing = iota // its last answer was good
	untried                 // it has not answered yet
	failing                 // its last answer was bad, or it fails since before the process started
	standings
)

func (p pace) standing() standing {
	switch {
	case p.failures > 0:
		return failing
	case !p.answered:
		return untried
	}
	return proven
}

// share is how many of the slots all endpoints of a standing may hold together: a thousand hanging ones leave
// half of them to those that are new, and three quarters to those that answer.
func (s standing) share(slots int) int {
	switch s {
	case failing:
		return max(1, slots/4)
	case untried:
		return max(1, slots/2)
	}
	return slots
}

// known takes in what the log says about an endpoint that this process has not tried yet.
func (p pace) known(fails bool) pace {
	if fails && !p.answered && p.failures == 0 {
		p.failures, p.bound = 1, 1
	}
	return p
}

// after is the pace that follows from one more answer.
func (p pace) after(capable bool, took time.Duration, maxBound int) pace {
	p.answered = true
	switch {
	case !capable:
		p.failures++
		p.bound = max(1, p.bound/2)
		if p.failures >= probeAfter {
			p.bound = 1
		}
	case took > slowAnswer:
		p.failures = 0
		p.bound = max(1, p.bound/2)
	default:
		p.failures = 0
		if took < quickAnswer {
			p.bound = min(maxBound, p.bound+1)
		}
	}
	return p
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
