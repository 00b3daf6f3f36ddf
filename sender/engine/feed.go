package engine

import (
	"slices"

	"github.com/google/uuid"

	"iozen/store"
)

// heard reacts to what a commit changed. The store's writer waits for it, so it neither writes nor waits for anyone who does.
// Once it has returned, nothing that the commit revoked leaves any more.
func (e *Engine) heard(notices []store.Notice) {
	if !slices.ContainsFunc(notices, concernsLanes) {
		return
	}
	e.mu.Lock()
	for _, n := range notices {
		switch {
		case !concernsLanes(n):
		case n.BotID == uuid.Nil:
			e.heardOfAll(n)
		default:
			e.heardOf(n)
		}
	}
	e.mu.Unlock()
	e.signal()
}

func (e *Engine) heardOf(n store.Notice) {
	if n.Is(store.Settings | store.Revoked) {
		e.recall(n)
	}
	e.setDue(e.lane(n.WebhookID), e.cfg.Now())
}

// heardOfAll reacts to what may concern any webhook: other processes have changed something, and it is not known what.
func (e *Engine) heardOfAll(n store.Notice) {
	for id := range e.lanes {
		e.heardOf(store.Notice{WebhookID: id, What: n.What})
	}
	select { // of webhooks without a lane the store knows
	case e.pollNow <- struct{}{}:
	default:
	}
}

func concernsLanes(n store.Notice) bool {
	return (n.N != 0 || n.BotID == uuid.Nil) && n.Is(store.Due|store.Settings|store.Revoked)
}

// recall drops the claims of a webhook from before a commit, whether they wait in the lane, are being made, or are departing,
// and hands them back: what may still be sent is claimed again, as it is now. Requests that have left finish, with the
// settings that their attempts name.
func (e *Engine) recall(n store.Notice) {
	l := e.lane(n.WebhookID)
	l.generation++
	for d := range l.departing {
		d.Recall()
	}
	if n.Is(store.Settings) {
		l.silentSince = e.cfg.Now() // a hanging endpoint says nothing about the one in the new settings
	}
	stale := l.claims
	l.claims, l.webhook = nil, nil
	if len(stale) > 0 {
		e.giveBackSoon(n.WebhookID, stale)
	}
}
