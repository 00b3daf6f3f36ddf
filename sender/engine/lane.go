package engine

import (
	"time"

	"iozen/sender/attempt"
	"iozen/store"
)

// lane is one webhook's way out: what is claimed and not started, what is under way, and when the store
// should next be asked. A lane stands in at most one place: a ring (something to do now), or the heap
// (something to do later), or nowhere (nothing waits, or every slot is taken and an answer will bring it back).
type lane struct {
	id         store.WebhookID
	dueAt      time.Time // when the store should be asked for more; zero: nothing waits there
	wakeAt     time.Time // while in the heap: when it has something to do
	heapIndex  int       // -1: not in the heap
	ring       *ring     // nil: in no ring
	next, prev *lane     // in the ring
	claiming   bool
	generation int // grows with every change of settings: a claim made before it is handed back
	idle       int // ticks since it last had something to do

	webhook      *store.Webhook // what claims were claimed with; nil: not known, or no longer
	claims       []store.Claim
	reserved     int           // places kept for events that are being accepted
	queueing     int           // acceptances under way that may leave something in the queue
	sendInterval time.Duration // between two requests under the rate limit; 0: no limit

	// endpoint is when URL or headers last changed: limiter, inFlight and silentSince are about the endpoint since then.
	// Requests to the endpoint before finish as past ones.
	endpoint    time.Time
	limiter     limiter
	inFlight    int
	unrecorded  int                             // answered, and the answer not on disk yet
	departing   map[*attempt.Departure]struct{} // requests under way, also those to the endpoint before
	past        int
	silentSince time.Time // last answer, or the start of the first request after a time without one

	nextSend  time.Time // no request leaves before
	nextTest  time.Time // no test leaves before, under a rate limit
	whyPaused string    // a Wait… code
}

const (
	// stallAfter is how long an endpoint may be silent, with requests under way, before it gets no more of them.
	stallAfter = 2 * time.Second
	// limitAhead is how far ahead of its rate limit a lane claims: what waits longer stays in the queue.
	limitAhead = 5 * time.Second
	// limitSlack is how late a request may leave and the next one still keep its time: so
	// imprecise timers do not lower the rate, and no second sees more than a five-hundredth above the limit.
	limitSlack = 2 * time.Millisecond
)

// mayStart says whether a claimed delivery may leave now.
func (l *lane) mayStart(now time.Time) bool {
	return l.inFlight < l.limiter.bound && !l.stalled(now) && !l.paused(now)
}

// stalled says that requests are under way and none has been answered for a while.
func (l *lane) stalled(now time.Time) bool {
	return l.inFlight > 0 && now.Sub(l.silentSince) > stallAfter
}

func (l *lane) paused(now time.Time) bool { return now.Before(l.nextSend) }

// pause lets nothing leave until a moment.
func (l *lane) pause(until time.Time, why string) {
	if until.After(l.nextSend) {
		l.nextSend, l.whyPaused = until, why
	}
}

// spend books one request against the rate limit: a bucket of one token, which first attempts, retries, resends
// and released events share.
func (l *lane) spend(now time.Time) {
	if l.sendInterval > 0 {
		l.pause(later(l.nextSend, now.Add(-limitSlack)).Add(l.sendInterval), WaitRateLimit)
	}
}

// use takes over the settings that claims were made with. A rate limit is shared out among so many processes.
func (l *lane) use(w *store.Webhook, among int) {
	l.webhook, l.sendInterval = w, intervalOf(w.RateLimit)*time.Duration(max(1, among))
}

// wants is how many more deliveries the lane could use soon: its free slots, and some ahead once its endpoint has proved
// good, so that slots do not stay empty while a claim commits.
func (l *lane) wants(ahead int) int {
	n := l.limiter.bound - l.inFlight - l.unrecorded - len(l.claims) - l.reserved + ahead
	if l.sendInterval > 0 {
		n = min(n, max(1, int(limitAhead/l.sendInterval))-len(l.claims)-l.reserved)
	}
	if l.webhook == nil {
		n = max(n, 1-l.reserved) // to learn the settings: they may lead to another endpoint
	}
	return n
}

// takeSurplus takes away the claims that cannot be used soon, now that the endpoint may have fewer requests under way.
func (l *lane) takeSurplus() []store.Claim {
	if l.limiter.good() || len(l.claims) <= l.limiter.bound {
		return nil
	}
	surplus := l.claims[l.limiter.bound:]
	l.claims = l.claims[:l.limiter.bound:l.limiter.bound]
	return surplus
}

// healthClass says which ring the lane belongs to.
func (l *lane) healthClass(now time.Time) healthClass {
	s := l.limiter.healthClass(now)
	if s == proven && l.inFlight >= limiterStart {
		return busy
	}
	return s
}

// settled says that nothing of the lane is under way, claimed or waiting.
func (l *lane) settled() bool {
	return l.inFlight+l.past+l.unrecorded+len(l.claims)+l.reserved+l.queueing == 0 && !l.claiming && l.dueAt.IsZero() && l.ring == nil && l.heapIndex < 0
}

// meet starts anew with another endpoint: what the one before has shown says nothing about it.
func (l *lane) meet(endpoint time.Time, now time.Time, maxBound int) {
	if endpoint.Equal(l.endpoint) {
		return
	}
	l.past += l.inFlight
	l.endpoint, l.inFlight, l.silentSince, l.limiter = endpoint, 0, now, newLimiter(maxBound)
}

func later(a, b time.Time) time.Time {
	if a.Before(b) {
		return b
	}
	return a
}
