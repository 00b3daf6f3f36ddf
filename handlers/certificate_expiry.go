package handlers

import (
	"fmt"
	"time"

	"iozen/sender/outcome"
	"iozen/store"
)

// expiryWarning says that a certificate expires soon, or "". One that has expired is a diagnosis of its own.
func expiryWarning(cert *store.Certificate, now time.Time) string {
	if cert == nil || !outcome.CertificateDue(cert.NotBefore, cert.NotAfter, now) {
		return ""
	}
	return fmt.Sprintf("The certificate expires %s (%s). Renew it, or events will fail from then on.",
		daysAhead(cert.NotAfter.Sub(now)), cert.NotAfter.UTC().Format(day))
}

// lifeLeft is the certificate's "Days left" as a fact: "89", "less than 1".
func lifeLeft(cert *store.Certificate, now time.Time) string {
	left := cert.NotAfter.Sub(now)
	switch {
	case left < 0:
		return "0, it has expired"
	case left < 24*time.Hour:
		return "less than 1"
	}
	return fmt.Sprint(wholeDays(left))
}

func daysAhead(left time.Duration) string {
	switch n := wholeDays(left); n {
	case 0:
		return "in less than a day"
	case 1:
		return "in 1 day"
	default:
		return fmt.Sprintf("in %d days", n)
	}
}

func wholeDays(d time.Duration) int { return int(d / (24 * time.Hour)) }
