package store

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestASuccessEndsATimeOfFailing(t *testing.T) {
	at := func(minute int) time.Time { return time.Date(2026, 3, 5, 12, minute, 0, 0, time.UTC) }
	var h Health
	h.Attempted(Attempt{StatusCode: 500, Outcome: "http_500"}, true, true, at(0))
	h.Attempted(Attempt{StatusCode: 410}, true, true, at(1))
	h.Attempted(Attempt{StatusCode: 500}, false, false, at(2)) // a retry counts as no further event
	require.Equal(t, Health{
		LastAttemptAt: at(2), LastCode: 500, FirstFailures: 2, FailingSince: at(0), FailingEvents: 2,
		StrikesSince: at(0), Strikes: 2, GoneAt: at(1),
	}, h)
	require.True(t, h.FailsAt(at(2)))
	require.False(t, h.FailsAt(at(3)), "nothing was tried with the newer settings")

	forgiven := h
	forgiven.Forgive()
	require.Zero(t, forgiven.Strikes)
	require.Zero(t, forgiven.GoneAt)
	require.Equal(t, at(0), forgiven.FailingSince, "it fails all the same")

	h.Attempted(Attempt{StatusCode: 200}, false, false, at(4))
	require.Equal(t, Health{LastAttemptAt: at(4), LastSuccessAt: at(4), LastCode: 200}, h)
}

func TestWhatAnAttemptProvesAboutTheCertificate(t *testing.T) {
	shown := &Certificate{NotBefore: time.Unix(1, 0), NotAfter: time.Unix(2, 0)}
	for name, c := range map[string]struct {
		attempt Attempt
		proves  bool
		until   time.Time
	}{
		"one that was shown": {Attempt{Certificate: shown}, true, time.Unix(2, 0)},
		"plain HTTP":         {Attempt{StatusCode: 200}, true, time.Time{}},
		"no answer":          {Attempt{}, false, time.Unix(9, 0)},
	} {
		h := Health{CertificateUntil: time.Unix(9, 0)}
		require.Equal(t, c.proves, h.Showed(c.attempt), name)
		require.Equal(t, c.until, h.CertificateUntil, name)
	}
}
