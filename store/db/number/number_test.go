package number

import (
	"bytes"
	"cmp"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// ids are UUIDv7 of any moment until the year 3084.
var ids = rapid.Custom(func(t *rapid.T) (id uuid.UUID) {
	copy(id[:], rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "id"))
	id[0] &= 0x1f
	id[6], id[8] = 0x70|id[6]&0x0f, 0x80|id[8]&0x3f
	return id
})

func TestNumbersSortAsTheIDsDo(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := ids.Draw(t, "a"), ids.Draw(t, "b")
		if c := cmp.Compare(Of(a), Of(b)); c != 0 {
			require.Equal(t, bytes.Compare(a[:], b[:]), c)
		} else {
			require.Equal(t, a[:9], b[:9])
		}
	})
}

func TestANumberStandsForItselfInAnID(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		id := ids.Draw(t, "id")
		place := ID(Of(id))
		require.Equal(t, Of(id), Of(place))
		require.LessOrEqual(t, bytes.Compare(place[:], id[:]), 0)
		require.Equal(t, uuid.Version(7), place.Version())
		require.Equal(t, uuid.RFC4122, place.Variant())
	})
}

func TestATimeRangeIsARangeOfNumbers(t *testing.T) {
	at := time.Date(2026, 3, 5, 12, 0, 0, 0, time.UTC)
	id := uuid.Must(uuid.NewV7())
	require.InDelta(t, time.Now().UnixMilli(), Time(Of(id)).UnixMilli(), 10_000)
	require.Equal(t, at, Time(First(at)))
	require.Equal(t, First(at)+1<<low, First(at.Add(time.Millisecond)))
	require.Zero(t, First(time.Time{}), "before 1970 there are none")
}

func TestAnyIDHasANumber(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var id uuid.UUID
		copy(id[:], rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "id"))
		require.GreaterOrEqual(t, Of(id), int64(0))
	})
}
