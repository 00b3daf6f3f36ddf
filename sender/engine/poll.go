package engine

import (
	"context"
	"time"

	"iozen/store"
	"iozen/store/rescue"
)

const (
	// pollEvery is how often the store is polled as a safety net under the feed, for what another process has changed.
	pollEvery = 10 * time.Second
	// lanePage is how many webhooks one poll query returns.
	lanePage = 1000
)

// pollLoop asks the store for lanes: at start for all of them, and then, as the safety net under the feed, for one
// page at each tick, round and round. Each tick also forgets lanes that have long had nothing to do.
func (e *Engine) pollLoop(ctx context.Context) {
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	var after store.WebhookID
	for starting := true; ; {
		next, err := e.poll(ctx, after)
		if err != nil && ctx.Err() == nil {
			e.report("looking for waiting deliveries", err)
		}
		if err == nil {
			after = next
			starting = starting && next != store.WebhookID{}
			e.noteSurvey(!starting)
		}
		if err == nil && starting {
			continue
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			if err := rescue.Call(func() error { e.forgetIdle(); return nil }); err != nil {
				e.report("forgetting idle lanes", err)
			}
		}
	}
}

// noteSurvey notes that nothing waits in the store that no lane knows of.
func (e *Engine) noteSurvey(done bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.surveyed = e.surveyed || done
}

// poll reads one page of lanes and returns where the next one begins.
func (e *Engine) poll(ctx context.Context, after store.WebhookID) (next store.WebhookID, err error) {
	next = after // should it panic
	defer rescue.Into(&err)
	page, err := e.cfg.Queue.Lanes(ctx, after, lanePage)
	if err != nil {
		return after, err
	}
	e.takeDue(page)
	e.signal()
	if len(page) < lanePage {
		return store.WebhookID{}, nil
	}
	return page[len(page)-1].WebhookID, nil
}

func (e *Engine) takeDue(page []store.LaneDue) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, l := range page {
		e.setDue(e.lane(l.WebhookID), l.DueAt)
	}
}

// forgetAfter is how many ticks (ten minutes) an idle lane is kept, because of what it knows of its endpoint.
const forgetAfter = int(10 * time.Minute / pollEvery)

// forgetIdle drops lanes that have been idle for long, so that memory grows only with the webhooks that send.
func (e *Engine) forgetIdle() {
	e.mu.Lock()
	defer e.mu.Unlock()
	for id, l := range e.lanes {
		if !l.settled() {
			continue
		}
		l.webhook = nil // its secrets are no longer needed
		if l.idle++; l.idle > forgetAfter {
			delete(e.lanes, id)
		}
	}
}
