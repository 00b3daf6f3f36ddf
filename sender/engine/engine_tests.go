package engine

import (
	"time"

	"iozen/store"
)

// testShare bounds the tests under way to a sixteenth of all requests under way at once: tests leave when somebody asks,
// whatever waits, so they must not crowd out deliveries.
const testShare = 16

// BeginTest counts a test among the requests under way, and says how long to wait when it may not leave now. Tests of a
// bot keep its rate limit (nil: none) among themselves, and each delays the next delivery by one interval: the limit is what
// the endpoint can bear, whoever asks. A test never waits for deliveries: behind a backlog it would wait forever.
func (e *Engine) BeginTest(id store.WebhookID, rateLimit *float64) (end func(), wait time.Duration) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.testing >= max(1, e.cfg.MaxInFlight/testShare) {
		return nil, time.Second
	}
	now, interval := e.cfg.Now(), intervalOf(rateLimit)
	if interval > 0 {
		l := e.lane(id)
		if now.Before(l.nextTest) {
			return nil, l.nextTest.Sub(now)
		}
		l.nextTest = now.Add(interval)
		l.pause(later(l.nextSend, now).Add(interval), WaitRateLimit)
	}
	e.testing++
	e.inFlight++
	return func() {
		e.mu.Lock()
		e.testing--
		e.inFlight--
		e.mu.Unlock()
		e.signal()
	}, 0
}

// intervalOf is the time between two requests under a rate limit; 0: no limit.
func intervalOf(rateLimit *float64) time.Duration {
	if rateLimit == nil || *rateLimit <= 0 {
		return 0
	}
	return time.Duration(float64(time.Second) / *rateLimit)
}
