package db

import (
	"bytes"
	"cmp"
	"context"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/google/uuid"

	"iozen/store"
)

// dayKey is a bot's day, of UTC.
type dayKey struct {
	botID uuid.UUID
	day   int64
}

func (k dayKey) compare(other dayKey) int {
	return cmp.Or(bytes.Compare(k.botID[:], other.botID[:]), cmp.Compare(k.day, other.day))
}

// flushDays adds what this group counted to the sums of days.
func (tx *tx) flushDays() error {
	days := map[dayKey]*store.DayCount{}
	for k, n := range tx.counts {
		key := dayKey{k.botID, k.hour / 24}
		if days[key] == nil {
			days[key] = &store.DayCount{}
		}
		days[key].Add(k.kind, n)
	}
	for _, k := range slices.SortedFunc(maps.Keys(days), dayKey.compare) {
		d := days[k]
		_, err := tx.exec(`INSERT INTO days (bot_id, day, accepted, delivered, failed_attempts, failed) VALUES (?, ?, ?, ?, ?, ?)
			ON CONFLICT (bot_id, day) DO UPDATE SET accepted = accepted + excluded.accepted, delivered = delivered + excluded.delivered,
				failed_attempts = failed_attempts + excluded.failed_attempts, failed = failed + excluded.failed`,
			idBytes(k.botID), k.day, d.Total, d.Delivered, d.FailedAttempts, d.Failed)
		if err != nil {
			return err
		}
	}
	return nil
}

// daysOf reads the days of a list of bots, each found along the index; a bot is known by its place in the list.
const daysOf = `SELECT asked.key, d.day, d.accepted, d.delivered, d.failed_attempts, d.failed
	FROM json_each(?) asked CROSS JOIN days d WHERE d.bot_id = unhex(asked.value) AND d.day >= ?`

// lastEventsOf finds each bot's newest real event, whose id has its time.
const lastEventsOf = `SELECT asked.key, (SELECT e.id FROM deliveries e WHERE e.bot_id = unhex(asked.value) AND e.test = 0 ORDER BY e.id DESC LIMIT 1)
	FROM json_each(?) asked`

// addDays reads the last 30 UTC days of each bot, today last, and when its last event came.
func (db *DB) addDays(ctx context.Context, bots []store.BotSummary) error {
	if len(bots) == 0 {
		return nil
	}
	first := db.firstDay(store.DaysShown)
	asked := make([]string, len(bots))
	for i := range bots {
		asked[i] = hex.EncodeToString(bots[i].ID[:])
		for day := range bots[i].Daily {
			bots[i].Daily[day].Day = first.AddDate(0, 0, day)
		}
	}
	rows, err := db.reader.rows(ctx, daysOf, mustJSON(asked), first.Unix()/86400)
	if err != nil {
		return fmt.Errorf("reading days: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var bot int
		var day int64
		var d store.DayCount
		if err := rows.Scan(&bot, &day, &d.Total, &d.Delivered, &d.FailedAttempts, &d.Failed); err != nil {
			return fmt.Errorf("reading days: %w", err)
		}
		if i := day - first.Unix()/86400; i >= 0 && i < store.DaysShown {
			d.Day = bots[bot].Daily[i].Day
			bots[bot].Daily[i] = d
		}
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("reading days: %w", err)
	}
	return db.addLastEvents(ctx, bots, asked)
}

func (db *DB) addLastEvents(ctx context.Context, bots []store.BotSummary, asked []string) error {
	rows, err := db.reader.rows(ctx, lastEventsOf, mustJSON(asked))
	if err != nil {
		return fmt.Errorf("looking for last events: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var bot int
		var id []byte
		if err := rows.Scan(&bot, &id); err != nil {
			return fmt.Errorf("looking for last events: %w", err)
		}
		if event, err := uuid.FromBytes(id); err == nil {
			bots[bot].LastEventAt = time.Unix(event.Time().UnixTime()).UTC()
		}
	}
	return rows.Err()
}

// firstDay begins the last n UTC days, today included.
func (db *DB) firstDay(n int) time.Time {
	return db.cfg.Now().UTC().Truncate(24*time.Hour).AddDate(0, 0, 1-n)
}

// HomeBots lists bots for home: those in trouble first, then those that hold events, then by the events of seven days. A page
// is a place in that order, which changes with what happens.
func (db *DB) HomeBots(ctx context.Context, query string, page int) (bots []store.BotSummary, more bool, err error) {
	where, args := "", []any{}
	if query != "" {
		where, args = ` AND b.name LIKE ? ESCAPE '\'`, append(args, "%"+escapeLike(query)+"%")
	}
	where += ` ORDER BY COALESCE(h.failing_since, 0) > 0 OR w.off_reason <> '' DESC, COALESCE(h.held, 0) > 0 DESC,
		(SELECT COALESCE(SUM(accepted), 0) FROM days WHERE bot_id = b.id AND day >= ?) DESC, b.id DESC LIMIT ? OFFSET ?`
	args = append(args, db.firstDay(store.WeekShown).Unix()/86400, store.HomePage+1, store.HomePage*page)
	bots, err = db.summaries(ctx, where, args...)
	if more = len(bots) > store.HomePage; more {
		bots = bots[:store.HomePage]
	}
	return bots, more, err
}

// HomeSums adds up all bots, for the line above them.
func (db *DB) HomeSums(ctx context.Context) (s store.HomeSums, err error) {
	err = db.reader.row(ctx, `SELECT COUNT(*), COALESCE(SUM(h.waiting), 0), COALESCE(SUM(h.held), 0)
		FROM bots b LEFT JOIN health h ON h.bot_id = b.id WHERE b.deleted_at = 0`).Scan(&s.Bots, &s.Waiting, &s.Held)
	if err == nil {
		err = db.reader.row(ctx, `SELECT COALESCE(SUM(d.accepted), 0), COALESCE(SUM(d.delivered), 0), COALESCE(SUM(d.failed), 0)
			FROM bots b CROSS JOIN days d ON d.bot_id = b.id WHERE b.deleted_at = 0 AND d.day >= ?`,
			db.firstDay(store.WeekShown).Unix()/86400).Scan(&s.Week.Total, &s.Week.Delivered, &s.Week.Failed)
	}
	if err != nil {
		return s, fmt.Errorf("adding up all bots: %w", err)
	}
	return s, nil
}
