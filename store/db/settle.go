package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"iozen/store"
	"iozen/store/db/dialect"
	"iozen/store/db/number"
	"iozen/store/db/statement"
)

// Settle records an attempt and the state that follows, in one transaction, and returns the bot's health after it. LateFor
// decides what becomes of a delivery that an act has changed meanwhile. It fails with ErrLeaseLost when the delivery was
// claimed again meanwhile: then another attempt decides, and this one is not recorded; and with ErrNotFound when its bot
// was deleted.
func (db *DB) Settle(ctx context.Context, s store.Settlement) (store.Health, error) {
	if err := s.Check(); err != nil {
		return store.Health{}, fmt.Errorf("settling delivery %s: %w", s.Attempt.DeliveryID, err)
	}
	var health store.Health
	err := db.writeJoining(ctx, func(tx *tx) (err error) {
		if health, err = tx.settle(s); err != nil {
			return fmt.Errorf("settling delivery %s: %w", s.Attempt.DeliveryID, err)
		}
		return nil
	})
	return health, err
}

func (tx *tx) settle(s store.Settlement) (store.Health, error) {
	a := s.Attempt
	if a.Claim == 0 {
		a.Claim = s.Token
	}
	claim := tx.db.claims[a.DeliveryID]
	if claim.Token != s.Token {
		return store.Health{}, tx.whyNotSettled(a)
	}
	bot, err := tx.bot(a.BotID)
	if err != nil {
		return store.Health{}, err
	}
	if a.Claim != s.Token { // claimed again since: a commit of unknown outcome may have recorded the attempt
		if known, err := tx.attemptKnown(bot, a); known || err != nil {
			return store.Health{}, err
		}
	}
	moved, err := tx.moveOn(bot, s)
	if err != nil {
		return store.Health{}, err
	}
	if !moved {
		return tx.settleLate(bot, a, s)
	}
	h, err := tx.healthOf(claim.Webhook)
	if err != nil {
		return store.Health{}, err
	}
	a.Number = claim.Attempts + 1
	if err := tx.insertAttempt(bot, a); err != nil {
		return store.Health{}, err
	}
	if err := tx.attempted(bot, h, a, claim.Round == 0); err != nil {
		return store.Health{}, err
	}
	tx.countAttempt(claim.Webhook, s, s.Status)
	tx.changed(claim.Webhook, 0)
	tx.move(h, store.Sending, s.Status, 1)
	tx.ended(a.DeliveryID, s.Token)
	return h.Health, nil
}

// moveOn moves a delivery on that is still as it was claimed, and says whether it is.
func (tx *tx) moveOn(bot int64, s store.Settlement) (moved bool, err error) {
	a := s.Attempt
	if tx.deleted[a.BotID] {
		return false, nil
	}
	n, err := tx.add(movedOn, string(s.Status), nullMillis(s.DueAt), millis(tx.now), int64(a.StatusCode), a.Duration.Microseconds(), a.Outcome, jsonOrEmpty(a.Detail),
		bot, number.Of(a.DeliveryID), s.Token)
	return n > 0, err
}

var movedOn = statement.Update("deliveries",
	`status TEXT, due_at BIGINT, updated_at BIGINT, last_code BIGINT, last_duration_us BIGINT, last_outcome TEXT, last_detail TEXT, bot BIGINT, number BIGINT, token BIGINT`,
	`status = v.status, due_at = v.due_at, late = TRUE, attempts = d.attempts + 1, round = d.round + 1, updated_at = v.updated_at,
		last_code = v.last_code, last_duration_us = v.last_duration_us, last_outcome = v.last_outcome, last_detail = v.last_detail`,
	`d.bot = v.bot AND d.number = v.number AND d.claim_token = v.token AND d.status = 'sending'`)

// whyNotSettled says why a claim is not open: its delivery is gone, or the claim was settled, handed back or made anew.
func (tx *tx) whyNotSettled(a store.Attempt) error {
	if _, _, err := tx.deliveryState(a); err != nil {
		return err
	}
	return store.ErrLeaseLost
}

// countAttempt counts an attempt and, if that is what its delivery becomes, a delivery given up.
func (tx *tx) countAttempt(id store.WebhookID, s store.Settlement, becomes store.Status) {
	bucket := 0
	if s.Attempt.StatusCode > 0 {
		bucket = store.LatencyBucket(s.Attempt.Duration)
		tx.answered(id, s.Attempt.Duration)
	}
	kind := store.CountFailedAttempt
	if s.Status == store.Delivered {
		kind = store.CountDelivered
	}
	tx.count(id, kind, bucket, 1)
	if becomes == store.Failed {
		tx.count(id, store.CountFailed, 0, 1)
	}
}

// RecordTest adds a finished test event with its attempt. It is in the log, and no count includes it.
func (db *DB) RecordTest(ctx context.Context, d store.Delivery, a store.Attempt) error {
	return db.write(ctx, func(tx *tx) error { return tx.recordTest(d, a) })
}

// RecordPersonalTest is RecordTest for a test that was sent with a real person: it is found and erased with them.
func (db *DB) RecordPersonalTest(ctx context.Context, d store.Delivery, a store.Attempt, email, phone, externalID string) error {
	return db.write(ctx, func(tx *tx) error {
		if err := tx.recordTest(d, a); err != nil {
			return err
		}
		g, err := tx.gate(d.WebhookID())
		if err != nil {
			return err
		}
		tx.addPerson(deliveryKey{g.bot, number.Of(d.ID)}, store.NewDelivery{Email: email, Phone: phone, ExternalID: externalID})
		return nil
	})
}

func (tx *tx) recordTest(d store.Delivery, a store.Attempt) error {
	g, err := tx.gate(d.WebhookID())
	if err != nil {
		return err
	}
	key := number.Of(d.ID)
	_, err = tx.exec(`INSERT INTO deliveries (number, bot, n, id, event_id, event_name, event_time, test, status, attempts, round,
				created_at, updated_at, last_code, last_duration_us, last_outcome, last_detail, person, payload)
			VALUES (?, ?, ?, ?, ?, ?, ?, TRUE, ?, 1, 1, ?, ?, ?, ?, ?, ?, ?, ?)`,
		key, g.bot, d.Webhook, idBytes(d.ID), d.EventID, d.EventName, millis(d.EventTime), string(d.Status), millis(d.CreatedAt), millis(tx.now),
		a.StatusCode, a.Duration.Microseconds(), a.Outcome, jsonOrEmpty(a.Detail), d.Person, d.Payload)
	if err == nil {
		_, err = tx.exec(`INSERT INTO event_ids (bot, event_id, delivery, fingerprint) VALUES (?, ?, ?, ?)`, g.bot, d.EventID, key, []byte{})
	}
	if err != nil {
		return fmt.Errorf("adding test event %q: %w", d.EventID, err)
	}
	tx.changed(g.id, 0)
	a.Claim = firstToken
	if err := tx.insertAttempt(g.bot, a); err != nil {
		return err
	}
	h, err := tx.healthOf(g.id)
	if err != nil {
		return err
	}
	tx.changeHealth(h, func(h *healthRow) { h.Tested(a, tx.now) })
	return nil
}

// settleLate records a settlement whose delivery is no longer as it was claimed. Of a deleted bot, and of a delivery that
// is gone, nothing is recorded (ErrNotFound).
func (tx *tx) settleLate(bot int64, a store.Attempt, s store.Settlement) (store.Health, error) {
	d, n, err := tx.deliveryState(a)
	if err != nil {
		return store.Health{}, err
	}
	l, err := s.LateFor(d)
	if err != nil {
		return store.Health{}, err
	}
	id := store.WebhookID{BotID: a.BotID, N: n}
	h, err := tx.healthOf(id)
	if err != nil {
		return store.Health{}, err
	}
	tx.ended(a.DeliveryID, s.Token)
	if known, err := tx.attemptKnown(bot, a); known || err != nil {
		return h.Health, err
	}
	if !l.Content {
		a.Detail, a.Response, a.Certificate = nil, store.Response{}, nil
	}
	a.Number = d.Attempts + 1
	if err := tx.insertAttempt(bot, a); err != nil {
		return store.Health{}, err
	}
	if err := tx.noteLate(bot, a, d, l); err != nil {
		return store.Health{}, err
	}
	if err := tx.attempted(bot, h, a, d.Round == 0); err != nil {
		return store.Health{}, err
	}
	tx.countAttempt(id, s, l.Status)
	tx.changed(id, 0)
	tx.move(h, d.Status, l.Status, 1)
	return h.Health, nil
}

// deliveryState reads the state of an attempt's delivery, and the number of its webhook.
func (tx *tx) deliveryState(a store.Attempt) (d store.DeliveryState, n int, err error) {
	err = tx.row(`SELECT d.n, d.status, d.reason, d.claim_token, d.attempts, d.round FROM bots b CROSS JOIN deliveries d
		WHERE b.id = ? AND b.deleted_at = 0 AND d.bot = b.number AND d.number = ?`+dialect.ForUpdate, idBytes(a.BotID), number.Of(a.DeliveryID)).
		Scan(&n, &d.Status, &d.Reason, &d.Token, &d.Attempts, &d.Round)
	if errors.Is(err, sql.ErrNoRows) {
		return d, 0, store.ErrNotFound
	}
	return d, n, err
}

// attemptKnown says whether an attempt was recorded before: a settlement is tried again if it is unknown whether it reached
// the disk.
func (tx *tx) attemptKnown(bot int64, a store.Attempt) (known bool, err error) {
	err = tx.row(`SELECT EXISTS (SELECT 1 FROM attempts WHERE bot = ? AND delivery = ? AND claim = ?)`,
		bot, number.Of(a.DeliveryID), a.Claim).Scan(&known)
	return known, err
}

// noteLate records the attempt's outcome with its delivery. A delivery that stays as the act made it keeps its time too:
// for a held one that is when it was held.
func (tx *tx) noteLate(bot int64, a store.Attempt, was store.DeliveryState, l store.Late) error {
	if l.Status != was.Status {
		_, err := tx.exec(`UPDATE deliveries SET status = ?, reason = '', due_at = NULL, round = round + 1, updated_at = ?
			WHERE bot = ? AND number = ?`,
			string(l.Status), millis(tx.now), bot, number.Of(a.DeliveryID))
		if err != nil {
			return err
		}
	}
	_, err := tx.exec(`UPDATE deliveries SET attempts = attempts + 1, last_code = ?, last_duration_us = ?, last_outcome = ?, last_detail = ?
		WHERE bot = ? AND number = ?`,
		a.StatusCode, a.Duration.Microseconds(), a.Outcome, jsonOrEmpty(a.Detail), bot, number.Of(a.DeliveryID))
	return err
}
