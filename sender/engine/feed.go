package engine

import (
	"slices"

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
		if n.N != 0 && n.Is(store.Settings|store.Revoked) {
			e.recall(n)
		}
		if concernsLanes(n) {
			e.setDue(e.lane(n.WebhookID), e.cfg.Now())
		}
	}
	e.mu.Unlock()
	e.signal()
}

func concernsLanes(n store.Notice) bool {
	return n.N != 0 && n.Is(store.Due|store.Settings|store.Revoked)
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
