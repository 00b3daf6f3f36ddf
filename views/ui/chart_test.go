package ui

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestColumnsStandOnOneScale(t *testing.T) {
	drawn := blocks([]Stack{
		{Parts: []StackPart{{OK, 75}, {Bad, 25}}},
		{},
		{Parts: []StackPart{{OK, 50}, {Warn, 0}}, Out: true},
	})
	require.Equal(t, []block{
		{OK, false, "0", "25", "75"},
		{Bad, false, "0", "0", "25"},
		{OK, true, "20", "50", "50"},
	}, drawn)
}

func TestWhatIsThereCanBeSeen(t *testing.T) {
	drawn := blocks([]Stack{{Parts: []StackPart{{OK, 1_000_000}, {Bad, 1}}}})
	require.Equal(t, "1.5", drawn[1].height)
	require.Equal(t, "0", drawn[1].y, "and does not stick out")
}
