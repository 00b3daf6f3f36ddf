package outcome

import (
	"net/http"
	"time"

	"iozen/store"
)

// Why ioZen switches a webhook off; SwitchOffWords says them.
const (
	SwitchOffGone      = "gone"              // two 410 at least goneApart apart
	SwitchOffNoSuccess = "no_success_5_days" // no success for noSuccessFor, and noSuccessEvents tried
)

const (
	goneApart       = 5 * time.Minute
	noSuccessFor    = 5 * 24 * time.Hour
	noSuccessEvents = 3              // so that a bot with one event a week is not switched off by it
	switchOffNotice = 24 * time.Hour // how long before there is a warning
)

// SwitchOffReason says why the webhook is to be switched off now, or "".
func SwitchOffReason(h store.Health, now time.Time) string {
	switch {
	case h.LastCode == http.StatusGone && !h.GoneAt.IsZero() && h.LastAttemptAt.Sub(h.GoneAt) >= goneApart:
		return SwitchOffGone
	case failsForDays(h) && now.Sub(h.StrikesSince) >= noSuccessFor:
		return SwitchOffNoSuccess
	}
	return ""
}

// SwitchOffWarning says that the webhook will be switched off because nothing gets through, and when, from 24 h before.
func SwitchOffWarning(h store.Health, now time.Time) (at time.Time, warn bool) {
	if !failsForDays(h) {
		return time.Time{}, false
	}
	at = h.StrikesSince.Add(noSuccessFor)
	return at, now.Before(at) && at.Sub(now) <= switchOffNotice
}

func failsForDays(h store.Health) bool {
	return !h.StrikesSince.IsZero() && h.Strikes >= noSuccessEvents
}

// SwitchOffWords says the reason as the end of "Switched off by ioZen: …".
func SwitchOffWords(reason string) string {
	switch reason {
	case SwitchOffGone:
		return "the endpoint said twice that it no longer exists (HTTP 410)"
	case SwitchOffNoSuccess:
		return "no event got through for 5 days"
	}
	return reason
}
