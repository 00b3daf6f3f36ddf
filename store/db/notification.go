package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"time"

	"github.com/google/uuid"

	"iozen/store"
	"iozen/store/db/statement"
	"iozen/store/secret"
)

// AlertStates reads what the last look found of each bot. Only bots that ever needed attention have any.
func (db *DB) AlertStates(ctx context.Context) ([]store.AlertState, error) {
	rows, err := db.reader.Rows(ctx, `SELECT b.id, c.n, c.kind, c.holds, c.since FROM conditions c JOIN bots b ON b.number = c.bot`)
	if err != nil {
		return nil, fmt.Errorf("reading alert states: %w", err)
	}
	return statement.Collect(rows, func(c *store.AlertState, scan func(...any) error) error {
		var since int64
		err := scan(&c.BotID, &c.N, &c.Kind, &c.Holds, &since)
		c.Since = fromMillis(since)
		return err
	})
}

// ChangeAlerts records changes and, in the same transaction, the notifications of them and who gets those. A change that
// another look (by a replica, or before a crash) has recorded already notifies nobody again. compose makes the
// notifications of the new changes; mail says whether emails can be sent.
func (db *DB) ChangeAlerts(ctx context.Context, changes []store.AlertChange, mail bool, compose func(fresh []store.AlertChange) []store.Notification) error {
	return db.write(ctx, func(tx *tx) error {
		var fresh []store.AlertChange
		for _, c := range changes {
			changed, err := tx.changeAlert(c)
			if err != nil {
				return fmt.Errorf("recording that %s is %s: %w", c.WebhookID, c.Kind, err)
			}
			if changed {
				fresh = append(fresh, c)
			}
		}
		for _, n := range compose(fresh) {
			if err := tx.addNotification(n, mail); err != nil {
				return err
			}
		}
		return nil
	})
}

func (tx *tx) changeAlert(c store.AlertChange) (bool, error) {
	bot, err := tx.bot(c.BotID)
	if err != nil || bot == 0 { // deleted meanwhile
		return false, err
	}
	n, err := tx.exec(`INSERT INTO conditions (bot, n, kind, holds, since)
		SELECT ?, ?, ?, ?, ? WHERE ? OR EXISTS (SELECT 1 FROM conditions WHERE bot = ? AND n = ? AND kind = ?)
		ON CONFLICT (bot, n, kind) DO UPDATE SET holds = excluded.holds, since = excluded.since WHERE conditions.holds <> excluded.holds`,
		bot, c.N, c.Kind, c.Holds, millis(tx.now), c.Holds, bot, c.N, c.Kind)
	return n > 0, err
}

// ClaimNotifications claims up to limit sends that are due, for as long as the lease lasts.
func (db *DB) ClaimNotifications(ctx context.Context, limit int, lease time.Duration) ([]store.NotificationSend, error) {
	var claimed []store.NotificationSend
	err := db.write(ctx, func(tx *tx) (err error) {
		if claimed, err = tx.dueNotifications(limit); err != nil {
			return fmt.Errorf("looking for notifications to send: %w", err)
		}
		for i := range claimed {
			s := &claimed[i]
			s.Attempts++
			if _, err := tx.exec(`UPDATE notification_sends SET status = 'sending', attempts = ?, due_at = ?
				WHERE notification_id = ? AND channel = ? AND target = ?`,
				s.Attempts, millis(tx.now.Add(lease)), idBytes(s.Notification.ID), string(s.Channel), s.Target); err != nil {
				return fmt.Errorf("claiming a notification: %w", err)
			}
		}
		return nil
	})
	return claimed, err
}

func (tx *tx) dueNotifications(limit int) ([]store.NotificationSend, error) {
	rows, err := tx.rows(`SELECT s.channel, s.target, s.attempts, n.id, n.at, n.kind, n.bot_id, n.n, n.bot, n.title, n.text
		FROM notification_sends s JOIN notifications n ON n.id = s.notification_id WHERE s.due_at <= ? ORDER BY s.due_at LIMIT ?`, millis(tx.now), limit)
	if err != nil {
		return nil, err
	}
	return statement.Collect(rows, func(s *store.NotificationSend, scan func(...any) error) error {
		var at int64
		n := &s.Notification
		err := scan(&s.Channel, &s.Target, &s.Attempts, &n.ID, &at, &n.Kind, &n.BotID, &n.N, &n.Bot, &n.Title, &n.Text)
		n.At = fromMillis(at)
		return err
	})
}

// SettleNotification ends a claim: dueAt is the time of the next attempt, zero if there is none; note says what went wrong, ""
// if it was sent. A claim whose lease ended, and that another process has taken since, changes nothing.
func (db *DB) SettleNotification(ctx context.Context, s store.NotificationSend, dueAt time.Time, note string) error {
	status := "sent"
	switch {
	case !dueAt.IsZero():
		status = "queued"
	case note != "":
		status = "failed"
	}
	return db.write(ctx, func(tx *tx) error {
		_, err := tx.exec(`UPDATE notification_sends SET status = ?, due_at = ?, note = ?
			WHERE notification_id = ? AND channel = ? AND target = ? AND status = 'sending' AND attempts = ?`,
			status, nullMillis(dueAt), note, idBytes(s.Notification.ID), string(s.Channel), s.Target, s.Attempts)
		if err != nil {
			return fmt.Errorf("settling a notification: %w", err)
		}
		return nil
	})
}

// NotificationWebhook reads where notifications are posted.
func (db *DB) NotificationWebhook(ctx context.Context) (store.NotificationWebhook, error) {
	var w store.NotificationWebhook
	var sealed string
	err := db.reader.Row(ctx, `SELECT url, secret FROM notification_webhook WHERE id = 1`).Scan(&w.URL, &sealed)
	if errors.Is(err, sql.ErrNoRows) {
		return w, nil
	}
	if err != nil {
		return w, fmt.Errorf("reading the notification webhook: %w", err)
	}
	w.Secret, err = db.cfg.Keys.Opened(secret.NotificationSecret, sealed)
	return w, err
}

// SetNotificationWebhook changes where notifications are posted; "": nowhere. The URL was checked before.
func (db *DB) SetNotificationWebhook(ctx context.Context, target string, by store.Actor) error {
	fresh, err := db.newSecret()
	if err != nil {
		return err
	}
	return db.write(ctx, func(tx *tx) error {
		n, err := tx.exec(`INSERT INTO notification_webhook (id, url, secret) VALUES (1, ?, ?)
			ON CONFLICT (id) DO UPDATE SET url = excluded.url WHERE notification_webhook.url <> excluded.url`,
			target, db.cfg.Keys.Sealed(secret.NotificationSecret, fresh))
		if err != nil || n == 0 {
			return err
		}
		entry := store.AuditEntry{By: by, Action: "notifications.set_webhook", Target: "none"}
		if u, err := url.Parse(target); err == nil && u.Host != "" {
			entry.Target = u.Host // the rest of such a URL is often a secret
		}
		return tx.addAudit(entry)
	})
}

// wantsMail is the condition on accounts a and mail_choices m: the choice of an account counts; without one, owners and editors
// want it.
const wantsMail = `CASE WHEN m.wanted IS NULL THEN a.role IN ('owner', 'editor') ELSE m.wanted END`

// WantsMail says whether an account gets notifications by email.
func (db *DB) WantsMail(ctx context.Context, accountID uuid.UUID) (wants bool, err error) {
	err = db.reader.Row(ctx, `SELECT `+wantsMail+` FROM accounts a LEFT JOIN mail_choices m ON m.account_id = a.id WHERE a.id = ?`,
		idBytes(accountID)).Scan(&wants)
	return wants, err
}

// ChooseMail records whether an account wants notifications by email.
func (db *DB) ChooseMail(ctx context.Context, accountID uuid.UUID, wants bool) error {
	return db.write(ctx, func(tx *tx) error {
		_, err := tx.exec(`INSERT INTO mail_choices (account_id, wanted) VALUES (?, ?)
			ON CONFLICT (account_id) DO UPDATE SET wanted = excluded.wanted`, idBytes(accountID), wants)
		return err
	})
}

// addNotification stores a notification with a send for everyone who is to be notified.
func (tx *tx) addNotification(n store.Notification, mail bool) error {
	_, err := tx.exec(`INSERT INTO notifications (id, at, kind, bot_id, n, bot, title, text) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
		idBytes(n.ID), millis(tx.now), n.Kind, idBytes(n.BotID), n.N, n.Bot, n.Title, n.Text)
	if err != nil {
		return fmt.Errorf("storing a notification: %w", err)
	}
	if mail {
		_, err = tx.exec(`INSERT INTO notification_sends (notification_id, channel, target, status, due_at)
			SELECT ?, 'mail', a.email, 'queued', ? FROM accounts a LEFT JOIN mail_choices m ON m.account_id = a.id WHERE `+wantsMail,
			idBytes(n.ID), millis(tx.now))
		if err != nil {
			return fmt.Errorf("addressing a notification: %w", err)
		}
	}
	_, err = tx.exec(`INSERT INTO notification_sends (notification_id, channel, target, status, due_at)
		SELECT ?, 'webhook', '', 'queued', ? FROM notification_webhook WHERE url <> ''`, idBytes(n.ID), millis(tx.now))
	if err != nil {
		return fmt.Errorf("addressing a notification: %w", err)
	}
	return nil
}

// Notifications lists the newest, with what became of each.
func (db *DB) Notifications(ctx context.Context, limit int) ([]store.Notification, error) {
	rows, err := db.reader.Rows(ctx, `SELECT n.id, n.at, n.kind, n.bot_id, n.n, n.bot, n.title, n.text,
			COUNT(*) FILTER (WHERE s.status = 'sent'), COUNT(*) FILTER (WHERE s.status IN ('queued', 'sending')),
			COUNT(*) FILTER (WHERE s.status = 'failed'), COALESCE(MAX(s.note), '')
		FROM notifications n LEFT JOIN notification_sends s ON s.notification_id = n.id
		GROUP BY n.id ORDER BY n.id DESC LIMIT ?`, limit)
	if err != nil {
		return nil, fmt.Errorf("listing notifications: %w", err)
	}
	return statement.Collect(rows, func(n *store.Notification, scan func(...any) error) error {
		var at int64
		err := scan(&n.ID, &at, &n.Kind, &n.BotID, &n.N, &n.Bot, &n.Title, &n.Text, &n.Sent, &n.Waiting, &n.Failed, &n.Note)
		n.At = fromMillis(at)
		return err
	})
}

// DeleteOldNotifications removes notifications from before a moment.
func (db *DB) DeleteOldNotifications(ctx context.Context, before time.Time) error {
	end := firstID(before)
	return db.write(ctx, func(tx *tx) error {
		if _, err := tx.exec(`DELETE FROM notification_sends WHERE notification_id < ?`, idBytes(end)); err != nil {
			return err
		}
		_, err := tx.exec(`DELETE FROM notifications WHERE id < ?`, idBytes(end))
		return err
	})
}
