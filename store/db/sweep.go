package db

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"iozen/store"
	"iozen/store/db/number"
	"iozen/store/db/statement"
)

// Sweep removes up to limit deliveries of deleted bots and, once a bot has none left, all else that was its; and it skips what
// waits for deleted webhooks. It returns how many deliveries it has changed; call it until there are none.
func (db *DB) Sweep(ctx context.Context, limit int) (n int, err error) {
	rows, err := db.reader.Rows(ctx, `SELECT id FROM bots WHERE deleted_at > 0 AND deleted_at <= ?`, millis(db.cfg.Now()))
	if err != nil {
		return 0, fmt.Errorf("looking for deleted bots: %w", err)
	}
	bots, err := statement.Column[uuid.UUID](rows)
	if err == nil && len(bots) > 0 { // their hashes are looked for in the index alone
		err = db.mergeAll(ctx)
	}
	if err == nil {
		n, err = db.sweepWebhooks(ctx, limit)
	}
	if err != nil || n >= limit {
		return n, err
	}
	gone, err := upTo(limit-n, bots, func(bot uuid.UUID, limit int) (int, error) { return db.sweepBot(ctx, bot, limit) })
	return n + gone, err
}

func (db *DB) sweepBot(ctx context.Context, botID uuid.UUID, limit int) (n int, err error) {
	err = db.write(ctx, func(tx *tx) error {
		bot, err := tx.bot(botID)
		if err != nil {
			return err
		}
		rows, err := tx.rows(`SELECT d.bot, d.number, d.n, d.status, d.event_id, d.event IS NULL, d.payload FROM deliveries d WHERE d.bot = ? LIMIT ?`, bot, limit)
		if err != nil {
			return err
		}
		found, err := statement.Collect(rows, scanCandidate)
		if err != nil {
			return err
		}
		for _, v := range found {
			if v.payload == nil {
				continue
			}
			if err := tx.dropPerson(v.deliveryKey, v.payload); err != nil {
				return err
			}
		}
		if err := tx.deleteDeliveries(found); err != nil {
			return err
		}
		if n = len(found); n == limit {
			return nil
		}
		return tx.deleteBotRows(botID, bot)
	})
	return n, err
}

func (tx *tx) deleteBotRows(botID uuid.UUID, bot int64) error {
	rows, err := tx.rows(`SELECT n FROM health WHERE bot = ?`, bot)
	if err != nil {
		return err
	}
	webhooks, err := statement.Column[int](rows)
	if err != nil {
		return err
	}
	for _, n := range webhooks {
		h, err := tx.healthOf(store.WebhookID{BotID: botID, N: n})
		if err != nil {
			return err
		}
		tx.waiting -= h.waiting
		delete(tx.health, h.WebhookID)
	}
	tx.wrote = true
	for _, table := range []string{"counters", "days", "conditions", "health", "event_ids", "webhook_versions", "webhooks"} {
		if _, err := tx.exec(`DELETE FROM `+table+` WHERE bot = ?`, bot); err != nil {
			return fmt.Errorf("removing deleted bot %s: %w", botID, err)
		}
	}
	if _, err := tx.exec(`DELETE FROM jobs WHERE bot_id = ?`, idBytes(botID)); err != nil {
		return fmt.Errorf("removing deleted bot %s: %w", botID, err)
	}
	_, err = tx.exec(`DELETE FROM bots WHERE number = ?`, bot)
	return err
}

// sweepWebhooks skips what still waits for deleted webhooks or is held for them, up to limit deliveries.
func (db *DB) sweepWebhooks(ctx context.Context, limit int) (n int, err error) {
	rows, err := db.reader.Rows(ctx, `SELECT b.id, w.n FROM webhooks w JOIN bots b ON b.number = w.bot AND b.deleted_at = 0
		JOIN health h ON h.bot = w.bot AND h.n = w.n WHERE w.deleted_at > 0 AND h.waiting + h.held > 0`)
	if err != nil {
		return 0, fmt.Errorf("looking for deleted webhooks: %w", err)
	}
	deleted, err := statement.Collect(rows, scanWebhookID)
	if err != nil {
		return 0, err
	}
	return upTo(limit, deleted, func(id store.WebhookID, limit int) (int, error) { return db.HoldWaiting(ctx, id, limit) })
}

// candidate is a delivery that may be deleted.
type candidate struct {
	deliveryKey
	n       int // the webhook
	status  store.Status
	eventID string
	first   bool   // the event's id leads to it
	payload []byte // if it was asked for
}

func scanCandidate(v *candidate, scan func(...any) error) error {
	return scan(&v.bot, &v.number, &v.n, &v.status, &v.eventID, &v.first, &v.payload)
}

// deleteDeliveries removes deliveries with their attempts, and takes those that waited or were held out of the counts.
func (tx *tx) deleteDeliveries(found []candidate) error {
	ids := map[int64]uuid.UUID{}
	for _, v := range found {
		if waiting, held := v.status.Counted(); waiting+held > 0 {
			if _, ok := ids[v.bot]; !ok {
				var id uuid.UUID
				if err := tx.row(`SELECT id FROM bots WHERE number = ?`, v.bot).Scan(&id); err != nil {
					return err
				}
				ids[v.bot] = id
			}
			h, err := tx.healthOf(store.WebhookID{BotID: ids[v.bot], N: v.n})
			if err != nil {
				return err
			}
			tx.move(h, v.status, "", 1)
		}
		if err := tx.deleteDelivery(v); err != nil {
			return fmt.Errorf("removing delivery %s: %w", number.ID(v.number), err)
		}
	}
	return nil
}

func (tx *tx) deleteDelivery(v candidate) error {
	if _, err := tx.exec(`DELETE FROM attempts WHERE bot = ? AND delivery = ?`, v.bot, v.number); err != nil {
		return err
	}
	if v.first {
		if _, err := tx.exec(`DELETE FROM event_ids WHERE bot = ? AND event_id = ? AND delivery = ?`, v.bot, v.eventID, v.number); err != nil {
			return err
		}
	}
	if _, err := tx.exec(`DELETE FROM put_back WHERE bot = ? AND delivery = ?`, v.bot, v.number); err != nil {
		return err
	}
	_, err := tx.exec(`DELETE FROM deliveries WHERE bot = ? AND number = ?`, v.bot, v.number)
	return err
}
