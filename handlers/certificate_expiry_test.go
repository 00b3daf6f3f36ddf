package handlers

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"iozen/store"
)

func TestACertificateIsWarnedAboutThreeWeeksBeforeItsEnd(t *testing.T) {
	end := time.Date(2026, time.December, 24, 12, 0, 0, 0, time.UTC)
	const date = " (24 Dec 2026). Renew it, or events will fail from then on."
	for _, c := range []struct {
		before        time.Duration
		warning, left string
	}{
		{90 * 24 * time.Hour, "", "90"},
		{21 * 24 * time.Hour, "", "21"},
		{21*24*time.Hour - time.Second, "The certificate expires in 20 days" + date, "20"},
		{25 * time.Hour, "The certificate expires in 1 day" + date, "1"},
		{time.Hour, "The certificate expires in less than a day" + date, "less than 1"},
		{0, "The certificate expires in less than a day" + date, "less than 1"},
		{-time.Second, "", "0, it has expired"},
	} {
		cert := &store.Certificate{NotAfter: end}
		require.Equal(t, c.warning, expiryWarning(cert, end.Add(-c.before)), c.before)
		require.Equal(t, c.left, lifeLeft(cert, end.Add(-c.before)), c.before)
	}
	require.Empty(t, expiryWarning(nil, end))
}
