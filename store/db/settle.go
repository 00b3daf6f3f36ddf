package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

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
	h.dirty = h.Showed(a) || h.dirty
	if a.Delivered() {
		h.LastTestOKAt, h.dirty = tx.now, true
	}
	return nil
}

var newAttempts = statement.Insert("attempts", `bot BIGINT, delivery BIGINT, claim BIGINT, number BIGINT, started_at BIGINT, webhook_version BIGINT, remote_addr TEXT,
	protocol TEXT, status_code BIGINT, duration_us BIGINT, phases TEXT, failed_phase TEXT, outcome TEXT, detail TEXT, response_headers TEXT, response_body BYTEA,
	truncated BOOLEAN, certificate TEXT`, ``)

func (tx *tx) insertAttempt(bot int64, a store.Attempt) error {
	_, err := tx.add(newAttempts, bot, number.Of(a.DeliveryID), a.Claim, int64(a.Number), millis(a.StartedAt), a.WebhookVersion, a.RemoteAddr, a.Protocol,
		int64(a.StatusCode), a.Duration.Microseconds(), phaseColumn(a.Phases), string(a.FailedPhase), a.Outcome, jsonOrEmpty(a.Detail),
		jsonOrEmptyList(a.Response.Headers), nonNil(a.Response.Body), a.Response.Truncated, certificateJSON(a.Certificate))
	if err != nil {
		return fmt.Errorf("adding attempt %d of delivery %s: %w", a.Number, a.DeliveryID, err)
	}
	return nil
}

// Attempts reads the attempts of a delivery, oldest first.
func (db *DB) Attempts(ctx context.Context, botID, deliveryID uuid.UUID) ([]store.Attempt, error) {
	rows, err := db.reader.Rows(ctx, `SELECT a.claim, a.number, a.started_at, a.webhook_version, a.remote_addr, a.protocol, a.status_code,
			a.duration_us, a.phases, a.failed_phase, a.outcome, a.detail, a.response_headers, a.response_body, a.truncated,
			a.certificate, COALESCE(v.url, '')
		FROM deliveries d JOIN attempts a ON a.bot = d.bot AND a.delivery = d.number
			LEFT JOIN webhook_versions v ON v.bot = d.bot AND v.n = d.n AND v.version = a.webhook_version
		WHERE d.bot = `+theBot+` AND d.number = ? AND d.id = ? ORDER BY a.number`, idBytes(botID), number.Of(deliveryID), idBytes(deliveryID))
	if err != nil {
		return nil, fmt.Errorf("reading the attempts of delivery %s: %w", deliveryID, err)
	}
	defer rows.Close()
	var attempts []store.Attempt
	for rows.Next() {
		a, err := scanAttempt(rows)
		if err != nil {
			return nil, fmt.Errorf("reading the attempts of delivery %s: %w", deliveryID, err)
		}
		a.BotID, a.DeliveryID = botID, deliveryID
		attempts = append(attempts, a)
	}
	return attempts, rows.Err()
}

func scanAttempt(rows *sql.Rows) (store.Attempt, error) {
	var a store.Attempt
	var started, duration int64
	var phases, detail, headers, certificate string
	err := rows.Scan(&a.Claim, &a.Number, &started, &a.WebhookVersion, &a.RemoteAddr, &a.Protocol, &a.StatusCode, &duration, &phases,
		&a.FailedPhase, &a.Outcome, &detail, &headers, &a.Response.Body, &a.Response.Truncated, &certificate, &a.URL)
	if err != nil {
		return a, err
	}
	a.StartedAt, a.Duration = fromMillis(started), time.Duration(duration)*time.Microsecond
	if len(a.Response.Body) == 0 {
		a.Response.Body = nil // SQLite's driver has no other empty one
	}
	return a, errors.Join(scanPhases(&a.Phases, phases), readJSON(detail, &a.Detail),
		readJSON(headers, &a.Response.Headers), readJSON(certificate, &a.Certificate))
}

func phaseTimes(p *store.Phases) [6]*time.Duration {
	return [6]*time.Duration{&p.DNS, &p.Connect, &p.TLS, &p.Send, &p.FirstByte, &p.Body}
}

func phaseColumn(p store.Phases) string {
	var b strings.Builder
	for i, d := range phaseTimes(&p) {
		if i > 0 {
			b.WriteByte(',')
		}
		if *d < 0 {
			b.WriteByte('-')
			continue
		}
		b.WriteString(strconv.FormatInt(d.Microseconds(), 10))
	}
	return b.String()
}

func scanPhases(p *store.Phases, column string) error {
	parts := strings.Split(column, ",")
	if len(parts) != 6 {
		return fmt.Errorf("phases %q: want six values", column)
	}
	for i, d := range phaseTimes(p) {
		if parts[i] == "-" {
			*d = -1
			continue
		}
		us, err := strconv.ParseInt(parts[i], 10, 64)
		if err != nil {
			return fmt.Errorf("phases %q: %w", column, err)
		}
		*d = time.Duration(us) * time.Microsecond
	}
	return nil
}

func jsonOrEmpty(m map[string]string) string {
	if len(m) == 0 {
		return ""
	}
	return mustJSON(m)
}

func jsonOrEmptyList(headers []store.Header) string {
	if len(headers) == 0 {
		return ""
	}
	return mustJSON(headers)
}

func certificateJSON(c *store.Certificate) string {
	if c == nil {
		return ""
	}
	return mustJSON(c)
}

func nonNil(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
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
