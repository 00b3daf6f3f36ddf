package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/google/uuid"

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
	for _, id := range webhooks {
		if err != nil || n >= limit {
			break
		}
		var moved int
		moved, err = db.expireHeldOf(ctx, id, before, limit-n)
		n += moved
	}
	return n, err
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
	// It reads outside the writer: deliveries from before that moment that still wait are passed over each time, and may be
	// many.
	rows, err := db.reader.Rows(ctx, candidates+` WHERE d.number < ? AND `+deletable+` ORDER BY d.number LIMIT ?`, number.First(before), limit)
	if err != nil {
		return 0, fmt.Errorf("looking for old deliveries: %w", err)
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
	err = db.write(ctx, func(tx *tx) error {
		var oldest sql.NullInt64
		if err := tx.row(`SELECT MIN(number) FROM deliveries`).Scan(&oldest); err != nil {
			return err
		}
		end := runOf(number.First(before))
		if oldest.Valid {
			end = min(end, runOf(oldest.Int64))
		}
		gone, err := tx.exec(`DELETE FROM people WHERE (run, hash, bot, delivery) IN (
			SELECT run, hash, bot, delivery FROM people WHERE run < ? LIMIT ?)`, end, limit)
		n = int(gone)
		return err
	})
	return n, err
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
	for _, bot := range bots {
		if err != nil || n >= limit {
			break
		}
		err = db.write(ctx, func(tx *tx) error {
			if _, err := tx.exec(`DELETE FROM days WHERE bot = ? AND day < ?`, bot, end/24); err != nil {
				return err
			}
			gone, err := tx.exec(`DELETE FROM counters WHERE bot = ? AND (hour, kind, bucket, n, writer) IN (
				SELECT hour, kind, bucket, n, writer FROM counters WHERE bot = ? AND hour < ? LIMIT ?)`, bot, bot, end, limit-n)
			n += int(gone)
			return err
		})
	}
	return n, err
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

// Sweep removes up to limit deliveries of deleted bots and, once a bot has none left, all else that was its; and it skips what
// waits for deleted webhooks. It returns how many deliveries it has changed; call it until there are none.
func (db *DB) Sweep(ctx context.Context, limit int) (n int, err error) {
	rows, err := db.reader.Rows(ctx, `SELECT id FROM bots WHERE deleted_at > 0 AND deleted_at <= ?`, millis(db.cfg.Now()))
	if err != nil {
		return 0, fmt.Errorf("looking for deleted bots: %w", err)
	}
	bots, err := statement.Column[uuid.UUID](rows)
	if err == nil && len(bots) > 0 { // their hashes are looked for in the index alone
		err = db.mergeAll(ctx)
	}
	if err == nil {
		n, err = db.sweepWebhooks(ctx, limit)
	}
	for _, bot := range bots {
		if err != nil || n >= limit {
			break
		}
		var gone int
		gone, err = db.sweepBot(ctx, bot, limit-n)
		n += gone
	}
	return n, err
}

func (db *DB) sweepBot(ctx context.Context, botID uuid.UUID, limit int) (n int, err error) {
	err = db.write(ctx, func(tx *tx) error {
		bot, err := tx.bot(botID)
		if err != nil {
			return err
		}
		rows, err := tx.rows(`SELECT d.bot, d.number, d.n, d.status, d.event_id, d.event IS NULL, d.payload FROM deliveries d WHERE d.bot = ? LIMIT ?`, bot, limit)
		if err != nil {
			return err
		}
		found, err := statement.Collect(rows, scanCandidate)
		if err != nil {
			return err
		}
		for _, v := range found {
			if v.payload == nil {
				continue
			}
			if err := tx.dropPerson(v.deliveryKey, v.payload); err != nil {
				return err
			}
		}
		if err := tx.deleteDeliveries(found); err != nil {
			return err
		}
		if n = len(found); n == limit {
			return nil
		}
		return tx.deleteBotRows(botID, bot)
	})
	return n, err
}

func (tx *tx) deleteBotRows(botID uuid.UUID, bot int64) error {
	rows, err := tx.rows(`SELECT n FROM health WHERE bot = ?`, bot)
	if err != nil {
		return err
	}
	webhooks, err := statement.Column[int](rows)
	if err != nil {
		return err
	}
	for _, n := range webhooks {
		h, err := tx.healthOf(store.WebhookID{BotID: botID, N: n})
		if err != nil {
			return err
		}
		tx.waiting -= h.waiting
		delete(tx.health, h.WebhookID)
	}
	tx.wrote = true
	for _, table := range []string{"counters", "days", "conditions", "health", "event_ids", "webhook_versions", "webhooks"} {
		if _, err := tx.exec(`DELETE FROM `+table+` WHERE bot = ?`, bot); err != nil {
			return fmt.Errorf("removing deleted bot %s: %w", botID, err)
		}
	}
	if _, err := tx.exec(`DELETE FROM jobs WHERE bot_id = ?`, idBytes(botID)); err != nil {
		return fmt.Errorf("removing deleted bot %s: %w", botID, err)
	}
	_, err = tx.exec(`DELETE FROM bots WHERE number = ?`, bot)
	return err
}

// candidate is a delivery that may be deleted.
type candidate struct {
	deliveryKey
	n       int // the webhook
	status  store.Status
	eventID string
	first   bool   // the event's id leads to it
	payload []byte // if it was asked for
}

func scanCandidate(v *candidate, scan func(...any) error) error {
	return scan(&v.bot, &v.number, &v.n, &v.status, &v.eventID, &v.first, &v.payload)
}

// deleteDeliveries removes deliveries with their attempts, and takes those that waited or were held out of the counts.
func (tx *tx) deleteDeliveries(found []candidate) error {
	ids := map[int64]uuid.UUID{}
	for _, v := range found {
		if waiting, held := v.status.Counted(); waiting+held > 0 {
			if _, ok := ids[v.bot]; !ok {
				var id uuid.UUID
				if err := tx.row(`SELECT id FROM bots WHERE number = ?`, v.bot).Scan(&id); err != nil {
					return err
				}
				ids[v.bot] = id
			}
			h, err := tx.healthOf(store.WebhookID{BotID: ids[v.bot], N: v.n})
			if err != nil {
				return err
			}
			tx.move(h, v.status, "", 1)
		}
		if err := tx.deleteDelivery(v); err != nil {
			return fmt.Errorf("removing delivery %s: %w", number.ID(v.number), err)
		}
	}
	return nil
}

func (tx *tx) deleteDelivery(v candidate) error {
	if _, err := tx.exec(`DELETE FROM attempts WHERE bot = ? AND delivery = ?`, v.bot, v.number); err != nil {
		return err
	}
	if v.first {
		if _, err := tx.exec(`DELETE FROM event_ids WHERE bot = ? AND event_id = ? AND delivery = ?`, v.bot, v.eventID, v.number); err != nil {
			return err
		}
	}
	if _, err := tx.exec(`DELETE FROM put_back WHERE bot = ? AND delivery = ?`, v.bot, v.number); err != nil {
		return err
	}
	_, err := tx.exec(`DELETE FROM deliveries WHERE bot = ? AND number = ?`, v.bot, v.number)
	return err
}

// UpkeepTimes are what the last round of maintenance has left: the moment it counted from, and when rows stamped in the
// future were last made (zero: there are none). Before the first round, the newest event shows how late it is at least.
func (db *DB) UpkeepTimes(ctx context.Context) (trusted, future time.Time, err error) {
	var trustedAt, futureAt int64
	if err := db.reader.Row(ctx, `SELECT trusted_at, future_at FROM heartbeat`).Scan(&trustedAt, &futureAt); err != nil {
		return trusted, future, fmt.Errorf("reading the clock of the last round: %w", err)
	}
	trusted, future = fromMillis(trustedAt), fromMillis(futureAt)
	if trusted.IsZero() {
		trusted, err = db.newestEvent(ctx)
	}
	return trusted, future, err
}

// newestEvent is when the newest event was accepted; now, without any.
func (db *DB) newestEvent(ctx context.Context) (time.Time, error) {
	var newest sql.NullInt64
	err := db.reader.Row(ctx, `SELECT MAX(number) FROM deliveries`).Scan(&newest)
	if err != nil {
		return time.Time{}, fmt.Errorf("looking for the newest event: %w", err)
	}
	if !newest.Valid {
		return db.cfg.Now(), nil
	}
	return number.Time(newest.Int64), nil
}

// NoteUpkeep keeps what UpkeepTimes returns to the next round.
func (db *DB) NoteUpkeep(ctx context.Context, trusted, future time.Time) error {
	err := db.writeLazily(ctx, func(tx *tx) error {
		_, err := tx.exec(`UPDATE heartbeat SET trusted_at = ?, future_at = ?`, millis(trusted), millis(future))
		return err
	})
	if err != nil {
		return fmt.Errorf("keeping the clock of this round: %w", err)
	}
	return nil
}

// AnyAfter says whether a delivery is stamped later than a moment.
func (db *DB) AnyAfter(ctx context.Context, at time.Time) (bool, error) {
	newest, err := db.newestEvent(ctx)
	return newest.After(at), err
}

// DeleteFuture removes up to limit deliveries stamped after a moment that neither wait nor are held, and the hashes of
// people in their runs once none is left.
func (db *DB) DeleteFuture(ctx context.Context, after time.Time, limit int) (n int, err error) {
	rows, err := db.reader.Rows(ctx, candidates+` WHERE d.number > ? AND `+deletable+` ORDER BY d.number LIMIT ?`, number.First(after), limit)
	if err != nil {
		return 0, fmt.Errorf("looking for deliveries from the future: %w", err)
	}
	found, err := statement.Collect(rows, scanCandidate)
	if err != nil || len(found) > 0 {
		return len(found), errors.Join(err, db.deleteCandidates(ctx, found))
	}
	if left, err := db.AnyAfter(ctx, after); err != nil || left {
		return 0, err
	}
	err = db.write(ctx, func(tx *tx) error {
		gone, err := tx.exec(`DELETE FROM people WHERE (run, hash, bot, delivery) IN (
			SELECT run, hash, bot, delivery FROM people WHERE run > ? LIMIT ?)`, runOf(number.First(after))+1, limit)
		n = int(gone)
		return err
	})
	return n, err
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
