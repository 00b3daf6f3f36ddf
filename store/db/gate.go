package db

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"iozen/store"
	"iozen/store/event/admit"
	"iozen/store/option"
)

// gate is the part of a webhook's settings that decides where a new event goes.
type gate struct {
	id    store.WebhookID
	bot   int64
	state store.WebhookState
	rules admit.Rules
	gone  bool // deleted: what waits for it is to be skipped
	now   time.Time

	sending *store.Webhook // what was claimed with in this group; nil: nothing was
}

const gatesOf = `SELECT b.number, w.n, w.enabled, w.off_reason, w.url, w.settles_at, w.event_names, w.filter, w.consent, w.deleted_at > 0
	FROM bots b CROSS JOIN webhooks w WHERE w.bot = b.number AND b.id = ? AND b.deleted_at = 0 ORDER BY w.n`

// gates reads the gates of a bot's webhooks once for a group; whatever changes what they depend on calls ungate.
func (tx *tx) gates(botID uuid.UUID) ([]*gate, error) {
	all, err := tx.allGates(botID)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(slices.Clone(all), func(g *gate) bool { return g.gone }), nil
}

// allGates are gates with those of deleted webhooks.
func (tx *tx) allGates(botID uuid.UUID) (all []*gate, err error) {
	if all, ok := tx.gatesRead[botID]; ok {
		return all, nil
	}
	rows, err := tx.rowsBeside(gatesOf, idBytes(botID))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		g := &gate{id: store.WebhookID{BotID: botID}, now: tx.now}
		var offReason, names string
		var options option.Stored
		var settles int64
		if err := rows.Scan(&g.bot, &g.id.N, &g.state.Enabled, &offReason, &g.state.URL, &settles, &names, &options.Filter, &options.Consent, &g.gone); err != nil {
			return nil, err
		}
		if offReason != "" {
			g.state.SwitchedOff = &store.SwitchedOff{Reason: offReason}
		}
		g.state.QuietUntil = fromMillis(settles)
		chosenNames, err := store.ChosenNames(names)
		if err != nil {
			return nil, fmt.Errorf("webhook of %s: event names: %w", g.id, err)
		}
		chosen, err := options.Set()
		if err != nil {
			return nil, fmt.Errorf("webhook of %s: %w", g.id, err)
		}
		g.rules = admit.New(chosenNames, chosen)
		all = append(all, g)
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("bot %s: %w", botID, store.ErrNotFound)
	}
	tx.gatesRead[botID] = all
	var numbers []int
	for _, g := range all {
		if !g.gone {
			numbers = append(numbers, g.id.N)
		}
	}
	if !slices.Equal(tx.db.known.Webhooks(botID), numbers) {
		tx.onCommit(func() { tx.db.known.NoteWebhooks(botID, numbers) })
	}
	return all, nil
}

// gate is the gate of one webhook; ErrNotFound if there is none.
func (tx *tx) gate(id store.WebhookID) (*gate, error) {
	all, err := tx.allGates(id.BotID)
	if err != nil {
		return nil, err
	}
	for _, g := range all {
		if g.id == id {
			return g, nil
		}
	}
	return nil, fmt.Errorf("webhook of %s: %w", id, store.ErrNotFound)
}

// ungate forgets the gates of a bot: the bot or its settings changed in this group.
func (tx *tx) ungate(botID uuid.UUID) { delete(tx.gatesRead, botID) }

// mustSend returns ErrOff if the webhook does not send: the events would be held at once.
func (tx *tx) mustSend(id store.WebhookID) error {
	g, err := tx.gate(id)
	if err == nil && g.holds() != "" {
		return store.ErrOff
	}
	return err
}

// mustSendOne returns ErrOff if none of the webhooks of a bot that a filter is for sends.
func (tx *tx) mustSendOne(f store.DeliveryFilter) error {
	if f.Webhook != 0 {
		return tx.mustSend(store.WebhookID{BotID: f.BotID, N: f.Webhook})
	}
	all, err := tx.gates(f.BotID)
	if err == nil && !slices.ContainsFunc(all, func(g *gate) bool { return g.holds() == "" }) {
		err = store.ErrOff
	}
	return err
}

// holds says why the webhook does not send, or "".
func (g *gate) holds() string {
	if g.gone {
		return store.ReasonWebhookDeleted
	}
	return g.state.Holds(g.now)
}

// place says where an event goes, and in whose words a filter refuses it. During the quiet time after an edit, a missing URL
// may be about to be typed.
func (g *gate) place(e *admit.Event) (status store.Status, reason string, detail map[string]string) {
	if reason, detail = g.rules.Refuses(e); reason != "" {
		return store.Skipped, reason, detail
	}
	if reason := g.holds(); reason != "" {
		return store.Held, reason, nil
	}
	return store.Queued, "", nil
}

// oddName warns of an event that is not sent only because its name has other upper and lower case than the chosen one:
// "skipped" alone would not say so.
func (g *gate) oddName(eventName string) []store.Warning {
	if g.rules.Chooses(eventName) {
		return nil
	}
	for _, chosen := range g.rules.Names() {
		if strings.EqualFold(chosen, eventName) {
			return []store.Warning{{Pointer: "/event_name", Message: fmt.Sprintf(
				"is not sent: the webhook sends %s, and upper and lower case count; choose %s there too, or send %s", chosen, eventName, chosen)}}
		}
	}
	return nil
}

// mayQueue says whether an event is queued, unless filter or consent say otherwise: asking them costs more.
func (g *gate) mayQueue(e *admit.Event) bool {
	return g.rules.Chooses(e.Name) && g.holds() == ""
}

func (g *gate) queued(e *admit.Event) bool {
	status, _, _ := g.place(e)
	return status == store.Queued
}

// queues counts the events that are going to wait. The others need no room in the backlog.
func (g *gate) queues(events []store.NewDelivery, fresh []int, queued func(*admit.Event) bool) (n int) {
	for _, i := range fresh {
		if queued(&admit.Event{Name: events[i].EventName, Payload: events[i].Payload}) {
			n++
		}
	}
	return n
}
