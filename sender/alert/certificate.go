package alert

import (
	"time"

	"iozen/sender/outcome"
	"iozen/store"
)

// CertificateEnds says when the endpoint's certificate expires, and whether somebody should have renewed it by now. An
// expired one is not reported here: then the webhook fails.
func CertificateEnds(w store.WebhookState, h store.Health, now time.Time) (at time.Time, soon bool) {
	at = h.CertificateUntil
	lastHeard := h.LastAttemptAt
	if h.LastTestOKAt.After(lastHeard) {
		lastHeard = h.LastTestOKAt
	}
	if !w.Enabled || at.IsZero() || !at.After(now) || lastHeard.Before(w.ChangedAt) {
		return at, false
	}
	return at, outcome.CertificateDue(h.CertificateFrom, at, now)
}

func certificateAlert(at, now time.Time) Alert {
	left := spell(at.Sub(now))
	return Alert{
		Kind: Certificate, Short: "certificate expires in " + left,
		Text: "has an endpoint whose certificate expires in " + left + ", on " + at.UTC().Format("2 Jan 2006") + ".",
		Fix:  "Renew it on the receiving server; after that day nothing gets through.",
	}
}
