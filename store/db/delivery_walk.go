package db

import (
	"context"
	"fmt"
	"strings"

	"github.com/google/uuid"

	"iozen/store"
	"iozen/store/db/dialect"
	"iozen/store/db/number"
	"iozen/store/db/statement"
)

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
