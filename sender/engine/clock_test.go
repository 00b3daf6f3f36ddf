package engine

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// testWall is a wall clock and the time that really passes.
type testWall struct {
	wall    time.Time
	elapsed time.Duration
	told    []ClockStep
}

func (w *testWall) pass(d time.Duration) { w.wall, w.elapsed = w.wall.Add(d), w.elapsed+d }

func (w *testWall) clock() func() time.Time {
	return SteadyClock(func() time.Time { return w.wall }, func() time.Duration { return w.elapsed },
		func(s ClockStep) { w.told = append(w.told, s) })
}

var clockStart = time.Date(2026, 3, 5, 12, 0, 0, 0, time.UTC)

func TestSteadyClock(t *testing.T) {
	w := &testWall{wall: clockStart}
	now := w.clock()
	shows := func(at time.Time, why string) {
		t.Helper()
		require.True(t, at.Equal(now()), "%s: %s", why, now())
	}
	shows(clockStart, "it shows wall time")
	w.pass(time.Minute)
	shows(w.wall, "and goes with it")
	w.wall = w.wall.Add(-time.Minute)
	shows(w.wall.Add(time.Minute), "set back by little: it stays where it was")
	w.pass(time.Second)
	shows(w.wall.Add(time.Minute), "and goes on")
	w.wall = w.wall.Add(3 * time.Minute)
	shows(w.wall, "set forward by little: it follows")
	w.pass(72 * time.Hour)
	shows(w.wall, "the machine has slept: time has really passed")
	require.Empty(t, w.told)
}

// Whatever wall time leaps to for a while, nothing sees it, and nothing is left of it afterwards.
func TestAClockThatIsWrongForAWhileChangesNothing(t *testing.T) {
	const year = 8760 * time.Hour
	for _, leap := range []time.Duration{
		6 * time.Minute, time.Hour, 26 * time.Hour, 8 * 24 * time.Hour, 31 * 24 * time.Hour, year, 10 * year, 250 * year,
		-6 * time.Minute, -time.Hour, -26 * time.Hour, -year, -10 * year, -56 * year,
	} {
		for _, lasts := range []time.Duration{0, time.Second, time.Minute, 72 * time.Second, clockConfirmed - time.Second} {
			w := &testWall{wall: clockStart}
			now := w.clock()
			w.pass(time.Minute)
			w.wall = w.wall.Add(leap)
			for step := lasts / 4; w.elapsed < time.Minute+lasts; w.pass(step) {
				require.True(t, clockStart.Add(w.elapsed).Equal(now()), "%s for %s", leap, lasts)
			}
			now()
			w.wall = w.wall.Add(-leap)
			require.True(t, w.wall.Equal(now()), "%s for %s", leap, lasts)
			require.Len(t, w.told, 2)
			require.Equal(t, ClockStep{leap, ClockJumped}, w.told[0])
			require.Equal(t, ClockStep{leap, ClockBack}, w.told[1])
		}
	}
}

func TestAClockThatStaysIsFollowed(t *testing.T) {
	for _, leap := range []time.Duration{time.Hour, 56 * 8760 * time.Hour, -time.Hour, -8760 * time.Hour} {
		w := &testWall{wall: clockStart}
		now := w.clock()
		w.wall = w.wall.Add(leap)
		now()
		w.pass(clockConfirmed / 2)
		now()
		w.pass(clockConfirmed / 2)
		require.True(t, w.wall.Equal(now()), "%s", leap)
		require.Equal(t, []ClockStep{{leap, ClockJumped}, {leap, ClockFollowed}}, w.told)
		w.pass(time.Minute)
		require.True(t, w.wall.Equal(now()))
	}
}

// A clock that leaps about is not believed for having been wrong long enough.
func TestEachLeapIsConfirmedAnew(t *testing.T) {
	w := &testWall{wall: clockStart}
	now := w.clock()
	for i := range 50 {
		w.wall = clockStart.Add(w.elapsed + time.Duration(1+i%3)*time.Hour)
		require.True(t, clockStart.Add(w.elapsed).Equal(now()))
		w.pass(10 * time.Minute)
	}
}

func TestLanesWaitAsLongAsWasMeantAfterTheClockWasSetBack(t *testing.T) {
	e := NewEngine(EngineConfig{Queue: newMemQueue(t), Now: time.Now})
	at := clockStart.Add(8760 * time.Hour)
	l := e.lane([16]byte{1})
	l.nextSend, l.dueAt, l.pace.goodAt = at.Add(time.Second), at.Add(time.Minute), at
	e.due.put(l, l.dueAt)
	e.followBack(at)
	e.followBack(clockStart)
	require.Equal(t, clockStart.Add(time.Second), l.nextSend)
	require.Equal(t, clockStart.Add(time.Minute), l.dueAt)
	require.Equal(t, clockStart.Add(time.Minute), l.wakeAt)
	require.Equal(t, clockStart, l.pace.goodAt)
	require.True(t, l.claimedAt.IsZero())
	require.Equal(t, clockStart.Add(time.Minute), e.dispatch(clockStart))
}
