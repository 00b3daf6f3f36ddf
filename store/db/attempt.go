package db

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"iozen/store"
	"iozen/store/db/number"
	"iozen/store/db/statement"
)

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
	attempts, err := statement.CollectBy(rows, scanAttempt)
	if err != nil {
		return nil, fmt.Errorf("reading the attempts of delivery %s: %w", deliveryID, err)
	}
	for i := range attempts {
		attempts[i].BotID, attempts[i].DeliveryID = botID, deliveryID
	}
	return attempts, nil
}

func scanAttempt(scan func(...any) error) (store.Attempt, error) {
	var a store.Attempt
	var started, duration int64
	var phases, detail, headers, certificate string
	err := scan(&a.Claim, &a.Number, &started, &a.WebhookVersion, &a.RemoteAddr, &a.Protocol, &a.StatusCode, &duration, &phases,
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
