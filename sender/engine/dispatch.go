package engine

import (
	"container/heap"
	"context"
	"time"

	"iozen/sender/attempt"
	"iozen/store"
	"iozen/store/rescue"
)

// deafPause is when to look again whether what was claimed may start.
const deafPause = 50 * time.Millisecond

// dispatchLoop hands out work whenever something changed or a lane's time has come.
func (e *Engine) dispatchLoop(ctx context.Context) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-e.wake:
		case <-timer.C:
		}
		next, err := e.dispatchOnce()
		if err != nil {
			e.report("handing out work", err)
			next = e.cfg.Now().Add(troublePause)
		}
		if !next.IsZero() {
			timer.Reset(max(0, next.Sub(e.cfg.Now())))
		}
	}
}

// dispatchOnce is one round. If it panics, it is tried again a moment later, with what was left to do.
func (e *Engine) dispatchOnce() (next time.Time, err error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	defer rescue.Into(&err)
	return e.dispatch(e.cfg.Now()), nil
}

// dispatch moves the lanes whose time has come into their ring, serves the rings in turn while there are
// slots, and returns when the next lane is due (zero: none). It runs under mu and never blocks.
func (e *Engine) dispatch(now time.Time) time.Time {
	if e.stopping {
		return time.Time{}
	}
	e.followBack(now)
	e.share = e.cfg.Queue.Share()
	if !e.cfg.Queue.MayStart() {
		return now.Add(deafPause)
	}
	for len(e.due) > 0 && !e.due[0].wakeAt.After(now) {
		e.enqueue(heap.Pop(&e.due).(*lane), now)
	}
	for e.serveTurn(now) {
	}
	if len(e.due) > 0 {
		return e.due[0].wakeAt
	}
	return time.Time{}
}

// serveTurn serves one lane, of each ring in turn, and says whether there may be more to do.
func (e *Engine) serveTurn(now time.Time) bool {
	for range healthClasses {
		e.turn = (e.turn + 1) % healthClasses
		if e.hasSlot(e.turn) && e.serveNext(e.turn, now) {
			return true
		}
	}
	return false
}

// hasSlot says whether lanes of a health class may be served: the server and the class's share have a free slot, and the
// database is not behind with claims and can record results.
func (e *Engine) hasSlot(s healthClass) bool {
	return !e.unwritable && e.inFlight+e.unrecorded < e.most() && e.claiming < maxClaiming && s.mayUse(e.most(), e.inFlight, e.held[s])
}

// serveNext gives the ring's next lane one start and, if it needs one, a claim. The lane goes back to the
// end of a ring while it can do more, and stays in place when only the server's slots are missing.
func (e *Engine) serveNext(s healthClass, now time.Time) bool {
	l := e.rings[s].pop()
	if l == nil {
		return false
	}
	started := e.startNext(l, s, now)
	e.claimMore(l, now)
	if started && len(l.claims) > 0 {
		e.enqueue(l, now)
	} else {
		e.park(l, now)
	}
	return true
}

// enqueue puts a lane into the ring of its health class; a lane that is in it already keeps its turn.
func (e *Engine) enqueue(l *lane, now time.Time) {
	e.due.remove(l)
	right := &e.rings[l.healthClass(now)]
	if l.ring == right {
		return
	}
	if l.ring != nil {
		l.ring.remove(l)
	}
	right.push(l)
}

// park puts a lane that can do nothing now into the heap, to be served when its time comes. A lane that has used up its
// bound, or is claiming, is put nowhere: the answer, or the claim, brings it back.
func (e *Engine) park(l *lane, now time.Time) {
	at := l.nextSend
	if len(l.claims) == 0 {
		if l.dueAt.IsZero() {
			return
		}
		at = later(at, l.dueAt)
	}
	if at.After(now) {
		e.due.put(l, at)
	}
}

// replace finds the right place for a lane after something about it changed.
func (e *Engine) replace(l *lane, now time.Time) {
	switch {
	case l.ring != nil, len(l.claims) > 0, !l.dueAt.IsZero() && !l.dueAt.After(now):
		e.enqueue(l, now)
	case l.dueAt.IsZero():
		e.due.remove(l)
	default:
		e.due.put(l, later(l.dueAt, l.nextSend))
	}
}

// lane returns the webhook's lane, and makes it if there is none.
func (e *Engine) lane(id store.WebhookID) *lane {
	l := e.lanes[id]
	if l == nil {
		l = &lane{id: id, heapIndex: -1, limiter: newLimiter(max(1, e.mostOf(id))), departing: map[*attempt.Departure]struct{}{}}
		e.lanes[id] = l
	}
	l.idle = 0
	return l
}

// setDue brings a lane's time forward to at; it never moves it back.
func (e *Engine) setDue(l *lane, at time.Time) {
	if l.dueAt.IsZero() || at.Before(l.dueAt) {
		l.dueAt = at
	}
	e.replace(l, e.cfg.Now())
}

// dueAt makes the engine ask the store for a webhook's deliveries at a moment.
func (e *Engine) dueAt(id store.WebhookID, at time.Time) {
	e.mu.Lock()
	e.setDue(e.lane(id), at)
	e.mu.Unlock()
	e.signal()
}
