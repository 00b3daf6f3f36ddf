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
)

// ExpireHeld skips up to limit events that at a moment have been held for HeldFor, bot by bot, and returns how many.
func (db *DB) ExpireHeld(ctx context.Context, now time.Time, limit int) (n int, err error) {
	before := now.Add(-HeldFor)
	rows, err := db.reader.Rows(ctx, `SELECT bot_id FROM health h WHERE held > 0 AND EXISTS (
			SELECT 1 FROM deliveries d WHERE d.bot_id = h.bot_id AND d.status = 'held' AND d.updated_at < ?)`, millis(before))
	if err != nil {
		return 0, fmt.Errorf("looking for events held for too long: %w", err)
	}
	bots, err := scanIDs(rows)
	for _, bot := range bots {
		if err != nil || n >= limit {
			break
		}
		var moved int
		moved, err = db.expireHeldOf(ctx, bot, before, limit-n)
		n += moved
	}
	return n, err
}

func (db *DB) expireHeldOf(ctx context.Context, bot uuid.UUID, before time.Time, limit int) (n int, err error) {
	err = db.write(ctx, func(tx *tx) error {
		h, err := tx.healthOf(bot)
		if err != nil {
			return err
		}
		moved, err := tx.exec(`UPDATE deliveries SET status = 'skipped', reason = ?, updated_at = ? WHERE bot_id = ? AND id IN (
				SELECT id FROM deliveries WHERE bot_id = ? AND status = 'held' AND updated_at < ? ORDER BY updated_at LIMIT ?)`,
			store.ReasonHeldTooLong, millis(tx.now), idBytes(bot), idBytes(bot), millis(before), limit)
		if err != nil {
			return fmt.Errorf("skipping events held for too long: %w", err)
		}
		n = int(moved)
		tx.move(h, 0, -n)
		tx.changed(bot)
		return nil
	})
	return n, err
}

// DeleteOld removes up to limit deliveries that were accepted before a moment and neither wait nor are held, with their
// attempts, and returns how many. The hashes of people are deleted run by run (DeleteOldPeople).
func (db *DB) DeleteOld(ctx context.Context, before time.Time, limit int) (n int, err error) {
	candidates, err := db.oldDeliveries(ctx, before, limit)
	if err != nil || len(candidates) == 0 {
		return 0, err
	}
	return len(candidates), db.deleteCandidates(ctx, candidates) // there may be more
}

// deleteCandidates removes deliveries that still neither wait nor are held.
func (db *DB) deleteCandidates(ctx context.Context, candidates []candidate) error {
	return db.write(ctx, func(tx *tx) error {
		still := make([]candidate, 0, len(candidates))
		for _, v := range candidates {
			err := tx.row(`SELECT status FROM deliveries WHERE bot_id = ? AND id = ? AND due_at IS NULL AND status <> 'held'`,
				idBytes(v.bot), idBytes(v.id)).Scan(&v.status)
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

// oldDeliveries finds what DeleteOld removes. It reads outside the writer: deliveries from before that moment that still
// wait are passed over each time, and may be many.
func (db *DB) oldDeliveries(ctx context.Context, before time.Time, limit int) ([]candidate, error) {
	end := firstID(before)
	rows, err := db.reader.Rows(ctx, `SELECT bot_id, id, status, NULL FROM deliveries
		WHERE id < ? AND due_at IS NULL AND status <> 'held' ORDER BY id LIMIT ?`, idBytes(end), limit)
	if err != nil {
		return nil, fmt.Errorf("looking for old deliveries: %w", err)
	}
	return scanCandidates(rows)
}

// DeleteOldPeople removes up to limit hashes of people from runs that end before a moment and before the oldest
// delivery there is, and returns how many.
func (db *DB) DeleteOldPeople(ctx context.Context, before time.Time, limit int) (n int, err error) {
	first := firstID(before)
	err = db.write(ctx, func(tx *tx) error {
		var oldest []byte
		if err := tx.row(`SELECT MIN(id) FROM deliveries`).Scan(&oldest); err != nil {
			return err
		}
		end := runOf(first)
		if len(oldest) > 0 {
			end = min(end, runOf(uuid.UUID(oldest)))
		}
		gone, err := tx.exec(`DELETE FROM people WHERE (run, hash, bot_id, delivery_id) IN (
			SELECT run, hash, bot_id, delivery_id FROM people WHERE run < ? LIMIT ?)`, end, limit)
		n = int(gone)
		return err
	})
	return n, err
}

// DeleteOldCounters removes up to limit counters of hours before a moment, bot by bot, and returns how many.
func (db *DB) DeleteOldCounters(ctx context.Context, before time.Time, limit int) (n int, err error) {
	end := before.Unix() / 3600
	rows, err := db.reader.Rows(ctx, `SELECT id FROM (SELECT id FROM bots UNION ALL SELECT ?) b
		WHERE EXISTS (SELECT 1 FROM counters c WHERE c.bot_id = b.id AND c.hour < ?)`, idBytes(uuid.Nil), end) // and the sums of all
	if err != nil {
		return 0, fmt.Errorf("looking for old counters: %w", err)
	}
	bots, err := scanIDs(rows)
	for _, bot := range bots {
		if err != nil || n >= limit {
			break
		}
		err = db.write(ctx, func(tx *tx) error {
			if _, err := tx.exec(`DELETE FROM days WHERE bot_id = ? AND day < ?`, idBytes(bot), end/24); err != nil {
				return err
			}
			gone, err := tx.exec(`DELETE FROM counters WHERE bot_id = ? AND (hour, kind, bucket) IN (
				SELECT hour, kind, bucket FROM counters WHERE bot_id = ? AND hour < ? LIMIT ?)`, idBytes(bot), idBytes(bot), end, limit-n)
			n += int(gone)
			return err
		})
	}
	return n, err
}

const (
	// slackPages and slackPart are how many free pages the file keeps for what comes next, whichever is more: a log of
	// steady length frees as much as it takes.
	slackPages = 4096 // 16 MiB
	slackPart  = 10   // a tenth of the file
)

// GiveBack shrinks the file by up to n pages, if more are free than it will soon need, and returns by how many.
func (db *DB) GiveBack(ctx context.Context, n int) (int, error) {
	free, err := db.spare(ctx)
	if err != nil || free <= 0 {
		return 0, err
	}
	n = min(n, free)
	err = db.write(ctx, func(tx *tx) error {
		return tx.q.RunOnce(context.Background(), fmt.Sprintf(`PRAGMA incremental_vacuum(%d)`, n))
	})
	if err != nil {
		return 0, fmt.Errorf("giving space back: %w", err)
	}
	return n, nil
}

// spare is how many free pages the file has beyond what it will soon need.
func (db *DB) spare(ctx context.Context) (int, error) {
	var free, all int
	if err := db.reader.Row(ctx, `SELECT freelist_count, page_count FROM pragma_freelist_count, pragma_page_count`).Scan(&free, &all); err != nil {
		return 0, fmt.Errorf("looking for free space: %w", err)
	}
	return free - max(slackPages, (all-free)/slackPart), nil
}

// Sweep removes up to limit deliveries of deleted bots and, once a bot has none left, all else that was its.
// It returns how many deliveries went; call it until there are none.
func (db *DB) Sweep(ctx context.Context, limit int) (n int, err error) {
	rows, err := db.reader.Rows(ctx, `SELECT id FROM bots WHERE deleted_at > 0 AND deleted_at <= ?`, millis(db.cfg.Now()))
	if err != nil {
		return 0, fmt.Errorf("looking for deleted bots: %w", err)
	}
	bots, err := scanIDs(rows)
	if err == nil && len(bots) > 0 { // their hashes are looked for in the index alone
		err = db.mergeAll(ctx)
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

func (db *DB) sweepBot(ctx context.Context, bot uuid.UUID, limit int) (n int, err error) {
	err = db.write(ctx, func(tx *tx) error {
		rows, err := tx.rows(`SELECT bot_id, id, status, payload FROM deliveries WHERE bot_id = ? LIMIT ?`, idBytes(bot), limit)
		if err != nil {
			return err
		}
		candidates, err := scanCandidates(rows)
		if err != nil {
			return err
		}
		for _, v := range candidates {
			if err := tx.dropPerson(v.bot, v.id, v.payload); err != nil {
				return err
			}
		}
		if err := tx.deleteDeliveries(candidates); err != nil {
			return err
		}
		if n = len(candidates); n == limit {
			return nil
		}
		return tx.deleteBotRows(bot)
	})
	return n, err
}

func (tx *tx) deleteBotRows(bot uuid.UUID) error {
	h, err := tx.healthOf(bot)
	if err != nil {
		return err
	}
	tx.waiting -= h.waiting
	tx.wrote = true
	delete(tx.health, bot)
	for _, table := range []string{"counters", "days", "resend_jobs", "conditions", "health", "webhook_versions", "webhooks"} {
		if _, err := tx.exec(`DELETE FROM `+table+` WHERE bot_id = ?`, idBytes(bot)); err != nil {
			return fmt.Errorf("removing deleted bot %s: %w", bot, err)
		}
	}
	_, err = tx.exec(`DELETE FROM bots WHERE id = ?`, idBytes(bot))
	return err
}

// candidate is a delivery that may be deleted.
type candidate struct {
	bot, id uuid.UUID
	status  store.Status
	payload []byte // if it was asked for
}

func scanCandidates(rows *sql.Rows) (candidates []candidate, err error) {
	defer rows.Close()
	for rows.Next() {
		var v candidate
		if err := rows.Scan(&v.bot, &v.id, &v.status, &v.payload); err != nil {
			return nil, err
		}
		candidates = append(candidates, v)
	}
	return candidates, rows.Err()
}

// deleteDeliveries removes deliveries with their attempts, and takes those that waited or were held out of the counts.
func (tx *tx) deleteDeliveries(candidates []candidate) error {
	for _, v := range candidates {
		h, err := tx.healthOf(v.bot)
		if err != nil {
			return err
		}
		waiting, held := v.status.Counted()
		tx.move(h, -waiting, -held)
		if _, err := tx.exec(`DELETE FROM attempts WHERE bot_id = ? AND delivery_id = ?`, idBytes(v.bot), idBytes(v.id)); err != nil {
			return fmt.Errorf("removing delivery %s: %w", v.id, err)
		}
		if _, err := tx.exec(`DELETE FROM put_back WHERE bot_id = ? AND delivery_id = ?`, idBytes(v.bot), idBytes(v.id)); err != nil {
			return fmt.Errorf("removing delivery %s: %w", v.id, err)
		}
		if _, err := tx.exec(`DELETE FROM deliveries WHERE bot_id = ? AND id = ?`, idBytes(v.bot), idBytes(v.id)); err != nil {
			return fmt.Errorf("removing delivery %s: %w", v.id, err)
		}
	}
	return nil
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
	var id []byte
	err := db.reader.Row(ctx, `SELECT id FROM deliveries ORDER BY id DESC LIMIT 1`).Scan(&id)
	if errors.Is(err, sql.ErrNoRows) {
		return db.cfg.Now(), nil
	}
	if err != nil {
		return time.Time{}, fmt.Errorf("looking for the newest event: %w", err)
	}
	return timeOf(uuid.UUID(id)), nil
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
	rows, err := db.reader.Rows(ctx, `SELECT bot_id, id, status, NULL FROM deliveries
		WHERE id > ? AND due_at IS NULL AND status <> 'held' ORDER BY id LIMIT ?`, idBytes(firstID(after)), limit)
	if err != nil {
		return 0, fmt.Errorf("looking for deliveries from the future: %w", err)
	}
	candidates, err := scanCandidates(rows)
	if err != nil || len(candidates) > 0 {
		return len(candidates), errors.Join(err, db.deleteCandidates(ctx, candidates))
	}
	if left, err := db.AnyAfter(ctx, after); err != nil || left {
		return 0, err
	}
	err = db.write(ctx, func(tx *tx) error {
		gone, err := tx.exec(`DELETE FROM people WHERE (run, hash, bot_id, delivery_id) IN (
			SELECT run, hash, bot_id, delivery_id FROM people WHERE run > ? LIMIT ?)`, runOf(firstID(after))+1, limit)
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
