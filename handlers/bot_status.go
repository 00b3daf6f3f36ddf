package handlers

import (
	"time"

	"iozen/sender"
	"iozen/store"
	"iozen/views/ui"
)

const (
	// failingFirsts in a row: one failed first attempt is a hiccup, three are a pattern.
	failingFirsts = 3
	// failingFor is how long nothing gets through before a bot with few events counts as failing too.
	failingFor = time.Hour
)

// webhookStatus is the one word that the bots page has for a webhook.
func webhookStatus(w store.WebhookState, h store.Health, now time.Time) (ui.Kind, string) {
	switch {
	case w.SwitchedOff != nil:
		return ui.Warn, "Switched off: " + switchedOffShort(w.SwitchedOff.Reason)
	case !w.Enabled:
		return ui.Muted, "Off"
	case isFailing(w, h, now):
		return ui.Bad, "Failing"
	case !proven(w, h):
		return ui.Muted, "Untested"
	}
	return ui.OK, "On"
}

// proven says that something got through since URL or headers changed.
func proven(w store.WebhookState, h store.Health) bool {
	last := h.LastSuccessAt
	if h.LastTestOKAt.After(last) {
		last = h.LastTestOKAt
	}
	return w.URL != "" && !last.IsZero() && !last.Before(w.ChangedAt)
}

// isFailing judges the settings of now: failures from before they changed prove nothing about them.
func isFailing(w store.WebhookState, h store.Health, now time.Time) bool {
	if h.FailingSince.IsZero() || h.LastAttemptAt.Before(w.ChangedAt) {
		return false
	}
	return h.FirstFailures >= failingFirsts || now.Sub(h.FailingSince) >= failingFor
}

func switchedOffShort(reason string) string {
	switch reason {
	case sender.SwitchOffGone:
		return "HTTP 410"
	case sender.SwitchOffNoSuccess:
		return "no success in 5 days"
	}
	return reason
}
