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

// certificateAlert words the alert of an endpoint, which is named besides or is the bot's only one.
func certificateAlert(at time.Time, named bool, now time.Time) Alert {
	left, has := spell(at.Sub(now)), "has an endpoint whose certificate expires"
	if named {
		has = "has a certificate that expires"
	}
	return Alert{
		Kind: Certificate, Short: "certificate expires in " + left,
		Text: has + " in " + left + ", on " + at.UTC().Format("2 Jan 2006") + ".",
		Fix:  "Renew it on the receiving server; after that day nothing gets through.",
	}
}
