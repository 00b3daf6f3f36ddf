package alert

import (
	"time"

	"iozen/store"
)

const (
	// failingFirsts in a row: one failed first attempt is a hiccup, three are a pattern.
	failingFirsts = 3
	// failingFor is how long nothing gets through before a bot with few events counts as failing too.
	failingFor = time.Hour
)

// IsFailing judges the current settings: failures from before URL or headers changed prove nothing about them, and a
// webhook that a person switched off is not failing.
func IsFailing(w store.WebhookState, h store.Health, now time.Time) bool {
	if !w.Enabled || w.SwitchedOff != nil || h.FailingSince.IsZero() || h.LastAttemptAt.Before(w.ChangedAt) {
		return false
	}
	return h.FirstFailures >= failingFirsts || now.Sub(h.FailingSince) >= failingFor
}
