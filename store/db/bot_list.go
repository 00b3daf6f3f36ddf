package db

import (
	"context"
	"database/sql"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"iozen/store"
	"iozen/store/db/dialect"
	"iozen/store/db/number"
	"iozen/store/db/statement"
)

// Bots lists bots with what the bots page shows of each, newest first. It opens no secret.
func (db *DB) Bots(ctx context.Context, f store.BotFilter) (store.BotPage, error) {
	p, err := parseBotFilter(f)
	if err != nil {
		return store.BotPage{}, err
	}
	bots, err := db.summaries(ctx, p.sql, p.args...)
	if err != nil {
		return store.BotPage{}, err
	}
	var out store.BotPage
	out.Bots, out.Next = cutBots(bots, p, func(b store.BotSummary) uuid.UUID { return b.ID })
	return out, nil
}

// BotNames lists the names of bots, newest first, to choose one from.
func (db *DB) BotNames(ctx context.Context, f store.BotFilter) (store.BotNames, error) {
	p, err := parseBotFilter(f)
	if err != nil {
		return store.BotNames{}, err
	}
	rows, err := db.reader.RowsOnce(ctx, `SELECT b.id, b.name, b.created_at FROM bots b WHERE b.deleted_at = 0`+p.sql, p.args...)
	if err != nil {
		return store.BotNames{}, fmt.Errorf("listing bots: %w", err)
	}
	bots, err := statement.Collect(rows, func(b *store.Bot, scan func(...any) error) error {
		var created int64
		err := scan(&b.ID, &b.Name, &created)
		b.CreatedAt = fromMillis(created)
		return err
	})
	if err != nil {
		return store.BotNames{}, fmt.Errorf("listing bots: %w", err)
	}
	var out store.BotNames
	out.Bots, out.Next = cutBots(bots, p, func(b store.Bot) uuid.UUID { return b.ID })
	return out, nil
}

// botsAsked is the filter as conditions on bots b; it asks for one row more than the page has.
type botsAsked struct {
	condition
	size    int
	at      store.Cursor
	started bool
}

func parseBotFilter(f store.BotFilter) (p botsAsked, err error) {
	if p.at, p.started, err = store.ParseCursor(f.Cursor); err != nil {
		return p, err
	}
	p.size = store.PageSize(f.Limit)
	p.condition = nameHas(f.Query)
	if p.started {
		p.condition = p.and("b.id < ?", idBytes(p.at.ID))
	}
	p.sql, p.args = p.sql+` ORDER BY b.id DESC LIMIT ?`, append(p.args, p.size+1)
	return p, nil
}

// cutBots cuts what was read down to a page, and returns where the next one begins.
func cutBots[B any](bots []B, p botsAsked, id func(B) uuid.UUID) (shown []B, next string) {
	shown, next, _ = store.Page(bots, p.size, store.Cursor{ID: p.at.ID}, p.started, id)
	return shown, next
}

// BotSummary reads a bot with what the bots page shows of it.
func (db *DB) BotSummary(ctx context.Context, id uuid.UUID) (store.BotSummary, error) {
	found, err := db.summaries(ctx, ` AND b.id = ?`, idBytes(id))
	if err == nil && len(found) == 0 {
		err = fmt.Errorf("bot %s: %w", id, store.ErrNotFound)
	}
	if err != nil {
		return store.BotSummary{}, err
	}
	return found[0], nil
}

// summaries reads the bots of a condition: the states of their first webhooks in one join, and in one more read each those of
// their other webhooks, if they have any, their days, what waits and when their last events came.
func (db *DB) summaries(ctx context.Context, where string, args ...any) ([]store.BotSummary, error) {
	rows, err := db.reader.RowsOnce(ctx, selectStates+` AND w.n = 1`+where, args...)
	if err != nil {
		return nil, fmt.Errorf("listing bots: %w", err)
	}
	states, err := statement.Collect(rows, scanState)
	if err != nil {
		return nil, fmt.Errorf("listing bots: %w", err)
	}
	bots, numbers := make([]store.BotSummary, len(states)), make([]int64, len(states))
	for i, s := range states {
		numbers[i] = s.number
		bots[i] = store.BotSummary{Bot: s.Bot, Webhook: s.Webhook, Health: s.Health, Endpoint: s.Endpoint}
	}
	if len(bots) == 0 {
		return bots, nil
	}
	for _, add := range []func(context.Context, []store.BotSummary, []int64) error{db.addOthers, db.addDays, db.addBacklogs, db.addLastEvents} {
		if err := add(ctx, bots, numbers); err != nil {
			return nil, err
		}
	}
	return bots, nil
}

// othersOf are the states of the other webhooks of bots, which are asked for by their numbers.
var othersOf = selectStates + ` AND w.n > 1 AND b.number` + dialect.AmongNumbers + ` ORDER BY w.place, w.n`

func (db *DB) addOthers(ctx context.Context, bots []store.BotSummary, numbers []int64) error {
	place := map[int64]int{}
	for i, number := range numbers {
		if bots[i].Endpoint != "" {
			place[number] = i
		}
	}
	if len(place) == 0 {
		return nil
	}
	rows, err := db.reader.Rows(ctx, othersOf, mustJSON(slices.Collect(maps.Keys(place))))
	if err != nil {
		return fmt.Errorf("listing webhooks: %w", err)
	}
	states, err := statement.Collect(rows, scanState)
	if err != nil {
		return fmt.Errorf("listing webhooks: %w", err)
	}
	for _, s := range states {
		b := &bots[place[s.number]]
		b.Others = append(b.Others, s.BotState)
	}
	return nil
}

// nameHas is the condition on bots b that their names contain a text; "" is in every name.
func nameHas(text string) (c condition) {
	if text != "" {
		c = c.and(`b.name`+dialect.Like+`? ESCAPE '\'`, "%"+strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(text)+"%")
	}
	return c
}

// daysOf reads the days of a list of bots, each found along the index; a bot is known by its place in the list. Events are
// counted at the first webhook, which gets every one of them.
const daysOf = `SELECT asked.key, d.day, SUM(CASE d.n WHEN 1 THEN d.accepted ELSE 0 END), SUM(d.delivered), SUM(d.failed_attempts), SUM(d.failed), SUM(d.expired),
		SUM(d.answered), SUM(d.answered_ms)
	FROM ` + dialect.AskedNumbers + ` CROSS JOIN days d WHERE d.bot = asked.value AND d.day >= ? GROUP BY asked.key, d.day`

// lastEventsOf finds each bot's newest real event, whose number has its time.
const lastEventsOf = `SELECT asked.key, (SELECT e.number FROM deliveries e WHERE e.bot = asked.value AND NOT e.test ORDER BY e.number DESC LIMIT 1)
	FROM ` + dialect.AskedNumbers

// addDays reads the last 30 UTC days of each bot, today last.
func (db *DB) addDays(ctx context.Context, bots []store.BotSummary, numbers []int64) error {
	first := db.firstDay(store.DaysShown)
	for i := range bots {
		for day := range bots[i].Daily {
			bots[i].Daily[day].Day = time.Unix((first+int64(day))*86400, 0).UTC()
		}
	}
	rows, err := db.reader.Rows(ctx, daysOf, mustJSON(numbers), first)
	if err != nil {
		return fmt.Errorf("reading days: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var bot int
		var day, ms int64
		var d store.DayCount
		if err := rows.Scan(&bot, &day, &d.Total, &d.Delivered, &d.FailedAttempts, &d.Failed, &d.Expired, &d.Answered, &ms); err != nil {
			return fmt.Errorf("reading days: %w", err)
		}
		if i := day - first; i >= 0 && i < store.DaysShown {
			d.Day, d.AnsweredTime = bots[bot].Daily[i].Day, time.Duration(ms)*time.Millisecond
			bots[bot].Daily[i] = d
		}
	}
	return rows.Err()
}

// backlogsOf adds up what waits for all webhooks of each bot, and what is held.
const backlogsOf = `SELECT asked.key, SUM(h.waiting), SUM(h.held) FROM ` + dialect.AskedNumbers + ` CROSS JOIN health h WHERE h.bot = asked.value GROUP BY asked.key`

func (db *DB) addBacklogs(ctx context.Context, bots []store.BotSummary, numbers []int64) error {
	rows, err := db.reader.Rows(ctx, backlogsOf, mustJSON(numbers))
	if err != nil {
		return fmt.Errorf("adding up what waits: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var bot, waiting, held int
		if err := rows.Scan(&bot, &waiting, &held); err != nil {
			return fmt.Errorf("adding up what waits: %w", err)
		}
		bots[bot].Waiting, bots[bot].Held = waiting, held
	}
	return rows.Err()
}

func (db *DB) addLastEvents(ctx context.Context, bots []store.BotSummary, numbers []int64) error {
	rows, err := db.reader.Rows(ctx, lastEventsOf, mustJSON(numbers))
	if err != nil {
		return fmt.Errorf("looking for last events: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var bot int
		var newest sql.NullInt64
		if err := rows.Scan(&bot, &newest); err != nil {
			return fmt.Errorf("looking for last events: %w", err)
		}
		if newest.Valid {
			bots[bot].LastEventAt = number.Time(newest.Int64)
		}
	}
	return rows.Err()
}
