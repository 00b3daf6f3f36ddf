package outcome

import "time"

const (
	// certificateNotice is how long before its end a certificate is worth a warning: automatic renewal happens a month
	// before, so three weeks mean that it does not work …
	certificateNotice = 21 * 24 * time.Hour
	// … unless that is more than this part of its life: short-lived ones are renewed late as a matter of course
	// (90 days: at 30 left; 45 days: at 15; 6 days: at 3).
	certificateShare = 4
)

// CertificateDue says whether a certificate should have been renewed by now. An expired one is another matter: then nothing
// gets through.
func CertificateDue(from, until, now time.Time) bool {
	left := until.Sub(now)
	return left >= 0 && left < min(certificateNotice, until.Sub(from)/certificateShare)
}
