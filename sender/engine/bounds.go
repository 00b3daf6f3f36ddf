package engine

import (
	"iozen/store"
)

// Bounds are shared out among the processes that serve one database, so that they hold for all of them together.

// spread makes what is left over of a bound fall to another process for each webhook. All processes must agree on it.
func spread(id store.WebhookID) uint64 {
	key := uint64(id.N)
	for _, b := range id.BotID {
		key = key*31 + uint64(b)
	}
	return key
}

// most is how many requests this process may have under way at once.
func (e *Engine) most() int { return max(1, e.share.Part(e.cfg.MaxInFlight, 0)) }

// mostOf is how many of them may be a webhook's. It is 0 if there are more processes than the webhook may have requests: then
// others send what is due.
func (e *Engine) mostOf(id store.WebhookID) int {
	return e.share.Part(e.cfg.MaxInFlightPerWebhook, spread(id))
}
