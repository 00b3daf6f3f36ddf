package store

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"
)

// Settle writes down an attempt and the state that follows, in one transaction, and returns the bot's health
// after it. What it makes of a delivery that an act has changed meanwhile is said by lateFor. It fails with ErrLeaseLost
// when the delivery was claimed again meanwhile: then another attempt decides, and this one is not recorded; and with
// ErrNotFound when its bot was deleted.
func (db *DB) Settle(ctx context.Context, s Settlement) (Health, error) {
	if err := s.check(); err != nil {
		return Health{}, fmt.Errorf("settling delivery %s: %w", s.Attempt.DeliveryID, err)
	}
	var health Health
	err := db.write(ctx, func(tx *tx) (err error) {
		if health, err = tx.settle(s); err != nil {
			return fmt.Errorf("settling delivery %s: %w", s.Attempt.DeliveryID, err)
		}
		return nil
	})
	return health, err
}

// check refuses what no attempt can end in. What waits is found by its time alone, so a wrong one would be sent
// again, or never.
func (s Settlement) check() error {
	switch s.Status {
	case Delivered, Failed:
		if !s.DueAt.IsZero() {
			return fmt.Errorf("%s, yet due at %s", s.Status, s.DueAt)
		}
		return nil
	case Retrying:
		if s.DueAt.IsZero() {
			return errors.New("retrying, but never due")
		}
		return nil
	}
	return fmt.Errorf("an attempt does not end in %q", s.Status)
}

func (tx *tx) settle(s Settlement) (Health, error) {
	a := s.Attempt
	claim := tx.db.handed[a.DeliveryID]
	if claim.token != s.Token {
		return Health{}, tx.whyNotSettled(a.BotID, a.DeliveryID)
	}
	moved, err := tx.moveOn(s)
	if err != nil {
		return Health{}, err
	}
	if !moved {
		return tx.settleLate(s)
	}
	h, err := tx.healthOf(a.BotID)
	if err != nil {
		return Health{}, err
	}
	a.Number = claim.attempts + 1
	if err := tx.insertAttempt(a); err != nil {
		return Health{}, err
	}
	h.attempted(a, claim.round == 0, tx.now)
	tx.countAttempt(s, s.Status)
	tx.changed(a.BotID)
	if s.Status != Retrying {
		tx.move(h, -1, 0)
	}
	tx.ended(a.DeliveryID, s.Token)
	return h.Health, nil
}

// moveOn moves a delivery on that is still as it was claimed, and says whether it is.
func (tx *tx) moveOn(s Settlement) (moved bool, err error) {
	a := s.Attempt
	if tx.deleted[a.BotID] {
		return false, nil
	}
	n, err := tx.exec(`UPDATE deliveries SET status = ?, due_at = ?, late = 1, attempts = attempts + 1, round = round + 1, updated_at = ?,
			last_code = ?, last_duration_us = ?, last_outcome = ?, last_detail = ?
		WHERE bot_id = ? AND id = ? AND claim_token = ? AND status = 'sending'`,
		string(s.Status), nullMillis(s.DueAt), millis(tx.now), a.StatusCode, a.Duration.Microseconds(), a.Outcome, jsonOrEmpty(a.Detail),
		idBytes(a.BotID), idBytes(a.DeliveryID), s.Token)
	return n > 0, err
}

// whyNotSettled says why a claim is not open: its delivery is gone, or the claim was settled, handed back or made anew.
func (tx *tx) whyNotSettled(botID, id uuid.UUID) error {
	if _, err := tx.standingOf(botID, id); err != nil {
		return err
	}
	return ErrLeaseLost
}

// countAttempt counts an attempt and, if that is what its delivery becomes, a delivery given up.
func (tx *tx) countAttempt(s Settlement, becomes Status) {
	bucket := 0
	if s.Attempt.StatusCode > 0 {
		bucket = LatencyBucket(s.Attempt.Duration)
	}
	kind := CountFailedAttempt
	if s.Status == Delivered {
		kind = CountDelivered
	}
	tx.count(s.Attempt.BotID, kind, bucket, 1)
	if becomes == Failed {
		tx.count(s.Attempt.BotID, CountFailed, 0, 1)
	}
}

// RecordTest adds a finished test event with its attempt. It is in the log and counts nowhere.
func (db *DB) RecordTest(ctx context.Context, d Delivery, a Attempt) error {
	return db.write(ctx, func(tx *tx) error {
		if err := tx.requireBot(d.BotID); err != nil {
			return err
		}
		_, err := tx.exec(`INSERT INTO deliveries (bot_id, id, event_id, event_name, event_time, test, status, attempts, round,
				created_at, updated_at, last_code, last_duration_us, last_outcome, last_detail, fingerprint, payload)
			VALUES (?, ?, ?, ?, ?, 1, ?, 1, 1, ?, ?, ?, ?, ?, ?, ?, ?)`,
			idBytes(d.BotID), idBytes(d.ID), d.EventID, d.EventName, millis(d.EventTime), string(d.Status), millis(d.CreatedAt), millis(tx.now),
			a.StatusCode, a.Duration.Microseconds(), a.Outcome, jsonOrEmpty(a.Detail), []byte{}, d.Payload)
		if err != nil {
			return fmt.Errorf("adding test event %q: %w", d.EventID, err)
		}
		tx.changed(d.BotID)
		if err := tx.insertAttempt(a); err != nil {
			return err
		}
		h, err := tx.healthOf(d.BotID)
		if err != nil {
			return err
		}
		h.showed(a)
		if a.Delivered() {
			h.LastTestOKAt, h.dirty = tx.now, true
		}
		return nil
	})
}
