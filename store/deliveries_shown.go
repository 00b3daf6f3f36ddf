package store

import (
	"context"
	"fmt"
	"strings"

	"github.com/google/uuid"
)

// DeliveriesByID reads those of the given deliveries that are there, newest first, without payloads. It takes as many
// as a page may show.
func (db *DB) DeliveriesByID(ctx context.Context, ids []uuid.UUID) ([]Delivery, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	args := make([]any, min(len(ids), MaxLimit))
	for i := range args {
		args[i] = idBytes(ids[i])
	}
	rows, err := db.reader.db.QueryContext(ctx, `SELECT `+deliveryColumns+`, b.name FROM deliveries d JOIN bots b ON b.id = d.bot_id AND b.deleted_at = 0
		WHERE d.id IN (?`+strings.Repeat(", ?", len(args)-1)+`) ORDER BY d.id DESC`, args...)
	if err != nil {
		return nil, fmt.Errorf("reading the deliveries that are shown: %w", err)
	}
	return scanDeliveries(rows, false)
}
