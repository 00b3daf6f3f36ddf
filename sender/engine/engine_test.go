package engine

import (
	"context"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"iozen/sender/outcome"
	"iozen/store"
)

func newTestEngine(q Queue, p Attempter) *Engine {
	return NewEngine(EngineConfig{
		Queue: q, Client: p, Schedule: outcome.DefaultSchedule, Now: time.Now,
		Jitter: func() float64 { return 0.5 }, Log: slog.New(slog.DiscardHandler),
	})
}

func stop(t *testing.T, e *Engine) {
	ctx, cancel := context.WithTimeout(t.Context(), 35*time.Second)
	defer cancel()
	require.NoError(t, e.Stop(ctx))
}

func TestEngineDeliversWhatWaitsAtStartAndWhatIsWoken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q, p := newMemQueue(t), newMemEndpoint()
		bot := q.addBot()
		q.add(bot, 500)
		e := newTestEngine(q, p)
		require.NoError(t, e.Start(t.Context()))
		require.NoError(t, e.Start(t.Context()), "starting twice is harmless")
		time.Sleep(2 * time.Second)
		require.Equal(t, 500, q.count(store.Delivered))
		require.LessOrEqual(t, p.most[bot], 64)
		require.Equal(t, 64, p.most[bot], "a quick endpoint is given its whole bound")

		q.add(bot, 1)
		time.Sleep(20 * time.Millisecond)
		require.Equal(t, 501, q.count(store.Delivered), "a wake does not wait for the poll")
		require.Equal(t, 500, q.claims, "nothing is claimed twice")
		require.Equal(t, 1, q.taken, "an event that finds a place is claimed as it is accepted")
		stop(t, e)
		stop(t, e)
	})
}

func TestAHangingEndpointGetsOneProbeAndCostsTheOthersNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q, p := newMemQueue(t), newMemEndpoint()
		e := newTestEngine(q, p)
		for range 1200 { // more hanging bots than there are slots
			bot := q.addBot()
			q.add(bot, 3)
			p.answer[bot] = after(30*time.Second, 0)
		}
		require.NoError(t, e.Start(t.Context()))
		time.Sleep(time.Second)
		require.LessOrEqual(t, e.InFlight(), 512, "endpoints that have not answered hold half of the slots at most")
		time.Sleep(120 * time.Second)
		require.LessOrEqual(t, e.InFlight(), 256, "failing endpoints hold a quarter of the slots at most")

		healthy := q.addBot()
		q.add(healthy, 100)
		p.mu.Lock() // attempts are under way
		p.answer[healthy] = after(10*time.Millisecond, 200)
		p.mu.Unlock()
		time.Sleep(time.Second)
		require.Equal(t, 100, q.count(store.Delivered))

		stopped, cancel := context.WithCancel(t.Context())
		cancel()
		require.NoError(t, e.Stop(stopped))
		require.Zero(t, q.count(store.Sending), "what was cut is handed back")
	})
}

func TestAFailingEndpointFallsToASingleProbe(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q, p := newMemQueue(t), newMemEndpoint()
		bot := q.addBot()
		q.add(bot, 200)
		e := newTestEngine(q, p)
		require.NoError(t, e.Start(t.Context()))
		time.Sleep(time.Second)
		require.Equal(t, 200, q.count(store.Delivered))

		p.mu.Lock()
		p.answer[bot] = after(100*time.Millisecond, 503)
		p.most[bot] = 0
		p.mu.Unlock()
		q.add(bot, 300)
		time.Sleep(2 * time.Second)
		p.mu.Lock()
		p.most[bot] = 0
		p.mu.Unlock()
		time.Sleep(2 * time.Second)
		p.mu.Lock()
		require.Equal(t, 1, p.most[bot])
		p.mu.Unlock()
		stop(t, e)
	})
}

func TestAFailedAttemptIsRetriedByTheSchedule(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q, p := newMemQueue(t), newMemEndpoint()
		bot := q.addBot()
		q.add(bot, 1)
		p.answer[bot] = after(time.Millisecond, 503)
		e := newTestEngine(q, p)
		require.NoError(t, e.Start(t.Context()))
		time.Sleep(90 * time.Hour)
		require.Equal(t, 1, q.count(store.Failed))
		require.Len(t, p.all(), 10)
		want := []time.Duration{0, 5 * time.Second, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour, 5 * time.Hour, 10 * time.Hour, 14 * time.Hour, 20 * time.Hour, 24 * time.Hour}
		for i := 1; i < len(p.all()); i++ {
			gap := p.all()[i].StartedAt.Sub(p.all()[i-1].StartedAt)
			require.InDelta(t, want[i].Seconds(), gap.Seconds(), 1, "gap before attempt %d", i+1)
		}
		stop(t, e)
	})
}

func TestNothingLeavesWithSettingsOfBefore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q, p := newMemQueue(t), newMemEndpoint()
		bot := q.addBot()
		q.add(bot, 300)
		p.answer[bot] = after(50*time.Millisecond, 200)
		e := newTestEngine(q, p)
		require.NoError(t, e.Start(t.Context()))
		time.Sleep(220 * time.Millisecond)

		q.mu.Lock()
		w := q.webhooks[bot]
		w.Version, w.URL, w.QuietUntil = 2, "https://new.example/", time.Now().Add(5*time.Second)
		q.webhooks[bot] = w
		q.mu.Unlock()
		q.changed(bot, store.Settings)
		changed := time.Now()
		time.Sleep(30 * time.Second)
		require.Equal(t, 300, q.count(store.Delivered))
		later := 0
		for _, a := range p.all() {
			if a.StartedAt.After(changed) {
				later++
				require.EqualValues(t, 2, a.WebhookVersion)
				require.False(t, a.StartedAt.Before(w.QuietUntil), "an edited webhook waits until it settles")
			}
		}
		require.NotZero(t, later)
		stop(t, e)
	})
}

func TestAWebhookThatIsSwitchedOffHoldsWhatWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q, p := newMemQueue(t), newMemEndpoint()
		bot := q.addBot()
		w := q.webhooks[bot]
		w.Enabled = false
		q.webhooks[bot] = w
		q.add(bot, 1200)
		e := newTestEngine(q, p)
		require.NoError(t, e.Start(t.Context()))
		time.Sleep(time.Second)
		require.Equal(t, 1200, q.count(store.Held))
		require.Empty(t, p.all())
		stop(t, e)
	})
}

func TestARateLimitSpacesRequests(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q, p := newMemQueue(t), newMemEndpoint()
		bot := q.addBot()
		w, limit := q.webhooks[bot], 10.0
		w.RateLimit = &limit
		q.webhooks[bot] = w
		q.add(bot, 100)
		e := newTestEngine(q, p)
		require.NoError(t, e.Start(t.Context()))
		time.Sleep(5*time.Second + 50*time.Millisecond)
		require.InDelta(t, 50, q.count(store.Delivered), 2)
		stop(t, e)
	})
}

func TestAnUnavailableDatabaseLosesNoAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q, p := newMemQueue(t), newMemEndpoint()
		bot := q.addBot()
		q.add(bot, 3)
		p.answer[bot] = after(time.Second, 200)
		e := newTestEngine(q, p)
		require.NoError(t, e.Start(t.Context()))
		time.Sleep(500 * time.Millisecond)
		q.mu.Lock()
		q.fail = store.ErrUnavailable
		q.mu.Unlock()
		time.Sleep(10 * time.Second)
		require.Zero(t, q.count(store.Delivered))
		q.mu.Lock()
		q.fail = nil
		q.mu.Unlock()
		time.Sleep(10 * time.Second)
		require.Equal(t, 3, q.count(store.Delivered))
		require.Len(t, p.all(), 3, "an answer is not asked for twice")
		stop(t, e)
	})
}

func TestStopWaitsForRequestsUnderWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q, p := newMemQueue(t), newMemEndpoint()
		bot := q.addBot()
		q.add(bot, 50)
		p.answer[bot] = after(20*time.Second, 200)
		e := newTestEngine(q, p)
		require.NoError(t, e.Start(t.Context()))
		time.Sleep(time.Second)
		stop(t, e)
		require.Equal(t, 2, q.count(store.Delivered))
		require.Equal(t, 48, q.count(store.Queued))
	})
}
