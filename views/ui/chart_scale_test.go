package ui

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestAScaleOfCountsIsRoundAndHasRoom(t *testing.T) {
	for highest, want := range map[int][]string{
		0: {"2", "1", "0"}, 1: {"2", "1", "0"}, 2: {"2", "1", "0"}, 3: {"3", "2", "1", "0"}, 4: {"4", "2", "0"}, 5: {"6", "4", "2", "0"},
		6: {"6", "4", "2", "0"}, 7: {"10", "5", "0"}, 10: {"10", "5", "0"}, 11: {"15", "10", "5", "0"}, 16: {"20", "10", "0"},
		20: {"20", "10", "0"}, 21: {"30", "20", "10", "0"}, 31: {"40", "20", "0"}, 99: {"100", "50", "0"}, 101: {"150", "100", "50", "0"},
		1001: {"1,500", "1,000", "500", "0"}, 700_000: {"1,000,000", "500,000", "0"},
	} {
		scale := CountScale(highest)
		require.Equal(t, want, scale.Labels, highest)
		require.GreaterOrEqual(t, scale.Top, highest)
	}
}

func TestAScaleOfDurationsIsOfPowersOfTen(t *testing.T) {
	ms := time.Millisecond
	for name, c := range map[string]struct {
		durations []time.Duration
		want      []string
	}{
		"none":                 {nil, []string{"100 ms", "10 ms", "1 ms"}},
		"gaps only":            {[]time.Duration{0, 0}, []string{"100 ms", "10 ms", "1 ms"}},
		"one":                  {[]time.Duration{26 * ms}, []string{"1 s", "100 ms", "10 ms"}},
		"exactly on a line":    {[]time.Duration{100 * ms}, []string{"10 s", "1 s", "100 ms"}},
		"two decades":          {[]time.Duration{12 * ms, 900 * ms}, []string{"1 s", "100 ms", "10 ms"}},
		"three":                {[]time.Duration{12 * ms, 0, 9 * time.Second}, []string{"10 s", "1 s", "100 ms", "10 ms"}},
		"four":                 {[]time.Duration{12 * ms, 30 * time.Second}, []string{"100 s", "1 s", "10 ms"}},
		"below a millisecond":  {[]time.Duration{40 * time.Microsecond, 2 * ms}, []string{"100 ms", "10 ms", "1 ms"}},
		"from fast to a limit": {[]time.Duration{3 * ms, 30 * time.Second}, []string{"1000 s", "10 s", "100 ms", "1 ms"}},
	} {
		require.Equal(t, c.want, DurationScaleOf(c.durations...).Labels, name)
	}
}

func TestALineHasGapsAndDashes(t *testing.T) {
	ms := time.Millisecond
	s := DurationScaleOf(10*ms, time.Second)
	require.Equal(t, []string{"1 s", "100 ms", "10 ms"}, s.Labels)
	require.Empty(t, s.path([]time.Duration{0, 0}))
	require.Equal(t, "M5 100L15 0M33 50h4", s.path([]time.Duration{10 * ms, time.Second, 0, 100 * ms, 0}))
	require.Equal(t, "M3 100h4", s.path([]time.Duration{ms}), "what is below the scale is on its bottom line")
	require.Equal(t, "M3 0h4", s.path([]time.Duration{time.Minute}), "and what is above on its top line")
}
