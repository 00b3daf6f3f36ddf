package ui

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestColumnsStandOnOneScale(t *testing.T) {
	drawn := blocks([]Stack{
		{Parts: []StackPart{{OK, 75}, {Bad, 25}}},
		{},
		{Parts: []StackPart{{OK, 50}, {Warn, 0}}},
	})
	require.Equal(t, []block{
		{OK, "0", "25", "75"},
		{Bad, "0", "0", "25"},
		{OK, "20", "50", "50"},
	}, drawn)
}

func TestWhatIsThereCanBeSeen(t *testing.T) {
	drawn := blocks([]Stack{{Parts: []StackPart{{OK, 1_000_000}, {Bad, 1}}}})
	require.Equal(t, "1.5", drawn[1].height)
	require.Equal(t, "0", drawn[1].y, "and does not stick out")
}

func TestALineIsBrokenWhereThereIsNothing(t *testing.T) {
	require.Equal(t, "M5 50h.01L15 0M35 100h.01", linePath([]time.Duration{50, 100, -1, 0}, 100))
	require.Empty(t, linePath([]time.Duration{-1, -1}, highestOf([]time.Duration{-1, -1})))
}
