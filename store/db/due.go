package db

import (
	"database/sql"
	"math"
	"time"

	"iozen/store"
	"iozen/store/db/memory"
)

// dueTimes are when the first delivery of each kind is due; not valid: none waits.
type dueTimes struct{ first, late sql.NullInt64 }

// dueNow is what a claim asks for, from the webhook's watermark. A first attempt is due when its event comes: what is due after
// now is under way, and its end of lease is found by the next look at all webhooks. There is one such row for every event of the last
// minutes, outdated by now, which looking for the first of them would step over.
func (tx *tx) dueNow(g *gate, from memory.Watermark) (dueTimes, error) {
	return tx.dueTimes(g, from, millis(tx.now))
}

// dueEver is what is ever due, the ends of leases included.
func (tx *tx) dueEver(g *gate) (dueTimes, error) {
	return tx.dueTimes(g, memory.Watermark{}, math.MaxInt64)
}

func (tx *tx) dueTimes(g *gate, from memory.Watermark, firstUntil int64) (d dueTimes, err error) {
	const ofWebhook = `(SELECT MIN(due_at) FROM deliveries WHERE bot = ? AND n = ? AND `
	err = tx.row(`SELECT `+ofWebhook+`late = FALSE AND due_at >= ? AND due_at <= ?), `+ofWebhook+`late = TRUE AND due_at >= ?)`,
		g.bot, g.id.N, from.First, firstUntil, g.bot, g.id.N, from.Late).Scan(&d.first, &d.late)
	return d, err
}

// raise moves the webhook's watermark on to what a claim has seen from the one before.
func (tx *tx) raise(g *gate, from memory.Watermark, due dueTimes) {
	to := memory.NewWatermark(due.first.Int64, due.late.Int64, tx.now)
	tx.onCommit(func() { tx.db.watermarks.Raise(g.id, from, to) })
}

func (d dueTimes) earliest() time.Time {
	if d.late.Valid && (!d.first.Valid || d.late.Int64 < d.first.Int64) {
		return fromMillis(d.late.Int64)
	}
	return fromMillis(d.first.Int64)
}

// places shares out a claim between first attempts and late deliveries. When both wait, three in four places go to first
// attempts, so that a thousand old retries do not keep a new event waiting, nor the reverse; with fewer than four places,
// the clock decides whose turn it is.
func (d dueTimes) places(limit int, now time.Time) (first, late int) {
	isDue := func(at sql.NullInt64) bool { return at.Valid && at.Int64 <= millis(now) }
	switch {
	case !isDue(d.late):
		return limit, 0
	case !isDue(d.first):
		return 0, limit
	}
	late = (limit + int(now.UnixMilli()%4)) / 4
	return limit - late, late
}

// earlier is the earlier of two times; a zero one never comes.
func earlier(a, b time.Time) time.Time {
	if a.IsZero() || b.Before(a) {
		return b
	}
	return a
}

// forgetWatermarks is for acts that take something back: what waited before them is due again when it was.
func (db *DB) forgetWatermarks(notices []store.Notice) {
	for _, n := range notices {
		if n.Is(store.Revoked) {
			db.watermarks.Forget(n.WebhookID)
		}
	}
}
