package store

import (
	"strconv"
	"strings"

	"github.com/google/uuid"
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

// troubled is the condition of the index deliveries_trouble, word for word.
const troubled = `d.status NOT IN ('delivered', 'queued', 'sending')`

// unanswered is the condition of the index deliveries_code, word for word: attempts that a 2xx did not end.
const unanswered = `d.attempts > 0 AND (d.last_code < 200 OR d.last_code > 299)`

// route chooses the index that is likely to hold the least. codes are those that the filter's Code means and that
// occur (codesOf).
func (f DeliveryFilter) route(term search, codes []int) route {
	bot := condition{"d.bot_id = ?", []any{idBytes(f.BotID)}}
	if f.BotID == uuid.Nil {
		bot = condition{sql: "TRUE"}
	}
	switch {
	case term.term != "":
		return route{[]condition{term.condition(f.BotID)}, append(f.conditions(""), bot)}
	case f.BotID == uuid.Nil && f.troubledOnly():
		return route{f.statusSpans(condition{sql: troubled}), f.conditions("status")}
	case f.BotID == uuid.Nil:
		return route{[]condition{bot}, f.conditions("")}
	case f.Test != nil && *f.Test:
		return route{[]condition{bot.and("d.test = 1")}, f.conditions("test")}
	case codes != nil:
		return route{codeSpans(bot, codes), f.conditions("code")}
	case len(f.Status) > 0 && (f.EventName == "" || !f.shows(Delivered)):
		return route{f.statusSpans(bot), f.conditions("status")}
	case f.EventName != "":
		return route{[]condition{bot.and("d.event_name = ?", f.EventName)}, f.conditions("event_name")}
	}
	return route{[]condition{bot}, f.conditions("")}
}

func (c condition) and(sql string, args ...any) condition {
	return condition{c.sql + " AND " + sql, append(c.args[:len(c.args):len(c.args)], args...)}
}

func (f DeliveryFilter) shows(s Status) bool {
	for _, chosen := range f.Status {
		if chosen == s {
			return true
		}
	}
	return false
}

// troubledOnly says that all chosen statuses are in the index of trouble.
func (f DeliveryFilter) troubledOnly() bool {
	return len(f.Status) > 0 && !f.shows(Delivered) && !f.shows(Queued) && !f.shows(Sending)
}

func (f DeliveryFilter) statusSpans(in condition) (spans []condition) {
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

// conditions are what the filter asks beside bot, times and term, without what the chosen index says already.
func (f DeliveryFilter) conditions(said string) (rest []condition) {
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
	if f.Test != nil && said != "test" {
		rest = append(rest, condition{"d.test = ?", []any{*f.Test}})
	}
	if f.Code != "" && said != "code" {
		rest = append(rest, f.codeCondition())
	}
	return rest
}

func (f DeliveryFilter) codeCondition() condition {
	from, to := f.codeRange()
	return condition{"d.attempts > 0 AND d.last_code BETWEEN ? AND ?", []any{from, to}}
}

// codeRange are the first and the last code that Code means: one, a class, or none (0). What is no code is found nowhere.
func (f DeliveryFilter) codeRange() (from, to int) {
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
