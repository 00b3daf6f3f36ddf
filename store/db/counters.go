package db

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/google/uuid"

	"iozen/store"
	"iozen/store/db/statement"
)

type counterKey struct {
	webhook store.WebhookID
	hour    int64
	kind    string
	bucket  int
}

// compare orders counters as every process writes them.
func (k counterKey) compare(other counterKey) int {
	return cmp.Or(k.webhook.Compare(other.webhook), cmp.Compare(k.hour, other.hour), cmp.Compare(k.kind, other.kind), cmp.Compare(k.bucket, other.bucket))
}

func (tx *tx) count(id store.WebhookID, kind string, bucket, n int) {
	tx.counts[counterKey{id, tx.now.Unix() / 3600, kind, bucket}] += n
	tx.day(id).Add(kind, n)
	tx.wrote = true
}

func (tx *tx) flushCounters() error {
	if err := tx.flushDays(); err != nil {
		return err
	}
	var rows [][]any
	for _, k := range slices.SortedFunc(maps.Keys(tx.counts), counterKey.compare) {
		bot, err := tx.bot(k.webhook.BotID)
		if err != nil {
			return err
		}
		rows = append(rows, []any{bot, k.hour, k.kind, int64(k.bucket), int64(k.webhook.N), tx.owner, int64(tx.counts[k])})
	}
	clear(tx.counts)
	return tx.each(addedCounts, rows)
}

var addedCounts = statement.Insert("counters", `bot BIGINT, hour BIGINT, kind TEXT, bucket BIGINT, n BIGINT, writer BIGINT, count BIGINT`,
	`ON CONFLICT (bot, hour, kind, bucket, n, writer) DO UPDATE SET count = counters.count + excluded.count`)

const (
	hourCountsWhere = `SELECT hour, kind, bucket, SUM(count) FROM counters WHERE `
	byHour          = ` AND hour >= ? AND hour < ? GROUP BY hour, kind, bucket ORDER BY hour`
	hourSums        = hourCountsWhere + `bot = ?` + byHour
	botHours        = hourCountsWhere + `bot = ` + theBot + byHour
	webhookHours    = hourCountsWhere + ofWebhook + byHour
	acceptedHours   = hourCountsWhere + ofWebhook + ` AND kind = ?` + byHour
)

// allBots is the number under which the counters and days of all bots together stand.
const allBots = 0

// HourCounts reads the counters of a bot (uuid.Nil: of all) for the hours that begin in [from, to), oldest first.
func (db *DB) HourCounts(ctx context.Context, botID uuid.UUID, from, to time.Time) ([]store.HourCount, error) {
	if botID == uuid.Nil {
		return db.allHourCounts(ctx, ceilHour(from), ceilHour(to))
	}
	return db.queryCounts(ctx, botHours, idBytes(botID), ceilHour(from), ceilHour(to))
}

// AcceptedHours reads the counters of the events that were accepted for a webhook. Each hour has a dozen other counters, of
// answers by how long they took.
func (db *DB) AcceptedHours(ctx context.Context, id store.WebhookID, from, to time.Time) ([]store.HourCount, error) {
	return db.queryCounts(ctx, acceptedHours, idBytes(id.BotID), id.N, store.CountAccepted, ceilHour(from), ceilHour(to))
}

// WebhookHours is HourCounts of a single webhook.
func (db *DB) WebhookHours(ctx context.Context, id store.WebhookID, from, to time.Time) ([]store.HourCount, error) {
	return db.queryCounts(ctx, webhookHours, idBytes(id.BotID), id.N, ceilHour(from), ceilHour(to))
}

func (db *DB) queryCounts(ctx context.Context, query string, args ...any) ([]store.HourCount, error) {
	rows, err := db.reader.Rows(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	return statement.Collect(rows, func(c *store.HourCount, scan func(...any) error) error {
		var hour int64
		err := scan(&hour, &c.Kind, &c.Bucket, &c.N)
		c.Hour = time.Unix(hour*3600, 0).UTC()
		return err
	})
}

func ceilHour(t time.Time) int64 { return (t.Unix() + 3599) / 3600 }

// The counters of all bots together, under the number of no bot. Counting there with every commit would make one row that
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
const hourCountsOfAll = `SELECT c.hour, c.kind, c.bucket, SUM(c.count) FROM bots b CROSS JOIN counters c
	WHERE c.bot = b.number AND c.hour >= ? AND c.hour < ? GROUP BY c.hour, c.kind, c.bucket ORDER BY c.hour`

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
	err := db.reader.Row(ctx, `SELECT hour FROM counters WHERE bot = ? AND kind = ? ORDER BY hour DESC LIMIT 1`, allBots, countSummed).Scan(&last)
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
	for hour := from; hour < to; hour++ {
		counts = append(counts, store.HourCount{Hour: time.Unix(hour*3600, 0), Kind: countSummed, N: 1})
	}
	return db.write(ctx, func(tx *tx) error {
		for _, c := range counts {
			_, err := tx.exec(`INSERT INTO counters (bot, hour, kind, bucket, n, writer, count) VALUES (?, ?, ?, ?, 0, 0, ?)
				ON CONFLICT (bot, hour, kind, bucket, n, writer) DO UPDATE SET count = excluded.count`,
				allBots, c.Hour.Unix()/3600, c.Kind, c.Bucket, c.N)
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// allHourCounts reads the sums, and adds up the hours after them.
func (db *DB) allHourCounts(ctx context.Context, from, to int64) ([]store.HourCount, error) {
	rows, err := db.queryCounts(ctx, hourSums, allBots, from, to)
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
