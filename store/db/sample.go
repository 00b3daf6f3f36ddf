package db

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"iozen/store"
	"iozen/store/event"
)

// AcceptSample takes a sample that a person asked for, with its entry in the audit log. It fails with ErrOff while the webhook
// does not send: a sample that is held shows nothing.
func (db *DB) AcceptSample(ctx context.Context, botID uuid.UUID, sample store.NewDelivery, by store.Actor) (store.Accepted, error) {
	var out store.Accepted
	events := []store.NewDelivery{sample}
	fingerprints := db.cfg.Keys.StoredFingerprints(events)
	err := db.write(ctx, func(tx *tx) error {
		if err := tx.mustSend(botID); err != nil {
			return err
		}
		accepted, err := tx.accept(botID, events, fingerprints)
		if err != nil {
			return err
		}
		out = accepted[0]
		return tx.addAudit(store.AuditEntry{By: by, Action: "delivery.sample", BotID: botID, Target: out.DeliveryID.String(), Note: sample.EventName})
	})
	return out, err
}

// HasSample says whether a bot's log has a sample.
func (db *DB) HasSample(ctx context.Context, botID uuid.UUID) (has bool, err error) {
	first, last := event.SampleIDs()
	err = db.reader.row(ctx, `SELECT EXISTS (SELECT 1 FROM deliveries WHERE bot_id = ? AND event_id > ? AND event_id < ?)`,
		idBytes(botID), first, last).Scan(&has)
	if err != nil {
		return false, fmt.Errorf("looking for a sample of bot %s: %w", botID, err)
	}
	return has, nil
}
