package store

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"time"

	"github.com/google/uuid"
)

// healthRow is a bot's health with the counts kept beside it, as a transaction changes it.
type healthRow struct {
	Health
	waiting int // queued, sending or retrying
	held    int
	dirty   bool
}

const healthColumns = `last_attempt_at, last_success_at, last_test_ok_at, last_code, last_outcome,
	first_failures, failing_since, failing_events, strikes_since, strikes, gone_at,
	certificate_from, certificate_until, waiting, held`

func scanHealth(botID uuid.UUID, scan func(...any) error) (healthRow, error) {
	h := healthRow{Health: Health{BotID: botID}}
	var attempt, success, test, since, strikes, gone, certFrom, certUntil int64
	err := scan(&attempt, &success, &test, &h.LastCode, &h.LastOutcome,
		&h.FirstFailures, &since, &h.FailingEvents, &strikes, &h.Strikes, &gone, &certFrom, &certUntil, &h.waiting, &h.held)
	if errors.Is(err, sql.ErrNoRows) { // nothing has happened yet
		return h, nil
	}
	h.LastAttemptAt, h.LastSuccessAt, h.LastTestOKAt = fromMillis(attempt), fromMillis(success), fromMillis(test)
	h.FailingSince, h.StrikesSince, h.GoneAt = fromMillis(since), fromMillis(strikes), fromMillis(gone)
	h.CertificateFrom, h.CertificateUntil = fromMillis(certFrom), fromMillis(certUntil)
	return h, err
}

// Health tells what the last attempts of a bot said.
func (db *DB) Health(ctx context.Context, botID uuid.UUID) (Health, error) {
	h, err := scanHealth(botID, db.reader.row(ctx, `SELECT `+healthColumns+` FROM health WHERE bot_id = ?`, idBytes(botID)).Scan)
	return h.Health, err
}

// healthOf returns the bot's row as this transaction has it, read once per group.
func (tx *tx) healthOf(botID uuid.UUID) (*healthRow, error) {
	if h := tx.health[botID]; h != nil {
		return h, nil
	}
	h, err := scanHealth(botID, tx.row(`SELECT `+healthColumns+` FROM health WHERE bot_id = ?`, idBytes(botID)).Scan)
	if err != nil {
		return nil, err
	}
	tx.health[botID] = &h
	return &h, nil
}

// move counts deliveries of a bot from and into the states that are counted.
func (tx *tx) move(h *healthRow, waiting, held int) {
	h.waiting += waiting
	h.held += held
	h.dirty = h.dirty || waiting != 0 || held != 0
	tx.waiting += waiting
	tx.wrote = true
}

// attempted notes a real attempt: a success ends a time of failing, a failure may begin one.
func (h *healthRow) attempted(a Attempt, first bool, now time.Time) {
	h.dirty = true
	h.LastAttemptAt, h.LastCode, h.LastOutcome = now, a.StatusCode, a.Outcome
	h.showed(a)
	if a.Delivered() {
		h.LastSuccessAt = now
		h.FirstFailures, h.FailingEvents, h.FailingSince = 0, 0, time.Time{}
		h.forgive()
		return
	}
	if h.FailingSince.IsZero() {
		h.FailingSince = now
	}
	if h.StrikesSince.IsZero() {
		h.StrikesSince = now
	}
	if first {
		h.FirstFailures++
		h.FailingEvents++
		h.Strikes++
	}
	if a.StatusCode == 410 && h.GoneAt.IsZero() {
		h.GoneAt = now
	}
}

// forgive begins anew what counts towards switching the webhook off.
func (h *healthRow) forgive() {
	h.dirty = true
	h.Strikes, h.StrikesSince, h.GoneAt = 0, time.Time{}, time.Time{}
}

// forgive is for settings of which the failures until now say nothing: switched on again, or sending elsewhere.
func (tx *tx) forgive(botID uuid.UUID, changed []Field) error {
	if !slices.Contains(changed, FieldEnabled) && !slices.Contains(changed, FieldURL) && !slices.Contains(changed, FieldHeaders) {
		return nil
	}
	h, err := tx.healthOf(botID)
	if err != nil {
		return err
	}
	h.forgive()
	tx.wrote = true
	return nil
}

// showed notes the certificate of an attempt, a test's too; an answer without one came over plain HTTP. An attempt that
// got neither proves nothing.
func (h *healthRow) showed(a Attempt) {
	switch {
	case a.Certificate != nil:
		h.CertificateFrom, h.CertificateUntil = a.Certificate.NotBefore, a.Certificate.NotAfter
	case a.StatusCode > 0:
		h.CertificateFrom, h.CertificateUntil = time.Time{}, time.Time{}
	default:
		return
	}
	h.dirty = true
}

// flushHealth writes the rows that the group changed.
func (tx *tx) flushHealth() error {
	for _, botID := range sortedIDs(tx.health) {
		h := tx.health[botID]
		if !h.dirty {
			continue
		}
		_, err := tx.exec(`INSERT INTO health (bot_id, `+healthColumns+`) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
			ON CONFLICT (bot_id) DO UPDATE SET last_attempt_at = excluded.last_attempt_at, last_success_at = excluded.last_success_at,
				last_test_ok_at = excluded.last_test_ok_at, last_code = excluded.last_code, last_outcome = excluded.last_outcome,
				first_failures = excluded.first_failures, failing_since = excluded.failing_since, failing_events = excluded.failing_events,
				strikes_since = excluded.strikes_since, strikes = excluded.strikes, gone_at = excluded.gone_at,
				certificate_from = excluded.certificate_from, certificate_until = excluded.certificate_until,
				waiting = excluded.waiting, held = excluded.held`,
			idBytes(botID), millis(h.LastAttemptAt), millis(h.LastSuccessAt), millis(h.LastTestOKAt), h.LastCode, h.LastOutcome,
			h.FirstFailures, millis(h.FailingSince), h.FailingEvents, millis(h.StrikesSince), h.Strikes, millis(h.GoneAt),
			millis(h.CertificateFrom), millis(h.CertificateUntil), h.waiting, h.held)
		if err != nil {
			return err
		}
		h.dirty = false
	}
	return nil
}
