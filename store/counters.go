package store

import (
	"bytes"
	"cmp"
	"context"
	"encoding/hex"
	"fmt"
	"maps"
	"math"
	"slices"
	"time"

	"github.com/google/uuid"
)

// Kinds of counters. Tests are counted nowhere.
const (
	CountAccepted      = "accepted"       // events taken
	CountDelivered     = "delivered"      // deliveries that got through; bucket: latency of the attempt
	CountFailedAttempt = "failed_attempt" // attempts that failed; bucket: latency, if there was an answer
	CountFailed        = "failed"         // deliveries given up
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

// HourCount is what happened to a bot's events in one hour.
type HourCount struct {
	Hour   time.Time
	Kind   string
	Bucket int // latency class, see LatencyBucket
	N      int
}

// LatencyBucket is the class of a duration: class n ends at 2^(n/2) ms, so each is 41 % wider than the one
// before and a percentile read from it is off by a fifth at most.
func LatencyBucket(d time.Duration) int {
	ms := float64(d) / float64(time.Millisecond)
	if ms <= 1 {
		return 0
	}
	return int(math.Ceil(2 * math.Log2(ms)))
}

// BucketEnd is the longest duration of a class.
func BucketEnd(bucket int) time.Duration {
	return time.Duration(math.Pow(2, float64(bucket)/2) * float64(time.Millisecond))
}

func (tx *tx) count(botID uuid.UUID, kind string, bucket, n int) {
	tx.counts[counterKey{botID, tx.now.Unix() / 3600, kind, bucket}] += n
	tx.wrote = true
}

func (tx *tx) flushCounters() error {
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
func (db *DB) HourCounts(ctx context.Context, botID uuid.UUID, from, to time.Time) ([]HourCount, error) {
	if botID == uuid.Nil {
		return db.allHourCounts(ctx, ceilHour(from), ceilHour(to))
	}
	return db.queryCounts(ctx, hourCountsOf, idBytes(botID), ceilHour(from), ceilHour(to))
}

// AcceptedHours reads of a bot's counters those of events that came. There are a dozen others for every hour, of answers
// by how long they took.
func (db *DB) AcceptedHours(ctx context.Context, botID uuid.UUID, from, to time.Time) ([]HourCount, error) {
	return db.queryCounts(ctx, acceptedHoursOf, idBytes(botID), ceilHour(from), ceilHour(to), CountAccepted)
}

func (db *DB) queryCounts(ctx context.Context, query string, args ...any) ([]HourCount, error) {
	rows, err := db.reader.rows(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var counts []HourCount
	for rows.Next() {
		var c HourCount
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

// daysOf sums the days of a list of bots, each found along the index. Its groups have the place in the list rather than the
// id: numbers are quicker to group by.
const daysOf = `SELECT asked.key, c.hour / 24, c.kind, SUM(c.n) FROM json_each(?) asked CROSS JOIN counters c
	WHERE c.bot_id = unhex(asked.value) AND c.hour >= ? AND c.kind IN (?, ?) GROUP BY 1, 2, 3`

// addWeeks sums the last seven UTC days of each bot, today last, in one read.
func (db *DB) addWeeks(ctx context.Context, bots []BotSummary) error {
	if len(bots) == 0 {
		return nil
	}
	first := db.cfg.Now().UTC().Truncate(24*time.Hour).AddDate(0, 0, -6)
	asked := make([]string, len(bots))
	for i := range bots {
		asked[i] = hex.EncodeToString(bots[i].ID[:])
		for day := range bots[i].Daily {
			bots[i].Daily[day].Day = first.AddDate(0, 0, day)
		}
	}
	rows, err := db.reader.rows(ctx, daysOf, mustJSON(asked), first.Unix()/3600, CountAccepted, CountFailedAttempt)
	if err != nil {
		return fmt.Errorf("summing days: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var bot, n int
		var day int64
		var kind string
		if err := rows.Scan(&bot, &day, &kind, &n); err != nil {
			return fmt.Errorf("summing days: %w", err)
		}
		i := day - first.Unix()/86400
		if i < 0 || i > 6 {
			continue
		}
		if count := &bots[bot].Daily[i]; kind == CountAccepted {
			count.Total = n
		} else {
			count.Failed = n
		}
	}
	return rows.Err()
}
