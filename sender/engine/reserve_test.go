package engine

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"iozen/store"
)

// running starts an engine whose lanes have been looked at, beside one bot whose endpoint answers at once.
func running(t *testing.T) (*memQueue, *memEndpoint, *Engine, uuid.UUID) {
	q, p := newMemQueue(t), newMemEndpoint()
	bot := q.addBot()
	e := newTestEngine(q, p)
	require.NoError(t, e.Start(t.Context()))
	synctest.Wait()
	return q, p, e, bot
}

func TestAnEventThatFindsAPlaceIsNeverClaimedApart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q, _, e, bot := running(t)
		for range 100 {
			q.add(bot, 1)
			time.Sleep(10 * time.Millisecond)
		}
		require.Equal(t, 100, q.count(store.Delivered))
		require.Equal(t, 100, q.taken)
		require.Zero(t, q.claims)
		stop(t, e)
	})
}

func TestAPlaceIsKeptOnlyForWhatOvertakesNothing(t *testing.T) {
	for name, c := range map[string]struct {
		before func(q *memQueue, e *Engine, bot uuid.UUID)
		places int
	}{
		"nothing waits":              {func(*memQueue, *Engine, uuid.UUID) {}, 2},
		"older events wait in store": {func(_ *memQueue, e *Engine, bot uuid.UUID) { e.lanes[store.FirstWebhook(bot)].dueAt = time.Now() }, 0},
		"a retry waits for its time": {func(_ *memQueue, e *Engine, bot uuid.UUID) {
			e.lanes[store.FirstWebhook(bot)].dueAt = time.Now().Add(time.Minute)
		}, 2},
		"older events are claimed":   {func(_ *memQueue, e *Engine, bot uuid.UUID) { e.lanes[store.FirstWebhook(bot)].claiming = true }, 0},
		"older events may be queued": {func(_ *memQueue, e *Engine, bot uuid.UUID) { e.lanes[store.FirstWebhook(bot)].queueing = 1 }, 0},
		"the rate limit lets nothing": {func(_ *memQueue, e *Engine, bot uuid.UUID) {
			e.lanes[store.FirstWebhook(bot)].nextSend = time.Now().Add(time.Second)
		}, 0},
		"others took the places":      {func(_ *memQueue, e *Engine, bot uuid.UUID) { e.lanes[store.FirstWebhook(bot)].reserved = 2 }, 0},
		"requests fill the bound":     {func(_ *memQueue, e *Engine, bot uuid.UUID) { e.lanes[store.FirstWebhook(bot)].inFlight = 2 }, 0},
		"results are being recorded":  {func(_ *memQueue, e *Engine, bot uuid.UUID) { e.lanes[store.FirstWebhook(bot)].unrecorded = 2 }, 0},
		"nothing can be recorded":     {func(_ *memQueue, e *Engine, _ uuid.UUID) { e.unwritable = true }, 0},
		"the store was not looked at": {func(_ *memQueue, e *Engine, _ uuid.UUID) { e.surveyed = false }, 0},
		"the server stops":            {func(_ *memQueue, e *Engine, _ uuid.UUID) { e.stopping = true }, 0},
		"much is claimed already":     {func(_ *memQueue, e *Engine, _ uuid.UUID) { e.reserved = 2*e.cfg.MaxInFlight + 1 }, 0},
	} {
		t.Run(name, func(t *testing.T) {
			q := newMemQueue(t)
			e := newTestEngine(q, newMemEndpoint())
			bot := q.addBot()
			e.lane(store.FirstWebhook(bot)).webhook = &store.Webhook{}
			e.surveyed = true
			c.before(q, e, bot)
			wait := e.lanes[store.FirstWebhook(bot)].queueing
			place := e.reserve(store.FirstWebhook(bot), 5)
			require.Equal(t, c.places, place.Places)
			require.Equal(t, wait+1, e.lanes[store.FirstWebhook(bot)].queueing, "what finds no place is queued")
			before := e.lanes[store.FirstWebhook(bot)].reserved
			place.End(store.Claimed{})
			require.Equal(t, wait, e.lanes[store.FirstWebhook(bot)].queueing)
			require.Equal(t, before-c.places, e.lanes[store.FirstWebhook(bot)].reserved)
		})
	}
}

// Were results lost with a crash, no more than a bound of them would be sent again.
func TestNoMoreIsSentThanCanBeRecorded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q, p, e, bot := running(t)
		for range 200 { // until the bound is at its most
			q.add(bot, 1)
			time.Sleep(5 * time.Millisecond)
		}
		sent := p.count()
		q.refuseSettlements(store.ErrUnavailable)
		for range 300 {
			q.add(bot, 1)
			time.Sleep(time.Millisecond)
		}
		time.Sleep(time.Minute)
		require.LessOrEqual(t, p.count()-sent, 64, "nothing starts while nothing can be recorded")
		require.Positive(t, p.count()-sent)
		q.refuseSettlements(nil)
		time.Sleep(time.Minute)
		require.Equal(t, 500, q.count(store.Delivered), "all goes on when it can")
		require.Equal(t, 500, p.count(), "and nothing was sent twice")
		stop(t, e)
	})
}

// Whatever an act takes back in the very commit after an acceptance is dropped before the act is answered.
func TestWhatWasHandedOverIsTakenBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q, p, e, bot := running(t)
		for range 20 { // the endpoint has proved good: more is claimed than may be under way
			q.add(bot, 1)
			time.Sleep(time.Millisecond)
		}
		synctest.Wait() // all are answered
		var started atomic.Int32
		release := make(chan struct{})
		p.becomes(bot, func(context.Context, store.Webhook, store.Delivery) store.Attempt {
			started.Add(1)
			<-release
			return store.Attempt{StatusCode: 200}
		})
		e.mu.Lock()
		bound := e.lanes[store.FirstWebhook(bot)].limiter.bound
		e.mu.Unlock()
		q.add(bot, bound+10)
		synctest.Wait()
		require.EqualValues(t, bound, started.Load())
		e.mu.Lock()
		require.Len(t, e.lanes[store.FirstWebhook(bot)].claims, 10, "these wait in memory")
		e.mu.Unlock()
		q.edit(bot, func(w *store.Webhook) { w.Enabled = false })
		close(release)
		time.Sleep(time.Second)
		require.EqualValues(t, bound, started.Load(), "nothing starts after the act")
		require.Equal(t, 10, q.count(store.Held), "what had not left is held")
		require.Zero(t, q.claims)
		stop(t, e)
	})
}
