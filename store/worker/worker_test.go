package worker

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// A bubble ends only when every goroutine in it has ended: each of these tests proves that a stop leaves none behind.

func rounds(do func(n int) (time.Duration, error)) (Rounds, *bytes.Buffer) {
	n, log := 0, &bytes.Buffer{}
	return Rounds{Doing: "working", Log: slog.New(slog.NewTextHandler(log, nil)), Retry: time.Minute, Round: func(context.Context) (time.Duration, error) {
		n++
		return do(n)
	}}, log
}

func TestRoundsFollowEachOtherUntilTheStop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		count := 0
		r, _ := rounds(func(n int) (time.Duration, error) { count = n; return time.Second, nil })
		var l Life
		ctx, cancel := context.WithCancel(t.Context())
		l.Start(ctx, r)
		l.Start(ctx, r)
		cancel() // ends nothing
		time.Sleep(10*time.Second + time.Millisecond)
		l.Stop()
		l.Stop()
		require.Equal(t, 11, count)
		l.Start(t.Context(), r)
		time.Sleep(time.Minute)
		require.Equal(t, 11, count, "a stopped worker stays stopped")
	})
}

func TestARoundThatFailsOrPanicsIsFollowedByTheNext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		count := 0
		r, log := rounds(func(n int) (time.Duration, error) {
			count = n
			switch n {
			case 1:
				return time.Minute, errors.New("it failed")
			case 2:
				panic("it panicked")
			}
			return time.Hour, nil
		})
		var l Life
		l.Start(t.Context(), r)
		time.Sleep(3 * time.Minute)
		l.Stop()
		require.Equal(t, 3, count)
		require.Contains(t, log.String(), "it failed")
		require.Contains(t, log.String(), "it panicked")
	})
}

func TestAWakeUpEndsTheWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		count := 0
		r, _ := rounds(func(n int) (time.Duration, error) { count = n; return time.Hour, nil })
		var wake func()
		ended := false
		r.Listen = func(wakeUp func()) func() {
			wake = wakeUp
			return func() { ended = true }
		}
		var l Life
		l.Start(t.Context(), r)
		synctest.Wait()
		wake()
		synctest.Wait()
		require.Equal(t, 2, count)
		l.Stop()
		require.True(t, ended)
	})
}

func TestAWorkerIsStartedAndStoppedByMany(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, _ := rounds(func(int) (time.Duration, error) { return time.Millisecond, nil })
		var l Life
		var all sync.WaitGroup
		for range 20 {
			all.Go(func() { l.Start(t.Context(), r) })
			all.Go(l.Stop)
		}
		all.Wait()
	})
}

func TestAStopWaitsForTheRoundUnderWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ended := false
		r, _ := rounds(func(int) (time.Duration, error) { time.Sleep(30 * time.Second); ended = true; return time.Hour, nil })
		var l Life
		l.Start(t.Context(), r)
		synctest.Wait()
		l.Stop()
		require.True(t, ended)
	})
}
