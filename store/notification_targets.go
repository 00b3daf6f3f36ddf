package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"

	"github.com/google/uuid"
)

// NotificationWebhook reads where notifications are posted.
func (db *DB) NotificationWebhook(ctx context.Context) (NotificationWebhook, error) {
	var w NotificationWebhook
	var secret string
	err := db.reader.row(ctx, `SELECT url, secret FROM notification_webhook WHERE id = 1`).Scan(&w.URL, &secret)
	if errors.Is(err, sql.ErrNoRows) {
		return w, nil
	}
	if err != nil {
		return w, fmt.Errorf("reading the notification webhook: %w", err)
	}
	w.Secret, err = db.cfg.Keys.opened(notificationSecret, secret)
	return w, err
}

var notificationSecret = place{"notification_webhook", "1", "secret"}

// SetNotificationWebhook changes where notifications are posted; "" ends it. The URL was checked before.
func (db *DB) SetNotificationWebhook(ctx context.Context, target string, by Actor) error {
	secret, err := db.newSecret()
	if err != nil {
		return err
	}
	return db.write(ctx, func(tx *tx) error {
		n, err := tx.exec(`INSERT INTO notification_webhook (id, url, secret) VALUES (1, ?, ?)
			ON CONFLICT (id) DO UPDATE SET url = excluded.url WHERE notification_webhook.url <> excluded.url`,
			target, db.cfg.Keys.sealed(notificationSecret, secret))
		if err != nil || n == 0 {
			return err
		}
		entry := AuditEntry{By: by, Action: "notifications.set_webhook", Target: "none"}
		if u, err := url.Parse(target); err == nil && u.Host != "" {
			entry.Target = u.Host // the rest of such a URL is often a secret
		}
		return tx.addAudit(entry)
	})
}

// wantsMail is the condition on accounts a and mail_choices m: who chose has decided, else owners and editors want it.
const wantsMail = `CASE WHEN m.wanted IS NULL THEN a.role IN ('owner', 'editor') ELSE m.wanted = 1 END`

// WantsMail says whether an account gets notifications by e-mail.
func (db *DB) WantsMail(ctx context.Context, accountID uuid.UUID) (wants bool, err error) {
	err = db.reader.row(ctx, `SELECT `+wantsMail+` FROM accounts a LEFT JOIN mail_choices m ON m.account_id = a.id WHERE a.id = ?`,
		idBytes(accountID)).Scan(&wants)
	return wants, err
}

// ChooseMail notes whether an account wants notifications by e-mail.
func (db *DB) ChooseMail(ctx context.Context, accountID uuid.UUID, wants bool) error {
	return db.write(ctx, func(tx *tx) error {
		_, err := tx.exec(`INSERT INTO mail_choices (account_id, wanted) VALUES (?, ?)
			ON CONFLICT (account_id) DO UPDATE SET wanted = excluded.wanted`, idBytes(accountID), wants)
		return err
	})
}
