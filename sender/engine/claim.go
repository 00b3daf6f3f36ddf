package engine

import (
	"errors"
	"time"

	"iozen/store"
	"iozen/store/rescue"
)

const (
	// holdBatch bounds the rows that one transaction turns into held.
	holdBatch = 500
	// maxClaiming bounds the claims under way at once: enough for one group commit to take many.
	maxClaiming = 512
	// troublePause is how long a lane waits after an error of the database or of this machine.
	troublePause = time.Second
)

// claimMore asks the store for the lane's next deliveries when it is due, has room for them and its
// endpoint is not silent.
func (e *Engine) claimMore(l *lane, now time.Time) {
	if e.mostOf(l.id) == 0 || l.claiming || l.dueAt.IsZero() || l.dueAt.After(now) || l.stalled(now) {
		return
	}
	if len(l.claims) == 0 && l.paused(now) {
		return // what cannot leave yet stays in the queue
	}
	// Once something is claimed, ask only for a batch: half of what is claimed ahead, or of the bound.
	ahead := l.limiter.ahead(e.claimTook)
	want := l.wants(ahead)
	if len(e.claims) > 2*e.most() { // the server has more than it can send soon: one claim each keeps all lanes going
		want = min(want, 1-len(l.claims))
	}
	if want <= 0 || len(l.claims) > 0 && want < max(l.limiter.bound, ahead)/2 {
		return
	}
	l.claiming = true
	l.dueAt = time.Time{}
	e.claiming++
	generation := l.generation
	e.spawn("claiming deliveries", func() { e.claim(l, want, generation) })
}

// claim runs outside mu: one transaction, grouped by the store with others.
func (e *Engine) claim(l *lane, want, generation int) {
	at := e.cfg.Now()
	var claimed store.Claimed
	err := rescue.Call(func() (err error) {
		if claimed, err = e.cfg.Queue.Claim(e.attempts, l.id, want, lease); err == nil && claimed.Hold {
			err = e.holdWaiting(l.id)
		}
		return err
	})
	defer e.signal()
	e.mu.Lock()
	defer e.mu.Unlock()
	l.claiming = false
	e.claiming--
	e.claimTook += (e.cfg.Now().Sub(at) - e.claimTook) / 8
	switch {
	case errors.Is(err, store.ErrNotFound): // its bot was deleted
		e.forget(l)
	case err != nil:
		e.report("claiming deliveries", err)
		l.dueAt = time.Time{} // even if woken meanwhile: a failing database is not asked in a loop
		e.setDue(l, at.Add(troublePause))
	case e.stopping || generation != l.generation:
		e.giveBackSoon(l.id, e.claims.take(claimed.Claims))
	default:
		e.takeIn(l, claimed, at)
	}
}

// takeIn adds claims to the lane.
func (e *Engine) takeIn(l *lane, c store.Claimed, at time.Time) {
	fresh := e.claims.take(c.Claims)
	if len(c.Claims) > 0 {
		l.meet(c.Webhook.ChangedAt, at, max(1, e.mostOf(l.id)))
		l.limiter = l.limiter.known(c.Failing)
		l.use(&c.Webhook, e.share.Of)
	}
	l.claims = append(l.claims, fresh...)
	now := e.cfg.Now()
	switch {
	case c.NextDue.IsZero():
	case c.Hold:
		e.setDue(l, at.Add(lease)) // what another process is sending is held when its lease ends
	default:
		e.setDue(l, later(c.NextDue, c.Webhook.QuietUntil))
	}
	e.replace(l, now)
}

// forget drops the lane of a deleted bot; if requests of it are still under way, forgetIdle drops it later.
func (e *Engine) forget(l *lane) {
	l.dueAt = time.Time{}
	e.replace(l, e.cfg.Now())
	if l.settled() {
		delete(e.lanes, l.id)
	}
}

// holdWaiting turns the waiting deliveries of a webhook that does not send into held ones, in small transactions.
func (e *Engine) holdWaiting(id store.WebhookID) error {
	for {
		n, err := e.cfg.Queue.HoldWaiting(e.attempts, id, holdBatch)
		if err != nil || n < holdBatch {
			return err
		}
	}
}

// giveBack hands claims of a webhook back and looks at it again.
func (e *Engine) giveBack(id store.WebhookID, claims []store.Claim) {
	e.handBack(claims)
	e.dueAt(id, e.cfg.Now())
}

// giveBackSoon is giveBack in a goroutine of its own, for whoever holds mu or must not wait for the store.
func (e *Engine) giveBackSoon(id store.WebhookID, claims []store.Claim) {
	e.spawn("handing back claimed deliveries", func() { e.giveBack(id, claims) })
}

// handBack makes claims that were not started due again.
func (e *Engine) handBack(claims []store.Claim) {
	if len(claims) == 0 {
		return
	}
	e.mu.Lock()
	e.claims.release(claims)
	e.mu.Unlock()
	// Best effort: a claim that is not handed back ends with its lease.
	if err := e.cfg.Queue.Unclaim(e.records, claims); err != nil && !errors.Is(err, store.ErrNotFound) {
		e.report("handing back claimed deliveries", err)
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
