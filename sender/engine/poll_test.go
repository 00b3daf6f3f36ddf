package engine

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"iozen/store"
)

// Notices of other processes may be lost: the poll sees within 5 s what is due, of more webhooks than one page holds.
func TestWhatNoNoticeTellsOfIsSeenByTheNextPoll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q, p := newMemQueue(t), newMemEndpoint()
		e := newTestEngine(q, p)
		require.NoError(t, e.Start(t.Context()))
		time.Sleep(time.Second)
		q.notify, q.reserve = nil, nil // another process accepts, and nobody hears of it
		const bots = lanePage + 500
		for range bots {
			q.add(q.addBot(), 1)
		}
		time.Sleep(pollEvery + 100*time.Millisecond) // there are more webhooks than slots
		synctest.Wait()
		require.Len(t, p.all(), bots)
		stop(t, e)
	})
}

func TestADatabaseThatNeedsLongToAnswerIsPolledLessOften(t *testing.T) {
	for looking, want := range map[time.Duration]int{0: 13, 300 * time.Millisecond: 12, 3 * time.Second: 2} {
		synctest.Test(t, func(t *testing.T) {
			q := newMemQueue(t)
			q.looking = looking
			e := newTestEngine(q, newMemEndpoint())
			require.NoError(t, e.Start(t.Context()))
			time.Sleep(time.Minute + time.Millisecond)
			q.mu.Lock()
			require.Equal(t, want, q.looks, looking)
			q.mu.Unlock()
			stop(t, e)
		})
	}
}

func TestANoticeAboutEverythingHasEverythingLookedAtAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q, p := newMemQueue(t), newMemEndpoint()
		e := newTestEngine(q, p)
		require.NoError(t, e.Start(t.Context()))
		time.Sleep(time.Second)
		q.reserve = nil
		notify := q.notify
		q.notify = nil
		q.add(q.addBot(), 2)
		synctest.Wait()
		require.Empty(t, p.all())
		notify([]store.Notice{store.LookAtAll})
		time.Sleep(time.Millisecond)
		synctest.Wait()
		require.Len(t, p.all(), 2)
		stop(t, e)
	})
}
