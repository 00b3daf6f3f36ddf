package db

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"iozen/store"
	"iozen/store/db/dialect"
	"iozen/store/db/number"
	"iozen/store/db/statement"
)

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

// Every list of deliveries is read along an index, from row to row in the order of ids, whatever its filter and however
// long the log is: nothing is sorted, and no more is read than a page needs. A route says which index.

// route is the way to the deliveries that a filter shows: parts of an index that hold all of them, and the conditions
// that the rows found there must still meet.
type route struct {
	spans []condition
	rest  []condition
}

// condition is a piece of SQL over a delivery d, with its arguments.
type condition struct {
	sql  string
	args []any
}

// troubled is the condition of the indexes deliveries_status and deliveries_trouble, word for word.
const troubled = `d.status NOT IN ('delivered', 'queued', 'sending')`

// unanswered is the condition of the index deliveries_code, word for word: attempts that a 2xx did not end.
const unanswered = `d.attempts > 0 AND (d.last_code < 200 OR d.last_code > 299)`

// route chooses the index that is likely to hold the least. codes are those that the filter's Code means and that
// occur (codesOf).
func routeOf(f store.DeliveryFilter, term search, codes []int) route {
	bot := condition{"d.bot = " + theBot, []any{idBytes(f.BotID)}}
	if f.BotID == uuid.Nil {
		bot = condition{sql: "TRUE"}
	}
	switch {
	case term.term != "":
		return route{[]condition{term.condition(f.BotID)}, append(conditions(f, ""), bot)}
	case f.BotID == uuid.Nil && troubledOnly(f):
		return route{statusSpans(f, condition{sql: troubled}), conditions(f, "status")}
	case f.BotID == uuid.Nil:
		return route{[]condition{bot}, conditions(f, "")}
	case f.Test != nil && *f.Test:
		return route{[]condition{bot.and("d.test")}, conditions(f, "test")}
	case codes != nil:
		return route{codeSpans(bot, codes), conditions(f, "code")}
	case troubledOnly(f):
		return route{statusSpans(f, bot.and(troubled)), conditions(f, "status")}
	case f.EventName != "":
		return route{[]condition{bot.and("d.event_name = ?", f.EventName)}, conditions(f, "event_name")}
	}
	return route{[]condition{bot}, conditions(f, "")}
}

func (c condition) and(sql string, args ...any) condition {
	return condition{c.sql + " AND " + sql, append(c.args[:len(c.args):len(c.args)], args...)}
}

// troubledOnly says that all chosen statuses are in the indexes of trouble.
func troubledOnly(f store.DeliveryFilter) bool {
	return len(f.Status) > 0 && !f.Shows(store.Delivered) && !f.Shows(store.Queued) && !f.Shows(store.Sending)
}

func statusSpans(f store.DeliveryFilter, in condition) (spans []condition) {
	for _, s := range f.Status {
		spans = append(spans, in.and("d.status = ?", string(s)))
	}
	return spans
}

func codeSpans(bot condition, codes []int) (spans []condition) {
	for _, code := range codes {
		spans = append(spans, bot.and(unanswered+" AND d.last_code = ?", code))
	}
	return spans
}

// conditions are those of the filter besides bot, times and term, without those that the chosen index implies.
func conditions(f store.DeliveryFilter, said string) (rest []condition) {
	if len(f.Status) > 0 && said != "status" {
		c := condition{sql: "d.status IN (?" + strings.Repeat(", ?", len(f.Status)-1) + ")"}
		for _, s := range f.Status {
			c.args = append(c.args, string(s))
		}
		rest = append(rest, c)
	}
	if f.EventName != "" && said != "event_name" {
		rest = append(rest, condition{"d.event_name = ?", []any{f.EventName}})
	}
	if f.Webhook != 0 {
		rest = append(rest, condition{"d.n = ?", []any{f.Webhook}})
	}
	if f.Test != nil && said != "test" {
		rest = append(rest, condition{"d.test = ?", []any{*f.Test}})
	}
	if f.Code != "" && said != "code" {
		rest = append(rest, codeCondition(f))
	}
	return rest
}

func codeCondition(f store.DeliveryFilter) condition {
	from, to := codeRange(f)
	return condition{"d.attempts > 0 AND d.last_code BETWEEN ? AND ?", []any{from, to}}
}

// codeRange are the first and the last code that Code means: one, a class, or none (0). Anything that is not a code finds
// nothing.
func codeRange(f store.DeliveryFilter) (from, to int) {
	if f.Code == "none" {
		return 0, 0
	}
	if class, ok := strings.CutSuffix(f.Code, "xx"); ok {
		if n, err := strconv.Atoi(class); err == nil && n > 0 {
			return 100 * n, 100*n + 99
		}
		return -1, -1
	}
	code, err := strconv.Atoi(f.Code)
	if err != nil {
		code = -1
	}
	return code, code
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

// codesOf lists the codes that the filter means and that its bot's unanswered deliveries have, from the index alone;
// nil when that index does not hold all of them.
func (db *DB) codesOf(ctx context.Context, f store.DeliveryFilter) ([]int, error) {
	from, to := codeRange(f)
	if f.Code == "" || f.BotID == uuid.Nil || from < 300 && to >= 200 {
		return nil, nil
	}
	codes := []int{}
	for code := from; ; code++ {
		var next *int
		err := db.reader.Row(ctx, `SELECT MIN(d.last_code) FROM deliveries d WHERE d.bot = `+theBot+` AND `+unanswered+` AND d.last_code BETWEEN ? AND ?`,
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
