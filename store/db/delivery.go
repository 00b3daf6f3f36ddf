package db

import (
	"context"
	"database/sql"
	"encoding/json"
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

// readJSON decodes a column, which may be empty.
func readJSON(text string, into any) error {
	if text == "" {
		return nil
	}
	return json.Unmarshal([]byte(text), into)
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

// Deliveries lists deliveries, newest first, without payloads.
func (db *DB) Deliveries(ctx context.Context, f store.DeliveryFilter) (store.DeliveryPage, error) {
	at, started, err := store.ParseCursor(f.Cursor)
	if err != nil {
		return store.DeliveryPage{}, err
	}
	w, err := db.walk(ctx, f, at, started)
	if err != nil {
		return store.DeliveryPage{}, err
	}
	size := store.PageSize(f.Limit)
	var found []store.Delivery
	for n := size + 1; len(found) <= size && !w.ended && w.looked < maxLooked; n = min(4*n, maxLooked) {
		some, err := w.step(ctx, n)
		if err != nil {
			return store.DeliveryPage{}, err
		}
		found = append(found, some...)
	}
	return w.page(found, size, at, started), nil
}

// page makes a page of what was found. When the walk stopped before its end, the next page goes on where it stopped.
func (w *walk) page(found []store.Delivery, size int, at store.Cursor, started bool) (p store.DeliveryPage) {
	whole := w.ended || len(found) > size
	p.Deliveries, p.Next, p.Prev = store.Page(found, size, at, started, func(d store.Delivery) uuid.UUID { return d.ID })
	if len(found) == 0 && started {
		if p.Prev = at.Back().String(); at.Newer {
			p.Next, p.Prev = p.Prev, ""
		}
	}
	if whole {
		return p
	}
	p.SearchedTo = number.Time(number.Of(w.at.ID))
	if on := w.at.String(); at.Newer {
		p.Prev = on
	} else {
		p.Next = on
	}
	return p
}

// scanDeliveries reads deliveries with the names of their bots, and with their payloads if those were asked for.
func scanDeliveries(rows *sql.Rows, payloads bool) ([]store.Delivery, error) {
	defer rows.Close()
	var found []store.Delivery
	for rows.Next() {
		var botID uuid.UUID
		var bot string
		var payload []byte
		more := []any{&botID, &bot, &payload}
		if !payloads {
			more = more[:2]
		}
		d, err := scanDelivery(rows.Scan, more...)
		if err != nil {
			return nil, fmt.Errorf("reading deliveries: %w", err)
		}
		d.BotID, d.BotName, d.Payload = botID, bot, payload
		found = append(found, d)
	}
	return found, rows.Err()
}

// Resend puts a delivery back into the queue: the same row, bytes and id; its attempts go on counting and the schedule
// starts anew. A delivery that is being sent stays as it is. It fails with ErrNoConsent if a person has to answer first, and with ErrTest or ErrErased if the delivery is never
// sent again, and with ErrOff while the webhook does not send: it would be held at once.
func (db *DB) Resend(ctx context.Context, botID, id uuid.UUID, by store.Actor) (store.Delivery, error) {
	return db.resend(ctx, botID, id, by, false)
}

// ResendAnyway is Resend of a delivery that consent held back, for a person who has answered the question: this time it is
// sent whole, and the audit log says who chose that.
func (db *DB) ResendAnyway(ctx context.Context, botID, id uuid.UUID, by store.Actor) (store.Delivery, error) {
	return db.resend(ctx, botID, id, by, true)
}

func (db *DB) resend(ctx context.Context, botID, id uuid.UUID, by store.Actor, anyway bool) (d store.Delivery, err error) {
	err = db.write(ctx, func(tx *tx) (err error) {
		if d, err = tx.delivery(id); err != nil {
			return err
		}
		if d.BotID != botID {
			return fmt.Errorf("delivery %s of bot %s: %w", id, botID, store.ErrNotFound)
		}
		return tx.resend(&d, id, by, anyway)
	})
	return d, err
}

func (tx *tx) resend(d *store.Delivery, act uuid.UUID, by store.Actor, anyway bool) error {
	if err := d.Resendable(); err != nil {
		return err
	}
	if d.NeedsAnswer() && !anyway {
		return store.ErrNoConsent
	}
	if err := tx.mustSend(d.WebhookID()); err != nil {
		return err
	}
	if d.Status == store.Sending {
		return nil
	}
	entry, reason := store.AuditEntry{Action: "delivery.resend"}, ""
	if d.NeedsAnswer() {
		entry, reason = store.AuditEntry{Action: "delivery.resend_anyway"}, store.ReasonSentAnyway
	}
	entry.By, entry.BotID, entry.N, entry.Target, entry.Note = by, d.BotID, d.Webhook, d.ID.String(), "was "+string(d.Status)
	if err := tx.requeue(d, false, act, reason); err != nil {
		return err
	}
	return tx.addAudit(entry)
}

// requeue makes a delivery due at once, for an act that can be taken back; late puts it behind events that were never
// tried.
func (tx *tx) requeue(d *store.Delivery, late bool, act uuid.UUID, reason string) error {
	bot, err := tx.bot(d.BotID)
	if err != nil {
		return err
	}
	if err := tx.notePutBack(act, `bot = ? AND number = ?`, bot, number.Of(d.ID)); err != nil {
		return err
	}
	h, err := tx.healthOf(d.WebhookID())
	if err != nil {
		return err
	}
	tx.move(h, d.Status, store.Queued, 1)
	tx.changed(d.WebhookID(), store.Due)
	d.Status, d.Reason, d.Round, d.DueAt, d.UpdatedAt = store.Queued, reason, 0, tx.now, tx.now
	_, err = tx.exec(`UPDATE deliveries SET status = ?, reason = ?, round = 0, due_at = ?, late = ?, updated_at = ? WHERE bot = ? AND number = ?`,
		string(store.Queued), reason, millis(tx.now), late, millis(tx.now), bot, number.Of(d.ID))
	return err
}

// EachDelivery calls do with every delivery that a filter shows, newest first, with its payload. It reads page by page, so
// that a long log needs no more memory, and keeps no transaction open for a slow reader: deliveries accepted meanwhile are
// not shown, and changes made meanwhile are.
func (db *DB) EachDelivery(ctx context.Context, f store.DeliveryFilter, do func(store.Delivery) error) error {
	w, err := db.walk(ctx, f, store.Cursor{}, false)
	if err != nil {
		return err
	}
	for w.payloads = true; !w.ended; {
		page, err := w.step(ctx, store.MaxLimit)
		if err != nil {
			return err
		}
		for _, d := range page {
			if err := do(d); err != nil {
				return err
			}
		}
	}
	return nil
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
