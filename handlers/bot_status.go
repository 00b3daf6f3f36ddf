package handlers

import (
	"time"

	"iozen/sender/alert"
	"iozen/sender/outcome"
	"iozen/store"
	"iozen/views/ui"
)

// webhookStatus is the one word that the bots page has for a webhook.
func webhookStatus(w store.WebhookState, h store.Health, now time.Time) (ui.Kind, string) {
	switch {
	case w.SwitchedOff != nil:
		return ui.Warn, "Switched off: " + switchedOffShort(w.SwitchedOff.Reason)
	case !w.Enabled:
		return ui.Muted, "Off"
	case alert.IsFailing(w, h, now):
		return ui.Bad, "Failing"
	case !proven(w, h) && h.FailsAt(w.ChangedAt):
		return ui.Bad, "Not accepted yet"
	case !proven(w, h):
		return ui.Muted, "Untested"
	}
	return ui.OK, "On"
}

// proven reports whether anything got through since URL or headers changed.
func proven(w store.WebhookState, h store.Health) bool {
	last := h.LastSuccessAt
	if h.LastTestOKAt.After(last) {
		last = h.LastTestOKAt
	}
	return w.URL != "" && !last.IsZero() && !last.Before(w.ChangedAt)
}

func switchedOffShort(reason string) string {
	switch reason {
	case outcome.SwitchOffGone:
		return "HTTP 410"
	case outcome.SwitchOffNoSuccess:
		return "no success in 5 days"
	}
	return reason
}
