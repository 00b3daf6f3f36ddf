package engine

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"iozen/store"
)

func TestEndpointsThatBeginToHangLeaveSlotsToOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q, p := newMemQueue(t), newMemEndpoint()
		e := newTestEngine(q, p)
		var large []uuid.UUID
		for range 40 { // each may have 64 under way: two and a half times the slots of the server
			bot := q.addBot()
			large = append(large, bot)
			p.answer[bot] = after(200*time.Millisecond, 200)
			q.add(bot, 700)
		}
		require.NoError(t, e.Start(t.Context()))
		time.Sleep(3 * time.Second)
		for _, bot := range large {
			p.becomes(bot, after(30*time.Second, 0))
		}
		time.Sleep(time.Second)
		require.LessOrEqual(t, e.InFlight(), 1024*3/4+40*limiterStart)

		small := q.addBot()
		q.add(small, 20)
		time.Sleep(time.Second)
		require.Equal(t, 20, q.deliveredOf(small), "a bot with little to send finds a slot at once")
		stop(t, e)
	})
}

func TestARateLimitIsSharedSaidAndClaimsNoMoreThanItCanSend(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q, p := newMemQueue(t), newMemEndpoint()
		bot := q.addBot()
		q.edit(bot, func(w *store.Webhook) { w.RateLimit = new(2.0) })
		q.add(bot, 300)
		e := newTestEngine(q, p)
		require.NoError(t, e.Start(t.Context()))
		time.Sleep(time.Minute)
		seen := p.all()
		require.InDelta(t, 120, len(seen), 3)
		for i := 2; i < len(seen); i++ {
			require.GreaterOrEqual(t, seen[i].StartedAt.Sub(seen[i-2].StartedAt), time.Second-2*limitSlack, "two in any second")
		}
		require.LessOrEqual(t, q.count(store.Sending), 10, "what goes out later waits in the queue")
		require.Zero(t, q.returns, "nothing is claimed for nothing")
		until, why := e.Waits(store.FirstWebhook(bot))
		require.Equal(t, WaitRateLimit, why)
		require.WithinRange(t, until, time.Now(), time.Now().Add(time.Second))
		require.Equal(t, "Waiting for the rate limit", WaitWords(why))
		stop(t, e)
	})
}

func TestARateLimitKeepsItsPaceWhenTheLoopIsLate(t *testing.T) {
	at := time.Date(2026, 3, 5, 12, 0, 0, 0, time.UTC)
	l := &lane{}
	l.use(&store.Webhook{RateLimit: new(500.0)}, 1)
	sent := 0
	for now := at; now.Before(at.Add(time.Second)); now = now.Add(1300 * time.Microsecond) {
		if !l.paused(now) {
			l.spend(now)
			sent++
		}
	}
	require.InDelta(t, 500, sent, 2)
}

func TestWhyADeliveryWaits(t *testing.T) {
	for _, c := range []struct {
		name string
		q    func(*store.Webhook)
		ends time.Duration
		code int
		want string
	}{
		{"nothing waits", nil, time.Millisecond, 200, ""},
		{"a silent endpoint", nil, 30 * time.Second, 0, WaitSilent},
		{"a failing endpoint", nil, 1500 * time.Millisecond, 500, WaitProbe},
		{"a slow endpoint", nil, 1500 * time.Millisecond, 200, WaitAnswers},
		{"a rate limit", func(w *store.Webhook) { w.RateLimit = new(0.1) }, time.Millisecond, 200, WaitRateLimit},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				q, p := newMemQueue(t), newMemEndpoint()
				bot := q.addBot()
				if c.q != nil {
					q.edit(bot, c.q)
				}
				q.add(bot, 40)
				p.answer[bot] = after(c.ends, c.code)
				e := newTestEngine(q, p)
				require.NoError(t, e.Start(t.Context()))
				time.Sleep(7 * time.Second)
				_, why := e.Waits(store.FirstWebhook(bot))
				require.Equal(t, c.want, why)
				require.Equal(t, why == "", WaitWords(why) == "")
				stop(t, e)
			})
		})
	}
	_, why := newTestEngine(newMemQueue(t), newMemEndpoint()).Waits(store.FirstWebhook(uuid.New()))
	require.Empty(t, why, "a bot that is not known waits for nothing")
}

func TestWhatCannotLeaveSoonIsHandedBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q, p := newMemQueue(t), newMemEndpoint()
		bot := q.addBot()
		q.add(bot, 1000)
		e := newTestEngine(q, p)
		p.answer[bot] = after(20*time.Millisecond, 200)
		require.NoError(t, e.Start(t.Context()))
		time.Sleep(200 * time.Millisecond)
		p.becomes(bot, after(20*time.Millisecond, 503))
		time.Sleep(200 * time.Millisecond)
		require.LessOrEqual(t, q.count(store.Sending), 3, "the log does not say Sending for what only waits")
		stop(t, e)
	})
}

// TestManyLanesClaimLittleAhead: what thousands of bots have claimed and cannot send yet is memory for nothing.
func TestManyLanesClaimLittleAhead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q, p := newMemQueue(t), newMemEndpoint()
		const bots = 3000 // each may have one, whatever else is claimed
		for range bots {
			bot := q.addBot()
			q.add(bot, 20)
			p.answer[bot] = after(time.Second, 200)
		}
		e := newTestEngine(q, p)
		require.NoError(t, e.Start(t.Context()))
		for range 20 {
			time.Sleep(500 * time.Millisecond)
			e.mu.Lock()
			held := len(e.claims)
			e.mu.Unlock()
			require.LessOrEqual(t, held, 2*e.cfg.MaxInFlight+bots)
		}
		stop(t, e)
	})
}

func TestLanesAreForgottenWhenTheyHaveLongHadNothingToDo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := newMemQueue(t)
		e := newTestEngine(q, newMemEndpoint())
		for range 50 {
			q.add(q.addBot(), 1)
		}
		gone := q.addBot()
		q.add(gone, 1)
		q.remove(gone)
		require.NoError(t, e.Start(t.Context()))
		time.Sleep(time.Second)
		require.Equal(t, 50, laneCount(e), "a deleted bot has no lane")
		e.mu.Lock()
		for id, l := range e.lanes {
			require.True(t, l.limiter.good(), id)
		}
		e.mu.Unlock()
		time.Sleep(5 * time.Minute)
		require.Equal(t, 50, laneCount(e), "what is known of an endpoint is kept for a while")
		time.Sleep(8 * time.Minute)
		require.Zero(t, laneCount(e))
		stop(t, e)
	})
}
