package notify

import (
	"slices"
	"time"

	"iozen/sender/alert"
	"iozen/store"
)

// Recovered is the one kind of notification that is not an alert: a failing or switched-off webhook works again.
const Recovered = "recovered"

// calm is how long a webhook must have been failing before people are notified of its recovery, and working before they are
// notified of its failing again: an endpoint that comes and goes every minute would otherwise fill mailboxes.
const calm = 10 * time.Minute

// found is what the last look found about one bot, by kind.
type found map[string]store.AlertState

func (f found) holds(kind string) bool { return f[kind].Holds }

// rests says that an alert has held, or been over, for long enough to change again.
func (f found) rests(kind string, now time.Time) bool { return now.Sub(f[kind].Since) >= calm }

// troubleChanges compares a bot's webhook with what was found before: working, failing, or switched off.
//
//	working → failing, working or failing → switched off   notified
//	failing → working                                       notified as recovered
//	switched off → on again                                 failing until something gets through; then notified as recovered
func troubleChanges(w store.BotState, before found, now time.Time) []store.AlertChange {
	const failing, off = alert.Failing, alert.SwitchedOff
	alerts := alert.Alerts(w, nil, now)
	find := func(kind string) *alert.Alert {
		if i := slices.IndexFunc(alerts, func(c alert.Alert) bool { return c.Kind == kind }); i >= 0 {
			return &alerts[i]
		}
		return nil
	}
	wasFailing, wasOff := before.holds(failing), before.holds(off)
	switch isOff, isFailing := find(off), find(failing); {
	case isOff != nil && !wasOff:
		return append(ends(w, failing, wasFailing), began(w, *isOff))
	case isOff == nil && wasOff:
		return append(ends(w, off, true), begins(w, failing, !wasFailing)...)
	case isFailing != nil && !wasFailing && before.rests(failing, now):
		return []store.AlertChange{began(w, *isFailing)}
	case isOff == nil && wasFailing && w.Health.FailingSince.IsZero() && before.rests(failing, now):
		return []store.AlertChange{recovered(w)}
	}
	return nil
}

// slowChanges compares silence and certificate with what was found before. People are not notified of their
// end: an event came, or the certificate was renewed, and nobody waits for that news.
func slowChanges(w store.BotState, hours []store.HourCount, before found, now time.Time) []store.AlertChange {
	alerts := alert.Alerts(w, hours, now)
	var changes []store.AlertChange
	for _, kind := range []string{alert.Certificate, alert.Silent} {
		i := slices.IndexFunc(alerts, func(c alert.Alert) bool { return c.Kind == kind })
		switch {
		case i >= 0 && !before.holds(kind):
			changes = append(changes, began(w, alerts[i]))
		case i < 0:
			changes = append(changes, ends(w, kind, before.holds(kind))...)
		}
	}
	return changes
}

// began is a change that people are notified of, in the words of the alert.
func began(w store.BotState, c alert.Alert) store.AlertChange {
	return store.AlertChange{
		WebhookID: w.WebhookID(), BotName: w.Name, Kind: c.Kind, Holds: true,
		Notify: c.Kind, Title: c.Of + ": " + c.Short, Text: c.Of + " " + c.Text + "\n" + c.Fix,
	}
}

func recovered(w store.BotState) store.AlertChange {
	return store.AlertChange{
		WebhookID: w.WebhookID(), BotName: w.Name, Kind: alert.Failing,
		Notify: Recovered, Title: w.Label() + ": works again",
		Text: w.Label() + " works again: its endpoint takes events.\nEvents that failed meanwhile can be resent from the log.",
	}
}

// begins and ends are changes that nobody is notified of.
func begins(w store.BotState, kind string, really bool) []store.AlertChange {
	if !really {
		return nil
	}
	return []store.AlertChange{{WebhookID: w.WebhookID(), BotName: w.Name, Kind: kind, Holds: true}}
}

func ends(w store.BotState, kind string, really bool) []store.AlertChange {
	if !really {
		return nil
	}
	return []store.AlertChange{{WebhookID: w.WebhookID(), BotName: w.Name, Kind: kind}}
}
