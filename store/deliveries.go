package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
)

// deliveryColumns are what scanDelivery reads, in its order, all but the payload.
const deliveryColumns = `d.bot_id, d.id, d.event_id, d.event_name, d.event_time, d.test, d.status, d.reason, d.attempts, d.round,
	d.due_at, d.created_at, d.updated_at, d.last_code, d.last_duration_us, d.last_outcome, d.last_detail, d.person, d.warnings`

func scanDelivery(scan func(...any) error, more ...any) (Delivery, error) {
	return newDeliveryScan(more...).read(scan)
}

// deliveryScan reads rows of deliveries, one after another into the same places.
type deliveryScan struct {
	d                                     Delivery
	eventTime, created, updated, duration int64
	due                                   sql.NullInt64
	detail, warnings                      string
	places                                []any
}

func newDeliveryScan(more ...any) *deliveryScan {
	s := &deliveryScan{}
	s.places = append([]any{
		&s.d.BotID, &s.d.ID, &s.d.EventID, &s.d.EventName, &s.eventTime, &s.d.Test, &s.d.Status, &s.d.Reason, &s.d.Attempts, &s.d.Round,
		&s.due, &s.created, &s.updated, &s.d.LastCode, &s.duration, &s.d.LastOutcome, &s.detail, &s.d.Person, &s.warnings,
	}, more...)
	return s
}

func (s *deliveryScan) read(scan func(...any) error) (Delivery, error) {
	s.d = Delivery{}
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

// readJSON decodes a column that is empty when there is nothing.
func readJSON(text string, into any) error {
	if text == "" {
		return nil
	}
	return json.Unmarshal([]byte(text), into)
}

const deliveryByID = `SELECT ` + deliveryColumns + `, d.payload, b.name FROM deliveries d
	JOIN bots b ON b.id = d.bot_id AND b.deleted_at = 0 WHERE d.id = ?`

// Delivery finds a delivery by its id, with its payload.
func (db *DB) Delivery(ctx context.Context, id uuid.UUID) (Delivery, error) {
	return scanFullDelivery(id, db.reader.row(ctx, deliveryByID, idBytes(id)))
}

func scanFullDelivery(id uuid.UUID, row *sql.Row) (Delivery, error) {
	var payload []byte
	var bot string
	d, err := scanDelivery(row.Scan, &payload, &bot)
	if errors.Is(err, sql.ErrNoRows) {
		return d, fmt.Errorf("delivery %s: %w", id, ErrNotFound)
	}
	d.Payload, d.BotName = payload, bot
	return d, err
}

// Deliveries lists deliveries, newest first, without payloads.
func (db *DB) Deliveries(ctx context.Context, f DeliveryFilter) (DeliveryPage, error) {
	at, started, err := parseCursor(f.Cursor)
	if err != nil {
		return DeliveryPage{}, err
	}
	w, err := db.walk(ctx, f, at, started)
	if err != nil {
		return DeliveryPage{}, err
	}
	size := pageSize(f.Limit)
	var found []Delivery
	for n := size + 1; len(found) <= size && !w.ended && w.looked < maxLooked; n = min(4*n, maxLooked) {
		some, err := w.step(ctx, n)
		if err != nil {
			return DeliveryPage{}, err
		}
		found = append(found, some...)
	}
	return w.page(found, size, at, started), nil
}

// page makes a page of what was found. When the walk stopped before its end, the next page goes on where it stopped.
func (w *walk) page(found []Delivery, size int, at cursor, started bool) (p DeliveryPage) {
	whole := w.ended || len(found) > size
	p.Deliveries, p.Next, p.Prev = page(found, size, at, started, func(d Delivery) uuid.UUID { return d.ID })
	if len(found) == 0 && started {
		if p.Prev = at.back().String(); at.newer {
			p.Next, p.Prev = p.Prev, ""
		}
	}
	if whole {
		return p
	}
	p.SearchedTo = timeOf(w.at.id)
	if on := w.at.String(); at.newer {
		p.Prev = on
	} else {
		p.Next = on
	}
	return p
}

// scanDeliveries reads deliveries with the names of their bots, and with their payloads if those were asked for.
func scanDeliveries(rows *sql.Rows, payloads bool) ([]Delivery, error) {
	defer rows.Close()
	var found []Delivery
	for rows.Next() {
		var bot string
		var payload []byte
		more := []any{&bot, &payload}
		if !payloads {
			more = more[:1]
		}
		d, err := scanDelivery(rows.Scan, more...)
		if err != nil {
			return nil, fmt.Errorf("reading deliveries: %w", err)
		}
		d.BotName, d.Payload = bot, payload
		found = append(found, d)
	}
	return found, rows.Err()
}

// Resend puts a delivery back into the queue: the same row, bytes and id; its attempts go on counting and the
// schedule starts anew. One that is being sent stays as it is. It fails with ErrTest and ErrErased for what is never sent
// again, and with ErrOff while the webhook does not send: it would be held at once.
func (db *DB) Resend(ctx context.Context, botID, id uuid.UUID, by Actor) (Delivery, error) {
	var d Delivery
	err := db.write(ctx, func(tx *tx) (err error) {
		if d, err = scanFullDelivery(id, tx.row(deliveryByID, idBytes(id))); err != nil {
			return err
		}
		if d.BotID != botID {
			return fmt.Errorf("delivery %s of bot %s: %w", id, botID, ErrNotFound)
		}
		if err := d.Resendable(); err != nil {
			return err
		}
		if err := tx.mustSend(botID); err != nil {
			return err
		}
		if d.Status == Sending {
			return nil
		}
		was := d.Status
		if err := tx.requeue(&d, 0); err != nil {
			return err
		}
		return tx.addAudit(AuditEntry{By: by, Action: "delivery.resend", BotID: botID, Target: id.String(), Note: "was " + string(was)})
	})
	return d, err
}

// requeue makes a delivery due at once; late (1) puts it behind events that were never tried.
func (tx *tx) requeue(d *Delivery, late int) error {
	h, err := tx.healthOf(d.BotID)
	if err != nil {
		return err
	}
	if d.DueAt.IsZero() {
		tx.move(h, 1, 0)
	}
	if d.Status == Held {
		tx.move(h, 0, -1)
	}
	tx.changed(d.BotID, Due)
	d.Status, d.Reason, d.Round, d.DueAt, d.UpdatedAt = Queued, "", 0, tx.now, tx.now
	_, err = tx.exec(`UPDATE deliveries SET status = ?, reason = '', round = 0, due_at = ?, late = ?, updated_at = ? WHERE bot_id = ? AND id = ?`,
		string(Queued), millis(tx.now), late, millis(tx.now), idBytes(d.BotID), idBytes(d.ID))
	return err
}
