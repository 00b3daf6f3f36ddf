package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
)

// Success is an attempt that got a real event through: when, and with which settings.
type Success struct {
	At      time.Time
	Version int64 // of the webhook
}

// SuccessBefore finds the newest success among a bot's events that were accepted before a given one; it is nil when there is none.
func (db *DB) SuccessBefore(ctx context.Context, botID, deliveryID uuid.UUID) (*Success, error) {
	var s Success
	var at int64
	err := db.reader.row(ctx, `SELECT a.started_at, a.webhook_version
		FROM deliveries d JOIN attempts a ON a.bot_id = d.bot_id AND a.delivery_id = d.id AND a.number = d.attempts
		WHERE d.bot_id = ? AND d.status = 'delivered' AND d.test = 0 AND d.id < ? ORDER BY d.id DESC LIMIT 1`,
		idBytes(botID), idBytes(deliveryID)).Scan(&at, &s.Version)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("looking for the last success before delivery %s: %w", deliveryID, err)
	}
	s.At = fromMillis(at)
	return &s, nil
}
