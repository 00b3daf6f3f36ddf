package store

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
)

// longestSettling is more than any edit waits to count: what is further ahead was written by a clock that has
// since been set back.
const longestSettling = time.Minute

// recover makes due at once what a process that died had under way (SQLite has one process; with several,
// leases end by themselves), and counts what waits.
func (db *DB) recover(ctx context.Context) error {
	var waiting int64
	if err := db.reader.row(ctx, `SELECT COALESCE(SUM(waiting), 0) FROM health`).Scan(&waiting); err != nil {
		return err
	}
	db.waiting.Store(waiting)
	return db.eachToRecover(ctx, (*tx).recoverLane)
}

// ReturnFromFuture is recover for a clock that was set back while this process runs: what is under way stays with whom it
// is, but no lease ends in what is now the future.
func (db *DB) ReturnFromFuture(ctx context.Context) error {
	return db.eachToRecover(ctx, func(tx *tx, bot uuid.UUID) error {
		until := tx.now.Add(longestLease)
		if _, err := tx.exec(`UPDATE deliveries SET due_at = ? WHERE bot_id = ? AND status = 'sending' AND due_at > ?`,
			millis(until), idBytes(bot), millis(until)); err != nil {
			return err
		}
		return tx.moveFromFuture(bot)
	})
}

const (
	// longestLease is more than anybody claims for.
	longestLease = 5 * time.Minute
	// longestNotifyWait is more than a notification waits for its next try.
	longestNotifyWait = 24 * time.Hour
)

// eachToRecover does something for each bot of which deliveries may wait for the wrong time, after it has brought nearer
// what settles or is told again.
func (db *DB) eachToRecover(ctx context.Context, do func(*tx, uuid.UUID) error) error {
	err := db.write(ctx, func(tx *tx) error {
		if _, err := tx.exec(`UPDATE webhooks SET settles_at = ? WHERE settles_at > ?`, millis(tx.now), millis(tx.now.Add(longestSettling))); err != nil {
			return err
		}
		_, err := tx.exec(`UPDATE notification_sends SET due_at = ? WHERE due_at > ?`, millis(tx.now), millis(tx.now.Add(longestNotifyWait)))
		return err
	})
	if err != nil {
		return err
	}
	bots, err := db.botsToRecover(ctx)
	if err != nil {
		return err
	}
	for some := range slices.Chunk(bots, recoverBatch) {
		err := db.write(ctx, func(tx *tx) error {
			for _, bot := range some {
				if err := do(tx, bot); err != nil {
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

// recoverBatch is how many bots one transaction takes up.
const recoverBatch = 1000

// botsToRecover lists the bots with something under way, or written by a clock that has since been set back. Those with
// nothing but a queue are many, and need nothing.
func (db *DB) botsToRecover(ctx context.Context) ([]uuid.UUID, error) {
	now := millis(db.cfg.Now())
	rows, err := db.reader.rows(ctx, `SELECT h.bot_id FROM health h WHERE h.waiting > 0 AND (h.last_attempt_at > ?
		OR EXISTS (SELECT 1 FROM deliveries d WHERE d.bot_id = h.bot_id AND d.status = 'sending')
		OR EXISTS (SELECT 1 FROM deliveries d WHERE d.bot_id = h.bot_id AND d.late = 0 AND d.due_at IS NOT NULL AND d.due_at > ?))`, now, now)
	if err != nil {
		return nil, fmt.Errorf("looking for what was under way: %w", err)
	}
	return scanIDs(rows)
}

func (tx *tx) recoverLane(botID uuid.UUID) error {
	if _, err := tx.exec(`UPDATE deliveries SET status = CASE WHEN round = 0 THEN 'queued' ELSE 'retrying' END, due_at = ?
		WHERE bot_id = ? AND status = 'sending'`, millis(tx.now), idBytes(botID)); err != nil {
		return err
	}
	return tx.moveFromFuture(botID)
}

// moveFromFuture moves what was written before the clock was set back: it waits as long as was meant, not until the
// clock has caught up. A bot's rows are read only if its last attempt was in the future; its first attempts are due
// when their events come, so those that are not are found by index.
func (tx *tx) moveFromFuture(botID uuid.UUID) error {
	now := millis(tx.now)
	if _, err := tx.exec(`UPDATE deliveries SET due_at = ? WHERE bot_id = ? AND late = 0 AND due_at > ? AND status = 'queued'`,
		now, idBytes(botID), now); err != nil {
		return err
	}
	_, err := tx.exec(`UPDATE deliveries SET due_at = due_at - (updated_at - ?) WHERE bot_id = ? AND late = 1 AND due_at > ? AND updated_at > ?
		AND EXISTS (SELECT 1 FROM health WHERE bot_id = ? AND last_attempt_at > ?)`,
		now, idBytes(botID), now, now, idBytes(botID), now)
	return err
}
