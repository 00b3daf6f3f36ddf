package store

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
)

// ExpireHeld skips up to limit events that have been held for HeldFor, bot by bot, and returns how many.
func (db *DB) ExpireHeld(ctx context.Context, limit int) (n int, err error) {
	before := db.cfg.Now().Add(-HeldFor)
	rows, err := db.reader.rows(ctx, `SELECT bot_id FROM health h WHERE held > 0 AND EXISTS (
			SELECT 1 FROM deliveries d WHERE d.bot_id = h.bot_id AND d.status = 'held' AND d.updated_at < ?)`, millis(before))
	if err != nil {
		return 0, fmt.Errorf("looking for events held for too long: %w", err)
	}
	bots, err := scanIDs(rows)
	for _, bot := range append(bots, uuid.Nil) { // the sums of all bots stand under no bot's id
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
// their attempts, and returns how many.
func (db *DB) DeleteOld(ctx context.Context, before time.Time, limit int) (n int, err error) {
	end := firstID(before)
	err = db.write(ctx, func(tx *tx) error {
		n, err = tx.deleteDeliveries(`SELECT bot_id, id, payload, status FROM deliveries
			WHERE id < ? AND due_at IS NULL AND status <> 'held' ORDER BY id LIMIT ?`, idBytes(end), limit)
		return err
	})
	return n, err
}

// DeleteOldCounters removes up to limit counters of hours before a moment, bot by bot, and returns how many.
func (db *DB) DeleteOldCounters(ctx context.Context, before time.Time, limit int) (n int, err error) {
	end := before.Unix() / 3600
	rows, err := db.reader.rows(ctx, `SELECT id FROM bots b
		WHERE EXISTS (SELECT 1 FROM counters c WHERE c.bot_id = b.id AND c.hour < ?)`, end)
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

// Sweep removes up to limit deliveries of deleted bots and, once a bot has none left, all else that was its.
// It returns how many deliveries went; call it until there are none.
func (db *DB) Sweep(ctx context.Context, limit int) (n int, err error) {
	err = db.write(ctx, func(tx *tx) error {
		n = 0
		rows, err := tx.rows(`SELECT id FROM bots WHERE deleted_at > 0`)
		if err != nil {
			return err
		}
		bots, err := scanIDs(rows)
		if err != nil {
			return err
		}
		for _, bot := range bots {
			gone, err := tx.deleteDeliveries(`SELECT bot_id, id, payload, status FROM deliveries WHERE bot_id = ? LIMIT ?`, idBytes(bot), limit-n)
			if err != nil {
				return err
			}
			if n += gone; n >= limit {
				return nil
			}
			if err := tx.deleteBotRows(bot); err != nil {
				return err
			}
		}
		return nil
	})
	return n, err
}

func (tx *tx) deleteBotRows(bot uuid.UUID) error {
	h, err := tx.healthOf(bot)
	if err != nil {
		return err
	}
	tx.waiting -= h.waiting
	delete(tx.health, bot)
	for _, table := range []string{"people", "counters", "resend_jobs", "conditions", "health", "webhook_versions", "webhooks"} {
		if _, err := tx.exec(`DELETE FROM `+table+` WHERE bot_id = ?`, idBytes(bot)); err != nil {
			return fmt.Errorf("removing deleted bot %s: %w", bot, err)
		}
	}
	_, err = tx.exec(`DELETE FROM bots WHERE id = ?`, idBytes(bot))
	return err
}

func (tx *tx) deleteDeliveries(query string, args ...any) (int, error) {
	type victim struct {
		bot, id uuid.UUID
		payload []byte
		status  Status
	}
	rows, err := tx.rows(query, args...)
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	var victims []victim
	for rows.Next() {
		var v victim
		if err := rows.Scan(&v.bot, &v.id, &v.payload, &v.status); err != nil {
			return 0, err
		}
		victims = append(victims, v)
	}
	if err := rows.Err(); err != nil {
		return 0, err
	}
	for _, v := range victims {
		if err := tx.deleteDelivery(v.bot, v.id, v.payload, v.status); err != nil {
			return 0, fmt.Errorf("removing delivery %s: %w", v.id, err)
		}
	}
	return len(victims), nil
}

func (tx *tx) deleteDelivery(bot, id uuid.UUID, payload []byte, status Status) error {
	h, err := tx.healthOf(bot)
	if err != nil {
		return err
	}
	switch status {
	case Queued, Retrying, Sending:
		tx.move(h, -1, 0)
	case Held:
		tx.move(h, 0, -1)
	}
	if err := tx.dropPerson(bot, id, payload); err != nil {
		return err
	}
	if _, err := tx.exec(`DELETE FROM attempts WHERE bot_id = ? AND delivery_id = ?`, idBytes(bot), idBytes(id)); err != nil {
		return err
	}
	_, err = tx.exec(`DELETE FROM deliveries WHERE bot_id = ? AND id = ?`, idBytes(bot), idBytes(id))
	return err
}
