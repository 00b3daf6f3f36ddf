package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"iozen/store/torture"
)

// backlogRetry is what a client is told to wait when too much waits already.
const backlogRetry = 30 * time.Second

// Accept takes events, all or none, and returns once they are on disk. Where each goes (queued, held,
// skipped) follows from the webhook's settings of this moment. It fails with *EventConflictError or *BacklogError.
func (db *DB) Accept(ctx context.Context, botID uuid.UUID, events []NewDelivery) ([]Accepted, error) {
	var out []Accepted
	fingerprints := db.cfg.Keys.storedFingerprints(events) // here: callers are many, and the writer is one
	err := db.writeBulk(ctx, len(events), func(tx *tx) (err error) {
		out, err = tx.accept(botID, events, fingerprints)
		return err
	})
	torture.Reach(torture.AfterCommit)
	var full *BacklogError
	if errors.As(err, &full) {
		db.noteFull(botID, full)
	}
	return out, err
}

func (tx *tx) accept(botID uuid.UUID, events []NewDelivery, fingerprints [][]byte) ([]Accepted, error) {
	gate, err := tx.gate(botID)
	if err != nil {
		return nil, err
	}
	h, err := tx.healthOf(botID)
	if err != nil {
		return nil, err
	}
	out, fresh, err := tx.sortOut(botID, events)
	if err != nil {
		return nil, err
	}
	if err := tx.checkBacklog(h, gate.queues(events, fresh)); err != nil {
		return nil, err
	}
	var due What
	for _, i := range fresh {
		status, reason := gate.place(events[i].EventName)
		e := events[i]
		odd := gate.oddName(e.EventName)
		e.Warnings = append(slices.Clip(e.Warnings), odd...)
		if err := tx.insertDelivery(botID, e, fingerprints[i], status, reason); err != nil {
			return nil, err
		}
		switch status {
		case Queued:
			tx.move(h, 1, 0)
			due = Due
		case Held:
			tx.move(h, 0, 1)
		}
		out[i] = Accepted{EventID: e.EventID, Status: status, DeliveryID: e.ID, Warnings: odd}
	}
	if len(fresh) > 0 {
		tx.count(botID, CountAccepted, 0, len(fresh))
		tx.changed(botID, due)
	}
	return out, nil
}

// sortOut finds the events that were given before, in the log or earlier in the list; fresh are the others.
func (tx *tx) sortOut(botID uuid.UUID, events []NewDelivery) (out []Accepted, fresh []int, err error) {
	out = make([]Accepted, len(events))
	seen := make(map[string]int, len(events))
	for i, e := range events {
		if j, ok := seen[e.EventID]; ok {
			if events[j].Fingerprint != e.Fingerprint {
				return nil, nil, &EventConflictError{Index: i, EventID: e.EventID}
			}
			first := events[j].ID
			if out[j].Status == Duplicate {
				first = out[j].DeliveryID
			}
			out[i] = Accepted{EventID: e.EventID, Status: Duplicate, DeliveryID: first}
			continue
		}
		seen[e.EventID] = i
		var id uuid.UUID
		var fingerprint []byte
		err := tx.row(`SELECT id, fingerprint FROM deliveries WHERE bot_id = ? AND event_id = ?`, idBytes(botID), e.EventID).
			Scan(&id, &fingerprint)
		switch {
		case errors.Is(err, sql.ErrNoRows):
			fresh = append(fresh, i)
		case err != nil:
			return nil, nil, err
		case tx.db.cfg.Keys.differs(fingerprint, e.Fingerprint):
			return nil, nil, &EventConflictError{Index: i, EventID: e.EventID}
		default:
			out[i] = Accepted{EventID: e.EventID, Status: Duplicate, DeliveryID: id}
		}
	}
	return out, fresh, nil
}

func (tx *tx) insertDelivery(botID uuid.UUID, e NewDelivery, fingerprint []byte, status Status, reason string) error {
	due := time.Time{}
	if status == Queued {
		due = tx.now
	}
	var warnings string
	if len(e.Warnings) > 0 {
		warnings = mustJSON(e.Warnings)
	}
	_, err := tx.exec(`INSERT INTO deliveries (bot_id, id, event_id, event_name, event_time, test, status, reason, due_at,
			created_at, updated_at, fingerprint, person, warnings, payload)
		VALUES (?, ?, ?, ?, ?, 0, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		idBytes(botID), idBytes(e.ID), e.EventID, e.EventName, millis(e.EventTime), string(status), reason, nullMillis(due),
		millis(tx.now), millis(tx.now), fingerprint, maskedPerson(e.Email, e.Phone), warnings, e.Payload)
	if err != nil {
		return fmt.Errorf("adding event %q of bot %s: %w", e.EventID, botID, err)
	}
	tx.addPerson(botID, e)
	return nil
}
