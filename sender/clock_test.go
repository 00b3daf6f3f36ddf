package sender

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestSteadyClock(t *testing.T) {
	at := time.Date(2026, 3, 5, 12, 0, 0, 0, time.UTC)
	wall, elapsed := at, time.Duration(0)
	now := SteadyClock(func() time.Time { return wall }, func() time.Duration { return elapsed })
	pass := func(d time.Duration) { wall, elapsed = wall.Add(d), elapsed+d }
	require.True(t, at.Equal(now()))
	pass(time.Minute)
	require.True(t, at.Add(time.Minute).Equal(now()), "it shows wall time")
	wall = wall.Add(-time.Hour)
	require.True(t, at.Add(time.Minute).Equal(now()), "set back: it stays where it was")
	pass(time.Second)
	require.True(t, at.Add(61*time.Second).Equal(now()), "and goes on")
	wall = wall.Add(2 * time.Hour)
	require.True(t, wall.Equal(now()), "set forward: it follows")
	elapsed += time.Hour
	wall = wall.Add(time.Hour)
	require.True(t, wall.Equal(now()))
}
