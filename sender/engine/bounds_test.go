package engine

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"iozen/store"
	"iozen/store/member"
)

func TestBoundsHoldForAllProcessesTogether(t *testing.T) {
	for _, bound := range []int{1, 2, 3, 64} {
		for range 20 {
			id, sum := store.FirstWebhook(uuid.New()), 0
			for place := range 3 {
				e := &Engine{cfg: EngineConfig{MaxInFlightPerWebhook: bound}, share: member.Share{Place: place, Of: 3}}
				sum += e.mostOf(id)
			}
			require.Equal(t, bound, sum)
		}
	}
}

func TestARateLimitIsSharedOut(t *testing.T) {
	l := &lane{}
	l.use(&store.Webhook{RateLimit: new(10.0)}, 0)
	require.Equal(t, 100*time.Millisecond, l.sendInterval)
	l.use(&store.Webhook{RateLimit: new(10.0)}, 3)
	require.Equal(t, 300*time.Millisecond, l.sendInterval)
}

// A webhook that may have fewer requests than there are processes is another's.
func TestAProcessLeavesAWebhookAloneThatItHasNoPartOf(t *testing.T) {
	e := &Engine{cfg: EngineConfig{MaxInFlightPerWebhook: 1}, share: member.Share{Place: 0, Of: 2}, surveyed: true}
	now := time.Now()
	for e.mostOf(store.FirstWebhook(uuid.Nil)) != 0 {
		e.share.Place++
	}
	l := &lane{id: store.FirstWebhook(uuid.Nil), limiter: newLimiter(1), dueAt: now.Add(-time.Second)}
	e.claimMore(l, now)
	require.False(t, l.claiming)
	require.Zero(t, e.places(l, 1, now))
}
