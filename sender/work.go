package sender

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"

	"iozen/store"
	"iozen/store/torture"
)

// startNext starts the lane's next claimed delivery if it may leave now, and says whether the lane moved on.
func (e *Engine) startNext(l *lane, s standing, now time.Time) bool {
	if len(l.claims) == 0 {
		return false
	}
	if now.Sub(l.claimedAt) > lease-leaseReserve {
		stale := l.claims
		l.claims = nil
		e.working.Go(func() { e.giveBack(l.botID, stale) })
		return true
	}
	if !l.mayStart(now) {
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
	e.working.Go(func() { e.work(l, w, c, s) })
	return true
}

// work makes one attempt, gives its slot back, and settles.
func (e *Engine) work(l *lane, w *store.Webhook, c store.Claim, s standing) {
	a := e.cfg.Client.Attempt(e.attempts, *w, c.Delivery)
	e.answered(l, w, a, s)
	if ours(a) {
		if a.Outcome == OutcomeOwnSide {
			e.report("making an attempt", errors.New(a.Detail["error"]))
		}
		e.giveBack(l.botID, []store.Claim{c})
		return
	}
	torture.Reach(torture.BeforeRecord)
	e.settle(c, a)
}

// ours says that a failure was not the endpoint's doing: no attempt is spent and nothing is held against it.
func ours(a store.Attempt) bool {
	return a.Outcome == OutcomeCancelled || a.Outcome == OutcomeOwnSide
}

// answered books the end of a request: the slot is free before the result is on disk.
func (e *Engine) answered(l *lane, w *store.Webhook, a store.Attempt, s standing) {
	defer e.signal()
	e.mu.Lock()
	defer e.mu.Unlock()
	e.inFlight--
	e.held[s]--
	now := e.cfg.Now()
	if !w.ChangedAt.Equal(l.endpoint) {
		l.past--
		return
	}
	l.inFlight--
	l.silentSince = now
	if ours(a) {
		l.pause(now.Add(troublePause), WaitOwnSide)
	} else {
		l.pace = l.pace.after(capable(a.StatusCode), a.Duration, now, e.cfg.MaxInFlightPerBot)
		if gap := l.pace.gap(); gap > 0 {
			l.pause(now.Add(gap), WaitProbe)
		}
	}
	if surplus := l.takeSurplus(); len(surplus) > 0 {
		e.working.Go(func() { e.giveBack(l.botID, surplus) })
	}
	e.replace(l, now)
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
		e.dueAt(c.BotID, decision.DueAt)
	}
	if reason := SwitchOffReason(health, now); reason != "" {
		e.switchOff(c.BotID, reason)
	}
}

func (e *Engine) switchOff(botID uuid.UUID, reason string) {
	if err := e.cfg.Queue.SwitchOff(e.records, botID, reason); err != nil {
		e.cfg.Log.Error("switching a webhook off", "bot", botID, "error", err) // the next failure tries again
	}
	e.Changed(botID)
}

// record writes a settlement. While the database is unavailable (disk full, locked) it tries again as long as the
// process lives, because an answer that is not recorded would be asked for again.
func (e *Engine) record(s store.Settlement) (store.Health, error) {
	id := s.Attempt.DeliveryID
	defer e.letGo(id)
	for wait := 50 * time.Millisecond; ; wait = min(2*wait, 2*time.Second) {
		s.Token = e.token(id)
		health, err := e.cfg.Queue.Settle(e.records, s)
		switch {
		case errors.Is(err, store.ErrUnavailable):
			e.report("recording an attempt", err)
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

// claimedAgain says whether this process itself has claimed the delivery a second time, after waiting a moment for
// a claim that may be on its way back from the store.
func (e *Engine) claimedAgain(id uuid.UUID, than int64) bool {
	return e.token(id) != than || pauseFor(e.records, 100*time.Millisecond) && e.token(id) != than
}

func (e *Engine) token(id uuid.UUID) int64 {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.mine[id]
}

func (e *Engine) letGo(id uuid.UUID) {
	e.mu.Lock()
	defer e.mu.Unlock()
	delete(e.mine, id)
}

// pauseFor waits and says whether ctx still lives.
func pauseFor(ctx context.Context, d time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(d):
		return true
	}
}
