package db

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"iozen/store"
	"iozen/store/db/dialect"
	"iozen/store/db/statement"
)

// Lanes lists the webhooks after a given one that have deliveries waiting, each with the time at which its first is due. It
// goes from webhook to webhook by index and never reads the rows of one. Webhooks of one bot follow each other by number;
// bots are in the order in which they were made. (+l.n: SQLite compares pairs along an index only with values of no affinity.)
func (db *DB) Lanes(ctx context.Context, after store.WebhookID, limit int) (lanes []store.LaneDue, err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("looking for waiting deliveries: %w", err)
		}
	}()
	var bot int64
	if err := db.reader.Row(ctx, `SELECT COALESCE(`+theBot+`, 0)`, idBytes(after.BotID)).Scan(&bot); err != nil {
		return nil, err
	}
	rows, err := db.reader.Rows(ctx, `WITH RECURSIVE lanes (bot, n, place) AS (
			SELECT CAST(? AS BIGINT), CAST(? AS BIGINT), 0
			UNION ALL
			SELECT d.bot, d.n, l.place + 1 FROM lanes l JOIN deliveries d ON l.place < ? AND d.number = (
				SELECT number FROM deliveries`+dialect.AlongDue+` WHERE due_at IS NOT NULL AND (bot, n) > (l.bot, +l.n) ORDER BY bot, n LIMIT 1)
		) SELECT q.n, b.id, `+firstDue+`, `+lateDue+` FROM lanes q LEFT JOIN bots b ON b.number = q.bot WHERE q.place > 0 ORDER BY q.place`, bot, after.N, limit)
	if err != nil {
		return nil, err
	}
	return statement.Collect(rows, func(l *store.LaneDue, scan func(...any) error) error {
		var due dueTimes
		var id []byte
		if err := scan(&l.N, &id, &due.first, &due.late); err != nil {
			return err
		}
		l.DueAt = due.earliest()
		if l.BotID, err = uuid.FromBytes(id); err == nil {
			db.watermarks.Found(l.WebhookID, due.first.Int64, due.late.Int64)
		}
		return err
	})
}

// When the first delivery of each kind is due: of those that were never tried, and of those that are late.
const (
	firstDue = `(SELECT MIN(due_at) FROM deliveries WHERE bot = q.bot AND n = q.n AND late = FALSE AND due_at IS NOT NULL)`
	lateDue  = `(SELECT MIN(due_at) FROM deliveries WHERE bot = q.bot AND n = q.n AND late = TRUE AND due_at IS NOT NULL)`
)
