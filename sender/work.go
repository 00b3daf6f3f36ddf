package sender

import (
	"context"
	"errors"
	"time"

	"iozen/store"
)

// work makes one attempt, gives its slot back, and settles.
func (e *Engine) work(l *lane, w store.Webhook, c store.Claim, s standing) {
	a := e.cfg.Client.Attempt(e.attempts, w, c.Delivery)
	e.answered(l, a, s)

	if a.Outcome == OutcomeCancelled || a.Outcome == OutcomeOwnSide {
		// Not the endpoint's doing: no attempt is spent.
		if a.Outcome == OutcomeOwnSide {
			e.cfg.Log.Error("an attempt failed on our own side", "bot", l.botID, "detail", a.Detail)
		}
		e.handBack([]store.Claim{c})
		e.due1s(l)
		return
	}
	e.settle(l, c, a)
}

// answered books the end of a request: the slot is free before the result is on disk.
func (e *Engine) answered(l *lane, a store.Attempt, s standing) {
	e.mu.Lock()
	defer e.signal()
	defer e.mu.Unlock()
	l.inFlight--
	e.inFlight--
	e.held[s]--
	now := e.cfg.Now()
	l.lastAnswer = now
	l.pace = l.pace.after(capable(a.StatusCode), a.Duration, e.cfg.MaxInFlightPerBot)
	e.replace(l, now)
}

// settle records the attempt and what follows. An answer that cannot be recorded would be asked for
// again, so it keeps trying until the lease is nearly over.
func (e *Engine) settle(l *lane, c store.Claim, a store.Attempt) {
	now := e.cfg.Now()
	decision := e.cfg.Schedule.Decide(a, c.Round+1, now, e.cfg.Jitter())
	s := store.Settlement{Token: c.Token, Attempt: a, Status: decision.Status, DueAt: decision.DueAt}

	ctx, cancel := context.WithTimeout(context.WithoutCancel(e.attempts), leaseReserve-5*time.Second)
	defer cancel()
	health, err := e.settleUntil(ctx, s)
	switch {
	case errors.Is(err, store.ErrLeaseLost):
		e.cfg.Log.Warn("an attempt ended after its lease", "delivery", c.ID)
		return
	case err != nil:
		if !errors.Is(err, store.ErrNotFound) { // its bot was deleted meanwhile
			e.cfg.Log.Error("recording an attempt", "delivery", c.ID, "error", err)
		}
		return
	}
	if decision.Status == store.Retrying {
		e.mu.Lock()
		e.setDue(l, decision.DueAt)
		e.mu.Unlock()
		e.signal()
	}
	if reason := SwitchOffReason(health, now); reason != "" {
		if err := e.cfg.Queue.SwitchOff(ctx, c.BotID, reason); err != nil {
			e.cfg.Log.Error("switching a webhook off", "bot", c.BotID, "error", err)
		}
		e.Changed(c.BotID)
	}
}

// settleUntil repeats a settlement while the database is unavailable (disk full, locked).
func (e *Engine) settleUntil(ctx context.Context, s store.Settlement) (store.Health, error) {
	for wait := 50 * time.Millisecond; ; wait = min(2*wait, 2*time.Second) {
		health, err := e.cfg.Queue.Settle(ctx, s)
		if !errors.Is(err, store.ErrUnavailable) {
			return health, err
		}
		select {
		case <-ctx.Done():
			return health, err
		case <-time.After(wait):
		}
	}
}

// due1s looks at a lane again in a second.
func (e *Engine) due1s(l *lane) {
	e.mu.Lock()
	e.setDue(l, e.cfg.Now().Add(time.Second))
	e.mu.Unlock()
	e.signal()
}
