package store

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
)

// HeldFor is how long an event is held before it is skipped.
const HeldFor = 7 * 24 * time.Hour

// HeldCount counts the held events that no one has said "Leave them" about.
func (db *DB) HeldCount(ctx context.Context, botID uuid.UUID) (HeldCount, error) {
	w, err := db.Webhook(ctx, botID)
	if err != nil {
		return HeldCount{}, err
	}
	from := uuid.Nil
	if !w.HeldLeftAt.IsZero() {
		from = firstID(w.HeldLeftAt)
	}
	var c HeldCount
	var since int64
	err = db.reader.row(ctx, `SELECT COUNT(*), COALESCE(MIN(created_at), 0) FROM deliveries
		WHERE bot_id = ? AND status = 'held' AND id >= ?`, idBytes(botID), idBytes(from)).Scan(&c.Count, &since)
	c.Since = fromMillis(since)
	return c, err
}

// LeaveHeld notes that a person chose not to send the events held until now. They stay held, and can be sent
// one by one.
func (db *DB) LeaveHeld(ctx context.Context, botID uuid.UUID, by Actor) error {
	return db.write(ctx, func(tx *tx) error {
		n, err := tx.exec(`UPDATE webhooks SET held_left_at = ? WHERE bot_id = ?`, millis(tx.now), idBytes(botID))
		if err != nil || n == 0 {
			return err
		}
		tx.changed(botID)
		return tx.addAudit(AuditEntry{By: by, Action: "held.leave", BotID: botID})
	})
}

// ReleaseHeld queues up to limit held events, oldest first, behind the events of now, and returns how many it queued.
func (db *DB) ReleaseHeld(ctx context.Context, botID uuid.UUID, limit int) (int, error) {
	return db.moveHeld(ctx, botID, limit, Queued, "", 1)
}

func (db *DB) moveHeld(ctx context.Context, botID uuid.UUID, limit int, to Status, reason string, waiting int) (n int, err error) {
	err = db.write(ctx, func(tx *tx) error {
		h, err := tx.healthOf(botID)
		if err != nil {
			return err
		}
		due := time.Time{}
		if to == Queued {
			due = tx.now
		}
		moved, err := tx.exec(`UPDATE deliveries SET status = ?, reason = ?, due_at = ?, late = 1, updated_at = ? WHERE bot_id = ? AND id IN (
				SELECT id FROM deliveries WHERE bot_id = ? AND status = 'held' ORDER BY id LIMIT ?)`,
			string(to), reason, nullMillis(due), millis(tx.now), idBytes(botID), idBytes(botID), limit)
		if err != nil {
			return fmt.Errorf("moving held events of bot %s: %w", botID, err)
		}
		n = int(moved)
		tx.move(h, n*waiting, -n)
		tx.changed(botID)
		return nil
	})
	return n, err
}

// HoldWaiting turns up to limit deliveries that wait into held ones, because the webhook does not send, and
// returns how many. It does nothing when the webhook sends again.
func (db *DB) HoldWaiting(ctx context.Context, botID uuid.UUID, limit int) (n int, err error) {
	err = db.write(ctx, func(tx *tx) error {
		n = 0
		g, err := tx.gate(botID)
		if err != nil {
			return err
		}
		reason := g.state.holds(tx.now)
		if reason == "" {
			return nil
		}
		h, err := tx.healthOf(botID)
		if err != nil {
			return err
		}
		moved, err := tx.exec(`UPDATE deliveries SET status = 'held', reason = ?, due_at = NULL, updated_at = ? WHERE bot_id = ? AND id IN (
				SELECT id FROM deliveries WHERE bot_id = ? AND due_at IS NOT NULL
					AND (status <> 'sending' OR due_at <= ?) LIMIT ?)`,
			reason, millis(tx.now), idBytes(botID), idBytes(botID), millis(tx.now), limit)
		if err != nil {
			return fmt.Errorf("holding deliveries of bot %s: %w", botID, err)
		}
		n = int(moved)
		tx.move(h, -n, n)
		tx.changed(botID)
		return nil
	})
	return n, err
}
