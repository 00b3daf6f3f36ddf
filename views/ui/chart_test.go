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
	}, 200)
	require.Equal(t, []block{
		{OK, false, "2", "62.5", "37.5"},
		{Bad, false, "2", "50", "12.5"},
		{OK, true, "22", "75", "25"},
	}, drawn)
}

func TestWhatIsThereCanBeSeen(t *testing.T) {
	drawn := blocks([]Stack{{Parts: []StackPart{{OK, 1_000_000}, {Bad, 1}}}}, 1_000_001)
	require.Equal(t, "1.5", drawn[1].height)
	require.Equal(t, "0", drawn[1].y, "and does not stick out")
}
