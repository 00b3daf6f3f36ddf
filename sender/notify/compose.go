package notify

import (
	"fmt"
	"strings"

	"github.com/google/uuid"

	"iozen/sender/alert"
	"iozen/store"
)

const (
	// alone is how many changes of one kind are told one by one; more at once have one cause (a network, a CRM), and are
	// one notification.
	alone = 3
	// named is how many bots such a one names.
	named = 50
)

// kinds are those of notifications, in the order in which a round tells them, with the words for many bots at once.
var kinds = []struct{ kind, many string }{
	{alert.ConcernSwitchedOff, "%d webhooks were switched off"},
	{alert.ConcernFailing, "%d webhooks are failing"},
	{Recovered, "%d webhooks work again"},
	{alert.ConcernSilent, "%d bots are unusually silent"},
	{alert.ConcernCertificate, "%d endpoints have a certificate that expires soon"},
}

// compose makes notifications of changes.
func compose(changes []store.ConditionChange, newID func() uuid.UUID) []store.Notification {
	var told []store.Notification
	for _, k := range kinds {
		var same []store.ConditionChange
		for _, c := range changes {
			if c.Tell == k.kind {
				same = append(same, c)
			}
		}
		if len(same) > alone {
			told = append(told, many(newID(), k.kind, fmt.Sprintf(k.many, len(same)), same))
			continue
		}
		for _, c := range same {
			told = append(told, store.Notification{ID: newID(), Kind: c.Tell, BotID: c.BotID, Bot: c.BotName, Title: c.Title, Text: c.Text})
		}
	}
	return told
}

func many(id uuid.UUID, kind, title string, changes []store.ConditionChange) store.Notification {
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
