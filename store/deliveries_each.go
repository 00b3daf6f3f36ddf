package store

import (
	"context"
	"fmt"
	"strings"

	"github.com/google/uuid"
)

// EachDelivery hands over every delivery that a filter shows, newest first, with its payload. It reads page by page, so that
// the length of the log costs no memory, and keeps no transaction open for a slow reader: what comes meanwhile is not
// shown, what changes meanwhile is shown as it is then.
func (db *DB) EachDelivery(ctx context.Context, f DeliveryFilter, do func(Delivery) error) error {
	term, err := db.search(ctx, f.Query)
	if err != nil {
		return err
	}
	where, args := f.where(term)
	query := `SELECT ` + deliveryColumns + `, b.name, d.payload FROM deliveries d JOIN bots b ON b.id = d.bot_id WHERE ` +
		strings.Join(where, " AND ") + ` AND d.id < ? ORDER BY d.id DESC LIMIT ?`
	before := uuid.Max
	for {
		page, err := db.queryPayloads(ctx, query, append(args[:len(args):len(args)], idBytes(before), maxLimit)...)
		if err != nil {
			return fmt.Errorf("reading deliveries: %w", err)
		}
		for _, d := range page {
			if err := do(d); err != nil {
				return err
			}
			before = d.ID
		}
		if len(page) < maxLimit {
			return nil
		}
	}
}

func (db *DB) queryPayloads(ctx context.Context, query string, args ...any) ([]Delivery, error) {
	rows, err := db.reader.db.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var found []Delivery
	for rows.Next() {
		var bot string
		var payload []byte
		d, err := scanDelivery(rows.Scan, &bot, &payload)
		if err != nil {
			return nil, err
		}
		d.BotName, d.Payload = bot, payload
		found = append(found, d)
	}
	return found, rows.Err()
}
