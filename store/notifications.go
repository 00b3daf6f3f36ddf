package store

import (
	"context"
	"fmt"
	"time"
)

// addNotification keeps a notification with a send for everyone who is to hear of it.
func (tx *tx) addNotification(n Notification, mail bool) error {
	_, err := tx.exec(`INSERT INTO notifications (id, at, kind, bot_id, bot, title, text) VALUES (?, ?, ?, ?, ?, ?, ?)`,
		idBytes(n.ID), millis(tx.now), n.Kind, idBytes(n.BotID), n.Bot, n.Title, n.Text)
	if err != nil {
		return fmt.Errorf("keeping a notification: %w", err)
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
func (db *DB) Notifications(ctx context.Context, limit int) ([]Notification, error) {
	rows, err := db.reader.rows(ctx, `SELECT n.id, n.at, n.kind, n.bot_id, n.bot, n.title, n.text,
			COUNT(*) FILTER (WHERE s.status = 'sent'), COUNT(*) FILTER (WHERE s.status IN ('queued', 'sending')),
			COUNT(*) FILTER (WHERE s.status = 'failed'), COALESCE(MAX(s.note), '')
		FROM notifications n LEFT JOIN notification_sends s ON s.notification_id = n.id
		GROUP BY n.id ORDER BY n.id DESC LIMIT ?`, limit)
	if err != nil {
		return nil, fmt.Errorf("listing notifications: %w", err)
	}
	defer rows.Close()
	var found []Notification
	for rows.Next() {
		var n Notification
		var at int64
		if err := rows.Scan(&n.ID, &at, &n.Kind, &n.BotID, &n.Bot, &n.Title, &n.Text, &n.Sent, &n.Waiting, &n.Failed, &n.Note); err != nil {
			return nil, fmt.Errorf("listing notifications: %w", err)
		}
		n.At = fromMillis(at)
		found = append(found, n)
	}
	return found, rows.Err()
}

// DeleteOldNotifications removes those from before a moment.
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
