package db

import (
	"context"
	"fmt"
	"slices"
	"time"

	"iozen/store"
	"iozen/store/db/dialect"
	"iozen/store/db/number"
	"iozen/store/db/statement"
)

// readWriter is what recovering reads by and writes by: the queues of everybody, or the writer's own connection.
type readWriter struct {
	read  *statement.Statements
	write func(func(*tx) error) error
}

func (db *DB) inTurn(ctx context.Context) readWriter {
	return readWriter{db.reader.Statements, func(op func(*tx) error) error { return db.write(ctx, op) }}
}

// recover makes the deliveries due that a process which died had under way, and counts what waits.
func (db *DB) recover(ctx context.Context) error {
	if err := db.countWaiting(ctx, db.reader.Statements); err != nil {
		return err
	}
	of := everybody
	if number := db.Number(); number > 0 {
		of = nobodyBut(number)
	}
	return db.eachToRecover(ctx, db.inTurn(ctx), func(tx *tx, l laneKey) error { return tx.recoverLane(l, of, nil) })
}

func (db *DB) countWaiting(ctx context.Context, read *statement.Statements) error {
	var waiting int64
	err := read.Row(ctx, `SELECT COALESCE(SUM(waiting), 0) FROM health`).Scan(&waiting)
	if err == nil {
		db.waiting.Store(waiting)
	}
	return err
}

// takeUpAgain is takeUp after the writer's connection was cut, in its own goroutine. What this process has in hand stays with
// it; what a commit of unknown outcome has claimed is in nobody's hands.
func (db *DB) takeUpAgain(ctx context.Context, on readWriter) error {
	if err := db.readJournal(ctx, on.read); err != nil || db.cfg.Beside {
		return err
	}
	if err := db.countWaiting(ctx, on.read); err != nil {
		return err
	}
	inHand := map[store.WebhookID][]int64{}
	for id, c := range db.claims {
		inHand[c.Webhook] = append(inHand[c.Webhook], number.Of(id))
	}
	return db.eachToRecover(ctx, on, func(tx *tx, l laneKey) error {
		tx.changed(l.id, store.Due)
		return tx.recoverLane(l, claimedBy(tx.owner), inHand[l.id])
	})
}

// ReturnFromFuture is recover for a clock that was set back while this process runs: claims stay with their holders, but no
// lease ends later than it was meant to.
func (db *DB) ReturnFromFuture(ctx context.Context) error {
	return db.eachToRecover(ctx, db.inTurn(ctx), func(tx *tx, l laneKey) error {
		until := tx.now.Add(longestLease)
		if _, err := tx.exec(`UPDATE deliveries SET due_at = ? WHERE bot = ? AND n = ? AND late IN (FALSE, TRUE) AND due_at > ? AND status = 'sending'`,
			millis(until), l.bot, l.n, millis(until)); err != nil {
			return err
		}
		return tx.moveFromFuture(l)
	})
}

// A time further ahead than these was written by a clock that has since been set back.
const (
	// longestQuietTime is more than any edit waits to count.
	longestQuietTime = time.Minute
	// longestLease is longer than any claim lasts.
	longestLease = 5 * time.Minute
	// longestNotifyWait is longer than a notification waits for its next attempt.
	longestNotifyWait = 24 * time.Hour
)

// laneKey is a webhook by its bot's number.
type laneKey struct {
	bot int64
	n   int
	id  store.WebhookID
}

// eachToRecover calls do for each webhook whose deliveries may wait for a wrong time, after it has corrected quiet times and
// the times of notifications.
func (db *DB) eachToRecover(ctx context.Context, on readWriter, do func(*tx, laneKey) error) error {
	err := on.write(func(tx *tx) error {
		if _, err := tx.exec(`UPDATE webhooks SET settles_at = ? WHERE settles_at > ?`, millis(tx.now), millis(tx.now.Add(longestQuietTime))); err != nil {
			return err
		}
		_, err := tx.exec(`UPDATE notification_sends SET due_at = ? WHERE due_at > ?`, millis(tx.now), millis(tx.now.Add(longestNotifyWait)))
		return err
	})
	if err != nil {
		return err
	}
	lanes, err := db.lanesToRecover(ctx, on.read)
	if err != nil {
		return err
	}
	for some := range slices.Chunk(lanes, recoverBatch) {
		err := on.write(func(tx *tx) error {
			for _, l := range some {
				if err := do(tx, l); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// recoverBatch is how many webhooks one transaction recovers.
const recoverBatch = 1000

// lanesToRecover lists the webhooks with something under way, or written by a clock that has since been set back. A first
// attempt is due when its event comes, so that one which is due later is under way, or from the future; what is late and
// under way is due before the longest lease ends. Webhooks that only have a queue are many, and need no recovery.
func (db *DB) lanesToRecover(ctx context.Context, read *statement.Statements) (lanes []laneKey, err error) {
	now := db.cfg.Now()
	rows, err := read.Rows(ctx, `SELECT h.bot, h.n, b.id FROM health h JOIN bots b ON b.number = h.bot WHERE h.waiting > 0 AND (h.last_attempt_at > ?
		OR (SELECT MAX(d.due_at) FROM deliveries d WHERE d.bot = h.bot AND d.n = h.n AND d.late = FALSE AND d.due_at IS NOT NULL) > ?
		OR (SELECT MIN(d.due_at) FROM deliveries d WHERE d.bot = h.bot AND d.n = h.n AND d.late = TRUE AND d.due_at IS NOT NULL AND d.due_at > ?) <= ?)`,
		millis(now), millis(now), millis(now), millis(now.Add(longestLease)))
	if err != nil {
		return nil, fmt.Errorf("looking for what was under way: %w", err)
	}
	return statement.Collect(rows, func(l *laneKey, scan func(...any) error) error {
		err := scan(&l.bot, &l.n, &l.id.BotID)
		l.id.N = l.n
		return err
	})
}

// recoverLane makes due what was under way, and moves what waits for a wrong time.
func (tx *tx) recoverLane(l laneKey, of owners, inHand []int64) error {
	if err := tx.makeDue(l, of, inHand); err != nil {
		return err
	}
	return tx.moveFromFuture(l)
}

// makeDue makes due what some owners had under way, and is not in hand. A lease that has ended already needs nothing: its
// delivery is due.
func (tx *tx) makeDue(l laneKey, of owners, inHand []int64) error {
	now := millis(tx.now)
	for _, late := range []bool{false, true} {
		args := append([]any{now, l.bot, l.n, late, now, millis(tx.now.Add(longestLease)), mustJSON(append([]int64{}, inHand...))}, of.args...)
		if _, err := tx.exec(`UPDATE deliveries SET status = CASE WHEN round = 0 THEN 'queued' ELSE 'retrying' END, due_at = ?
			WHERE bot = ? AND n = ? AND late = ? AND due_at > ? AND due_at <= ? AND status = 'sending' AND NOT number`+dialect.AmongNumbers+of.sql, args...); err != nil {
			return err
		}
	}
	return nil
}

// moveFromFuture moves what was written before the clock was set back: it waits as long as was meant, not until the
// clock has caught up. A webhook's rows are read only if its last attempt was in the future; its first attempts are due
// when their events come, so those that are not are found by index. One of them that is due after the longest lease was
// under way.
func (tx *tx) moveFromFuture(l laneKey) error {
	now := millis(tx.now)
	if _, err := tx.exec(`UPDATE deliveries SET due_at = ? WHERE bot = ? AND n = ? AND late = FALSE AND due_at > ? AND (status = 'queued' OR due_at > ?)`,
		now, l.bot, l.n, now, millis(tx.now.Add(longestLease))); err != nil {
		return err
	}
	_, err := tx.exec(`UPDATE deliveries SET due_at = due_at - (updated_at - ?) WHERE bot = ? AND n = ? AND late = TRUE AND due_at > ? AND updated_at > ?
		AND EXISTS (SELECT 1 FROM health WHERE bot = ? AND n = ? AND last_attempt_at > ?)`,
		now, l.bot, l.n, now, now, l.bot, l.n, now)
	return err
}
