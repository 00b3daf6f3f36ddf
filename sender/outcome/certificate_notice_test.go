package outcome

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestWhenACertificateIsDueForRenewal(t *testing.T) {
	const day = 24 * time.Hour
	until := time.Date(2026, time.December, 24, 12, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		life, left time.Duration
		due        bool
	}{
		{365 * day, 22 * day, false},
		{365 * day, 21 * day, false},
		{365 * day, 21*day - time.Second, true},
		{365 * day, day, true},
		{365 * day, 0, true},
		{365 * day, -time.Second, false},
		{398 * day, 100 * day, false},
		{398 * day, 20 * day, true},
		{90 * day, 22 * day, false},
		{90 * day, 21 * day, false},
		{90 * day, 20 * day, true},
		{84 * day, 21 * day, false},
		{84 * day, 21*day - 1, true},
		{47 * day, 15 * day, false},
		{47 * day, 11 * day, true},
		{45 * day, 20 * day, false},
		{45 * day, 12 * day, false},
		{45 * day, 11 * day, true},
		{6 * day, 3 * day, false},
		{6 * day, 36 * time.Hour, false},
		{6 * day, 35 * time.Hour, true},
		{day, 6 * time.Hour, false},
		{day, 5 * time.Hour, true},
	} {
		require.Equal(t, c.due, CertificateDue(until.Add(-c.life), until, until.Add(-c.left)), "%s of %s left", c.left, c.life)
	}
	require.True(t, CertificateDue(time.Time{}, until, until.Add(-20*day)), "its beginning is not known")
}
