package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
)

// ExpireHeld skips up to limit events that at a moment have been held for HeldFor, bot by bot, and returns how many.
func (db *DB) ExpireHeld(ctx context.Context, now time.Time, limit int) (n int, err error) {
	before := now.Add(-HeldFor)
	rows, err := db.reader.rows(ctx, `SELECT bot_id FROM health h WHERE held > 0 AND EXISTS (
			SELECT 1 FROM deliveries d WHERE d.bot_id = h.bot_id AND d.status = 'held' AND d.updated_at < ?)`, millis(before))
	if err != nil {
		return 0, fmt.Errorf("looking for events held for too long: %w", err)
	}
	bots, err := scanIDs(rows)
	for _, bot := range bots {
		if err != nil || n >= limit {
			break
		}
		var moved int
		moved, err = db.expireHeldOf(ctx, bot, before, limit-n)
		n += moved
	}
	return n, err
}

func (db *DB) expireHeldOf(ctx context.Context, bot uuid.UUID, before time.Time, limit int) (n int, err error) {
	err = db.write(ctx, func(tx *tx) error {
		h, err := tx.healthOf(bot)
		if err != nil {
			return err
		}
		moved, err := tx.exec(`UPDATE deliveries SET status = 'skipped', reason = ?, updated_at = ? WHERE bot_id = ? AND id IN (
				SELECT id FROM deliveries WHERE bot_id = ? AND status = 'held' AND updated_at < ? ORDER BY updated_at LIMIT ?)`,
			ReasonHeldTooLong, millis(tx.now), idBytes(bot), idBytes(bot), millis(before), limit)
		if err != nil {
			return fmt.Errorf("skipping events held for too long: %w", err)
		}
		n = int(moved)
		tx.move(h, 0, -n)
		tx.changed(bot)
		return nil
	})
	return n, err
}

// DeleteOld removes up to limit deliveries that were accepted before a moment and neither wait nor are held, with
// their attempts, and returns how many. Whom they were about is forgotten run by run (DeleteOldPeople).
func (db *DB) DeleteOld(ctx context.Context, before time.Time, limit int) (n int, err error) {
	victims, err := db.oldDeliveries(ctx, before, limit)
	if err != nil || len(victims) == 0 {
		return 0, err
	}
	return len(victims), db.deleteVictims(ctx, victims) // there may be more
}

// deleteVictims removes deliveries that still neither wait nor are held.
func (db *DB) deleteVictims(ctx context.Context, victims []victim) error {
	return db.write(ctx, func(tx *tx) error {
		still := make([]victim, 0, len(victims))
		for _, v := range victims {
			err := tx.row(`SELECT status FROM deliveries WHERE bot_id = ? AND id = ? AND due_at IS NULL AND status <> 'held'`,
				idBytes(v.bot), idBytes(v.id)).Scan(&v.status)
			if errors.Is(err, sql.ErrNoRows) { // resent since it was found
				continue
			}
			if err != nil {
				return err
			}
			still = append(still, v)
		}
		return tx.deleteDeliveries(still)
	})
}

// oldDeliveries finds what DeleteOld removes. It reads outside the writer: what still waits from before that moment is
// passed over each time, and may be much.
func (db *DB) oldDeliveries(ctx context.Context, before time.Time, limit int) ([]victim, error) {
	end := firstID(before)
	rows, err := db.reader.rows(ctx, `SELECT bot_id, id, status, NULL FROM deliveries
		WHERE id < ? AND due_at IS NULL AND status <> 'held' ORDER BY id LIMIT ?`, idBytes(end), limit)
	if err != nil {
		return nil, fmt.Errorf("looking for old deliveries: %w", err)
	}
	return scanVictims(rows)
}

// DeleteOldPeople removes up to limit hashes of people from runs that end before a moment and before the oldest
// delivery there is, and returns how many.
func (db *DB) DeleteOldPeople(ctx context.Context, before time.Time, limit int) (n int, err error) {
	first := firstID(before)
	err = db.write(ctx, func(tx *tx) error {
		var oldest []byte
		if err := tx.row(`SELECT MIN(id) FROM deliveries`).Scan(&oldest); err != nil {
			return err
		}
		end := runOf(first)
		if len(oldest) > 0 {
			end = min(end, runOf(uuid.UUID(oldest)))
		}
		gone, err := tx.exec(`DELETE FROM people WHERE (run, hash, bot_id, delivery_id) IN (
			SELECT run, hash, bot_id, delivery_id FROM people WHERE run < ? LIMIT ?)`, end, limit)
		n = int(gone)
		return err
	})
	return n, err
}

// DeleteOldCounters removes up to limit counters of hours before a moment, bot by bot, and returns how many.
func (db *DB) DeleteOldCounters(ctx context.Context, before time.Time, limit int) (n int, err error) {
	end := before.Unix() / 3600
	rows, err := db.reader.rows(ctx, `SELECT id FROM (SELECT id FROM bots UNION ALL SELECT ?) b
		WHERE EXISTS (SELECT 1 FROM counters c WHERE c.bot_id = b.id AND c.hour < ?)`, idBytes(uuid.Nil), end) // and the sums of all
	if err != nil {
		return 0, fmt.Errorf("looking for old counters: %w", err)
	}
	bots, err := scanIDs(rows)
	for _, bot := range bots {
		if err != nil || n >= limit {
			break
		}
		err = db.write(ctx, func(tx *tx) error {
			gone, err := tx.exec(`DELETE FROM counters WHERE bot_id = ? AND (hour, kind, bucket) IN (
				SELECT hour, kind, bucket FROM counters WHERE bot_id = ? AND hour < ? LIMIT ?)`, idBytes(bot), idBytes(bot), end, limit-n)
			n += int(gone)
			return err
		})
	}
	return n, err
}
