package db

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"

	"iozen/store"
	"iozen/store/db/dialect"
	"iozen/store/db/number"
	"iozen/store/db/statement"
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

// maxLooked is how many rows a list looks at for one page. A filter that finds almost nothing shows what it has found by
// then, and the next page goes on from there: no page takes longer.
const maxLooked = 1000

// walk goes along a route and collects the rows that meet its conditions.
type walk struct {
	db     *DB
	f      store.DeliveryFilter
	route  route
	at     store.Cursor // where the last step ended
	begun  bool         // at is set
	looked int

	payloads bool // to be read too
	ended    bool // the route holds no more
}

func (db *DB) walk(ctx context.Context, f store.DeliveryFilter, at store.Cursor, begun bool) (*walk, error) {
	term, err := db.search(ctx, f.Query)
	if err != nil {
		return nil, err
	}
	codes, err := db.codesOf(ctx, f)
	if err != nil {
		return nil, err
	}
	route := routeOf(f, term, codes)
	return &walk{db: db, f: f, route: route, at: at, begun: begun, ended: len(route.spans) == 0}, nil
}

// step looks at up to n more rows and returns those that the filter shows, in the walk's direction.
func (w *walk) step(ctx context.Context, n int) ([]store.Delivery, error) {
	numbers, err := w.candidates(ctx, n)
	if err != nil || len(numbers) == 0 {
		return nil, err
	}
	columns := deliveryColumns + `, b.id, b.name`
	if w.payloads {
		columns += `, ` + payloadOf
	}
	from, args := w.from(numbers)
	rows, err := w.db.reader.RowsOnce(ctx, `SELECT `+columns+from+` ORDER BY d.number `+w.order(), args...)
	if err != nil {
		return nil, fmt.Errorf("listing deliveries: %w", err)
	}
	return scanDeliveries(rows, w.payloads)
}

// count looks at up to n more rows and returns how many of them the filter shows.
func (w *walk) count(ctx context.Context, n int) (found int, err error) {
	numbers, err := w.candidates(ctx, n)
	if err != nil || len(numbers) == 0 {
		return 0, err
	}
	from, args := w.from(numbers)
	if err := w.db.reader.RowOnce(ctx, `SELECT COUNT(*)`+from, args...).Scan(&found); err != nil {
		return 0, fmt.Errorf("counting deliveries: %w", err)
	}
	return found, nil
}

// from are those of some rows that the filter shows, as the end of a query.
func (w *walk) from(numbers []int64) (from string, args []any) {
	from = ` FROM deliveries d JOIN bots b ON b.number = d.bot AND b.deleted_at = 0 WHERE d.number IN (?` + strings.Repeat(", ?", len(numbers)-1) + `)`
	for _, number := range numbers {
		args = append(args, number)
	}
	if w.f.BotID != uuid.Nil {
		from, args = from+" AND b.id = ?", append(args, idBytes(w.f.BotID))
	}
	for _, c := range w.route.rest {
		from, args = from+" AND "+c.sql, append(args, c.args...)
	}
	return from, args
}

func (w *walk) order() string {
	if w.at.Newer {
		return "ASC"
	}
	return "DESC"
}

// candidates reads the next numbers along the route.
func (w *walk) candidates(ctx context.Context, n int) ([]int64, error) {
	query, args := w.query(n)
	rows, err := w.db.reader.RowsOnce(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("listing deliveries: %w", err)
	}
	numbers, err := statement.Column[int64](rows)
	if err != nil {
		return nil, fmt.Errorf("listing deliveries: %w", err)
	}
	w.looked += len(numbers)
	w.ended = len(numbers) < n
	if len(numbers) > 0 {
		w.at.ID, w.begun = number.ID(numbers[len(numbers)-1]), true
	}
	return numbers, nil
}

// query reads the next n numbers; several spans are merged as they are read.
func (w *walk) query(n int) (query string, args []any) {
	bounds := w.bounds()
	var spans []string
	for _, s := range w.route.spans {
		spans = append(spans, `SELECT d.number FROM deliveries d WHERE `+s.sql+bounds.sql)
		args = append(append(args, s.args...), bounds.args...)
	}
	query = spans[0] + ` ORDER BY d.number ` + w.order()
	if len(spans) > 1 {
		end := dialect.PartDescending
		if w.at.Newer {
			end = dialect.PartAscending
		}
		query = dialect.Part + strings.Join(spans, end+` UNION ALL `+dialect.Part) + end + ` ORDER BY 1 ` + w.order()
	}
	return query + ` LIMIT ?`, append(args, n)
}

// bounds are the conditions on the number: times become ranges of numbers, because numbers sort by time and the indexes end
// in them.
func (w *walk) bounds() condition {
	var b condition
	if !w.f.From.IsZero() {
		b = b.and("d.number >= ?", number.First(w.f.From))
	}
	if !w.f.To.IsZero() {
		b = b.and("d.number < ?", number.First(w.f.To))
	}
	switch {
	case w.begun && w.at.Newer:
		b = b.and("d.number > ?", number.Of(w.at.ID))
	case w.begun:
		b = b.and("d.number < ?", number.Of(w.at.ID))
	}
	return b
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
