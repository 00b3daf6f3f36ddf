package member

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestWhoIsAloneHasAll(t *testing.T) {
	require.Equal(t, 64, Share{}.Part(64, 5))
	require.Equal(t, 64, Share{0, 1}.Part(64, 5))
}

func TestThePartsOfABoundAddUpToIt(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		members, bound, key := rapid.IntRange(1, 9).Draw(t, "members"), rapid.IntRange(0, 100).Draw(t, "bound"), rapid.Uint64().Draw(t, "key")
		sum := 0
		for place := range members {
			part := Share{place, members}.Part(bound, key)
			require.InDelta(t, float64(bound)/float64(members), part, 1)
			sum += part
		}
		require.Equal(t, bound, sum)
	})
}

func TestWhatIsLeftOverIsSpread(t *testing.T) {
	got := map[int]int{}
	for key := range uint64(30) {
		got[Share{1, 3}.Part(1, key)]++
	}
	require.Equal(t, map[int]int{0: 20, 1: 10}, got)
}
