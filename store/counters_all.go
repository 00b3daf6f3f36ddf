package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
)

// The counters of all bots together, under the id of no bot. Counting there with every commit would make one row that
// all transactions of all replicas wait for, so hours are summed once they are over (SumHours); a reader adds what
// is not summed yet.

// countSummed marks an hour of all bots that has been summed.
const countSummed = "summed"

const (
	// sumAfter is when an hour is over for certain: no transaction is as long as that.
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

// firstUnsummed is the first hour that is not summed. There is nothing to sum before the first bot.
func (db *DB) firstUnsummed(ctx context.Context, now time.Time) (int64, error) {
	var last int64
	err := db.reader.row(ctx, `SELECT hour FROM counters WHERE bot_id = ? AND kind = ? ORDER BY hour DESC LIMIT 1`, idBytes(uuid.Nil), countSummed).Scan(&last)
	if err == nil {
		return last + 1, nil
	}
	if !errors.Is(err, sql.ErrNoRows) {
		return 0, err
	}
	var born sql.NullInt64
	if err := db.reader.row(ctx, `SELECT MIN(created_at) FROM bots`).Scan(&born); err != nil {
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

func (db *DB) keepSums(ctx context.Context, counts []HourCount, from, to int64) error {
	return db.write(ctx, func(tx *tx) error {
		for hour := from; hour < to; hour++ {
			counts = append(counts, HourCount{Hour: time.Unix(hour*3600, 0), Kind: countSummed, N: 1})
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
func (db *DB) allHourCounts(ctx context.Context, from, to int64) ([]HourCount, error) {
	rows, err := db.queryCounts(ctx, hourCountsOf, idBytes(uuid.Nil), from, to)
	if err != nil {
		return nil, err
	}
	var counts []HourCount
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
