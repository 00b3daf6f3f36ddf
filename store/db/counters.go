package db

import (
	"bytes"
	"cmp"
	"context"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/google/uuid"

	"iozen/store"
)

type counterKey struct {
	botID  uuid.UUID
	hour   int64
	kind   string
	bucket int
}

// compare orders counters as their index does.
func (k counterKey) compare(other counterKey) int {
	return cmp.Or(
		bytes.Compare(k.botID[:], other.botID[:]), cmp.Compare(k.hour, other.hour), cmp.Compare(k.kind, other.kind), cmp.Compare(k.bucket, other.bucket),
	)
}

func (tx *tx) count(botID uuid.UUID, kind string, bucket, n int) {
	tx.counts[counterKey{botID, tx.now.Unix() / 3600, kind, bucket}] += n
	tx.wrote = true
}

func (tx *tx) flushCounters() error {
	if err := tx.flushDays(); err != nil {
		return err
	}
	for _, k := range slices.SortedFunc(maps.Keys(tx.counts), counterKey.compare) {
		_, err := tx.exec(`INSERT INTO counters (bot_id, hour, kind, bucket, n) VALUES (?, ?, ?, ?, ?)
			ON CONFLICT (bot_id, hour, kind, bucket) DO UPDATE SET n = n + excluded.n`,
			idBytes(k.botID), k.hour, k.kind, k.bucket, tx.counts[k])
		if err != nil {
			return err
		}
	}
	clear(tx.counts)
	return nil
}

const (
	hoursOf         = `SELECT hour, kind, bucket, n FROM counters WHERE bot_id = ? AND hour >= ? AND hour < ?`
	hourCountsOf    = hoursOf + ` ORDER BY hour`
	acceptedHoursOf = hoursOf + ` AND kind = ? ORDER BY hour`
)

// HourCounts reads the counters of a bot (uuid.Nil: of all) for the hours that begin in [from, to), oldest first.
func (db *DB) HourCounts(ctx context.Context, botID uuid.UUID, from, to time.Time) ([]store.HourCount, error) {
	if botID == uuid.Nil {
		return db.allHourCounts(ctx, ceilHour(from), ceilHour(to))
	}
	return db.queryCounts(ctx, hourCountsOf, idBytes(botID), ceilHour(from), ceilHour(to))
}

// AcceptedHours reads a bot's counters of accepted events. Each hour has a dozen other counters, of answers by how long
// they took.
func (db *DB) AcceptedHours(ctx context.Context, botID uuid.UUID, from, to time.Time) ([]store.HourCount, error) {
	return db.queryCounts(ctx, acceptedHoursOf, idBytes(botID), ceilHour(from), ceilHour(to), store.CountAccepted)
}

func (db *DB) queryCounts(ctx context.Context, query string, args ...any) ([]store.HourCount, error) {
	rows, err := db.reader.Rows(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var counts []store.HourCount
	for rows.Next() {
		var c store.HourCount
		var hour int64
		if err := rows.Scan(&hour, &c.Kind, &c.Bucket, &c.N); err != nil {
			return nil, err
		}
		c.Hour = time.Unix(hour*3600, 0).UTC()
		counts = append(counts, c)
	}
	return counts, rows.Err()
}

func ceilHour(t time.Time) int64 { return (t.Unix() + 3599) / 3600 }

// The counters of all bots together, under the id of no bot. Counting there with every commit would make one row that
// all transactions of all replicas wait for, so hours are summed once they are over (SumHours); a reader adds what
// is not summed yet.

// countSummed marks an hour of all bots that has been summed.
const countSummed = "summed"

const (
	// sumAfter is how long after its end an hour is certainly complete: no transaction takes as long.
	sumAfter = time.Minute
	// sumBack is how far back hours are summed at first.
	sumBack = 31 * 24 * time.Hour
	// sumAtOnce is how many hours one query sums.
	sumAtOnce = 24
)

// hourCountsOfAll goes from bot to bot by index: SQLite takes the tables of a CROSS JOIN in the order given, and would
// read all counters otherwise.
const hourCountsOfAll = `SELECT c.hour, c.kind, c.bucket, SUM(c.n) FROM bots b CROSS JOIN counters c
	WHERE c.bot_id = b.id AND c.hour >= ? AND c.hour < ? GROUP BY c.hour, c.kind, c.bucket ORDER BY c.hour`

// SumHours sums the hours that are over, of all bots.
func (db *DB) SumHours(ctx context.Context) error {
	now := db.cfg.Now()
	from, err := db.firstUnsummed(ctx, now)
	if err != nil {
		return fmt.Errorf("looking for hours to sum: %w", err)
	}
	for end := now.Add(-sumAfter).Unix() / 3600; from < end; from += sumAtOnce {
		to := min(from+sumAtOnce, end)
		counts, err := db.queryCounts(ctx, hourCountsOfAll, from, to)
		if err != nil {
			return fmt.Errorf("summing hours: %w", err)
		}
		if err := db.keepSums(ctx, counts, from, to); err != nil {
			return fmt.Errorf("keeping the sums of hours: %w", err)
		}
	}
	return nil
}

// firstUnsummed is the first hour that is not summed. Before the first bot there are no counters.
func (db *DB) firstUnsummed(ctx context.Context, now time.Time) (int64, error) {
	var last int64
	err := db.reader.Row(ctx, `SELECT hour FROM counters WHERE bot_id = ? AND kind = ? ORDER BY hour DESC LIMIT 1`, idBytes(uuid.Nil), countSummed).Scan(&last)
	if err == nil {
		return last + 1, nil
	}
	if !errors.Is(err, sql.ErrNoRows) {
		return 0, err
	}
	var born sql.NullInt64
	if err := db.reader.Row(ctx, `SELECT MIN(created_at) FROM bots`).Scan(&born); err != nil {
		return 0, err
	}
	first := now
	if born.Valid {
		first = fromMillis(born.Int64)
	}
	if back := now.Add(-sumBack); first.Before(back) {
		first = back
	}
	return first.Unix() / 3600, nil
}

func (db *DB) keepSums(ctx context.Context, counts []store.HourCount, from, to int64) error {
	return db.write(ctx, func(tx *tx) error {
		for hour := from; hour < to; hour++ {
			counts = append(counts, store.HourCount{Hour: time.Unix(hour*3600, 0), Kind: countSummed, N: 1})
		}
		for _, c := range counts {
			_, err := tx.exec(`INSERT INTO counters (bot_id, hour, kind, bucket, n) VALUES (?, ?, ?, ?, ?)
				ON CONFLICT (bot_id, hour, kind, bucket) DO UPDATE SET n = excluded.n`,
				idBytes(uuid.Nil), c.Hour.Unix()/3600, c.Kind, c.Bucket, c.N)
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// allHourCounts reads the sums, and adds up the hours after them.
func (db *DB) allHourCounts(ctx context.Context, from, to int64) ([]store.HourCount, error) {
	rows, err := db.queryCounts(ctx, hourCountsOf, idBytes(uuid.Nil), from, to)
	if err != nil {
		return nil, err
	}
	var counts []store.HourCount
	for _, c := range rows {
		if c.Kind == countSummed {
			from = c.Hour.Unix()/3600 + 1
			continue
		}
		counts = append(counts, c)
	}
	rest, err := db.queryCounts(ctx, hourCountsOfAll, from, to)
	return append(counts, rest...), err
}

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
			bots[i].Daily[day].Day = time.Unix((first+int64(day))*86400, 0).UTC()
		}
	}
	rows, err := db.reader.Rows(ctx, daysOf, mustJSON(asked), first)
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
		if i := day - first; i >= 0 && i < store.DaysShown {
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
	rows, err := db.reader.Rows(ctx, lastEventsOf, mustJSON(asked))
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

// firstDay is the first of the last n UTC days, today included.
func (db *DB) firstDay(n int) int64 { return db.cfg.Now().Unix()/86400 + 1 - int64(n) }

// HomeBots lists bots for home: those in trouble first, then those that hold events, then by the events of seven days. A page
// is a place in that order, which changes with what happens.
func (db *DB) HomeBots(ctx context.Context, query string, page int) (bots []store.BotSummary, more bool, err error) {
	where, args := "", []any{}
	if query != "" {
		where, args = ` AND b.name LIKE ? ESCAPE '\'`, append(args, "%"+escapeLike(query)+"%")
	}
	where += ` ORDER BY COALESCE(h.failing_since, 0) > 0 OR w.off_reason <> '' DESC, COALESCE(h.held, 0) > 0 DESC,
		(SELECT COALESCE(SUM(accepted), 0) FROM days WHERE bot_id = b.id AND day >= ?) DESC, b.id DESC LIMIT ? OFFSET ?`
	args = append(args, db.firstDay(store.WeekShown), store.HomePage+1, store.HomePage*page)
	bots, err = db.summaries(ctx, where, args...)
	if more = len(bots) > store.HomePage; more {
		bots = bots[:store.HomePage]
	}
	return bots, more, err
}

// HomeSums adds up all bots, for the line above them.
func (db *DB) HomeSums(ctx context.Context) (s store.HomeSums, err error) {
	err = db.reader.Row(ctx, `SELECT COUNT(*), COALESCE(SUM(h.waiting), 0), COALESCE(SUM(h.held), 0)
		FROM bots b LEFT JOIN health h ON h.bot_id = b.id WHERE b.deleted_at = 0`).Scan(&s.Bots, &s.Waiting, &s.Held)
	if err == nil {
		err = db.reader.Row(ctx, `SELECT COALESCE(SUM(d.accepted), 0), COALESCE(SUM(d.delivered), 0), COALESCE(SUM(d.failed), 0)
			FROM bots b CROSS JOIN days d ON d.bot_id = b.id WHERE b.deleted_at = 0 AND d.day >= ?`,
			db.firstDay(store.WeekShown)).Scan(&s.Week.Total, &s.Week.Delivered, &s.Week.Failed)
	}
	if err != nil {
		return s, fmt.Errorf("adding up all bots: %w", err)
	}
	return s, nil
}
