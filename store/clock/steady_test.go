package clock

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// testWall is a wall clock and the time that really passes.
type testWall struct {
	wall    time.Time
	elapsed time.Duration
	steps   []Step
}

func (w *testWall) pass(d time.Duration) { w.wall, w.elapsed = w.wall.Add(d), w.elapsed+d }

func (w *testWall) clock() func() time.Time {
	return Steady(func() time.Time { return w.wall }, func() time.Duration { return w.elapsed },
		func(s Step) { w.steps = append(w.steps, s) })
}

var start = time.Date(2026, 3, 5, 12, 0, 0, 0, time.UTC)

func TestSteadyClock(t *testing.T) {
	w := &testWall{wall: start}
	now := w.clock()
	shows := func(at time.Time, why string) {
		t.Helper()
		require.True(t, at.Equal(now()), "%s: %s", why, now())
	}
	shows(start, "it shows wall time")
	w.pass(time.Minute)
	shows(w.wall, "and goes with it")
	w.wall = w.wall.Add(-time.Minute)
	shows(w.wall.Add(time.Minute), "set back by little: it stays where it was")
	w.pass(time.Second)
	shows(w.wall.Add(time.Minute-time.Second/2), "and goes at half its speed")
	w.pass(2 * time.Minute)
	shows(w.wall, "until wall time has caught up")
	w.wall = w.wall.Add(3 * time.Minute)
	shows(w.wall, "set forward by little: it follows")
	w.pass(72 * time.Hour)
	shows(w.wall, "the machine has slept: time has really passed")
	require.Empty(t, w.steps)
}

// Whatever wall time leaps to for a while, nothing sees it, and nothing is left of it afterwards.
func TestAClockThatIsWrongForAWhileChangesNothing(t *testing.T) {
	const year = 8760 * time.Hour
	for _, leap := range []time.Duration{
		6 * time.Minute, time.Hour, 26 * time.Hour, 8 * 24 * time.Hour, 31 * 24 * time.Hour, year, 10 * year, 250 * year,
		-6 * time.Minute, -time.Hour, -26 * time.Hour, -year, -10 * year, -56 * year,
	} {
		for _, lasts := range []time.Duration{0, time.Second, time.Minute, 72 * time.Second, confirmed - time.Second} {
			w := &testWall{wall: start}
			now := w.clock()
			w.pass(time.Minute)
			w.wall = w.wall.Add(leap)
			for step := lasts / 4; w.elapsed < time.Minute+lasts; w.pass(step) {
				require.True(t, start.Add(w.elapsed).Equal(now()), "%s for %s", leap, lasts)
			}
			now()
			w.wall = w.wall.Add(-leap)
			require.True(t, w.wall.Equal(now()), "%s for %s", leap, lasts)
			require.Len(t, w.steps, 2)
			require.Equal(t, Step{leap, Jumped}, w.steps[0])
			require.Equal(t, Step{leap, Back}, w.steps[1])
		}
	}
}

func TestAClockThatStaysIsFollowed(t *testing.T) {
	for _, leap := range []time.Duration{time.Hour, 56 * 8760 * time.Hour, -time.Hour, -8760 * time.Hour} {
		w := &testWall{wall: start}
		now := w.clock()
		w.wall = w.wall.Add(leap)
		now()
		w.pass(confirmed / 2)
		now()
		w.pass(confirmed / 2)
		require.True(t, w.wall.Equal(now()), "%s", leap)
		require.Equal(t, []Step{{leap, Jumped}, {leap, Followed}}, w.steps)
		w.pass(time.Minute)
		require.True(t, w.wall.Equal(now()))
	}
}

// A clock that leaps about is not believed for having been wrong long enough.
func TestEachLeapIsConfirmedAnew(t *testing.T) {
	w := &testWall{wall: start}
	now := w.clock()
	for i := range 50 {
		w.wall = start.Add(w.elapsed + time.Duration(1+i%3)*time.Hour)
		require.True(t, start.Add(w.elapsed).Equal(now()))
		w.pass(10 * time.Minute)
	}
}
