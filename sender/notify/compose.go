package notify

import (
	"fmt"
	"strings"

	"github.com/google/uuid"

	"iozen/sender/alert"
	"iozen/store"
)

const (
	// alone is how many changes of one kind get a notification each; more of them at once have one cause (a network, a CRM)
	// and get one notification together.
	alone = 3
	// named is how many bots such a notification names.
	named = 50
)

// kinds are the kinds of notifications, in the order in which a round sends them, with the words for many bots at once.
var kinds = []struct{ kind, many string }{
	{alert.SwitchedOff, "%d webhooks were switched off"},
	{alert.Failing, "%d webhooks are failing"},
	{Recovered, "%d webhooks work again"},
	{alert.Silent, "%d bots are unusually silent"},
	{alert.Certificate, "%d endpoints have a certificate that expires soon"},
}

// compose makes notifications of changes.
func compose(changes []store.AlertChange, newID func() uuid.UUID) []store.Notification {
	var made []store.Notification
	for _, k := range kinds {
		var same []store.AlertChange
		for _, c := range changes {
			if c.Notify == k.kind {
				same = append(same, c)
			}
		}
		if len(same) > alone {
			made = append(made, many(newID(), k.kind, fmt.Sprintf(k.many, len(same)), same))
			continue
		}
		for _, c := range same {
			made = append(made, store.Notification{ID: newID(), Kind: c.Notify, BotID: c.BotID, N: c.N, Bot: c.BotName, Title: c.Title, Text: c.Text})
		}
	}
	return made
}

func many(id uuid.UUID, kind, title string, changes []store.AlertChange) store.Notification {
	lines := []string{title + ":"}
	for i, c := range changes {
		if i == named {
			lines = append(lines, fmt.Sprintf("… and %d more", len(changes)-named))
			break
		}
		lines = append(lines, "- "+c.Title)
	}
	return store.Notification{ID: id, Kind: kind, Title: title, Text: strings.Join(lines, "\n")}
}
