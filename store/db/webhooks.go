package db

import (
	"context"
	"fmt"
	"slices"

	"github.com/google/uuid"

	"iozen/store"
)

// Webhooks reads the current settings of a bot's webhooks, in the order in which people see them, secrets in clear.
func (db *DB) Webhooks(ctx context.Context, botID uuid.UUID) (all []store.Webhook, err error) {
	if _, err := db.Bot(ctx, botID); err != nil {
		return nil, err
	}
	rows, err := db.reader.Rows(ctx, webhooksOf, idBytes(botID))
	if err != nil {
		return nil, fmt.Errorf("listing the webhooks of bot %s: %w", botID, err)
	}
	numbers, err := scanNumbers(rows)
	if err != nil {
		return nil, fmt.Errorf("listing the webhooks of bot %s: %w", botID, err)
	}
	for _, n := range numbers {
		w, err := db.Webhook(ctx, store.WebhookID{BotID: botID, N: int(n)})
		if err != nil {
			return nil, err
		}
		all = append(all, w)
	}
	return all, nil
}

const webhooksOf = `SELECT n FROM webhooks WHERE bot = ` + theBot + ` AND deleted_at = 0 ORDER BY place, n`

// AddWebhook gives a bot another webhook: off, without URL, with a signing secret of its own. Events that come from now on go
// to it too. It fails with ErrTooMany when the bot has MaxWebhooks.
func (db *DB) AddWebhook(ctx context.Context, botID uuid.UUID, name string, by store.Actor) (store.Webhook, error) {
	secret, err := db.newSecret()
	if err != nil {
		return store.Webhook{}, err
	}
	var w store.Webhook
	err = db.write(ctx, func(tx *tx) error {
		all, err := tx.gates(botID)
		if err != nil {
			return err
		}
		if len(all) >= store.MaxWebhooks {
			return fmt.Errorf("bot %s: %w", botID, store.ErrTooMany)
		}
		if _, err := tx.exec(`UPDATE bots SET webhooks = webhooks + 1 WHERE id = ?`, idBytes(botID)); err != nil {
			return err
		}
		w = store.Webhook{WebhookID: store.WebhookID{BotID: botID}, Name: name, Version: 1, Secret: secret, WebhookState: store.WebhookState{ChangedAt: tx.now}}
		if err := tx.row(`SELECT webhooks FROM bots WHERE id = ?`, idBytes(botID)).Scan(&w.N); err != nil {
			return err
		}
		tx.ungate(botID)
		if err := tx.insertWebhook(w, by); err != nil {
			return err
		}
		tx.changed(w.WebhookID, store.Settings)
		return tx.addAudit(store.AuditEntry{By: by, Action: "webhook.add", BotID: botID, Target: name})
	})
	if err != nil {
		return store.Webhook{}, err
	}
	return db.Webhook(ctx, w.WebhookID)
}

// RenameWebhook gives a webhook another name. It makes no version of the settings.
func (db *DB) RenameWebhook(ctx context.Context, id store.WebhookID, name string, by store.Actor) error {
	return db.write(ctx, func(tx *tx) error {
		w, err := tx.webhook(id)
		if err != nil || w.Name == name {
			return err
		}
		if _, err := tx.exec(`UPDATE webhooks SET name = ? WHERE `+ofWebhook, name, idBytes(id.BotID), id.N); err != nil {
			return err
		}
		tx.changed(id, 0)
		return tx.addAudit(store.AuditEntry{By: by, Action: "webhook.rename", BotID: id.BotID, Target: name, Note: "was " + w.Name})
	})
}

// OrderWebhooks sets the order in which people see a bot's webhooks. It fails with ErrOtherWebhooks unless the numbers are
// those of all of them: somebody has added or deleted one meanwhile.
func (db *DB) OrderWebhooks(ctx context.Context, botID uuid.UUID, numbers []int, by store.Actor) error {
	return db.write(ctx, func(tx *tx) error {
		all, err := tx.gates(botID)
		if err != nil {
			return err
		}
		have := make([]int, len(all))
		for i, g := range all {
			have[i] = g.id.N
		}
		if !slices.Equal(slices.Sorted(slices.Values(numbers)), have) {
			return fmt.Errorf("bot %s: %w", botID, store.ErrOtherWebhooks)
		}
		for place, n := range numbers {
			if _, err := tx.exec(`UPDATE webhooks SET place = ? WHERE `+ofWebhook, place+1, idBytes(botID), n); err != nil {
				return err
			}
		}
		tx.changedBot(botID, 0)
		return tx.addAudit(store.AuditEntry{By: by, Action: "webhook.order", BotID: botID, Target: fmt.Sprint(numbers)})
	})
}

// DeleteWebhook removes one of several webhooks: nothing goes to it any longer. What waits for it or is held is skipped, and
// its log stays. It fails with ErrFirstWebhook for the one that every bot has.
func (db *DB) DeleteWebhook(ctx context.Context, id store.WebhookID, by store.Actor) error {
	if id.N == 1 {
		return fmt.Errorf("webhook of %s: %w", id, store.ErrFirstWebhook)
	}
	return db.write(ctx, func(tx *tx) error {
		w, err := tx.webhook(id)
		if err != nil {
			return err
		}
		tx.ungate(id.BotID)
		if _, err := tx.exec(`UPDATE webhooks SET deleted_at = ?, enabled = FALSE, off_reason = '', headers = '', secret = '', previous_secret = '', undo = ''
			WHERE `+ofWebhook, millis(tx.now), idBytes(id.BotID), id.N); err != nil {
			return err
		}
		if _, err := tx.exec(`DELETE FROM conditions WHERE `+ofWebhook, idBytes(id.BotID), id.N); err != nil {
			return err
		}
		tx.changed(id, store.Settings|store.Revoked)
		return tx.addAudit(store.AuditEntry{By: by, Action: "webhook.delete", BotID: id.BotID, Target: w.Name})
	})
}

// sweepWebhooks skips what still waits for deleted webhooks or is held for them, up to limit deliveries.
func (db *DB) sweepWebhooks(ctx context.Context, limit int) (n int, err error) {
	rows, err := db.reader.Rows(ctx, `SELECT b.id, w.n FROM webhooks w JOIN bots b ON b.number = w.bot AND b.deleted_at = 0
		JOIN health h ON h.bot = w.bot AND h.n = w.n WHERE w.deleted_at > 0 AND h.waiting + h.held > 0`)
	if err != nil {
		return 0, fmt.Errorf("looking for deleted webhooks: %w", err)
	}
	deleted, err := scanWebhookIDs(rows)
	for _, id := range deleted {
		if err != nil || n >= limit {
			break
		}
		var moved int
		moved, err = db.HoldWaiting(ctx, id, limit-n)
		n += moved
	}
	return n, err
}
