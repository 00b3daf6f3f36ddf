package store

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestTheServersRetentionIsTheMost(t *testing.T) {
	const day = 24 * time.Hour
	for name, c := range map[string]struct {
		server Retention
		chosen int
		want   time.Duration
	}{
		"nothing chosen, nothing set":       {Retention{Usual: 30 * day}, 0, 30 * day},
		"nothing chosen, the server's":      {Retention{Usual: 90 * day, Most: 90 * day}, 0, 90 * day},
		"less than the server's":            {Retention{Usual: 90 * day, Most: 90 * day}, 7, 7 * day},
		"as much":                           {Retention{Usual: 90 * day, Most: 90 * day}, 90, 90 * day},
		"more: the variable was lowered":    {Retention{Usual: 90 * day, Most: 90 * day}, 365, 90 * day},
		"more than usual, nothing set":      {Retention{Usual: 30 * day}, 365, 365 * day},
		"one day":                           {Retention{Usual: 30 * day}, 1, day},
		"kept forever":                      {Retention{}, 0, 0},
		"forever, and something was chosen": {Retention{}, 5, 5 * day},
		"forever is more than the most":     {Retention{Most: day}, 0, day},
	} {
		require.Equal(t, c.want, c.server.For(c.chosen), name)
	}
	require.Equal(t, LongestRetention, Retention{Usual: day}.MostDays())
	require.Equal(t, 90, Retention{Most: 90 * day}.MostDays())
}
