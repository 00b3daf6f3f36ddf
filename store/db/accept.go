package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"iozen/store"
	"iozen/store/db/number"
	"iozen/store/db/statement"
	"iozen/store/event/admit"
	"iozen/store/failpoint"
)

// Accept stores events, all or none, and returns once they are on disk. Each event becomes a delivery to every webhook of the
// bot; where each goes (queued, held, skipped) follows from the webhook's settings at this moment. It fails with
// *EventConflictError or *BacklogError.
func (db *DB) Accept(ctx context.Context, botID uuid.UUID, events []store.NewDelivery) ([]store.Accepted, error) {
	var out []store.Accepted
	fingerprints := db.cfg.Keys.StoredFingerprints(events) // here: there are many callers, and one writer
	places := db.reservedFor(botID, len(events))
	defer places.end()
	look := func(tx *tx) {
		for _, e := range events {
			tx.lookFor(botID, e.EventID)
		}
	}
	err := db.writeBulk(ctx, len(events), look, func(tx *tx) (err error) {
		places.begin()
		out, err = tx.accept(botID, events, fingerprints, places)
		return err
	})
	failpoint.Reach(failpoint.AfterCommit)
	var full *store.BacklogError
	if errors.As(err, &full) {
		db.noteFull(botID, full)
	}
	return out, err
}

// AcceptSample accepts a sample lead that a person asked for at a webhook, with its audit entry, and returns what became of it
// there. It fails with ErrOff while the webhook does not send: a sample that is held shows nothing.
func (db *DB) AcceptSample(ctx context.Context, id store.WebhookID, sample store.NewDelivery, by store.Actor) (store.Accepted, error) {
	var out store.Accepted
	events := []store.NewDelivery{sample}
	fingerprints := db.cfg.Keys.StoredFingerprints(events)
	err := db.write(ctx, func(tx *tx) error {
		if err := tx.mustSend(id); err != nil {
			return err
		}
		accepted, err := tx.accept(id.BotID, events, fingerprints, nil)
		if err != nil {
			return err
		}
		out = accepted[0].At(id.N)
		return tx.addAudit(store.AuditEntry{By: by, Action: "delivery.sample", BotID: id.BotID, N: id.N, Target: out.DeliveryID.String(), Note: sample.EventName})
	})
	return out, err
}

// acceptance is one Accept as its transaction sees it.
type acceptance struct {
	bot    int64
	gates  []*gate
	health []*healthRow // of each gate
	places reservations
}

func (tx *tx) accept(botID uuid.UUID, events []store.NewDelivery, fingerprints [][]byte, places reservations) ([]store.Accepted, error) {
	a := acceptance{places: places}
	var err error
	if a.gates, err = tx.gates(botID); err != nil {
		return nil, err
	}
	a.bot = a.gates[0].bot
	for _, g := range a.gates {
		h, err := tx.healthOf(g.id)
		if err != nil {
			return nil, err
		}
		a.health = append(a.health, h)
	}
	out, fresh, repeats, err := tx.sortOut(botID, a.bot, events)
	if err != nil {
		return nil, err
	}
	if err := tx.checkBacklog(a, events, fresh); err != nil {
		return nil, err
	}
	for _, i := range fresh {
		if out[i], err = tx.acceptOne(a, events[i], fingerprints[i]); err != nil {
			return nil, fmt.Errorf("adding event %q of bot %s: %w", events[i].EventID, botID, err)
		}
	}
	if len(a.gates) > 1 {
		if err := tx.addRepeated(a.bot, out); err != nil {
			return nil, err
		}
	}
	for i, first := range repeats {
		out[i].DeliveryID, out[i].Deliveries = out[first].DeliveryID, asRepeated(out[first].Deliveries)
	}
	for i, g := range a.gates {
		tx.handOver(a.places.of(g.id.N), a.health[i])
	}
	return out, nil
}

// acceptOne writes a new event: a delivery to each webhook, the first of them with the event's bytes.
func (tx *tx) acceptOne(a acceptance, e store.NewDelivery, fingerprint []byte) (out store.Accepted, err error) {
	out = store.Accepted{EventID: e.EventID}
	var first int64
	arriving := admit.Event{Name: e.EventName, Payload: e.Payload}
	for i, g := range a.gates {
		row := newRow{event: first, warnings: e.Warnings}
		row.status, row.reason, row.detail = g.place(&arriving)
		if odd := g.oddName(e.EventName); len(odd) > 0 {
			row.warnings = append(slices.Clip(row.warnings), odd...)
			out.Warnings = append(out.Warnings, odd...)
		}
		if i > 0 {
			if e.ID, err = tx.db.newID(tx.now); err != nil {
				return out, err
			}
		}
		place, counted := a.places.of(g.id.N), row.status
		due, err := tx.start(&row, place, g)
		if err != nil {
			return out, err
		}
		number, err := tx.insertDelivery(a.bot, g.id, &e, row)
		if err != nil {
			return out, err
		}
		if row.status == store.Sending {
			tx.claimNew(place, g.id, e, row)
		}
		tx.move(a.health[i], "", counted, 1)
		tx.count(g.id, store.CountAccepted, 0, 1)
		tx.changed(g.id, due)
		if i == 0 {
			first = number
			out.Status, out.DeliveryID = counted, e.ID
			if _, err := tx.add(newEventIDs, a.bot, e.EventID, number, fingerprint); err != nil {
				return out, err
			}
			tx.foundNow(g.id.BotID, e, fingerprint)
			tx.addPerson(deliveryKey{a.bot, number}, e)
		}
		if len(a.gates) > 1 {
			out.Deliveries = append(out.Deliveries, store.AcceptedDelivery{Webhook: g.id.N, Status: counted, DeliveryID: e.ID})
		}
	}
	return out, nil
}

// start claims a new delivery that is queued, if there is a place for it; else it is due now, and the feed says so.
func (tx *tx) start(row *newRow, place *reserved, g *gate) (due store.What, err error) {
	if row.status != store.Queued {
		return 0, nil
	}
	claimed, err := tx.claims(place, g)
	switch {
	case err != nil:
		return 0, err
	case claimed:
		row.status, row.dueAt, row.token = store.Sending, tx.now.Add(place.Lease), firstToken
		return 0, nil
	}
	row.dueAt = tx.now
	return store.Due, nil
}

// newRow is where a new delivery begins.
type newRow struct {
	event    int64 // the number of the delivery that has the event's bytes; 0: this one
	status   store.Status
	reason   string
	dueAt    time.Time // zero: never
	token    int64     // of the claim that is made with it
	warnings []store.Warning
	detail   map[string]string // why a filter did not let it through
}

var (
	newDeliveries = statement.Insert("deliveries", `number BIGINT, bot BIGINT, n BIGINT, id BYTEA, event BIGINT, event_id TEXT, event_name TEXT, event_time BIGINT,
		test BOOLEAN, status TEXT, reason TEXT, due_at BIGINT, claim_token BIGINT, owner BIGINT, created_at BIGINT, updated_at BIGINT, last_detail TEXT, person TEXT, warnings TEXT, payload BYTEA`,
		`ON CONFLICT DO NOTHING`)
	newEventIDs = statement.Insert("event_ids", `bot BIGINT, event_id TEXT, delivery BIGINT, fingerprint BYTEA`, ``)
)

// insertDelivery writes the row of a new delivery and returns its number. Ids of several processes, or of a clock that was
// set back, may begin alike: then the delivery gets another id.
func (tx *tx) insertDelivery(bot int64, webhook store.WebhookID, e *store.NewDelivery, r newRow) (key int64, err error) {
	var warnings string
	if len(r.warnings) > 0 {
		warnings = mustJSON(r.warnings)
	}
	event, payload := sql.NullInt64{Int64: r.event, Valid: r.event != 0}, e.Payload
	if event.Valid {
		payload = nil
	}
	for again := tx.now.Add(time.Millisecond); ; again = again.Add(time.Millisecond) { // this one's numbers may all be taken
		key = number.Of(e.ID)
		if !tx.numbers[key] {
			n, err := tx.add(newDeliveries, key, bot, int64(webhook.N), idBytes(e.ID), event, e.EventID, e.EventName, millis(e.EventTime), false,
				string(r.status), r.reason, nullMillis(r.dueAt), r.token, tx.owner, millis(tx.now), millis(tx.now), jsonOrEmpty(r.detail),
				store.MaskedPerson(e.Email, e.Phone), warnings, payload)
			if err == nil && n == 1 && !tx.atOnce {
				tx.numbers[key] = true
			}
			if err != nil || n == 1 {
				return key, err
			}
		}
		if e.ID, err = tx.db.newID(again); err != nil {
			return 0, err
		}
	}
}
