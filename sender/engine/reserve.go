package engine

import (
	"time"

	"iozen/store"
)

// reserve keeps places in a webhook's lane for up to n events that are about to be accepted. They are claimed as they are
// accepted and handed over in memory, so that the usual way costs two writes: accepted, settled. The rest is queued and
// claimed in batches.
func (e *Engine) reserve(id store.WebhookID, n int) store.Reservation {
	mayStart := e.cfg.Queue.MayStart()
	e.mu.Lock()
	defer e.mu.Unlock()
	l := e.lane(id)
	places := 0
	if mayStart {
		places = max(0, e.places(l, n, e.cfg.Now()))
	}
	queueing, generation := places < n, l.generation
	l.reserved += places
	e.reserved += places
	if queueing {
		l.queueing++
	}
	return store.Reservation{Places: places, Lease: lease, End: func(c store.Claimed) { e.handOver(l, places, queueing, generation, c) }}
}

// places is how many of n new events could leave soon. There are some only while the lane has in memory everything
// of the webhook that is due: a new event must not overtake an old one.
func (e *Engine) places(l *lane, n int, now time.Time) int {
	inStore := l.claiming || l.queueing > 0 || !l.dueAt.IsZero() && !l.dueAt.After(now)
	if e.mostOf(l.id) == 0 || !e.surveyed || e.stopping || e.unwritable || inStore || l.stalled(now) || l.paused(now) {
		return 0
	}
	if len(e.claims)+e.reserved > 2*e.most() { // the server has more than it can send soon
		return 0
	}
	return min(n, l.wants(l.limiter.ahead(e.claimTook)))
}

// handOver ends a reservation with what was claimed in its places. The store's writer waits for it. Every commit of this process
// before this one has been heard of, and each after it will be. One of another process may have been heard of before this one,
// which has not read what it changed: then the lane's generation is another one, and what was claimed is handed back.
func (e *Engine) handOver(l *lane, places int, queueing bool, generation int, c store.Claimed) {
	e.mu.Lock()
	l.reserved -= places
	e.reserved -= places
	if queueing {
		l.queueing--
	}
	switch {
	case len(c.Claims) == 0:
	case e.stopping || generation != l.generation:
		e.giveBackSoon(l.id, e.claims.take(c.Claims))
	default:
		e.takeIn(l, c, e.cfg.Now())
	}
	e.mu.Unlock()
	if len(c.Claims) > 0 {
		e.signal()
	}
}
