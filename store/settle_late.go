package store

import (
	"database/sql"
	"errors"

	"github.com/google/uuid"
)

// standing is a delivery as the settlement of its open claim finds it.
type standing struct {
	status   Status
	reason   string
	token    int64
	attempts int
	round    int
}

// late is what becomes of a settlement of what is no longer as it was claimed.
type late struct {
	status  Status // of the delivery afterwards
	content bool   // the attempt is recorded with what was answered
}

// lateFor says what a settlement makes of a delivery that an act has changed while its request was under way: a 2xx
// makes it delivered, whatever it was made meanwhile, because the endpoint has it; after a failure it stays as the act
// made it. What was erased stays erased, and its attempt is recorded without content. When another claim was made since,
// its attempt decides (ErrLeaseLost).
func (s Settlement) lateFor(d standing) (late, error) {
	switch {
	case d.token != s.Token:
		return late{}, ErrLeaseLost
	case d.reason == ReasonErased:
		return late{status: d.status}, nil
	case s.Status == Delivered:
		return late{status: Delivered, content: true}, nil
	}
	return late{status: d.status, content: true}, nil
}

// settleLate records a settlement whose delivery is no longer as it was claimed. Of a deleted bot, and of a delivery that
// is gone, nothing is recorded (ErrNotFound).
func (tx *tx) settleLate(s Settlement) (Health, error) {
	a := s.Attempt
	d, err := tx.standingOf(a.BotID, a.DeliveryID)
	if err != nil {
		return Health{}, err
	}
	l, err := s.lateFor(d)
	if err != nil {
		return Health{}, err
	}
	h, err := tx.healthOf(a.BotID)
	if err != nil {
		return Health{}, err
	}
	tx.ended(a.DeliveryID, s.Token)
	if known, err := tx.attemptKnown(a); known || err != nil {
		return h.Health, err
	}
	if !l.content {
		a.Detail, a.Response, a.Certificate = nil, Response{}, nil
	}
	a.Number = d.attempts + 1
	if err := tx.insertAttempt(a); err != nil {
		return Health{}, err
	}
	if err := tx.noteLate(a, d, l); err != nil {
		return Health{}, err
	}
	h.attempted(s.Attempt, d.round == 0, tx.now)
	tx.countAttempt(s, l.status)
	tx.changed(a.BotID)
	if l.status != d.status {
		waited, held := d.status.counted()
		tx.move(h, -waited, -held)
	}
	return h.Health, nil
}

func (tx *tx) standingOf(botID, id uuid.UUID) (d standing, err error) {
	err = tx.row(`SELECT status, reason, claim_token, attempts, round FROM deliveries WHERE bot_id = ? AND id = ?
		AND EXISTS (SELECT 1 FROM bots WHERE id = bot_id AND deleted_at = 0)`, idBytes(botID), idBytes(id)).
		Scan(&d.status, &d.reason, &d.token, &d.attempts, &d.round)
	if errors.Is(err, sql.ErrNoRows) {
		return d, ErrNotFound
	}
	return d, err
}

// attemptKnown says whether an attempt was recorded before: a settlement is tried again when it could not be seen whether
// it reached the disk.
func (tx *tx) attemptKnown(a Attempt) (known bool, err error) {
	err = tx.row(`SELECT EXISTS (SELECT 1 FROM attempts WHERE bot_id = ? AND delivery_id = ? AND started_at = ?)`,
		idBytes(a.BotID), idBytes(a.DeliveryID), millis(a.StartedAt)).Scan(&known)
	return known, err
}

// noteLate writes the attempt's outcome down with its delivery. One that stays what the act made it keeps its time too:
// for a held one that is since when.
func (tx *tx) noteLate(a Attempt, was standing, l late) error {
	if l.status != was.status {
		_, err := tx.exec(`UPDATE deliveries SET status = ?, reason = '', due_at = NULL, round = round + 1, updated_at = ?
			WHERE bot_id = ? AND id = ?`,
			string(l.status), millis(tx.now), idBytes(a.BotID), idBytes(a.DeliveryID))
		if err != nil {
			return err
		}
	}
	_, err := tx.exec(`UPDATE deliveries SET attempts = attempts + 1, last_code = ?, last_duration_us = ?, last_outcome = ?, last_detail = ?
		WHERE bot_id = ? AND id = ?`,
		a.StatusCode, a.Duration.Microseconds(), a.Outcome, jsonOrEmpty(a.Detail), idBytes(a.BotID), idBytes(a.DeliveryID))
	return err
}
