package store

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
)

// ExpireHeld skips up to limit events that have been held for HeldFor, bot by bot, and returns how many.
func (db *DB) ExpireHeld(ctx context.Context, limit int) (n int, err error) {
	err = db.write(ctx, func(tx *tx) error {
		n = 0
		bots, err := tx.botsWithHeld()
		if err != nil {
			return err
		}
		before := firstID(tx.now.Add(-HeldFor))
		for _, bot := range bots {
			moved, err := tx.exec(`UPDATE deliveries SET status = 'skipped', reason = ?, updated_at = ? WHERE bot_id = ? AND id IN (
					SELECT id FROM deliveries WHERE bot_id = ? AND status = 'held' AND id < ? ORDER BY id LIMIT ?)`,
				ReasonHeldTooLong, millis(tx.now), idBytes(bot), idBytes(bot), idBytes(before), limit-n)
			if err != nil {
				return fmt.Errorf("skipping events held for too long: %w", err)
			}
			h, err := tx.healthOf(bot)
			if err != nil {
				return err
			}
			tx.move(h, 0, -int(moved))
			tx.changed(bot)
			if n += int(moved); n >= limit {
				break
			}
		}
		return nil
	})
	return n, err
}

func (tx *tx) botsWithHeld() ([]uuid.UUID, error) {
	rows, err := tx.rows(`SELECT bot_id FROM health WHERE held > 0`)
	if err != nil {
		return nil, err
	}
	return scanIDs(rows)
}

// DeleteOld removes up to limit deliveries that were accepted before a moment and no longer wait, with their
// attempts, and returns how many.
func (db *DB) DeleteOld(ctx context.Context, before time.Time, limit int) (n int, err error) {
	end := firstID(before)
	err = db.write(ctx, func(tx *tx) error {
		n, err = tx.deleteDeliveries(`SELECT bot_id, id, payload, status FROM deliveries WHERE id < ? AND due_at IS NULL ORDER BY id LIMIT ?`,
			idBytes(end), limit)
		return err
	})
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
	for _, table := range []string{"people", "counters", "health", "webhook_versions", "webhooks"} {
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
