package store

import (
	"context"
	"fmt"

	"github.com/google/uuid"
)

const (
	// eventNamesOf goes from name to name of a bot by index.
	eventNamesOf = `WITH RECURSIVE names (name) AS (
			SELECT MIN(event_name) FROM deliveries WHERE bot_id = ?
			UNION ALL SELECT (SELECT MIN(d.event_name) FROM deliveries d WHERE d.bot_id = ? AND d.event_name > names.name) FROM names WHERE name IS NOT NULL)
		SELECT name FROM names WHERE name IS NOT NULL LIMIT ?`
	newestEventNames = `SELECT DISTINCT event_name FROM (SELECT event_name FROM deliveries ORDER BY id DESC LIMIT 1000) newest ORDER BY 1 LIMIT ?`
	// maxNamesOffered is more than a person chooses from.
	maxNamesOffered = 200
)

// EventNames lists the event names in a bot's log, or (uuid.Nil) those of the newest deliveries of all bots, for the
// filter.
func (db *DB) EventNames(ctx context.Context, botID uuid.UUID) ([]string, error) {
	query, args := eventNamesOf, []any{idBytes(botID), idBytes(botID), maxNamesOffered}
	if botID == uuid.Nil {
		query, args = newestEventNames, []any{maxNamesOffered}
	}
	rows, err := db.reader.rows(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("listing event names: %w", err)
	}
	defer rows.Close()
	var names []string
	for rows.Next() {
		var n string
		if err := rows.Scan(&n); err != nil {
			return nil, fmt.Errorf("listing event names: %w", err)
		}
		names = append(names, n)
	}
	return names, rows.Err()
}
