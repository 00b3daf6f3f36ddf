package sender

import (
	"container/heap"
	"context"
	"errors"
	"time"

	"github.com/google/uuid"

	"iozen/store"
)

// dispatchLoop hands out work whenever something changed or a lane's time has come.
func (e *Engine) dispatchLoop(ctx context.Context) {
	defer e.working.Done()
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-e.wake:
		case <-timer.C:
		}
		e.mu.Lock()
		next := e.dispatch(e.cfg.Now())
		e.mu.Unlock()
		if !next.IsZero() {
			timer.Reset(max(0, next.Sub(e.cfg.Now())))
		}
	}
}

// dispatch moves the lanes whose time has come into their ring, serves the rings in turn while there are
// slots, and returns when the next lane is due (zero: none). It runs under mu and never blocks.
func (e *Engine) dispatch(now time.Time) time.Time {
	if e.stopping {
		return time.Time{}
	}
	for len(e.due) > 0 && !e.due[0].wakeAt().After(now) {
		e.enqueue(heap.Pop(&e.due).(*lane))
	}
	for e.serveTurn(now) {
	}
	if len(e.due) > 0 {
		return e.due[0].wakeAt()
	}
	return time.Time{}
}

// serveTurn serves one lane, of each ring in turn, and says whether there may be more to do.
func (e *Engine) serveTurn(now time.Time) bool {
	for range standings {
		e.turn = (e.turn + 1) % standings
		if e.serveOne(e.turn, now) {
			return true
		}
	}
	return false
}

// serveOne gives the ring's next lane one start and, if it needs one, a claim. The lane goes back to the
// end of a ring while it can do more, and stays in place when only the house's slots are missing.
func (e *Engine) serveOne(s standing, now time.Time) bool {
	if len(e.rings[s].lanes) == 0 || !e.hasSlot(s) {
		return false
	}
	l := e.rings[s].pop()
	started := e.startOne(l, s, now)
	e.claimMore(l, now)
	if started && len(l.claims) > 0 {
		e.enqueue(l)
	} else {
		e.park(l, now)
	}
	return true
}

// hasSlot says whether lanes of a standing may be served: there is a free slot in the house and in their
// share, and the store is not behind with claims.
func (e *Engine) hasSlot(s standing) bool {
	return e.inFlight < e.cfg.MaxInFlight && e.held[s] < s.share(e.cfg.MaxInFlight) && e.claiming < maxClaiming
}

func (e *Engine) enqueue(l *lane) {
	e.due.remove(l)
	e.rings[l.pace.standing()].push(l)
}

// park puts a lane that can do nothing now where the next event finds it.
func (e *Engine) park(l *lane, now time.Time) {
	if l.ring != nil {
		return
	}
	if len(l.claims) > 0 {
		if ok, later := l.mayStart(now); !ok && !later.IsZero() {
			e.due.put(l)
		}
		return // else an answer brings it back
	}
	// A due lane that is claiming, or whose slots are all taken, comes back with the claim or an answer.
	if !l.dueAt.IsZero() && l.dueAt.After(now) {
		e.due.put(l)
	}
}

// lane returns the bot's lane, made on first sight.
func (e *Engine) lane(botID uuid.UUID) *lane {
	l := e.lanes[botID]
	if l == nil {
		l = &lane{botID: botID, heapIndex: -1, pace: pace{bound: min(paceStart, e.cfg.MaxInFlightPerBot)}}
		e.lanes[botID] = l
	}
	return l
}

// setDue brings a lane's time forward to at; it never moves it back.
func (e *Engine) setDue(l *lane, at time.Time) {
	if !l.dueAt.IsZero() && !at.Before(l.dueAt) {
		at = l.dueAt
	}
	l.dueAt = at
	e.replace(l, e.cfg.Now())
}

// replace finds the right place for a lane after something about it changed.
func (e *Engine) replace(l *lane, now time.Time) {
	if l.ring != nil {
		return
	}
	ready := len(l.claims) > 0 || (!l.dueAt.IsZero() && !l.dueAt.After(now))
	if ready {
		e.enqueue(l)
		return
	}
	if l.dueAt.IsZero() {
		e.due.remove(l)
		return
	}
	e.due.put(l)
}

// startOne starts the lane's next claimed delivery if it may leave now.
func (e *Engine) startOne(l *lane, s standing, now time.Time) bool {
	if len(l.claims) == 0 {
		return false
	}
	if now.Sub(l.claimedAt) > lease-leaseReserve {
		stale := l.claims
		l.claims = nil
		e.setDue(l, now)
		e.working.Go(func() { e.handBack(stale) })
		return true
	}
	if ok, _ := l.mayStart(now); !ok {
		return false
	}
	claim := l.claims[0]
	l.claims = l.claims[1:]
	l.spend(now)
	if l.inFlight == 0 {
		l.lastAnswer = now // the silence is counted from here
	}
	l.inFlight++
	e.inFlight++
	e.held[s]++
	webhook := l.webhook
	e.working.Go(func() { e.work(l, webhook, claim, s) })
	return true
}

// claimMore asks the store for the lane's next deliveries when it is due, has room for them and its
// endpoint is not silent.
func (e *Engine) claimMore(l *lane, now time.Time) {
	if l.claiming || l.dueAt.IsZero() || l.dueAt.After(now) || l.stalled(now) {
		return
	}
	// Once something is claimed, ask only for half a bound or more: claims come in batches, not row by row.
	want := l.wants()
	if want <= 0 || len(l.claims) > 0 && want < l.pace.bound/2 {
		return
	}
	l.claiming = true
	l.dueAt = time.Time{}
	e.claiming++
	generation := l.generation
	e.working.Go(func() { e.claim(l, want, generation) })
}

// claim runs outside mu: one transaction, grouped by the store with others.
func (e *Engine) claim(l *lane, want, generation int) {
	at := e.cfg.Now()
	claimed, err := e.cfg.Queue.Claim(e.attempts, l.botID, want, lease)
	if err == nil && claimed.Hold {
		err = e.holdWaiting(l.botID)
	}

	e.mu.Lock()
	defer e.signal()
	defer e.mu.Unlock()
	l.claiming = false
	e.claiming--
	switch {
	case errors.Is(err, store.ErrNotFound): // the bot was deleted
		e.forget(l)
		return
	case err != nil:
		e.cfg.Log.Error("claiming deliveries", "bot", l.botID, "error", err)
		l.dueAt = time.Time{} // even if woken meanwhile: a database in trouble is not asked in a loop
		e.setDue(l, at.Add(time.Second))
		return
	case e.stopping || generation != l.generation:
		e.working.Go(func() { e.handBack(claimed.Claims) })
		if !e.stopping {
			e.setDue(l, at)
		}
		return
	}
	if len(claimed.Claims) > 0 {
		if len(l.claims) == 0 {
			l.claimedAt = at
		}
		l.webhook = claimed.Webhook
		l.pace = l.pace.known(claimed.Failing)
		l.claims = append(l.claims, claimed.Claims...)
	}
	if !claimed.Hold && !claimed.NextDue.IsZero() {
		e.setDue(l, later(claimed.NextDue, claimed.Webhook.SettlesAt))
	}
	e.replace(l, e.cfg.Now())
}

// forget drops the lane of a deleted bot once nothing of it is under way.
func (e *Engine) forget(l *lane) {
	e.due.remove(l)
	if l.inFlight == 0 && len(l.claims) == 0 && l.ring == nil {
		delete(e.lanes, l.botID)
	}
}

// holdWaiting turns what waits for a webhook that does not send into held, in small transactions.
func (e *Engine) holdWaiting(botID uuid.UUID) error {
	for {
		n, err := e.cfg.Queue.HoldWaiting(e.attempts, botID, holdBatch)
		if err != nil || n < holdBatch {
			return err
		}
	}
}

func (e *Engine) handBack(claims []store.Claim) {
	if len(claims) == 0 {
		return
	}
	// Best effort: what is not handed back comes back when its lease ends.
	if err := e.cfg.Queue.Unclaim(context.WithoutCancel(e.attempts), claims); err != nil {
		e.cfg.Log.Error("handing back claimed deliveries", "count", len(claims), "error", err)
	}
}

func (e *Engine) handBackAll() {
	e.mu.Lock()
	var all []store.Claim
	for _, l := range e.lanes {
		all = append(all, l.claims...)
		l.claims = nil
	}
	e.mu.Unlock()
	e.handBack(all)
}

func later(a, b time.Time) time.Time {
	if a.Before(b) {
		return b
	}
	return a
}
