package main

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestARunLeavesWhatIsWrittenByHand(t *testing.T) {
	page, err := os.ReadFile("../docs/performance.md")
	require.NoError(t, err)
	one, err := replaceTable(string(page), table([]row{{"one", "1/s", "2/s", "0.50", "≥ 0.80"}}, []cost{{"one", "100 µs", "20 µs", "40 µs", "0.60", "12"}}))
	require.NoError(t, err)
	require.Contains(t, one, "| one | 1/s | 2/s | 0.50 | ≥ 0.80 |\n")
	require.Contains(t, one, "| one | 100 µs | 20 µs | 40 µs | 0.60 | 12 |\n")
	require.Contains(t, one, "## Where the time goes")
	two, err := replaceTable(one, table(nil, nil))
	require.NoError(t, err)
	require.NotContains(t, two, "| one |")
	_, err = replaceTable("# Performance", "")
	require.Error(t, err)
}
