package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
)

// HeldFor is how long an event is held before it is skipped.
const HeldFor = 7 * 24 * time.Hour

// HeldCount counts the events held since someone last said "Leave them". A held row is not changed, so updated_at
// is when it was held: that is later than its acceptance when the webhook was switched off under it.
func (db *DB) HeldCount(ctx context.Context, botID uuid.UUID) (HeldCount, error) {
	var left int64
	err := db.reader.row(ctx, `SELECT held_left_at FROM webhooks
		WHERE bot_id = ? AND EXISTS (SELECT 1 FROM bots WHERE id = bot_id AND deleted_at = 0)`, idBytes(botID)).Scan(&left)
	if errors.Is(err, sql.ErrNoRows) {
		return HeldCount{}, fmt.Errorf("bot %s: %w", botID, ErrNotFound)
	}
	if err != nil {
		return HeldCount{}, err
	}
	var c HeldCount
	var since int64
	err = db.reader.row(ctx, `SELECT COUNT(*), COALESCE(MIN(updated_at), 0) FROM deliveries
		WHERE bot_id = ? AND status = 'held' AND updated_at > ?`, idBytes(botID), left).Scan(&c.Count, &since)
	c.Since = fromMillis(since)
	return c, err
}

// LeaveHeld notes that a person chose not to send the events held until now. They stay held, and can be sent
// one by one.
func (db *DB) LeaveHeld(ctx context.Context, botID uuid.UUID, by Actor) error {
	return db.write(ctx, func(tx *tx) error {
		if err := tx.requireBot(botID); err != nil {
			return err
		}
		if _, err := tx.exec(`UPDATE webhooks SET held_left_at = ? WHERE bot_id = ?`, millis(tx.now), idBytes(botID)); err != nil {
			return err
		}
		tx.changed(botID)
		return tx.addAudit(AuditEntry{By: by, Action: "held.leave", BotID: botID})
	})
}

// ReleaseHeld queues up to limit held events, oldest first, behind the events of now, and returns how many it queued.
// Their schedule starts anew, as a resend's does: a person chose this moment. It fails with ErrOff while the webhook does
// not send: they would be held again at once. The audit log names them in the same transaction, so that a caller who goes
// away between two calls leaves nothing unsaid.
func (db *DB) ReleaseHeld(ctx context.Context, botID uuid.UUID, limit int, by Actor) (n int, err error) {
	err = db.write(ctx, func(tx *tx) error {
		n = 0
		if err := tx.mustSend(botID); err != nil {
			return err
		}
		h, err := tx.healthOf(botID)
		if err != nil {
			return err
		}
		moved, err := tx.exec(`UPDATE deliveries SET status = 'queued', reason = '', round = 0, due_at = ?, late = 1, updated_at = ?
			WHERE bot_id = ? AND id IN (SELECT id FROM deliveries WHERE bot_id = ? AND status = 'held' ORDER BY id LIMIT ?)`,
			millis(tx.now), millis(tx.now), idBytes(botID), idBytes(botID), limit)
		if err != nil {
			return fmt.Errorf("releasing held events of bot %s: %w", botID, err)
		}
		if n = int(moved); n == 0 {
			return nil
		}
		tx.move(h, n, -n)
		tx.changed(botID, Due)
		return tx.addAudit(AuditEntry{By: by, Action: "held.send", BotID: botID, Note: fmt.Sprintf("%d events", n)})
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
		if n = int(moved); n > 0 {
			tx.move(h, -n, n)
			tx.changed(botID, Revoked)
		}
		return nil
	})
	return n, err
}
