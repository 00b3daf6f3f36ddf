package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/google/uuid"
)

// Settle writes down an attempt and the state that follows, in one transaction, and returns the bot's health
// after it. It fails with ErrLeaseLost when the delivery was claimed again meanwhile: then another attempt
// decides, and this one is not recorded.
func (db *DB) Settle(ctx context.Context, s Settlement) (Health, error) {
	if err := s.check(); err != nil {
		return Health{}, fmt.Errorf("settling delivery %s: %w", s.Attempt.DeliveryID, err)
	}
	var health Health
	err := db.write(ctx, func(tx *tx) error {
		h, err := tx.healthOf(s.Attempt.BotID)
		if err != nil {
			return err
		}
		number, round, err := tx.settle(&s)
		if err != nil {
			return fmt.Errorf("settling delivery %s: %w", s.Attempt.DeliveryID, err)
		}
		a := s.Attempt
		a.Number = number
		if err := tx.insertAttempt(a); err != nil {
			return err
		}
		h.attempted(a, round == 1, tx.now)
		tx.countAttempt(s)
		tx.changed(a.BotID)
		if s.Status != Retrying {
			tx.move(h, -1, 0)
		}
		health = h.Health
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

// settle moves the delivery on and returns the attempt's number, in all and in this round of the schedule.
func (tx *tx) settle(s *Settlement) (number, round int, err error) {
	a := s.Attempt
	claim := tx.db.handed[a.DeliveryID]
	if claim.token != s.Token {
		return 0, 0, tx.whyNotSettled(a.BotID, a.DeliveryID)
	}
	n, err := tx.exec(`UPDATE deliveries SET status = ?, due_at = ?, late = 1, attempts = attempts + 1, round = round + 1, updated_at = ?,
			last_code = ?, last_duration_us = ?, last_outcome = ?, last_detail = ?
		WHERE bot_id = ? AND id = ? AND claim_token = ? AND status = 'sending'`,
		string(s.Status), nullMillis(s.DueAt), millis(tx.now), a.StatusCode, a.Duration.Microseconds(), a.Outcome, jsonOrEmpty(a.Detail),
		idBytes(a.BotID), idBytes(a.DeliveryID), s.Token)
	if err != nil {
		return 0, 0, err
	}
	if n == 0 {
		return 0, 0, tx.whyNotSettled(a.BotID, a.DeliveryID)
	}
	tx.settled = append(tx.settled, s)
	return claim.attempts + 1, claim.round + 1, nil
}

func (tx *tx) whyNotSettled(botID, id uuid.UUID) error {
	var one int
	err := tx.row(`SELECT 1 FROM deliveries WHERE bot_id = ? AND id = ?`, idBytes(botID), idBytes(id)).Scan(&one)
	if errors.Is(err, sql.ErrNoRows) {
		return ErrNotFound
	}
	if err != nil {
		return err
	}
	return ErrLeaseLost
}

func (tx *tx) countAttempt(s Settlement) {
	bucket := 0
	if s.Attempt.StatusCode > 0 {
		bucket = LatencyBucket(s.Attempt.Duration)
	}
	kind := CountFailedAttempt
	if s.Status == Delivered {
		kind = CountDelivered
	}
	tx.count(s.Attempt.BotID, kind, bucket, 1)
	if s.Status == Failed {
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
