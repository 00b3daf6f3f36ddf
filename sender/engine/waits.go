package engine

import (
	"time"

	"iozen/store"
)

// Why a delivery that is due waits; WaitWords puts it in words.
const (
	WaitRateLimit = "rate_limit" // the webhook's own limit of requests a second
	WaitProbe     = "probe"      // the endpoint fails: it is tried by one request at a time
	WaitSilent    = "silent"     // the endpoint has not answered the requests under way
	WaitAnswers   = "answers"    // as many requests as the endpoint can take are under way
	WaitSlots     = "slots"      // as many requests as this server makes at once are under way
	WaitOwnSide   = "own_side"   // this server lacks descriptors or ports
)

// Waits says why a webhook's next delivery waits although it is due, and until when (zero: until an answer comes).
// why is "" if none waits.
func (e *Engine) Waits(id store.WebhookID) (until time.Time, why string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	l, now := e.lanes[id], e.cfg.Now()
	if l == nil {
		return time.Time{}, ""
	}
	waiting := len(l.claims) > 0 || !l.dueAt.IsZero() && !l.dueAt.After(now)
	switch {
	case !waiting:
		return time.Time{}, ""
	case l.paused(now):
		return l.nextSend, l.whyPaused
	case l.stalled(now):
		return time.Time{}, WaitSilent
	case l.inFlight >= l.limiter.bound && !l.limiter.good():
		return time.Time{}, WaitProbe
	case l.inFlight >= l.limiter.bound:
		return time.Time{}, WaitAnswers
	case l.ring != nil:
		return time.Time{}, WaitSlots
	}
	return time.Time{}, ""
}

// WaitWords is why a delivery waits, in words: "Waiting for the rate limit".
func WaitWords(why string) string {
	switch why {
	case WaitRateLimit:
		return "Waiting for the rate limit"
	case WaitProbe:
		return "Waiting for the endpoint: it fails, and is tried by one request at a time"
	case WaitSilent:
		return "Waiting for the endpoint: it has not answered the requests under way"
	case WaitAnswers:
		return "Waiting for answers to the requests under way"
	case WaitSlots:
		return "Waiting for a free slot: this server makes as many requests at once as it may"
	case WaitOwnSide:
		return "Waiting a moment: this server could not make a connection"
	}
	return ""
}
