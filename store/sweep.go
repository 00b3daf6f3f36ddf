package store

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/google/uuid"
)

// Sweep removes up to limit deliveries of deleted bots and, once a bot has none left, all else that was its.
// It returns how many deliveries went; call it until there are none.
func (db *DB) Sweep(ctx context.Context, limit int) (n int, err error) {
	rows, err := db.reader.rows(ctx, `SELECT id FROM bots WHERE deleted_at > 0`)
	if err != nil {
		return 0, fmt.Errorf("looking for deleted bots: %w", err)
	}
	bots, err := scanIDs(rows)
	if err == nil && len(bots) > 0 { // their hashes are looked for in the index alone
		err = db.mergeAll(ctx)
	}
	for _, bot := range bots {
		if err != nil || n >= limit {
			break
		}
		var gone int
		gone, err = db.sweepBot(ctx, bot, limit-n)
		n += gone
	}
	return n, err
}

func (db *DB) sweepBot(ctx context.Context, bot uuid.UUID, limit int) (n int, err error) {
	err = db.write(ctx, func(tx *tx) error {
		rows, err := tx.rows(`SELECT bot_id, id, status, payload FROM deliveries WHERE bot_id = ? LIMIT ?`, idBytes(bot), limit)
		if err != nil {
			return err
		}
		victims, err := scanVictims(rows)
		if err != nil {
			return err
		}
		for _, v := range victims {
			if err := tx.dropPerson(v.bot, v.id, v.payload); err != nil {
				return err
			}
		}
		if err := tx.deleteDeliveries(victims); err != nil {
			return err
		}
		if n = len(victims); n == limit {
			return nil
		}
		return tx.deleteBotRows(bot)
	})
	return n, err
}

func (tx *tx) deleteBotRows(bot uuid.UUID) error {
	h, err := tx.healthOf(bot)
	if err != nil {
		return err
	}
	tx.waiting -= h.waiting
	tx.wrote = true
	delete(tx.health, bot)
	for _, table := range []string{"counters", "resend_jobs", "conditions", "health", "webhook_versions", "webhooks"} {
		if _, err := tx.exec(`DELETE FROM `+table+` WHERE bot_id = ?`, idBytes(bot)); err != nil {
			return fmt.Errorf("removing deleted bot %s: %w", bot, err)
		}
	}
	_, err = tx.exec(`DELETE FROM bots WHERE id = ?`, idBytes(bot))
	return err
}

// victim is a delivery that is to go.
type victim struct {
	bot, id uuid.UUID
	status  Status
	payload []byte // if it was asked for
}

func scanVictims(rows *sql.Rows) (victims []victim, err error) {
	defer rows.Close()
	for rows.Next() {
		var v victim
		if err := rows.Scan(&v.bot, &v.id, &v.status, &v.payload); err != nil {
			return nil, err
		}
		victims = append(victims, v)
	}
	return victims, rows.Err()
}

// deleteDeliveries removes deliveries with their attempts, and counts those that waited or were held no more.
func (tx *tx) deleteDeliveries(victims []victim) error {
	for _, v := range victims {
		h, err := tx.healthOf(v.bot)
		if err != nil {
			return err
		}
		switch v.status {
		case Queued, Retrying, Sending:
			tx.move(h, -1, 0)
		case Held:
			tx.move(h, 0, -1)
		}
		if _, err := tx.exec(`DELETE FROM attempts WHERE bot_id = ? AND delivery_id = ?`, idBytes(v.bot), idBytes(v.id)); err != nil {
			return fmt.Errorf("removing delivery %s: %w", v.id, err)
		}
		if _, err := tx.exec(`DELETE FROM deliveries WHERE bot_id = ? AND id = ?`, idBytes(v.bot), idBytes(v.id)); err != nil {
			return fmt.Errorf("removing delivery %s: %w", v.id, err)
		}
	}
	return nil
}
