package engine

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"iozen/sender/outcome"
	"iozen/store"
)

func TestADatabaseAwayForMinutesCostsNoSecondRequest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q, p := newMemQueue(t), newMemEndpoint()
		bot := q.addBot()
		q.add(bot, 3)
		p.answer[bot] = after(time.Second, 200)
		e := newTestEngine(q, p)
		require.NoError(t, e.Start(t.Context()))
		time.Sleep(500 * time.Millisecond)
		q.failWith(store.ErrUnavailable)
		time.Sleep(5 * time.Minute) // longer than any lease
		q.failWith(nil)
		time.Sleep(time.Minute)
		require.Equal(t, 3, q.count(store.Delivered))
		require.Len(t, p.all(), 3, "an answer is not asked for twice while the process lives")
		stop(t, e)
	})
}

func TestAClockThatJumpsSendsNothingTwiceAndHoldsNothingUp(t *testing.T) {
	for name, jump := range map[string]time.Duration{"an hour ahead": time.Hour, "an hour back": -time.Hour} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, 16, 4)
				hanging, retrying := w.bots[0], w.bots[1]
				w.behave[hanging], w.behave[retrying] = "hang", "fail"
				w.q.add(hanging, 2)
				w.q.add(retrying, 1)
				require.NoError(t, w.e.Start(t.Context()))
				time.Sleep(time.Second)
				w.mu.Lock()
				w.offset = jump
				w.behave[retrying] = "quick"
				w.mu.Unlock()
				w.perform(act{what: "add", bot: 2, n: 5})
				w.perform(act{what: "add", bot: 0, n: 1}) // has the store asked for the hanging bot
				time.Sleep(time.Second)
				require.Equal(t, 5, w.q.deliveredOf(w.bots[2]), "new events go out at once")
				time.Sleep(8 * time.Second)
				require.Equal(t, 1, w.q.deliveredOf(retrying), "a retry due in 5 s is not held up for an hour")
				w.repair()
				time.Sleep(10 * time.Minute)
				require.Equal(t, 3, w.q.deliveredOf(hanging))
				stop(t, w.e)
				require.Empty(t, w.broken)
			})
		})
	}
}

func TestAFixedURLDoesNotWaitForTheOldEndpoint(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q, p := newMemQueue(t), newMemEndpoint()
		bot := q.addBot()
		q.add(bot, 40)
		old := q.webhooks[bot].URL
		p.answer[bot] = func(ctx context.Context, w store.Webhook, d store.Delivery) store.Attempt {
			if w.URL == old {
				return after(30*time.Second, 0)(ctx, w, d)
			}
			return after(10*time.Millisecond, 200)(ctx, w, d)
		}
		e := newTestEngine(q, p)
		require.NoError(t, e.Start(t.Context()))
		time.Sleep(100 * time.Second) // it fails and hangs: one probe at a time
		q.edit(bot, func(w *store.Webhook) { w.URL = "https://new.example/" })
		time.Sleep(2 * time.Second)
		require.Greater(t, q.count(store.Delivered), 30, "what waited goes to the new endpoint at its own pace")
		stop(t, e)
	})
}

func TestOurOwnTroubleIsNotHeldAgainstTheEndpoint(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q, p := newMemQueue(t), newMemEndpoint()
		bot := q.addBot()
		q.add(bot, 20)
		p.answer[bot] = func(context.Context, store.Webhook, store.Delivery) store.Attempt {
			return store.Attempt{Outcome: outcome.OutcomeOwnSide}
		}
		e := newTestEngine(q, p)
		require.NoError(t, e.Start(t.Context()))
		time.Sleep(10*time.Second + time.Millisecond)
		require.Less(t, p.count(), 30, "it pauses instead of trying in a loop")
		_, why := e.Waits(store.FirstWebhook(bot))
		require.Equal(t, WaitOwnSide, why)
		e.mu.Lock()
		require.Equal(t, healthClass(untried), e.lanes[store.FirstWebhook(bot)].limiter.healthClass(time.Now()))
		e.mu.Unlock()
		p.becomes(bot, after(time.Millisecond, 200))
		time.Sleep(2 * time.Second)
		require.Equal(t, 20, q.count(store.Delivered))
		stop(t, e)
		for _, s := range q.settled {
			require.Equal(t, store.Delivered, s.Status, "no attempt was spent")
		}
	})
}

func TestAnEndpointThatIsDownIsNotHammered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q, p := newMemQueue(t), newMemEndpoint()
		bot := q.addBot()
		q.add(bot, 1500)
		p.answer[bot] = after(time.Millisecond, 503)
		e := newTestEngine(q, p)
		require.NoError(t, e.Start(t.Context()))
		time.Sleep(time.Second)
		require.Greater(t, p.count(), 50, "a few failures cost no time")
		time.Sleep(5 * time.Minute)
		before := p.count()
		time.Sleep(time.Minute)
		require.InDelta(t, 240, p.count()-before, 200)
		p.becomes(bot, after(time.Millisecond, 200))
		time.Sleep(time.Second)
		_, why := e.Waits(store.FirstWebhook(bot))
		require.NotEqual(t, WaitProbe, why, "the first good answer ends it")
		stop(t, e)
	})
}

func TestAnEndpointThatComesBackIsNotOverrun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q, p := newMemQueue(t), newMemEndpoint()
		bot := q.addBot()
		q.add(bot, 2000)
		p.answer[bot] = after(50*time.Millisecond, 503)
		e := newTestEngine(q, p)
		require.NoError(t, e.Start(t.Context()))
		time.Sleep(time.Minute)
		p.becomes(bot, after(50*time.Millisecond, 200))
		time.Sleep(time.Second)
		require.LessOrEqual(t, p.mostAtOnce(bot), 64)
		require.Less(t, p.count(), 20*64, "no more than its bound allows, and that grows by one with each answer")
		require.Greater(t, p.count(), 20)
		stop(t, e)
	})
}

func TestAClaimThatWaitedForTooLongIsClaimedAnewBeforeItIsSent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q, p := newMemQueue(t), newMemEndpoint()
		bot := q.addBot()
		q.add(bot, 6)
		p.answer[bot] = after(55*time.Second, 200) // what waits behind it outlives the useful part of a lease
		e := newTestEngine(q, p)
		require.NoError(t, e.Start(t.Context()))
		time.Sleep(6 * time.Minute)
		require.Equal(t, 6, q.count(store.Delivered))
		require.Len(t, p.all(), 6)
		require.Positive(t, q.returns)
		stop(t, e)
	})
}
