package notify

import (
	"slices"
	"time"

	"iozen/sender/alert"
	"iozen/store"
)

// Recovered is the one kind of notification that is no concern: a failing or switched-off webhook works again.
const Recovered = "recovered"

// calm is how long a webhook must have been failing before its recovery is told, and well before it may be told to fail
// again: an endpoint that comes and goes every minute would otherwise fill mailboxes.
const calm = 10 * time.Minute

// found is what the last look found about one bot, by kind.
type found map[string]store.Condition

func (f found) holds(kind string) bool { return f[kind].Holds }

// rests says that a condition has stood, or been gone, for long enough to change again.
func (f found) rests(kind string, now time.Time) bool { return now.Sub(f[kind].Since) >= calm }

// troubleChanges compares a bot's webhook with what was found before: well, failing, or switched off.
//
//	well → failing, well or failing → switched off     told
//	failing → well                                      told as recovered
//	switched off → on again                             failing until something gets through, which is told as recovered
func troubleChanges(w store.BotState, before found, now time.Time) []store.ConditionChange {
	const failing, off = alert.ConcernFailing, alert.ConcernSwitchedOff
	concerns := alert.Concerns(w, nil, now)
	concern := func(kind string) *alert.Concern {
		if i := slices.IndexFunc(concerns, func(c alert.Concern) bool { return c.Kind == kind }); i >= 0 {
			return &concerns[i]
		}
		return nil
	}
	wasFailing, wasOff := before.holds(failing), before.holds(off)
	switch isOff, isFailing := concern(off), concern(failing); {
	case isOff != nil && !wasOff:
		return append(ends(w, failing, wasFailing), began(w, *isOff))
	case isOff == nil && wasOff:
		return append(ends(w, off, true), begins(w, failing, !wasFailing)...)
	case isFailing != nil && !wasFailing && before.rests(failing, now):
		return []store.ConditionChange{began(w, *isFailing)}
	case isOff == nil && wasFailing && w.Health.FailingSince.IsZero() && before.rests(failing, now):
		return []store.ConditionChange{recovered(w)}
	}
	return nil
}

// slowChanges compares silence and certificate with what was found before. Their end is not told: an event came, or the
// certificate was renewed, and nobody waits to hear it.
func slowChanges(w store.BotState, hours []store.HourCount, before found, now time.Time) []store.ConditionChange {
	concerns := alert.Concerns(w, hours, now)
	var changes []store.ConditionChange
	for _, kind := range []string{alert.ConcernCertificate, alert.ConcernSilent} {
		i := slices.IndexFunc(concerns, func(c alert.Concern) bool { return c.Kind == kind })
		switch {
		case i >= 0 && !before.holds(kind):
			changes = append(changes, began(w, concerns[i]))
		case i < 0:
			changes = append(changes, ends(w, kind, before.holds(kind))...)
		}
	}
	return changes
}

// began is a change that is told in the words of the concern.
func began(w store.BotState, c alert.Concern) store.ConditionChange {
	return store.ConditionChange{
		BotID: w.ID, BotName: w.Name, Kind: c.Kind, Holds: true,
		Tell: c.Kind, Title: w.Name + ": " + c.Short, Text: w.Name + " " + c.Text + "\n" + c.Fix,
	}
}

func recovered(w store.BotState) store.ConditionChange {
	return store.ConditionChange{
		BotID: w.ID, BotName: w.Name, Kind: alert.ConcernFailing,
		Tell: Recovered, Title: w.Name + ": works again",
		Text: w.Name + " works again: its endpoint takes events.\nEvents that failed meanwhile can be resent from the log.",
	}
}

// begins and ends are changes that nobody is told.
func begins(w store.BotState, kind string, really bool) []store.ConditionChange {
	if !really {
		return nil
	}
	return []store.ConditionChange{{BotID: w.ID, BotName: w.Name, Kind: kind, Holds: true}}
}

func ends(w store.BotState, kind string, really bool) []store.ConditionChange {
	if !really {
		return nil
	}
	return []store.ConditionChange{{BotID: w.ID, BotName: w.Name, Kind: kind}}
}
