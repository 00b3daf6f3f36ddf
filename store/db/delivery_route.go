package db

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"iozen/store"
)

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

// routeOf chooses the index that is likely to hold the least. codes are those that the filter's Code means and that
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
