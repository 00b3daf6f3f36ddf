package handlers

import (
	"slices"

	"iozen/store"
	"iozen/store/event"
)

// testEvent is the name to test with: the requested one, if real events of that name could come; else "", which leaves the
// choice to the sender.
func testEvent(w store.Webhook, asked string) string {
	if event.CheckEventName(asked) != "" || !w.Chooses(asked) {
		return ""
	}
	return asked
}

// testEvents are the names that a test can use: the chosen ones, or all that are usual or have been seen.
func testEvents(w store.Webhook, seen []string) []string {
	if len(w.EventNames) > 0 {
		return w.EventNames
	}
	names := slices.Clone(usualEvents)
	for _, name := range seen {
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}
