package store

import (
	"context"
	"fmt"

	"github.com/google/uuid"
)

// DeliveryCount counts the deliveries in a bot's log, and stops at limit.
func (db *DB) DeliveryCount(ctx context.Context, botID uuid.UUID, limit int) (n int, err error) {
	err = db.reader.row(ctx, `SELECT COUNT(*) FROM (SELECT 1 FROM deliveries WHERE bot_id = ? LIMIT ?) found`, idBytes(botID), limit).Scan(&n)
	if err != nil {
		return 0, fmt.Errorf("counting deliveries of bot %s: %w", botID, err)
	}
	return n, nil
}

// CountStatus counts a bot's deliveries of a status, and stops at limit.
func (db *DB) CountStatus(ctx context.Context, botID uuid.UUID, status Status, limit int) (n int, err error) {
	err = db.reader.row(ctx, `SELECT COUNT(*) FROM (SELECT 1 FROM deliveries WHERE bot_id = ? AND status = ? LIMIT ?) found`,
		idBytes(botID), string(status), limit).Scan(&n)
	if err != nil {
		return 0, fmt.Errorf("counting %s deliveries of bot %s: %w", status, botID, err)
	}
	return n, nil
}
