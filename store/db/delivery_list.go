package db

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/google/uuid"

	"iozen/store"
	"iozen/store/db/number"
)

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

// TallyDeliveries tells how the deliveries fare that a filter shows, whatever its page. It looks at up to limit rows of the
// index that the list is read along, the newest first, so that it takes no longer in a long log than in a short one.
func (db *DB) TallyDeliveries(ctx context.Context, f store.DeliveryFilter, limit int) (t store.DeliveryTally, err error) {
	f.Cursor = ""
	w, err := db.walk(ctx, f, store.Cursor{}, false)
	if err != nil || w.ended {
		return t, err
	}
	last, more, err := w.tally(ctx, limit, &t)
	if err != nil {
		return t, fmt.Errorf("tallying deliveries: %w", err)
	}
	if more {
		t.SearchedTo = number.Time(last)
	}
	return t, nil
}

// tally looks at up to n rows of the walk and marks those that the filter shows. last is where it came to.
func (w *walk) tally(ctx context.Context, n int, t *store.DeliveryTally) (last int64, more bool, err error) {
	shown := condition{sql: "d.bot NOT IN (SELECT number FROM bots WHERE deleted_at <> 0)"}
	at := condition{sql: "d.number = q.number"}
	if w.f.BotID != uuid.Nil {
		at = condition{"d.bot = " + theBot + " AND d.number = q.number", []any{idBytes(w.f.BotID)}}
	}
	for _, c := range w.route.rest {
		shown = shown.and(c.sql, c.args...)
	}
	query, args := w.query(n + 1)
	rows, err := w.db.reader.RowsOnce(ctx, `SELECT d.number, d.status, d.attempts > 0 AND d.last_code > 0, d.last_duration_us, NOT d.test AND d.reason <> '`+store.ReasonErased+`', `+shown.sql+`
		FROM (`+query+`) q CROSS JOIN deliveries d WHERE `+at.sql+` ORDER BY d.number DESC`, append(append(shown.args, args...), at.args...)...)
	if err != nil {
		return last, false, err
	}
	defer rows.Close()
	for looked := 0; rows.Next(); looked++ {
		var m store.DeliveryMark
		var key, duration int64
		var fits bool
		if err := rows.Scan(&key, &m.Status, &m.Answered, &duration, &m.Resends, &fits); err != nil {
			return last, false, err
		}
		if looked == n {
			return last, true, nil
		}
		last = key
		if fits {
			m.At, m.Duration = number.Time(key), time.Duration(duration)*time.Microsecond
			t.Marks = append(t.Marks, m)
		}
	}
	return last, false, rows.Err()
}
