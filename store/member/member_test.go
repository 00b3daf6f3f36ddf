package member

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
)

func id(n byte) uuid.UUID { return uuid.UUID{15: n} }

var testTimes = Times{Beat: 300 * time.Millisecond, Look: 100 * time.Millisecond, Dead: 1200 * time.Millisecond, Margin: 200 * time.Millisecond}

// watch has a judge look every Look, from and to these moments, at members whose counters stand as beat says.
func watch(j *Judge, from, to time.Duration, beat func(time.Duration) int64) (declared time.Duration) {
	for at := from; at <= to; at += j.Times.Look {
		if dead := j.Look(at, []Member{{1, id(1), beat(at)}}); len(dead) > 0 {
			return at
		}
	}
	return -1
}

func TestWhoseCounterStandsStillIsDeclaredDead(t *testing.T) {
	j := Judge{Times: testTimes}
	require.Equal(t, time.Hour+1200*time.Millisecond, watch(&j, time.Hour, 2*time.Hour, func(time.Duration) int64 { return 7 }))
}

func TestWhoseCounterMovesLives(t *testing.T) {
	j := Judge{Times: testTimes}
	require.EqualValues(t, -1, watch(&j, 0, time.Minute, func(at time.Duration) int64 { return int64(at / time.Second) }))
	require.EqualValues(t, -1, watch(&j, time.Minute, 2*time.Minute, func(at time.Duration) int64 { return -int64(at / time.Second) }), "also down")
}

// Whoever was paused, or could not read, has not watched anybody.
func TestTimeWithoutALookSaysNothingOfAnybody(t *testing.T) {
	j := Judge{Times: testTimes}
	still := func(time.Duration) int64 { return 7 }
	require.EqualValues(t, -1, watch(&j, 0, time.Second, still))
	require.Equal(t, time.Minute+1200*time.Millisecond, watch(&j, time.Minute, time.Hour, still))
}

func TestAProcessThatMayHaveBeenDeclaredDeadStartsNothing(t *testing.T) {
	require.True(t, testTimes.MayStart(time.Hour, time.Hour+999*time.Millisecond))
	require.False(t, testTimes.MayStart(time.Hour, time.Hour+time.Second))
}

func TestTheFirstThatLivesLeads(t *testing.T) {
	require.Equal(t, uuid.Nil, Leader(nil))
	require.Equal(t, id(2), Leader([]Member{{1, id(3), 9}, {3, id(2), 0}, {2, id(4), 0}}))
}

func TestTheSmallestFreeNumberIsTaken(t *testing.T) {
	require.EqualValues(t, 1, Free(nil))
	require.EqualValues(t, 2, Free([]Member{{Number: 3}, {Number: 1}}))
	require.EqualValues(t, 3, Free([]Member{{Number: 2}, {Number: 1}}))
}

func TestTheUsualTimesRestartWhatADeadProcessHadWithinFifteenSeconds(t *testing.T) {
	require.LessOrEqual(t, Usual.Dead+2*Usual.Look, 15*time.Second)
	require.Greater(t, Usual.silence(), 3*Usual.Beat, "two beats may be lost")
	require.Greater(t, Usual.gap(), 2*Usual.Look)
}
