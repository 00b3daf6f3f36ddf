package engine

import (
	"testing"
	"time"

	"iozen/store"

	"github.com/stretchr/testify/require"
)

func TestLanesWaitAsLongAsWasMeantAfterTheClockWasSetBack(t *testing.T) {
	e := NewEngine(EngineConfig{Queue: newMemQueue(t), Now: time.Now})
	now := time.Date(2026, 3, 5, 12, 0, 0, 0, time.UTC)
	at := now.Add(8760 * time.Hour)
	l := e.lane(store.FirstWebhook([16]byte{1}))
	l.nextSend, l.dueAt, l.limiter.goodAt = at.Add(time.Second), at.Add(time.Minute), at
	e.due.put(l, l.dueAt)
	e.followBack(at)
	e.followBack(now)
	require.Equal(t, now.Add(time.Second), l.nextSend)
	require.Equal(t, now.Add(time.Minute), l.dueAt)
	require.Equal(t, now.Add(time.Minute), l.wakeAt)
	require.Equal(t, now, l.limiter.goodAt)
	require.Equal(t, now.Add(time.Minute), e.dispatch(now))
}
