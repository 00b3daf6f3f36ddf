package db

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"iozen/store"
	"iozen/store/db/statement"
)

// dayKey is a webhook's day, of UTC.
type dayKey struct {
	webhook store.WebhookID
	day     int64
}

func (k dayKey) compare(other dayKey) int {
	return cmp.Or(k.webhook.Compare(other.webhook), cmp.Compare(k.day, other.day))
}

// day is what this group adds to a webhook's day.
func (tx *tx) day(id store.WebhookID) *store.DayCount {
	k := dayKey{id, tx.now.Unix() / 86400}
	if tx.days[k] == nil {
		tx.days[k] = &store.DayCount{}
	}
	return tx.days[k]
}

// answered counts how long an endpoint took to answer.
func (tx *tx) answered(id store.WebhookID, took time.Duration) {
	d := tx.day(id)
	d.Answered++
	d.AnsweredTime += took
}

// flushDays adds what this group counted to the sums of days: to those of each webhook, and to those of all bots, in a row of
// this writer. An event is counted for all bots at the first webhook, which gets every one.
func (tx *tx) flushDays() error {
	all := map[int64]store.DayCount{}
	var rows [][]any
	for _, k := range slices.SortedFunc(maps.Keys(tx.days), dayKey.compare) {
		bot, err := tx.bot(k.webhook.BotID)
		if err != nil {
			return err
		}
		d := *tx.days[k]
		rows = append(rows, tx.dayRow(bot, k.day, k.webhook.N, d))
		if k.webhook.N != 1 {
			d.Total = 0
		}
		all[k.day] = all[k.day].Plus(d)
	}
	for _, day := range slices.Sorted(maps.Keys(all)) {
		rows = append(rows, tx.dayRow(allBots, day, 0, all[day]))
	}
	clear(tx.days)
	return tx.each(addedDays, rows)
}

const (
	dayColumns = `bot, day, n, writer, accepted, delivered, failed_attempts, failed, expired, answered, answered_ms`
	addToDay   = ` ON CONFLICT (bot, day, n, writer) DO UPDATE SET accepted = days.accepted + excluded.accepted, delivered = days.delivered + excluded.delivered,
		failed_attempts = days.failed_attempts + excluded.failed_attempts, failed = days.failed + excluded.failed,
		expired = days.expired + excluded.expired, answered = days.answered + excluded.answered, answered_ms = days.answered_ms + excluded.answered_ms`
)

var addedDays = statement.Insert("days", strings.ReplaceAll(dayColumns, ",", " BIGINT,")+" BIGINT", addToDay)

func (tx *tx) dayRow(bot, day int64, n int, d store.DayCount) []any {
	return []any{
		bot, day, int64(n), tx.owner, int64(d.Total), int64(d.Delivered), int64(d.FailedAttempts), int64(d.Failed), int64(d.Expired), int64(d.Answered),
		d.AnsweredTime.Milliseconds(),
	}
}

// countOut takes the days of a bot out of those of all bots (sign -1), because it is deleted, or puts them back (1).
func (tx *tx) countOut(botID uuid.UUID, sign int) error {
	if err := tx.flushDays(); err != nil { // what others of this group have counted
		return err
	}
	bot, err := tx.bot(botID)
	if err != nil {
		return err
	}
	_, err = tx.exec(`INSERT INTO days (`+dayColumns+`)
		SELECT ?, d.day, 0, ?, ? * SUM(CASE d.n WHEN 1 THEN d.accepted ELSE 0 END), ? * SUM(d.delivered), ? * SUM(d.failed_attempts), ? * SUM(d.failed),
			? * SUM(d.expired), ? * SUM(d.answered), ? * SUM(d.answered_ms)
		FROM days d WHERE d.bot = ? GROUP BY d.day`+addToDay,
		allBots, tx.owner, sign, sign, sign, sign, sign, sign, sign, bot)
	return err
}

// firstDay is the first of the last n UTC days, today included.
func (db *DB) firstDay(n int) int64 { return db.cfg.Now().Unix()/86400 + 1 - int64(n) }
