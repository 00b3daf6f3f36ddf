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

func TestWhatATestProves(t *testing.T) {
	shown := &Certificate{NotBefore: time.Unix(1, 0), NotAfter: time.Unix(2, 0)}
	for name, c := range map[string]struct {
		attempt Attempt
		until   time.Time
		ok      time.Time // when a test got through
	}{
		"one that was shown": {Attempt{Certificate: shown}, time.Unix(2, 0), time.Time{}},
		"plain HTTP":         {Attempt{StatusCode: 200}, time.Time{}, time.Unix(5, 0)},
		"no answer":          {Attempt{}, time.Unix(9, 0), time.Time{}},
	} {
		h := Health{CertificateUntil: time.Unix(9, 0)}
		h.Tested(c.attempt, time.Unix(5, 0))
		require.Equal(t, Health{CertificateFrom: h.CertificateFrom, CertificateUntil: c.until, LastTestOKAt: c.ok}, h, name)
	}
}
