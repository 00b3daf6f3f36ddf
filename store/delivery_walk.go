package store

import (
	"context"
	"fmt"
	"strings"

	"github.com/google/uuid"
)

// maxLooked is how many rows a list looks at for one page. A filter that finds almost nothing in what its index holds
// shows what it found by then, and goes on from there on the next page: no page takes longer than that.
const maxLooked = 1000

// walk goes along a route, and collects what meets its conditions.
type walk struct {
	db     *DB
	f      DeliveryFilter
	route  route
	at     cursor // where the last step ended
	begun  bool   // at says something
	looked int

	payloads bool // to be read too
	ended    bool // the route holds no more
}

func (db *DB) walk(ctx context.Context, f DeliveryFilter, at cursor, begun bool) (*walk, error) {
	term := db.search(f.Query)
	codes, err := db.codesOf(ctx, f)
	if err != nil {
		return nil, err
	}
	route := f.route(term, codes)
	return &walk{db: db, f: f, route: route, at: at, begun: begun, ended: len(route.spans) == 0}, nil
}

// step looks at up to n more rows and returns those that the filter shows, in the walk's direction.
func (w *walk) step(ctx context.Context, n int) ([]Delivery, error) {
	ids, err := w.candidates(ctx, n)
	if err != nil || len(ids) == 0 {
		return nil, err
	}
	columns := deliveryColumns + `, b.name`
	if w.payloads {
		columns += `, d.payload`
	}
	from, args := w.from(ids)
	rows, err := w.db.reader.db.QueryContext(ctx, `SELECT `+columns+from+` ORDER BY d.id `+w.order(), args...)
	if err != nil {
		return nil, fmt.Errorf("listing deliveries: %w", err)
	}
	return scanDeliveries(rows, w.payloads)
}

// count looks at up to n more rows and returns how many of them the filter shows.
func (w *walk) count(ctx context.Context, n int) (found int, err error) {
	ids, err := w.candidates(ctx, n)
	if err != nil || len(ids) == 0 {
		return 0, err
	}
	from, args := w.from(ids)
	if err := w.db.reader.db.QueryRowContext(ctx, `SELECT COUNT(*)`+from, args...).Scan(&found); err != nil {
		return 0, fmt.Errorf("counting deliveries: %w", err)
	}
	return found, nil
}

// from are those of some rows that the filter shows, as the end of a query.
func (w *walk) from(ids []uuid.UUID) (from string, args []any) {
	from = ` FROM deliveries d JOIN bots b ON b.id = d.bot_id AND b.deleted_at = 0 WHERE d.id IN (?` + strings.Repeat(", ?", len(ids)-1) + `)`
	for _, id := range ids {
		args = append(args, idBytes(id))
	}
	if w.f.BotID != uuid.Nil {
		from, args = from+" AND d.bot_id = ?", append(args, idBytes(w.f.BotID))
	}
	for _, c := range w.route.rest {
		from, args = from+" AND "+c.sql, append(args, c.args...)
	}
	return from, args
}

func (w *walk) order() string {
	if w.at.newer {
		return "ASC"
	}
	return "DESC"
}

// candidates reads the next ids along the route.
func (w *walk) candidates(ctx context.Context, n int) ([]uuid.UUID, error) {
	query, args := w.query(n)
	rows, err := w.db.reader.db.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("listing deliveries: %w", err)
	}
	ids, err := scanIDs(rows)
	if err != nil {
		return nil, fmt.Errorf("listing deliveries: %w", err)
	}
	w.looked += len(ids)
	w.ended = len(ids) < n
	if len(ids) > 0 {
		w.at.id, w.begun = ids[len(ids)-1], true
	}
	return ids, nil
}

// query reads the next n ids; several spans are merged as they are read.
func (w *walk) query(n int) (query string, args []any) {
	bounds := w.bounds()
	var spans []string
	for _, s := range w.route.spans {
		spans = append(spans, `SELECT d.id FROM deliveries d WHERE `+s.sql+bounds.sql)
		args = append(append(args, s.args...), bounds.args...)
	}
	query = spans[0] + ` ORDER BY d.id ` + w.order()
	if len(spans) > 1 {
		query = strings.Join(spans, ` UNION ALL `) + ` ORDER BY 1 ` + w.order()
	}
	return query + ` LIMIT ?`, append(args, n)
}

// bounds are the conditions on the id: times become id ranges, because ids sort by time and the indexes end in the id.
func (w *walk) bounds() condition {
	var b condition
	if !w.f.From.IsZero() {
		from := firstID(w.f.From)
		b = b.and("d.id >= ?", idBytes(from))
	}
	if !w.f.To.IsZero() {
		to := firstID(w.f.To)
		b = b.and("d.id < ?", idBytes(to))
	}
	switch {
	case w.begun && w.at.newer:
		b = b.and("d.id > ?", idBytes(w.at.id))
	case w.begun:
		b = b.and("d.id < ?", idBytes(w.at.id))
	}
	return b
}

// codesOf lists the codes that the filter means and that its bot's unanswered deliveries have, from the index alone;
// nil when that index does not hold all of them.
func (db *DB) codesOf(ctx context.Context, f DeliveryFilter) ([]int, error) {
	from, to := f.codeRange()
	if f.Code == "" || f.BotID == uuid.Nil || from < 300 && to >= 200 {
		return nil, nil
	}
	codes := []int{}
	for code := from; ; code++ {
		var next *int
		err := db.reader.row(ctx, `SELECT MIN(d.last_code) FROM deliveries d WHERE d.bot_id = ? AND `+unanswered+` AND d.last_code BETWEEN ? AND ?`,
			idBytes(f.BotID), code, to).Scan(&next)
		if err != nil {
			return nil, fmt.Errorf("looking for codes: %w", err)
		}
		if next == nil {
			return codes, nil
		}
		codes = append(codes, *next)
		code = *next
	}
}
