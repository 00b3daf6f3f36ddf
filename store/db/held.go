package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"iozen/store"
	"iozen/store/db/number"
	"iozen/store/db/statement"
)

// HeldFor is how long an event is held before it is skipped.
const HeldFor = 7 * 24 * time.Hour

// HeldCount counts the events held since someone last chose "Leave them". A held row is not changed, so updated_at is when
// it was held: that is later than its acceptance if the webhook was switched off while it waited.
func (db *DB) HeldCount(ctx context.Context, id store.WebhookID) (store.HeldCount, error) {
	var left int64
	err := db.reader.Row(ctx, `SELECT held_left_at FROM webhooks WHERE `+liveWebhook, idBytes(id.BotID), id.N).Scan(&left)
	if errors.Is(err, sql.ErrNoRows) {
		return store.HeldCount{}, fmt.Errorf("webhook of %s: %w", id, store.ErrNotFound)
	}
	if err != nil {
		return store.HeldCount{}, err
	}
	var c store.HeldCount
	var since int64
	err = db.reader.Row(ctx, `SELECT COUNT(*), COALESCE(MIN(updated_at), 0) FROM deliveries
		WHERE `+ofWebhook+` AND status = 'held' AND updated_at > ?`, idBytes(id.BotID), id.N, left).Scan(&c.Count, &since)
	c.Since = fromMillis(since)
	return c, err
}

// LeaveHeld records that a person chose not to send the events held until now. They stay held, and can be sent one by one.
func (db *DB) LeaveHeld(ctx context.Context, id store.WebhookID, by store.Actor) error {
	return db.write(ctx, func(tx *tx) error {
		g, err := tx.gate(id)
		if err == nil && g.gone {
			err = fmt.Errorf("webhook of %s: %w", id, store.ErrNotFound)
		}
		if err != nil {
			return err
		}
		if _, err := tx.exec(`UPDATE webhooks SET held_left_at = ? WHERE bot = ? AND n = ?`, millis(tx.now), g.bot, id.N); err != nil {
			return err
		}
		tx.changed(id, 0)
		return tx.addAudit(store.AuditEntry{By: by, Action: "held.leave", BotID: id.BotID, N: id.N})
	})
}

// StartRelease begins to queue the events that HeldCount counts, and returns at once; if that is under way already, it returns
// the job that does it. It fails with ErrOff while the webhook does not send: they would be held again at once.
func (db *DB) StartRelease(ctx context.Context, id store.WebhookID, by store.Actor) (store.Job, error) {
	jobID, err := db.newID(db.cfg.Now())
	if err != nil {
		return store.Job{}, err
	}
	var j store.Job
	err = db.write(ctx, func(tx *tx) error {
		if err := tx.mustSend(id); err != nil {
			return err
		}
		var running []byte
		err := tx.row(`SELECT id FROM jobs WHERE state = ? AND kind = ? AND bot_id = ? AND n = ?`,
			string(store.JobRunning), string(store.JobRelease), idBytes(id.BotID), id.N).Scan(&running)
		if err == nil {
			j, err = tx.job(uuid.UUID(running))
			return err
		}
		if !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		j = store.Job{ID: jobID, Kind: store.JobRelease, BotID: id.BotID, Webhook: id.N, State: store.JobRunning, By: by, StartedAt: tx.now}
		if err := tx.row(`SELECT COUNT(*) FROM deliveries d JOIN webhooks w ON w.bot = d.bot AND w.n = d.n
			WHERE d.bot = `+theBot+` AND d.n = ? AND d.status = 'held' AND d.updated_at > w.held_left_at`, idBytes(id.BotID), id.N).Scan(&j.Total); err != nil {
			return err
		}
		return tx.insertJob(j, store.AuditEntry{Action: "held.send", Target: jobID.String(), Note: fmt.Sprintf("%d events", j.Total)})
	})
	return j, err
}

// stepRelease queues the next held events, oldest first, behind current events. Their schedule starts anew, as with a
// resend: a person chose this moment. Events that somebody chose to leave stay held. Each event is queued once, so that the
// job ends even if the webhook is switched off and on meanwhile and the queued events are held again; a webhook that does
// not send when its turn comes ends the job.
func (db *DB) stepRelease(ctx context.Context, j store.Job, limit int) (store.Job, error) {
	id := j.ID
	err := db.write(ctx, func(tx *tx) (err error) {
		if j, err = tx.job(id); err != nil || j.State != store.JobRunning {
			return err
		}
		off, err := tx.whyNotSent(j.WebhookID())
		if err != nil {
			return err
		}
		if off != "" {
			return tx.endJob(&j, store.JobStopped, off)
		}
		seen, err := tx.release(&j, limit)
		if err != nil {
			return fmt.Errorf("releasing held events of %s: %w", j.WebhookID(), err)
		}
		if seen < limit {
			return tx.endJob(&j, store.JobDone, "")
		}
		return tx.updateJob(&j)
	})
	return j, err
}

// release returns how many held events it has looked at.
func (tx *tx) release(j *store.Job, limit int) (seen int, err error) {
	g, err := tx.gate(j.WebhookID())
	if err != nil {
		return 0, err
	}
	reached := number.Of(j.Reached)
	rows, err := tx.rows(`SELECT d.number FROM deliveries d WHERE d.bot = ? AND d.status = 'held' AND `+troubled+` AND d.number > ? AND +d.n = ?
		ORDER BY d.number LIMIT ?`, g.bot, reached, g.id.N, limit)
	if err != nil {
		return 0, err
	}
	numbers, err := statement.Column[int64](rows)
	if err != nil || len(numbers) == 0 {
		return 0, err
	}
	last := numbers[len(numbers)-1]
	const chosen = `bot = ? AND n = ? AND status = 'held' AND number > ? AND number <= ?
		AND updated_at > (SELECT w.held_left_at FROM webhooks w WHERE w.bot = ? AND w.n = ?)`
	which := []any{g.bot, g.id.N, reached, last, g.bot, g.id.N}
	if err := tx.notePutBack(j.ID, chosen, which...); err != nil {
		return 0, err
	}
	moved, err := tx.exec(`UPDATE deliveries SET status = 'queued', reason = '', round = 0, due_at = ?, late = TRUE, updated_at = ? WHERE `+chosen,
		append([]any{millis(tx.now), millis(tx.now)}, which...)...)
	if err != nil {
		return 0, err
	}
	h, err := tx.healthOf(g.id)
	if err != nil {
		return 0, err
	}
	n := int(moved)
	tx.move(h, store.Held, store.Queued, n)
	tx.changed(g.id, store.Due)
	j.Done, j.Reached = j.Done+n, number.ID(last)
	return len(numbers), nil
}

// HoldWaiting turns up to limit waiting deliveries into held ones, because the webhook does not send, and returns how many.
// Those of a deleted webhook are skipped: nobody will send them. It does nothing when the webhook sends again.
func (db *DB) HoldWaiting(ctx context.Context, id store.WebhookID, limit int) (n int, err error) {
	err = db.write(ctx, func(tx *tx) error {
		n = 0
		g, err := tx.gate(id)
		if err != nil {
			return err
		}
		reason := g.holds()
		if reason == "" {
			return nil
		}
		h, err := tx.healthOf(id)
		if err != nil {
			return err
		}
		status := store.Held
		if g.gone {
			status = store.Skipped
		}
		waited, err := tx.hold(g, status, reason, `due_at IS NOT NULL AND (status <> 'sending' OR due_at <= ?)`, limit)
		if err != nil {
			return err
		}
		tx.move(h, store.Queued, status, waited)
		if n = waited; g.gone {
			held, err := tx.hold(g, status, reason, `status = 'held' AND updated_at <= ?`, limit-n)
			if err != nil {
				return err
			}
			tx.move(h, store.Held, status, held)
			n += held
		}
		if n > 0 {
			tx.changed(id, store.Revoked)
		}
		return nil
	})
	return n, err
}

// hold moves up to limit deliveries to a webhook that no longer wait; which chooses them, as of now.
func (tx *tx) hold(g *gate, status store.Status, reason, which string, limit int) (n int, err error) {
	moved, err := tx.exec(`UPDATE deliveries SET status = ?, reason = ?, due_at = NULL, updated_at = ? WHERE bot = ? AND number IN (
			SELECT number FROM deliveries WHERE bot = ? AND n = ? AND `+which+` LIMIT ?)`,
		string(status), reason, millis(tx.now), g.bot, g.bot, g.id.N, millis(tx.now), limit)
	if err != nil {
		return 0, fmt.Errorf("holding deliveries of %s: %w", g.id, err)
	}
	return int(moved), nil
}
