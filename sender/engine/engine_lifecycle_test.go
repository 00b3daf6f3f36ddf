package engine

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"iozen/store"
)

// A bubble ends only when every goroutine in it has ended, so each of these tests also proves that a stop leaves
// none behind.

func TestAnEngineCanBeStoppedBeforeItStarts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := newMemQueue(t)
		q.add(q.addBot(), 1)
		e := newTestEngine(q, newMemEndpoint())
		stop(t, e)
		require.NoError(t, e.Start(t.Context()))
		time.Sleep(time.Minute)
		require.Equal(t, 1, q.count(store.Queued), "a stopped engine stays stopped")
		stop(t, e)
	})
}

func TestAnEngineCanBeStartedAndStoppedByMany(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q, p := newMemQueue(t), newMemEndpoint()
		bot := q.addBot()
		q.add(bot, 200)
		p.answer[bot] = after(time.Second, 200)
		e := newTestEngine(q, p)
		var all sync.WaitGroup
		for range 10 {
			all.Go(func() { _ = e.Start(t.Context()) })
		}
		all.Wait()
		time.Sleep(5 * time.Second)
		for range 10 {
			all.Go(func() { stop(t, e) })
			all.Go(func() { q.changed(bot, store.Due); q.changed(bot, store.Settings) })
		}
		all.Wait()
		require.Zero(t, q.count(store.Sending), "what was not started is handed back, what was is recorded")
		require.Zero(t, e.InFlight())
	})
}

func TestAStartOutlivesItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := newMemQueue(t)
		bot := q.addBot()
		e := newTestEngine(q, newMemEndpoint())
		ctx, cancel := context.WithCancel(t.Context())
		require.NoError(t, e.Start(ctx))
		cancel()
		q.add(bot, 1)
		time.Sleep(time.Second)
		require.Equal(t, 1, q.count(store.Delivered), "only Stop ends an engine")
		stop(t, e)
	})
}

func TestAStopThatRunsOutOfTimeCutsAndHandsBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q, p := newMemQueue(t), newMemEndpoint()
		bot := q.addBot()
		q.add(bot, 50)
		p.answer[bot] = after(20*time.Second, 200)
		e := newTestEngine(q, p)
		require.NoError(t, e.Start(t.Context()))
		time.Sleep(time.Second)
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		began := time.Now()
		require.NoError(t, e.Stop(ctx))
		require.Equal(t, 3*time.Second, time.Since(began))
		require.Equal(t, 50, q.count(store.Queued), "no attempt is spent on what was cut")
	})
}

func TestAStopGivesUpOnADatabaseThatStaysAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q, p := newMemQueue(t), newMemEndpoint()
		bot := q.addBot()
		q.add(bot, 1)
		p.answer[bot] = after(time.Second, 200)
		e := newTestEngine(q, p)
		require.NoError(t, e.Start(t.Context()))
		time.Sleep(500 * time.Millisecond)
		q.failWith(store.ErrUnavailable)
		time.Sleep(time.Second)
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		require.Error(t, e.Stop(ctx), "it says that a result is not recorded")
	})
}
