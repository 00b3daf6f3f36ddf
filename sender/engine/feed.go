package engine

import (
	"slices"

	"iozen/store"
)

// heard takes in what a commit changed. The store's writer waits for it: it neither writes nor waits for anybody who does.
// Once it has returned, nothing that the commit took back leaves any more.
func (e *Engine) heard(notices []store.Notice) {
	if !slices.ContainsFunc(notices, concernsLanes) {
		return
	}
	e.mu.Lock()
	for _, n := range notices {
		if n.Is(store.Settings | store.Revoked) {
			e.recall(n)
		}
		if concernsLanes(n) {
			e.setDue(e.lane(n.BotID), e.cfg.Now())
		}
	}
	e.mu.Unlock()
	e.signal()
}

func concernsLanes(n store.Notice) bool { return n.Is(store.Due | store.Settings | store.Revoked) }

// recall drops what was claimed of a bot before a commit, in the lane, in a claim under way, and on its way to the wire,
// and hands it back: what may still be sent is claimed anew, as it is now. Requests that are on the wire finish, with the
// settings that their attempts name.
func (e *Engine) recall(n store.Notice) {
	l := e.lane(n.BotID)
	l.generation++
	for d := range l.departing {
		d.Recall()
	}
	if n.Is(store.Settings) {
		l.silentSince = e.cfg.Now() // an endpoint that hangs no longer says anything about the next one
	}
	stale := l.claims
	l.claims, l.webhook = nil, nil
	if len(stale) > 0 {
		e.spawn("handing back claimed deliveries", func() { e.giveBack(n.BotID, stale) })
	}
}
