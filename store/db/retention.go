package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"time"

	"iozen/store"
	"iozen/store/db/number"
	"iozen/store/db/statement"
)

// ExpireHeld skips up to limit events that at a moment have been held for HeldFor, webhook by webhook, and returns how many.
// Those of a deleted bot wait: it may be restored, or is swept.
func (db *DB) ExpireHeld(ctx context.Context, now time.Time, limit int) (n int, err error) {
	before := now.Add(-HeldFor)
	rows, err := db.reader.Rows(ctx, `SELECT b.id, h.n FROM health h JOIN bots b ON b.number = h.bot AND b.deleted_at = 0 WHERE h.held > 0 AND EXISTS (
			SELECT 1 FROM deliveries d WHERE d.bot = h.bot AND d.n = h.n AND d.status = 'held' AND d.updated_at < ?)`, millis(before))
	if err != nil {
		return 0, fmt.Errorf("looking for events held for too long: %w", err)
	}
	webhooks, err := statement.Collect(rows, scanWebhookID)
	if err != nil {
		return 0, err
	}
	return upTo(limit, webhooks, func(id store.WebhookID, limit int) (int, error) { return db.expireHeldOf(ctx, id, before, limit) })
}

// upTo does a part of something for one after another, until limit is reached in all, and returns how far it came.
func upTo[T any](limit int, all []T, do func(one T, limit int) (int, error)) (n int, err error) {
	for _, one := range all {
		if n >= limit {
			break
		}
		done, err := do(one, limit-n)
		if n += done; err != nil {
			return n, err
		}
	}
	return n, nil
}

func scanWebhookID(id *store.WebhookID, scan func(...any) error) error { return scan(&id.BotID, &id.N) }

func (db *DB) expireHeldOf(ctx context.Context, id store.WebhookID, before time.Time, limit int) (n int, err error) {
	err = db.write(ctx, func(tx *tx) error {
		n = 0
		g, err := tx.gate(id)
		if errors.Is(err, store.ErrNotFound) { // deleted since it was found: the sums of all bots are without it
			return nil
		}
		if err != nil {
			return err
		}
		h, err := tx.healthOf(id)
		if err != nil {
			return err
		}
		moved, err := tx.exec(`UPDATE deliveries SET status = 'skipped', reason = ?, updated_at = ? WHERE bot = ? AND number IN (
				SELECT number FROM deliveries WHERE bot = ? AND n = ? AND status = 'held' AND updated_at < ? ORDER BY updated_at LIMIT ?)`,
			store.ReasonHeldTooLong, millis(tx.now), g.bot, g.bot, id.N, millis(before), limit)
		if err != nil {
			return fmt.Errorf("skipping events held for too long: %w", err)
		}
		n = int(moved)
		tx.move(h, store.Held, store.Skipped, n)
		tx.day(id).Expired += n
		tx.changed(id, 0)
		return nil
	})
	return n, err
}

// DeleteOld removes up to limit deliveries that were accepted before a moment and neither wait nor are held, with their
// attempts, and returns how many. The hashes of people are deleted run by run (DeleteOldPeople).
func (db *DB) DeleteOld(ctx context.Context, before time.Time, limit int) (n int, err error) {
	return db.deleteWhere(ctx, `d.number < ?`, number.First(before), limit)
}

// deleteWhere looks for up to limit deliveries that neither wait nor are held, removes those that still may go, and returns how
// many it has found. It looks outside the writer: deliveries that still wait are passed over each time, and may be many.
func (db *DB) deleteWhere(ctx context.Context, where string, than int64, limit int) (n int, err error) {
	rows, err := db.reader.Rows(ctx, candidates+` WHERE `+where+` AND `+deletable+` ORDER BY d.number LIMIT ?`, than, limit)
	if err != nil {
		return 0, fmt.Errorf("looking for deliveries to remove: %w", err)
	}
	found, err := statement.Collect(rows, scanCandidate)
	if err != nil || len(found) == 0 {
		return 0, err
	}
	return len(found), db.deleteCandidates(ctx, found) // there may be more
}

const (
	candidates = `SELECT d.bot, d.number, d.n, d.status, d.event_id, d.event IS NULL, NULL FROM deliveries d`
	// deletable are deliveries that neither wait nor are held, and whose event's bytes no other delivery still needs.
	deletable = `d.due_at IS NULL AND d.status <> 'held' AND (d.event IS NOT NULL OR NOT EXISTS (SELECT 1 FROM deliveries o WHERE o.bot = d.bot AND o.event = d.number))`
)

// deleteCandidates removes deliveries that still may go.
func (db *DB) deleteCandidates(ctx context.Context, found []candidate) error {
	return db.write(ctx, func(tx *tx) error {
		still := make([]candidate, 0, len(found))
		for _, v := range found {
			err := tx.row(`SELECT d.status FROM deliveries d WHERE d.bot = ? AND d.number = ? AND `+deletable, v.bot, v.number).Scan(&v.status)
			if errors.Is(err, sql.ErrNoRows) { // resent since it was found
				continue
			}
			if err != nil {
				return err
			}
			still = append(still, v)
		}
		return tx.deleteDeliveries(still)
	})
}

// DeleteOldPeople removes up to limit hashes of people from runs that end before a moment and before the oldest
// delivery there is, and returns how many.
func (db *DB) DeleteOldPeople(ctx context.Context, before time.Time, limit int) (n int, err error) {
	err = db.write(ctx, func(tx *tx) (err error) {
		var oldest sql.NullInt64
		if err := tx.row(`SELECT MIN(number) FROM deliveries`).Scan(&oldest); err != nil {
			return err
		}
		end := runOf(number.First(before))
		if oldest.Valid {
			end = min(end, runOf(oldest.Int64))
		}
		n, err = tx.deletePeople(`run < ?`, end, limit)
		return err
	})
	return n, err
}

func (tx *tx) deletePeople(where string, than int64, limit int) (n int, err error) {
	gone, err := tx.exec(`DELETE FROM people WHERE (run, hash, bot, delivery) IN (
			SELECT run, hash, bot, delivery FROM people WHERE `+where+` LIMIT ?)`, than, limit)
	return int(gone), err
}

// DeleteOldCounters removes up to limit counters of hours before a moment, bot by bot, and returns how many.
func (db *DB) DeleteOldCounters(ctx context.Context, before time.Time, limit int) (n int, err error) {
	end := before.Unix() / 3600
	rows, err := db.reader.Rows(ctx, `SELECT number FROM (SELECT number FROM bots UNION ALL SELECT CAST(? AS BIGINT)) b
		WHERE (SELECT MIN(c.hour) FROM counters c WHERE c.bot = b.number) < ? OR (SELECT MIN(d.day) FROM days d WHERE d.bot = b.number) < ?`, allBots, end, end/24) // and the sums of all
	if err != nil {
		return 0, fmt.Errorf("looking for old counters: %w", err)
	}
	bots, err := statement.Column[int64](rows)
	if err != nil {
		return 0, err
	}
	return upTo(limit, bots, func(bot int64, limit int) (n int, err error) {
		err = db.write(ctx, func(tx *tx) error {
			if _, err := tx.exec(`DELETE FROM days WHERE bot = ? AND day < ?`, bot, end/24); err != nil {
				return err
			}
			gone, err := tx.exec(`DELETE FROM counters WHERE bot = ? AND (hour, kind, bucket, n, writer) IN (
				SELECT hour, kind, bucket, n, writer FROM counters WHERE bot = ? AND hour < ? LIMIT ?)`, bot, bot, end, limit)
			n = int(gone)
			return err
		})
		return n, err
	})
}

// GiveBack shrinks the database by up to n pages, if more are free than it will soon need, and returns by how many.
func (db *DB) GiveBack(ctx context.Context, n int) (int, error) {
	spare, err := db.at.Spare(ctx, db.reader)
	if err != nil || spare <= 0 {
		return 0, err
	}
	n = min(n, spare)
	if err = db.write(ctx, func(tx *tx) error { return db.at.GiveBack(context.Background(), tx.q, n) }); err != nil {
		return 0, fmt.Errorf("giving space back: %w", err)
	}
	return n, nil
}

// RetentionDays is how many days the log is to be kept; 0 while no owner has chosen.
func (db *DB) RetentionDays(ctx context.Context) (days int, err error) {
	err = db.reader.Row(ctx, `SELECT retention_days FROM workspace WHERE id = 1`).Scan(&days)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	return days, err
}

// SetRetentionDays chooses how many days the log is kept. Maintenance acts on it in its next round.
func (db *DB) SetRetentionDays(ctx context.Context, days int, by store.Actor) error {
	return db.write(ctx, func(tx *tx) error {
		n, err := tx.exec(`INSERT INTO workspace (id, retention_days) VALUES (1, ?)
			ON CONFLICT (id) DO UPDATE SET retention_days = excluded.retention_days WHERE workspace.retention_days <> excluded.retention_days`, days)
		if err != nil || n == 0 {
			return err
		}
		return tx.addAudit(store.AuditEntry{By: by, Action: "workspace.set_retention", Target: strconv.Itoa(days)})
	})
}
