package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"

	"iozen/store"
	"iozen/store/db/number"
	"iozen/store/db/statement"
)

// deliveryColumns are the columns that scanDelivery reads, in order, without the payload and the bot.
const deliveryColumns = `d.n, d.id, d.event_id, d.event_name, d.event_time, d.test, d.status, d.reason, d.attempts, d.round,
	d.due_at, d.created_at, d.updated_at, d.last_code, d.last_duration_us, d.last_outcome, d.last_detail, d.person, d.warnings`

// payloadOf are the event's bytes of a delivery d: they stand once, with the event's first delivery.
const payloadOf = `COALESCE(d.payload, (SELECT e.payload FROM deliveries e WHERE e.bot = d.bot AND e.number = d.event))`

func scanDelivery(scan func(...any) error, more ...any) (store.Delivery, error) {
	return newDeliveryScan(more...).read(scan)
}

// deliveryScan reads rows of deliveries, one after another into the same places.
type deliveryScan struct {
	d                                     store.Delivery
	eventTime, created, updated, duration int64
	due                                   sql.NullInt64
	detail, warnings                      string
	places                                []any
}

func newDeliveryScan(more ...any) *deliveryScan {
	s := &deliveryScan{}
	s.places = append([]any{
		&s.d.Webhook, &s.d.ID, &s.d.EventID, &s.d.EventName, &s.eventTime, &s.d.Test, &s.d.Status, &s.d.Reason, &s.d.Attempts, &s.d.Round,
		&s.due, &s.created, &s.updated, &s.d.LastCode, &s.duration, &s.d.LastOutcome, &s.detail, &s.d.Person, &s.warnings,
	}, more...)
	return s
}

func (s *deliveryScan) read(scan func(...any) error) (store.Delivery, error) {
	s.d = store.Delivery{}
	if err := scan(s.places...); err != nil {
		return s.d, err
	}
	d := s.d
	d.EventTime, d.CreatedAt, d.UpdatedAt = fromMillis(s.eventTime), fromMillis(s.created), fromMillis(s.updated)
	d.LastDuration = time.Duration(s.duration) * time.Microsecond
	if s.due.Valid {
		d.DueAt = fromMillis(s.due.Int64)
	}
	return d, errors.Join(readJSON(s.detail, &d.LastDetail), readJSON(s.warnings, &d.Warnings))
}

const (
	fullDelivery = `SELECT ` + deliveryColumns + `, ` + payloadOf + `, b.id, b.name FROM deliveries d
		JOIN bots b ON b.number = d.bot AND b.deleted_at = 0 `
	deliveryByID  = fullDelivery + `WHERE d.number = ? AND d.id = ?`
	deliveryByKey = fullDelivery + `WHERE d.bot = ? AND d.number = ?`
)

// Delivery finds a delivery by its id, with its payload.
func (db *DB) Delivery(ctx context.Context, id uuid.UUID) (store.Delivery, error) {
	return scanFullDelivery(id, db.reader.Row(ctx, deliveryByID, number.Of(id), idBytes(id)))
}

func (tx *tx) delivery(id uuid.UUID) (store.Delivery, error) {
	return scanFullDelivery(id, tx.row(deliveryByID, number.Of(id), idBytes(id)))
}

func scanFullDelivery(id uuid.UUID, row statement.Row) (store.Delivery, error) {
	var payload []byte
	var botID uuid.UUID
	var bot string
	d, err := scanDelivery(row.Scan, &payload, &botID, &bot)
	if errors.Is(err, sql.ErrNoRows) {
		return d, fmt.Errorf("delivery %s: %w", id, store.ErrNotFound)
	}
	d.Payload, d.BotID, d.BotName = payload, botID, bot
	return d, err
}

// DeliveriesByID reads those of the given deliveries that exist, newest first, without payloads. It takes at most as many
// as a page shows.
func (db *DB) DeliveriesByID(ctx context.Context, ids []uuid.UUID) ([]store.Delivery, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	args := make([]any, min(len(ids), store.MaxLimit))
	for i := range args {
		args[i] = number.Of(ids[i])
	}
	rows, err := db.reader.RowsOnce(ctx, `SELECT `+deliveryColumns+`, b.id, b.name FROM deliveries d JOIN bots b ON b.number = d.bot AND b.deleted_at = 0
		WHERE d.number IN (?`+strings.Repeat(", ?", len(args)-1)+`) ORDER BY d.number DESC`, args...)
	if err != nil {
		return nil, fmt.Errorf("reading the deliveries that are shown: %w", err)
	}
	return scanDeliveries(rows, false)
}

const (
	// eventNamesOf goes through a bot's event names by index.
	eventNamesOf = `WITH RECURSIVE bot (number) AS (SELECT number FROM bots WHERE id = ?), names (name) AS (
			SELECT MIN(event_name) FROM deliveries WHERE bot = (SELECT number FROM bot)
			UNION ALL SELECT (SELECT MIN(d.event_name) FROM deliveries d WHERE d.bot = (SELECT number FROM bot) AND d.event_name > names.name)
			FROM names WHERE name IS NOT NULL)
		SELECT name FROM names WHERE name IS NOT NULL LIMIT ?`
	newestEventNames = `SELECT DISTINCT event_name FROM (SELECT event_name FROM deliveries ORDER BY number DESC LIMIT 1000) newest ORDER BY 1 LIMIT ?`
	// maxNamesOffered is more names than a person chooses from.
	maxNamesOffered = 200
)

// EventNames lists the event names in a bot's log, or (uuid.Nil) those of the newest deliveries of all bots, for the
// filter.
func (db *DB) EventNames(ctx context.Context, botID uuid.UUID) ([]string, error) {
	query, args := eventNamesOf, []any{idBytes(botID), maxNamesOffered}
	if botID == uuid.Nil {
		query, args = newestEventNames, []any{maxNamesOffered}
	}
	rows, err := db.reader.Rows(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("listing event names: %w", err)
	}
	return statement.Column[string](rows)
}

// SuccessBefore finds the newest success among the events that were accepted for a webhook before a delivery; nil if there
// is none.
func (db *DB) SuccessBefore(ctx context.Context, id store.WebhookID, deliveryID uuid.UUID) (*store.Success, error) {
	var s store.Success
	var at int64
	err := db.reader.Row(ctx, `SELECT a.started_at, a.webhook_version
		FROM deliveries d JOIN attempts a ON a.bot = d.bot AND a.delivery = d.number AND a.number = d.attempts
		WHERE d.bot = `+theBot+` AND d.n = ? AND d.status = 'delivered' AND NOT d.test AND d.number < ? ORDER BY d.number DESC LIMIT 1`,
		idBytes(id.BotID), id.N, number.Of(deliveryID)).Scan(&at, &s.Version)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("looking for the last success before delivery %s: %w", deliveryID, err)
	}
	s.At = fromMillis(at)
	return &s, nil
}

// DeliveryCount counts the deliveries in a bot's log, and stops at limit.
func (db *DB) DeliveryCount(ctx context.Context, botID uuid.UUID, limit int) (n int, err error) {
	err = db.reader.Row(ctx, `SELECT COUNT(*) FROM (SELECT 1 FROM deliveries WHERE bot = `+theBot+` LIMIT ?) found`, idBytes(botID), limit).Scan(&n)
	if err != nil {
		return 0, fmt.Errorf("counting deliveries of bot %s: %w", botID, err)
	}
	return n, nil
}

// HasSample reports whether a bot's log has a sample lead.
func (db *DB) HasSample(ctx context.Context, botID uuid.UUID) (has bool, err error) {
	err = db.reader.Row(ctx, `SELECT EXISTS (SELECT 1 FROM event_ids WHERE bot = `+theBot+` AND event_id BETWEEN ? AND ?)`,
		idBytes(botID), store.SamplePrefix, store.SamplePrefix+"~").Scan(&has) // ids are visible ASCII, and ~ is the last of it
	if err != nil {
		return false, fmt.Errorf("looking for a sample of bot %s: %w", botID, err)
	}
	return has, nil
}

// LastPayloads are the bytes of a bot's last events, newest first; tests and what was erased are left out.
func (db *DB) LastPayloads(ctx context.Context, botID uuid.UUID, limit int) (payloads [][]byte, err error) {
	rows, err := db.reader.Rows(ctx, `SELECT d.payload FROM deliveries d WHERE d.bot = `+theBot+` AND d.event IS NULL AND NOT d.test AND d.reason <> '`+
		store.ReasonErased+`' ORDER BY d.number DESC LIMIT ?`, idBytes(botID), limit)
	if err != nil {
		return nil, fmt.Errorf("reading the last events of bot %s: %w", botID, err)
	}
	return statement.Column[[]byte](rows)
}

// DueCount counts the deliveries to a webhook that are due, and stops at limit.
func (db *DB) DueCount(ctx context.Context, id store.WebhookID, limit int) (n int, err error) {
	err = db.reader.Row(ctx, `SELECT COUNT(*) FROM (SELECT 1 FROM deliveries WHERE `+ofWebhook+` AND late IN (FALSE, TRUE) AND due_at <= ? LIMIT ?) found`,
		idBytes(id.BotID), id.N, millis(db.cfg.Now()), limit).Scan(&n)
	if err != nil {
		return 0, fmt.Errorf("counting what is due of %s: %w", id, err)
	}
	return n, nil
}
