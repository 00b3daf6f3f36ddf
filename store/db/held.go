package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"iozen/store"
)

// HeldFor is how long an event is held before it is skipped.
const HeldFor = 7 * 24 * time.Hour

// HeldCount counts the events held since someone last chose "Leave them". A held row is not changed, so updated_at is when
// it was held: that is later than its acceptance if the webhook was switched off while it waited.
func (db *DB) HeldCount(ctx context.Context, botID uuid.UUID) (store.HeldCount, error) {
	var left int64
	err := db.reader.Row(ctx, `SELECT held_left_at FROM webhooks
		WHERE bot_id = ? AND EXISTS (SELECT 1 FROM bots WHERE id = bot_id AND deleted_at = 0)`, idBytes(botID)).Scan(&left)
	if errors.Is(err, sql.ErrNoRows) {
		return store.HeldCount{}, fmt.Errorf("bot %s: %w", botID, store.ErrNotFound)
	}
	if err != nil {
		return store.HeldCount{}, err
	}
	var c store.HeldCount
	var since int64
	err = db.reader.Row(ctx, `SELECT COUNT(*), COALESCE(MIN(updated_at), 0) FROM deliveries
		WHERE bot_id = ? AND status = 'held' AND updated_at > ?`, idBytes(botID), left).Scan(&c.Count, &since)
	c.Since = fromMillis(since)
	return c, err
}

// LeaveHeld records that a person chose not to send the events held until now. They stay held, and can be sent one by one.
func (db *DB) LeaveHeld(ctx context.Context, botID uuid.UUID, by store.Actor) error {
	return db.write(ctx, func(tx *tx) error {
		if err := tx.requireBot(botID); err != nil {
			return err
		}
		if _, err := tx.exec(`UPDATE webhooks SET held_left_at = ? WHERE bot_id = ?`, millis(tx.now), idBytes(botID)); err != nil {
			return err
		}
		tx.changed(botID)
		return tx.addAudit(store.AuditEntry{By: by, Action: "held.leave", BotID: botID})
	})
}

// StartRelease begins to queue the events that HeldCount counts, and returns at once; if that is under way already, it returns
// the job that does it. It fails with ErrOff while the webhook does not send: they would be held again at once.
func (db *DB) StartRelease(ctx context.Context, botID uuid.UUID, by store.Actor) (store.Job, error) {
	id, err := db.newID(db.cfg.Now())
	if err != nil {
		return store.Job{}, err
	}
	var j store.Job
	err = db.write(ctx, func(tx *tx) error {
		if err := tx.mustSend(botID); err != nil {
			return err
		}
		var running []byte
		err := tx.row(`SELECT id FROM resend_jobs WHERE state = ? AND kind = ? AND bot_id = ?`,
			string(store.JobRunning), string(store.JobRelease), idBytes(botID)).Scan(&running)
		if err == nil {
			j, err = tx.job(uuid.UUID(running))
			return err
		}
		if !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		j = store.Job{ID: id, Kind: store.JobRelease, BotID: botID, State: store.JobRunning, By: by, StartedAt: tx.now}
		if err := tx.row(`SELECT COUNT(*) FROM deliveries WHERE bot_id = ? AND status = 'held'
			AND updated_at > (SELECT held_left_at FROM webhooks WHERE bot_id = ?)`, idBytes(botID), idBytes(botID)).Scan(&j.Total); err != nil {
			return err
		}
		return tx.insertJob(j, store.AuditEntry{Action: "held.send", Target: id.String(), Note: fmt.Sprintf("%d events", j.Total)})
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
		off, err := tx.whyNotSent(j.BotID)
		if err != nil {
			return err
		}
		if off != "" {
			return tx.endJob(&j, store.JobStopped, off)
		}
		seen, err := tx.release(&j, limit)
		if err != nil {
			return fmt.Errorf("releasing held events of bot %s: %w", j.BotID, err)
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
	rows, err := tx.rows(`SELECT id FROM deliveries WHERE bot_id = ? AND status = 'held' AND id > ? ORDER BY id LIMIT ?`,
		idBytes(j.BotID), idBytes(j.Reached), limit)
	if err != nil {
		return 0, err
	}
	ids, err := scanIDs(rows)
	if err != nil || len(ids) == 0 {
		return 0, err
	}
	last := ids[len(ids)-1]
	const chosen = `bot_id = ? AND status = 'held' AND id > ? AND id <= ? AND updated_at > (SELECT held_left_at FROM webhooks WHERE bot_id = ?)`
	which := []any{idBytes(j.BotID), idBytes(j.Reached), idBytes(last), idBytes(j.BotID)}
	if err := tx.notePutBack(j.ID, chosen, which...); err != nil {
		return 0, err
	}
	moved, err := tx.exec(`UPDATE deliveries SET status = 'queued', reason = '', round = 0, due_at = ?, late = 1, updated_at = ? WHERE `+chosen,
		append([]any{millis(tx.now), millis(tx.now)}, which...)...)
	if err != nil {
		return 0, err
	}
	h, err := tx.healthOf(j.BotID)
	if err != nil {
		return 0, err
	}
	n := int(moved)
	tx.move(h, n, -n)
	tx.changed(j.BotID, store.Due)
	j.Done, j.Reached = j.Done+n, last
	return len(ids), nil
}

// HoldWaiting turns up to limit waiting deliveries into held ones, because the webhook does not send, and returns how many.
// It does nothing when the webhook sends again.
func (db *DB) HoldWaiting(ctx context.Context, botID uuid.UUID, limit int) (n int, err error) {
	err = db.write(ctx, func(tx *tx) error {
		n = 0
		g, err := tx.gate(botID)
		if err != nil {
			return err
		}
		reason := g.state.Holds(tx.now)
		if reason == "" {
			return nil
		}
		h, err := tx.healthOf(botID)
		if err != nil {
			return err
		}
		moved, err := tx.exec(`UPDATE deliveries SET status = 'held', reason = ?, due_at = NULL, updated_at = ? WHERE bot_id = ? AND id IN (
				SELECT id FROM deliveries WHERE bot_id = ? AND due_at IS NOT NULL
					AND (status <> 'sending' OR due_at <= ?) LIMIT ?)`,
			reason, millis(tx.now), idBytes(botID), idBytes(botID), millis(tx.now), limit)
		if err != nil {
			return fmt.Errorf("holding deliveries of bot %s: %w", botID, err)
		}
		if n = int(moved); n > 0 {
			tx.move(h, -n, n)
			tx.changed(botID, store.Revoked)
		}
		return nil
	})
	return n, err
}
