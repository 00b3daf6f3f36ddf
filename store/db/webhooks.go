package db

import (
	"context"
	"fmt"
	"slices"

	"github.com/google/uuid"

	"iozen/store"
	"iozen/store/db/statement"
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
	numbers, err := statement.Column[int](rows)
	if err != nil {
		return nil, fmt.Errorf("listing the webhooks of bot %s: %w", botID, err)
	}
	for _, n := range numbers {
		w, err := db.Webhook(ctx, store.WebhookID{BotID: botID, N: n})
		if err != nil {
			return nil, err
		}
		all = append(all, w)
	}
	return all, nil
}

const webhooksOf = `SELECT n FROM webhooks WHERE bot = ` + theBot + ` AND deleted_at = 0 ORDER BY place, n`

// WebhookNames lists what a bot's webhooks are called, in the order in which people see them, and after them those that were
// deleted: the log still has what went to them.
func (db *DB) WebhookNames(ctx context.Context, botID uuid.UUID) (names []store.WebhookName, err error) {
	rows, err := db.reader.Rows(ctx, `SELECT n, name, url, deleted_at > 0 FROM webhooks WHERE bot = `+theBot+` ORDER BY deleted_at > 0, place, n`, idBytes(botID))
	if err != nil {
		return nil, fmt.Errorf("naming the webhooks of bot %s: %w", botID, err)
	}
	return statement.Collect(rows, func(n *store.WebhookName, scan func(...any) error) error {
		return scan(&n.N, &n.Name, &n.URL, &n.Deleted)
	})
}

// AddWebhook gives a bot another webhook: off, without URL, with a signing secret of its own. Events that come from now on go
// to it too. It fails with ErrTooMany when the bot has MaxWebhooks.
func (db *DB) AddWebhook(ctx context.Context, botID uuid.UUID, name string, by store.Actor) (store.Webhook, error) {
	return db.AddWebhookWith(ctx, botID, store.WebhookChange{Name: &name, By: by})
}

// AddWebhookWith is AddWebhook with settings.
func (db *DB) AddWebhookWith(ctx context.Context, botID uuid.UUID, c store.WebhookChange) (store.Webhook, error) {
	secret, err := db.newSecret()
	if err != nil {
		return store.Webhook{}, err
	}
	id := store.WebhookID{BotID: botID}
	err = db.write(ctx, func(tx *tx) (err error) {
		if id.N, err = tx.addWebhook(botID, c, secret); err != nil {
			return err
		}
		with := c
		with.Name = nil
		_, err = tx.changeWebhook(id, with)
		return err
	})
	if err != nil {
		return store.Webhook{}, err
	}
	return db.Webhook(ctx, id)
}

// addWebhook adds a webhook of the change's name, and returns its number.
func (tx *tx) addWebhook(botID uuid.UUID, c store.WebhookChange, secret string) (n int, err error) {
	all, err := tx.gates(botID)
	if err != nil {
		return 0, err
	}
	if len(all) >= store.MaxWebhooks {
		return 0, fmt.Errorf("bot %s: %w", botID, store.ErrTooMany)
	}
	if _, err := tx.exec(`UPDATE bots SET webhooks = webhooks + 1 WHERE id = ?`, idBytes(botID)); err != nil {
		return 0, err
	}
	w := store.Webhook{WebhookID: store.WebhookID{BotID: botID}, Version: 1, Secret: secret, WebhookState: store.WebhookState{ChangedAt: tx.now}}
	if c.Name != nil {
		w.Name = *c.Name
	}
	if err := tx.row(`SELECT webhooks FROM bots WHERE id = ?`, idBytes(botID)).Scan(&w.N); err != nil {
		return 0, err
	}
	tx.ungate(botID)
	if err := tx.insertWebhook(w, c.By); err != nil {
		return 0, err
	}
	tx.changed(w.WebhookID, store.Settings)
	return w.N, tx.addAudit(store.AuditEntry{By: c.By, Action: "webhook.add", BotID: botID, N: w.N, Target: store.WebhookLabel(w.N, w.Name)})
}

// RenameWebhook gives a webhook another name. It makes no version of the settings.
func (db *DB) RenameWebhook(ctx context.Context, id store.WebhookID, name string, by store.Actor) error {
	return db.write(ctx, func(tx *tx) error {
		w, err := tx.webhook(id)
		if err != nil {
			return err
		}
		return tx.renameWebhook(w, name, by)
	})
}

func (tx *tx) renameWebhook(w store.Webhook, name string, by store.Actor) error {
	if w.Name == name {
		return nil
	}
	if _, err := tx.exec(`UPDATE webhooks SET name = ? WHERE `+ofWebhook, name, idBytes(w.BotID), w.N); err != nil {
		return err
	}
	tx.changed(w.WebhookID, 0)
	return tx.addAudit(store.AuditEntry{
		By: by, Action: "webhook.rename", BotID: w.BotID, N: w.N, Target: store.WebhookLabel(w.N, name), Note: "was " + store.WebhookLabel(w.N, w.Name),
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
	return db.deleteWebhook(ctx, id, by, func(store.Webhook) error { return nil })
}

// DeleteWebhookCalled is DeleteWebhook for a person who typed its name: it fails with ErrOtherName when that is another.
func (db *DB) DeleteWebhookCalled(ctx context.Context, id store.WebhookID, typed string, by store.Actor) error {
	return db.deleteWebhook(ctx, id, by, func(w store.Webhook) error {
		if !w.Called(typed) {
			return fmt.Errorf("webhook of %s: %w", id, store.ErrOtherName)
		}
		return nil
	})
}

func (db *DB) deleteWebhook(ctx context.Context, id store.WebhookID, by store.Actor, may func(store.Webhook) error) error {
	if id.N == 1 {
		return fmt.Errorf("webhook of %s: %w", id, store.ErrFirstWebhook)
	}
	return db.write(ctx, func(tx *tx) error {
		w, err := tx.webhook(id)
		if err == nil {
			err = may(w)
		}
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
		return tx.addAudit(store.AuditEntry{By: by, Action: "webhook.delete", BotID: id.BotID, N: id.N, Target: store.WebhookLabel(id.N, w.Name)})
	})
}

// CopyWebhook gives webhooks settings of another one, each target in a transaction of its own: what keeps one of them from it
// is its outcome, and the others go on. It fails as a whole, and changes nothing, when what is to be copied cannot be had.
func (db *DB) CopyWebhook(ctx context.Context, c store.WebhookCopy) ([]store.CopyOutcome, error) {
	source, change, err := db.toCopy(ctx, c)
	if err != nil {
		return nil, err
	}
	outcomes := make([]store.CopyOutcome, len(c.To))
	for i, to := range c.To {
		o := store.CopyOutcome{WebhookID: to.WebhookID}
		o.Err = db.write(ctx, func(tx *tx) error {
			now, err := tx.webhook(c.From)
			if err != nil {
				return err
			}
			if now.Version != source.Version {
				return fmt.Errorf("webhook of %s: %w", c.From, store.ErrSourceChanged)
			}
			if o.Before, err = tx.webhook(to.WebhookID); err != nil {
				return err
			}
			o.After, o.Changed, err = tx.change(o.Before, change.At(to.IfVersion))
			return err
		})
		outcomes[i] = o
	}
	return outcomes, nil
}

// PreviewCopy says what CopyWebhook would make of each target.
func (db *DB) PreviewCopy(ctx context.Context, c store.WebhookCopy) ([]store.CopyOutcome, error) {
	_, change, err := db.toCopy(ctx, c)
	if err != nil {
		return nil, err
	}
	outcomes := make([]store.CopyOutcome, len(c.To))
	for i, to := range c.To {
		o := store.CopyOutcome{WebhookID: to.WebhookID}
		if o.Before, o.Err = db.Webhook(ctx, to.WebhookID); o.Err == nil {
			o.After, o.Changed, o.Err = change.At(to.IfVersion).On(o.Before, db.cfg.Now())
		}
		outcomes[i] = o
	}
	return outcomes, nil
}

// toCopy reads the settings to be copied, and makes of them the change that gives them to another webhook.
func (db *DB) toCopy(ctx context.Context, c store.WebhookCopy) (source store.Webhook, change store.WebhookChange, err error) {
	known, err := db.BotState(ctx, c.From)
	if err != nil {
		return source, change, err
	}
	if source, err = db.Webhook(ctx, c.From); err != nil {
		return source, change, err
	}
	if c.IfVersion != nil && *c.IfVersion != source.Version {
		return source, change, &store.StaleError{Current: source}
	}
	change, err = c.Change(source, known.Label())
	return source, change, err
}
