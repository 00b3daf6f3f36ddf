package clock

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestAReferenceShowsTheOtherClock(t *testing.T) {
	passed := 5 * time.Minute // since this machine started
	r := NewReference(func() time.Duration { return passed }, start)
	shows := func(at time.Time, why string) {
		t.Helper()
		require.True(t, at.Equal(r.Wall()), "%s: %s", why, r.Wall())
	}
	shows(start, "as it was told")
	passed += 10 * time.Second
	shows(start.Add(10*time.Second), "and goes on by itself")
	r.Tell(start.Add(7 * time.Second))
	shows(start.Add(10*time.Second), "an answer that took long says nothing new")
	r.Tell(start.Add(11 * time.Second))
	shows(start.Add(11*time.Second), "a quicker one does")
}

// The first window after a step back still holds answers of before.
func TestAReferenceThatIsSetBackIsFollowedWithinTwoWindows(t *testing.T) {
	var passed time.Duration
	r := NewReference(func() time.Duration { return passed }, start)
	for passed < 2*window {
		passed += time.Second
		r.Tell(start.Add(passed - time.Hour))
	}
	require.True(t, start.Add(passed-time.Hour).Equal(r.Wall()))
}

// Two machines whose clocks are minutes apart agree once they follow the same reference, however slow the way to it is.
func TestProcessesThatFollowOneReferenceAgree(t *testing.T) {
	var passed time.Duration
	ahead := NewReference(func() time.Duration { return passed + time.Hour }, start)
	behind := NewReference(func() time.Duration { return passed }, start)
	for i := range 600 {
		passed += time.Second
		ahead.Tell(start.Add(passed - time.Duration(i%7)*time.Millisecond))
		behind.Tell(start.Add(passed - time.Duration(i%5)*time.Millisecond))
		require.Less(t, ahead.Wall().Sub(behind.Wall()).Abs(), 7*time.Millisecond)
	}
}
