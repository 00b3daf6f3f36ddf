package store

import (
	"context"
	"fmt"
	"time"
)

// ClaimNotifications takes up to limit sends that are due, for as long as the lease lasts.
func (db *DB) ClaimNotifications(ctx context.Context, limit int, lease time.Duration) ([]NotificationSend, error) {
	var claimed []NotificationSend
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

func (tx *tx) dueNotifications(limit int) ([]NotificationSend, error) {
	rows, err := tx.rows(`SELECT s.channel, s.target, s.attempts, n.id, n.at, n.kind, n.bot_id, n.bot, n.title, n.text
		FROM notification_sends s JOIN notifications n ON n.id = s.notification_id WHERE s.due_at <= ? ORDER BY s.due_at LIMIT ?`, millis(tx.now), limit)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var due []NotificationSend
	for rows.Next() {
		var s NotificationSend
		var at int64
		n := &s.Notification
		if err := rows.Scan(&s.Channel, &s.Target, &s.Attempts, &n.ID, &at, &n.Kind, &n.BotID, &n.Bot, &n.Title, &n.Text); err != nil {
			return nil, err
		}
		n.At = fromMillis(at)
		due = append(due, s)
	}
	return due, rows.Err()
}

// SettleNotification ends a claim: dueAt is the next try, zero when there is none; note says what went wrong, "" when it
// was sent. A claim whose lease ended and that somebody else has taken changes nothing.
func (db *DB) SettleNotification(ctx context.Context, s NotificationSend, dueAt time.Time, note string) error {
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
