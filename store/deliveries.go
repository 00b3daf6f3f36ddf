package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
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
	size := pageSize(f.Limit)
	term, err := db.search(ctx, f.Query)
	if err != nil {
		return DeliveryPage{}, err
	}
	where, args := f.where(term)
	order := "DESC"
	if started && at.newer {
		order = "ASC"
		where, args = append(where, "d.id > ?"), append(args, idBytes(at.id))
	} else if started {
		where, args = append(where, "d.id < ?"), append(args, idBytes(at.id))
	}
	query := `SELECT ` + deliveryColumns + `, b.name FROM deliveries d JOIN bots b ON b.id = d.bot_id WHERE ` +
		strings.Join(where, " AND ") + ` ORDER BY d.id ` + order + ` LIMIT ?`
	found, err := db.queryDeliveries(ctx, query, append(args, size+1)...)
	if err != nil {
		return DeliveryPage{}, fmt.Errorf("listing deliveries: %w", err)
	}
	var p DeliveryPage
	p.Deliveries, p.Next, p.Prev = page(found, size, at, started, func(d Delivery) uuid.UUID { return d.ID })
	return p, nil
}

func (db *DB) queryDeliveries(ctx context.Context, query string, args ...any) ([]Delivery, error) {
	rows, err := db.reader.db.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var found []Delivery
	for rows.Next() {
		var bot string
		d, err := scanDelivery(rows.Scan, &bot)
		if err != nil {
			return nil, err
		}
		d.BotName = bot
		found = append(found, d)
	}
	return found, rows.Err()
}

// where turns the filter into conditions and their arguments, side by side. Times become id ranges, because
// ids sort by time and the indexes end in the id.
func (f DeliveryFilter) where(term search) (where []string, args []any) {
	add := func(condition string, values ...any) {
		where, args = append(where, condition), append(args, values...)
	}
	add("b.deleted_at = 0")
	if f.BotID != uuid.Nil {
		add("d.bot_id = ?", idBytes(f.BotID))
	}
	if len(f.Status) > 0 {
		values := make([]any, len(f.Status))
		for i, s := range f.Status {
			values[i] = string(s)
		}
		add("d.status IN (?"+strings.Repeat(", ?", len(values)-1)+")", values...)
	}
	if f.EventName != "" {
		add("d.event_name = ?", f.EventName)
	}
	if f.Test != nil {
		add("d.test = ?", *f.Test)
	}
	if !f.From.IsZero() {
		from := firstID(f.From)
		add("d.id >= ?", idBytes(from))
	}
	if !f.To.IsZero() {
		to := firstID(f.To)
		add("d.id < ?", idBytes(to))
	}
	f.addCode(add)
	term.add(add, f.BotID)
	return where, args
}

func (f DeliveryFilter) addCode(add func(string, ...any)) {
	switch {
	case f.Code == "":
	case f.Code == "none":
		add("d.last_code = 0 AND d.attempts > 0")
	case strings.HasSuffix(f.Code, "xx") && len(f.Code) == 3:
		class := int(f.Code[0]-'0') * 100
		add("d.last_code BETWEEN ? AND ?", class, class+99)
	default:
		add("d.last_code = ?", f.Code)
	}
}

// EventNames lists the event names that a bot's newest deliveries have, for the filter.
func (db *DB) EventNames(ctx context.Context, botID uuid.UUID) ([]string, error) {
	query, args := `SELECT DISTINCT event_name FROM (SELECT event_name FROM deliveries WHERE bot_id = ? ORDER BY id DESC LIMIT 1000) ORDER BY 1`,
		[]any{idBytes(botID)}
	if botID == uuid.Nil {
		query, args = `SELECT DISTINCT event_name FROM (SELECT event_name FROM deliveries ORDER BY id DESC LIMIT 1000) ORDER BY 1`, nil
	}
	rows, err := db.reader.rows(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var names []string
	for rows.Next() {
		var n string
		if err := rows.Scan(&n); err != nil {
			return nil, err
		}
		names = append(names, n)
	}
	return names, rows.Err()
}

// Resend puts a delivery back into the queue: the same row, bytes and id; its attempts go on counting and the
// schedule starts anew. One that is being sent stays as it is. It does not ask whether the webhook sends:
// the engine holds what may not leave.
func (db *DB) Resend(ctx context.Context, botID, id uuid.UUID, by Actor) (Delivery, error) {
	var d Delivery
	err := db.write(ctx, func(tx *tx) (err error) {
		if d, err = scanFullDelivery(id, tx.row(deliveryByID, idBytes(id))); err != nil {
			return err
		}
		if d.BotID != botID || d.Test {
			return fmt.Errorf("delivery %s of bot %s: %w", id, botID, ErrNotFound)
		}
		if d.Status == Sending || d.Reason == ReasonErased {
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
	tx.changed(d.BotID)
	d.Status, d.Reason, d.Round, d.DueAt, d.UpdatedAt = Queued, "", 0, tx.now, tx.now
	_, err = tx.exec(`UPDATE deliveries SET status = ?, reason = '', round = 0, due_at = ?, late = ?, updated_at = ? WHERE bot_id = ? AND id = ?`,
		string(Queued), millis(tx.now), late, millis(tx.now), idBytes(d.BotID), idBytes(d.ID))
	return err
}
