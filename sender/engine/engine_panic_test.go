package engine

import (
	"bytes"
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"iozen/sender/outcome"
	"iozen/store"
)

// poisoned is a queue some of whose methods panic for some deliveries, or at first.
type poisoned struct {
	*memQueue
	claims, lanes int // how many times they still panic

	mu     sync.Mutex
	settle func(store.Settlement) bool // whether it panics
}

func (q *poisoned) Claim(ctx context.Context, id store.WebhookID, limit int, lease time.Duration) (store.Claimed, error) {
	q.panics("claim", &q.claims)
	return q.memQueue.Claim(ctx, id, limit, lease)
}

func (q *poisoned) Lanes(ctx context.Context, after store.WebhookID, limit int) ([]store.LaneDue, error) {
	q.panics("lanes", &q.lanes)
	return q.memQueue.Lanes(ctx, after, limit)
}

func (q *poisoned) Settle(ctx context.Context, s store.Settlement) (store.Health, error) {
	if q.settle != nil && q.settle(s) {
		panic("settle")
	}
	return q.memQueue.Settle(ctx, s)
}

func (q *poisoned) panics(what string, left *int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if *left--; *left >= 0 {
		panic(what)
	}
}

// One event that makes an attempt panic spends its attempts by the schedule; the events beside it go out.
func TestAPoisonedEventNeitherSpinsNorStopsItsBot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q, p := newMemQueue(t), newMemEndpoint()
		bot := q.addBot()
		q.add(bot, 5)
		var poison uuid.UUID
		for id := range q.rows {
			poison = id
		}
		var tries atomic.Int64
		p.answer[bot] = func(ctx context.Context, w store.Webhook, d store.Delivery) store.Attempt {
			if d.ID == poison {
				tries.Add(1)
				panic("poisoned")
			}
			return after(10*time.Millisecond, 200)(ctx, w, d)
		}
		var log bytes.Buffer
		e := newTestEngine(q, p)
		e.cfg.Log = slog.New(slog.NewTextHandler(&log, nil))
		require.NoError(t, e.Start(t.Context()))
		time.Sleep(3 * time.Second)
		require.Equal(t, 4, q.count(store.Delivered))
		require.EqualValues(t, 1, tries.Load(), "it does not come again at once")
		require.Equal(t, 1, q.count(store.Retrying))
		time.Sleep(80 * time.Hour)
		require.Equal(t, 1, q.count(store.Failed))
		require.EqualValues(t, len(outcome.DefaultSchedule)+1, tries.Load())
		require.Equal(t, outcome.OutcomeOwnFault, q.lastSettled().Attempt.Outcome)
		q.add(bot, 3)
		time.Sleep(time.Second)
		require.Equal(t, 7, q.count(store.Delivered))
		stop(t, e)
		require.Contains(t, log.String(), "TestAPoisonedEvent", "the log has the stack")
	})
}

func TestARoundThatPanicsIsFollowedByTheNext(t *testing.T) {
	for name, times := range map[string]struct{ claims, lanes int }{"claiming": {claims: 3}, "looking for lanes": {lanes: 3}, "both": {2, 2}} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := newMemEndpoint()
				q := &poisoned{memQueue: newMemQueue(t), claims: times.claims, lanes: times.lanes}
				bot := q.addBot()
				q.add(bot, 5)
				e := newTestEngine(q, p)
				require.NoError(t, e.Start(t.Context()))
				time.Sleep(time.Minute)
				require.Equal(t, 5, q.count(store.Delivered))
				stop(t, e)
			})
		})
	}
}

// What cannot be recorded whole is recorded without its evidence: an attempt that is not recorded would be made again.
func TestAnAttemptThatCannotBeRecordedIsRecordedBare(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newMemEndpoint()
		q := &poisoned{memQueue: newMemQueue(t), settle: func(s store.Settlement) bool { return s.Attempt.Detail != nil }}
		bot := q.addBot()
		q.add(bot, 2)
		p.answer[bot] = func(ctx context.Context, w store.Webhook, d store.Delivery) store.Attempt {
			a := after(10*time.Millisecond, 200)(ctx, w, d)
			a.Detail = map[string]string{"poison": "x"}
			return a
		}
		e := newTestEngine(q, p)
		require.NoError(t, e.Start(t.Context()))
		time.Sleep(10 * time.Minute)
		require.Equal(t, 2, q.count(store.Delivered))
		require.Len(t, p.all(), 2, "each is sent once")
		stop(t, e)
	})
}
