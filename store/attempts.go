package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
)

func (tx *tx) insertAttempt(a Attempt) error {
	_, err := tx.exec(`INSERT INTO attempts (bot_id, delivery_id, number, started_at, webhook_version, remote_addr, protocol,
			status_code, duration_us, phases, failed_phase, outcome, detail, response_headers, response_body, truncated, certificate)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		idBytes(a.BotID), idBytes(a.DeliveryID), a.Number, millis(a.StartedAt), a.WebhookVersion, a.RemoteAddr, a.Protocol,
		a.StatusCode, a.Duration.Microseconds(), a.Phases.column(), string(a.FailedPhase), a.Outcome, jsonOrEmpty(a.Detail),
		jsonOrEmptyList(a.Response.Headers), nonNil(a.Response.Body), a.Response.Truncated, certificateJSON(a.Certificate))
	if err != nil {
		return fmt.Errorf("adding attempt %d of delivery %s: %w", a.Number, a.DeliveryID, err)
	}
	return nil
}

// Attempts reads the attempts of a delivery, oldest first.
func (db *DB) Attempts(ctx context.Context, botID, deliveryID uuid.UUID) ([]Attempt, error) {
	rows, err := db.reader.rows(ctx, `SELECT a.number, a.started_at, a.webhook_version, a.remote_addr, a.protocol, a.status_code,
			a.duration_us, a.phases, a.failed_phase, a.outcome, a.detail, a.response_headers, a.response_body, a.truncated,
			a.certificate, COALESCE(v.url, '')
		FROM attempts a LEFT JOIN webhook_versions v ON v.bot_id = a.bot_id AND v.version = a.webhook_version
		WHERE a.bot_id = ? AND a.delivery_id = ? ORDER BY a.number`, idBytes(botID), idBytes(deliveryID))
	if err != nil {
		return nil, fmt.Errorf("reading the attempts of delivery %s: %w", deliveryID, err)
	}
	defer rows.Close()
	var attempts []Attempt
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

func scanAttempt(rows *sql.Rows) (Attempt, error) {
	var a Attempt
	var started, duration int64
	var phases, detail, headers, certificate string
	err := rows.Scan(&a.Number, &started, &a.WebhookVersion, &a.RemoteAddr, &a.Protocol, &a.StatusCode, &duration, &phases,
		&a.FailedPhase, &a.Outcome, &detail, &headers, &a.Response.Body, &a.Response.Truncated, &certificate, &a.URL)
	if err != nil {
		return a, err
	}
	a.StartedAt, a.Duration = fromMillis(started), time.Duration(duration)*time.Microsecond
	return a, errors.Join(a.Phases.scan(phases), readJSON(detail, &a.Detail),
		readJSON(headers, &a.Response.Headers), readJSON(certificate, &a.Certificate))
}

func (p *Phases) all() [6]*time.Duration {
	return [6]*time.Duration{&p.DNS, &p.Connect, &p.TLS, &p.Send, &p.FirstByte, &p.Body}
}

func (p Phases) column() string {
	var b strings.Builder
	for i, d := range p.all() {
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

func (p *Phases) scan(column string) error {
	parts := strings.Split(column, ",")
	if len(parts) != 6 {
		return fmt.Errorf("phases %q: want six values", column)
	}
	for i, d := range p.all() {
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

func jsonOrEmptyList(headers []Header) string {
	if len(headers) == 0 {
		return ""
	}
	return mustJSON(headers)
}

func certificateJSON(c *Certificate) string {
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
