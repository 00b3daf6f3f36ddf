package engine

import (
	"context"
	"time"

	"iozen/store"
	"iozen/store/rescue"
)

const (
	// pollEvery is how often the store is polled as a safety net under the feed, for what another process has changed and was
	// not heard of.
	pollEvery = 5 * time.Second
	// pollPart is how many times as long as a poll took the next one is away.
	pollPart = 10
	// lanePage is how many webhooks one poll query returns.
	lanePage = 1000
)

// pollLoop asks the store for its lanes: at the start, and then at each tick as the safety net under the feed. A database that
// needs long to answer is asked less often. Each tick also forgets lanes that have long had nothing to do.
func (e *Engine) pollLoop(ctx context.Context) {
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	for {
		began := e.cfg.Now()
		if err := e.survey(ctx); err != nil && ctx.Err() == nil {
			e.report("looking for waiting deliveries", err)
		}
		tick.Reset(max(pollEvery, pollPart*e.cfg.Now().Sub(began)))
		select {
		case <-ctx.Done():
			return
		case <-e.pollNow:
		case <-tick.C:
			if err := rescue.Call(func() error { e.forgetIdle(); return nil }); err != nil {
				e.report("forgetting idle lanes", err)
			}
		}
	}
}

// survey looks at every lane of the store, page by page. After the first time, nothing waits there that no lane knows of.
func (e *Engine) survey(ctx context.Context) error {
	var after store.WebhookID
	for ctx.Err() == nil {
		next, err := e.poll(ctx, after)
		if err != nil {
			return err
		}
		if after = next; next == (store.WebhookID{}) {
			e.mu.Lock()
			e.surveyed = true
			e.mu.Unlock()
			return nil
		}
	}
	return ctx.Err()
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
