package engine

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"

	"iozen/sender/attempt"
	"iozen/sender/outcome"
	"iozen/store"
	"iozen/store/failpoint"
	"iozen/store/rescue"
)

// startNext starts the lane's next claimed delivery if it may leave now, and says whether the lane moved on.
func (e *Engine) startNext(l *lane, s healthClass, now time.Time) bool {
	if len(l.claims) == 0 {
		return false
	}
	if l.claims[0].DueAt.Sub(now) < leaseReserve || e.mostOf(l.id) == 0 {
		stale := l.claims
		l.claims = nil
		e.giveBackSoon(l.id, stale)
		return true
	}
	if l.inFlight+l.unrecorded >= e.mostOf(l.id) || !l.mayStart(now) {
		return false
	}
	c := l.claims[0]
	l.claims[0] = store.Claim{} // the slice outlives it
	l.claims = l.claims[1:]
	l.spend(now)
	if l.inFlight == 0 {
		l.silentSince = now
	}
	l.inFlight++
	e.inFlight++
	e.held[s]++
	w := l.webhook
	ctx, d, done := attempt.NewDeparture(e.attempts)
	l.departing[d] = struct{}{}
	e.underWay[c.ID] = d
	e.spawn("working off a delivery", func() {
		defer done()
		e.work(ctx, d, l, w, c, s)
	})
	return true
}

// work makes one attempt, frees its slot, and settles. A delivery that was recalled in time is handed back.
func (e *Engine) work(ctx context.Context, d *attempt.Departure, l *lane, w *store.Webhook, c store.Claim, s healthClass) {
	a := store.Attempt{Outcome: outcome.OutcomeCancelled}
	if !d.IsRecalled() && e.cfg.Queue.MayStart() { // the process may have been stopped for a while since it was handed out
		a = e.attempt(ctx, *w, c.Delivery)
	}
	a.Claim = c.Token
	e.answered(l, d, w, a, s)
	if unspent(a) {
		if a.Outcome == outcome.OutcomeOwnSide {
			e.report("making an attempt", errors.New(a.Detail["error"]))
		}
		e.ended(c.ID, d)
		e.giveBack(l.id, []store.Claim{c})
		return
	}
	failpoint.Reach(failpoint.BeforeRecord)
	defer e.recorded(l)
	defer e.ended(c.ID, d)
	e.settle(c, a)
}

// attempt makes one attempt. A panic becomes its outcome: it spends the attempt and the schedule goes on, so that one
// event that makes ioZen panic is neither tried again at once nor holds up its webhook.
func (e *Engine) attempt(ctx context.Context, w store.Webhook, d store.Delivery) (a store.Attempt) {
	started := e.cfg.Now()
	err := rescue.Call(func() error {
		a = e.cfg.Client.Attempt(ctx, w, d)
		return nil
	})
	if err != nil {
		e.cfg.Log.Error("making an attempt", "delivery", d.ID, "error", err)
		a = attempt.Faulty(store.Attempt{
			BotID: d.BotID, DeliveryID: d.ID, Number: d.Attempts + 1, StartedAt: started, WebhookVersion: w.Version, URL: w.URL,
		}, e.cfg.Now().Sub(started))
	}
	return a
}

// unspent says that no attempt was made that counts: the delivery is due again.
func unspent(a store.Attempt) bool {
	return a.Outcome == outcome.OutcomeCancelled || a.Outcome == outcome.OutcomeOwnSide
}

// answered registers the end of a request: its endpoint can take another one. Until its result is on disk it counts against
// the bounds all the same, so that no more than the bounds is ever sent and not recorded.
func (e *Engine) answered(l *lane, d *attempt.Departure, w *store.Webhook, a store.Attempt, s healthClass) {
	defer e.signal()
	e.mu.Lock()
	defer e.mu.Unlock()
	delete(l.departing, d)
	e.inFlight--
	e.held[s]--
	if !unspent(a) {
		e.unrecorded++
		l.unrecorded++
	}
	now := e.cfg.Now()
	if !w.ChangedAt.Equal(l.endpoint) {
		l.past--
		return
	}
	l.inFlight--
	l.silentSince = now
	switch {
	case d.IsRecalled():
	case unspent(a):
		l.pause(now.Add(troublePause), WaitOwnSide)
	case a.Outcome == outcome.OutcomeOwnFault || a.Outcome == outcome.OutcomeFormatTooLarge || a.Outcome == outcome.OutcomeFormatFailed: // it says nothing about the endpoint
	default:
		l.limiter = l.limiter.after(capable(a.StatusCode), a.Duration, now, max(1, e.mostOf(l.id)))
		if backoff := l.limiter.backoff(); backoff > 0 {
			l.pause(now.Add(backoff), WaitProbe)
		}
	}
	if surplus := l.takeSurplus(); len(surplus) > 0 {
		e.giveBackSoon(l.id, surplus)
	}
	e.replace(l, now)
}

// ended forgets an attempt that is over.
func (e *Engine) ended(id uuid.UUID, d *attempt.Departure) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.underWay[id] == d {
		delete(e.underWay, id)
	}
}

// recorded registers that a result is on disk, or never will be.
func (e *Engine) recorded(l *lane) {
	e.mu.Lock()
	e.unrecorded--
	l.unrecorded--
	e.replace(l, e.cfg.Now())
	e.mu.Unlock()
	e.signal()
}

// settle records the attempt and what follows.
func (e *Engine) settle(c store.Claim, a store.Attempt) {
	now := e.cfg.Now()
	decision := e.cfg.Schedule.Decide(a, c.Round+1, now, e.cfg.Jitter())
	health, err := e.record(store.Settlement{Attempt: a, Status: decision.Status, DueAt: decision.DueAt})
	switch {
	case errors.Is(err, store.ErrNotFound): // its bot was deleted meanwhile
		return
	case errors.Is(err, store.ErrLeaseLost):
		e.cfg.Log.Warn("an attempt ended after its lease", "delivery", c.ID)
		return
	case err != nil:
		e.cfg.Log.Error("recording an attempt", "delivery", c.ID, "error", err)
		return
	}
	if decision.Status == store.Retrying {
		e.dueAt(c.WebhookID(), decision.DueAt)
	}
	if reason := outcome.SwitchOffReason(health, now); reason != "" {
		e.switchOff(c.WebhookID(), reason)
	}
}

func (e *Engine) switchOff(id store.WebhookID, reason string) {
	if err := e.cfg.Queue.SwitchOff(e.records, id, reason); err != nil {
		e.cfg.Log.Error("switching a webhook off", "webhook", id, "error", err) // the next failure tries again
	}
}

// record writes a settlement. While the database is unavailable (disk full, locked) it tries again as long as the
// process lives, because a delivery whose answer is not recorded would be sent again.
func (e *Engine) record(s store.Settlement) (store.Health, error) {
	id := s.Attempt.DeliveryID
	defer e.letGo(id)
	var panicked *rescue.Panic
	bare := false
	for wait := 50 * time.Millisecond; ; wait = min(2*wait, 2*time.Second) {
		s.Token = e.token(id)
		var health store.Health
		err := rescue.Call(func() (err error) {
			health, err = e.cfg.Queue.Settle(e.records, s)
			return err
		})
		e.noteWriting(err)
		switch {
		case errors.Is(err, store.ErrUnavailable):
			e.report("recording an attempt", err)
		case errors.As(err, &panicked) && !bare: // something in it cannot be recorded: it is then recorded without its evidence
			e.cfg.Log.Error("recording an attempt", "delivery", id, "error", err)
			s.Attempt, bare = attempt.Faulty(s.Attempt, s.Attempt.Duration), true
		case !errors.Is(err, store.ErrLeaseLost):
			return health, err
		case !e.claimedAgain(id, s.Token):
			return health, err
		}
		if !pauseFor(e.records, wait) {
			return health, err
		}
	}
}

// noteWriting stops what would start while results cannot be written down, and lets it go on once they can.
func (e *Engine) noteWriting(err error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.unwritable = errors.Is(err, store.ErrUnavailable)
}

// claimedAgain says whether this process itself has claimed the delivery a second time, after waiting a moment for
// a claim that may be on its way back from the store.
func (e *Engine) claimedAgain(id uuid.UUID, than int64) bool {
	return e.token(id) != than || pauseFor(e.records, 100*time.Millisecond) && e.token(id) != than
}

func (e *Engine) token(id uuid.UUID) int64 {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.claims[id]
}

func (e *Engine) letGo(id uuid.UUID) {
	e.mu.Lock()
	defer e.mu.Unlock()
	delete(e.claims, id)
}

// pauseFor waits, and says whether ctx is still alive.
func pauseFor(ctx context.Context, d time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(d):
		return true
	}
}
