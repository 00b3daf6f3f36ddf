package engine

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestTheLimiterFollowsTheAnswers(t *testing.T) {
	at := time.Date(2026, 3, 5, 12, 0, 0, 0, time.UTC)
	type answer struct {
		capable bool
		took    time.Duration
	}
	good, slow, stuck, bad := answer{true, time.Millisecond}, answer{true, 2 * time.Second}, answer{true, 11 * time.Second}, answer{false, 0}
	for _, c := range []struct {
		name    string
		answers []answer
		bound   int
		class   healthClass
	}{
		{"begins with two", nil, 2, untried},
		{"grows with each quick answer", []answer{good, good, good}, 5, proven},
		{"up to its bound", []answer{good, good, good, good, good, good, good, good}, 8, proven},
		{"holds for slow ones", []answer{good, slow, slow}, 3, proven},
		{"halves when an answer takes longer than any server should", []answer{good, good, stuck}, 2, proven},
		{"halves for a failure", []answer{good, good, good, good, bad}, 3, failing},
		{"is a single probe after three", []answer{good, good, good, good, good, good, bad, bad, bad}, 1, failing},
		{"recovers one by one", []answer{bad, bad, bad, good, good}, 3, proven},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := newLimiter(8)
			for _, a := range c.answers {
				l = l.after(a.capable, a.took, at, 8)
			}
			require.Equal(t, c.bound, l.bound)
			require.Equal(t, c.class, l.healthClass(at))
		})
	}
	l := newLimiter(8).after(true, 0, at, 8)
	require.Equal(t, healthClass(untried), l.healthClass(at.Add(2*time.Minute)), "a good answer counts for a minute")
	require.Equal(t, healthClass(failing), newLimiter(8).known(true).healthClass(at), "what failed before a restart is known")
	require.Equal(t, 1, newLimiter(1).bound)
}

func TestTheBackoffBetweenProbesGrows(t *testing.T) {
	for failures, want := range map[int]time.Duration{0: 0, 2: 0, 3: 300 * time.Microsecond, 100: 10 * time.Millisecond, 5000: 500 * time.Millisecond, 20_000: time.Second} {
		require.Equal(t, want, limiter{failures: failures}.backoff(), failures)
	}
}

func TestSharesOfTheSlots(t *testing.T) {
	for _, c := range []struct {
		class          healthClass
		inFlight, held int
		want           bool
	}{
		{failing, 255, 255, true},
		{failing, 256, 256, false},
		{untried, 511, 511, true},
		{untried, 512, 512, false},
		{busy, 767, 700, true},
		{busy, 768, 10, false},
		{proven, 1023, 1000, true},
		{proven, 1024, 0, false},
	} {
		require.Equal(t, c.want, c.class.mayUse(1024, c.inFlight, c.held), "%+v", c)
	}
	for s := range healthClasses {
		require.True(t, s.mayUse(1, 0, 0), "one slot is enough for everybody in turn")
	}
}
