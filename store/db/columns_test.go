package db

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"iozen/store"
)

func TestPhasesComeBackAsTheyWere(t *testing.T) {
	phase := rapid.Map(rapid.Int64Range(-1, 35_000_000), func(us int64) time.Duration {
		if us < 0 {
			return -1
		}
		return time.Duration(us) * time.Microsecond
	})
	rapid.Check(t, func(t *rapid.T) {
		want := store.Phases{DNS: phase.Draw(t, "dns"), Connect: phase.Draw(t, "connect"), TLS: phase.Draw(t, "tls"), Send: phase.Draw(t, "send"), FirstByte: phase.Draw(t, "first"), Body: phase.Draw(t, "body")}
		var got store.Phases
		require.NoError(t, scanPhases(&got, phaseColumn(want)))
		require.Equal(t, want, got)
	})
	for _, bad := range []string{"", "1,2,3", "1,2,3,4,5,x", "1,2,3,4,5,6,7"} {
		require.Error(t, scanPhases(new(store.Phases), bad), bad)
	}
}

func TestLatencyBucketsHoldWhatTheySay(t *testing.T) {
	require.Zero(t, store.LatencyBucket(0))
	require.Zero(t, store.LatencyBucket(time.Millisecond))
	for d := time.Millisecond; d < time.Minute; d += d/7 + 1 {
		b := store.LatencyBucket(d)
		require.LessOrEqual(t, d, store.BucketEnd(b)+time.Nanosecond, "%s in class %d", d, b)
		if b > 0 {
			require.Greater(t, d, store.BucketEnd(b-1)-time.Nanosecond, "%s in class %d", d, b)
		}
	}
}

func TestIDsSortByTheirTime(t *testing.T) {
	at := time.Date(2026, 3, 5, 12, 0, 0, 0, time.UTC)
	db := &DB{cfg: Config{}.withDefaults()}
	id, err := db.newID(at)
	require.NoError(t, err)
	require.EqualValues(t, 7, id.Version())
	sec, nsec := id.Time().UnixTime()
	require.Equal(t, at, time.Unix(sec, nsec).UTC())
	next := firstID(at.Add(time.Millisecond))
	require.Less(t, id.String(), next.String())
	first := firstID(at)
	require.GreaterOrEqual(t, id.String(), first.String())
}
