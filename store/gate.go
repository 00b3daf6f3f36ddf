package store

import (
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
)

// gate is the part of the settings that decides where a new event goes.
type gate struct {
	state WebhookState
	names Webhook // its EventNames
	now   time.Time
}

// gate reads a bot's gate once in a group: who changes what it depends on calls ungate.
func (tx *tx) gate(botID uuid.UUID) (gate, error) {
	if g, ok := tx.gates[botID]; ok {
		return g, nil
	}
	var offReason, names string
	var settles int64
	g := gate{now: tx.now}
	err := tx.row(`SELECT enabled, off_reason, url, settles_at, event_names FROM webhooks
		WHERE bot_id = ? AND EXISTS (SELECT 1 FROM bots WHERE id = bot_id AND deleted_at = 0)`, idBytes(botID)).
		Scan(&g.state.Enabled, &offReason, &g.state.URL, &settles, &names)
	if errors.Is(err, sql.ErrNoRows) {
		return g, fmt.Errorf("bot %s: %w", botID, ErrNotFound)
	}
	if err != nil {
		return g, err
	}
	if offReason != "" {
		g.state.SwitchedOff = &SwitchedOff{Reason: offReason}
	}
	g.state.SettlesAt = fromMillis(settles)
	if g.names.EventNames, err = chosenNames(names); err != nil {
		return g, fmt.Errorf("webhook of bot %s: event names: %w", botID, err)
	}
	tx.gates[botID] = g
	return g, nil
}

// ungate forgets a gate: the bot or its settings changed in this group.
func (tx *tx) ungate(botID uuid.UUID) { delete(tx.gates, botID) }

// mustSend refuses with ErrOff what a webhook that does not send would hold at once.
func (tx *tx) mustSend(botID uuid.UUID) error {
	g, err := tx.gate(botID)
	if err == nil && g.state.holds(tx.now) != "" {
		return ErrOff
	}
	return err
}

// place says where an event goes. While an edit settles, a URL that is missing may be about to come.
func (g gate) place(eventName string) (Status, string) {
	switch reason := g.state.holds(g.now); {
	case !g.names.Chooses(eventName):
		return Skipped, ReasonNotChosen
	case reason != "":
		return Held, reason
	}
	return Queued, ""
}

// oddName warns of an event that is not sent only because its name has other upper and lower case than the chosen one:
// "skipped" alone would not say so.
func (g gate) oddName(eventName string) []Warning {
	if g.names.Chooses(eventName) {
		return nil
	}
	for _, chosen := range g.names.EventNames {
		if strings.EqualFold(chosen, eventName) {
			return []Warning{{Pointer: "/event_name", Message: fmt.Sprintf(
				"is not sent: the webhook sends %s, and upper and lower case count; choose %s there too, or send %s", chosen, eventName, chosen)}}
		}
	}
	return nil
}

// queues counts the events that are going to wait. The others need no room in the backlog.
func (g gate) queues(events []NewDelivery, fresh []int) (n int) {
	for _, i := range fresh {
		if status, _ := g.place(events[i].EventName); status == Queued {
			n++
		}
	}
	return n
}

// holds says why events are held now, or "".
func (s WebhookState) holds(now time.Time) string {
	switch {
	case s.SwitchedOff != nil:
		return ReasonSwitchedOff
	case !s.Enabled:
		return ReasonOff
	case s.URL == "" && !now.Before(s.SettlesAt):
		return ReasonNoURL
	}
	return ""
}
