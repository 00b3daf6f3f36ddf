package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"iozen/store"
	"iozen/store/db/statement"
)

// takeBackBatch is how many deliveries one transaction takes back.
const takeBackBatch = 500

const putBackColumns = `bot, delivery, act_id, at, status, reason, attempts, round, due_at, late, updated_at`

// notePutBack remembers what deliveries are before an act queues them. which chooses them. An older act can then no longer
// be taken back for them: they are sent because of this one.
func (tx *tx) notePutBack(act uuid.UUID, which string, args ...any) error {
	_, err := tx.exec(`INSERT INTO put_back (`+putBackColumns+`)
		SELECT bot, number, ?, ?, status, reason, attempts, round, due_at, late, updated_at FROM deliveries WHERE `+which+`
		ON CONFLICT (bot, delivery) DO UPDATE SET act_id = excluded.act_id, at = excluded.at, status = excluded.status,
			reason = excluded.reason, attempts = excluded.attempts, round = excluded.round, due_at = excluded.due_at,
			late = excluded.late, updated_at = excluded.updated_at, taken_at = 0`,
		append([]any{idBytes(act), millis(tx.now)}, args...)...)
	if err != nil {
		return fmt.Errorf("noting what is queued: %w", err)
	}
	return nil
}

// putBackWaits are the deliveries of an act that have not been sent since, nor taken back.
const putBackWaits = ` FROM put_back p JOIN deliveries d ON d.bot = p.bot AND d.number = p.delivery
	JOIN bots b ON b.number = p.bot AND b.deleted_at = 0
	WHERE p.act_id = ? AND p.taken_at = 0 AND p.at > ? AND d.attempts = p.attempts AND d.status IN ('queued', 'sending', 'held') AND d.reason <> '` + store.ReasonErased + `'`

// TakeBack takes a resend or a release back: its job ends, and what has not left is again what it was before. What the engine
// had claimed ahead does not leave once this has returned. act is the job, what ResendSelected returned, or the delivery of a
// single resend. It fails with ErrTooLate when it is not known any more what the act has queued.
//
// A large act takes more transactions than one; what leaves between them was not taken back. Taking back twice is harmless.
func (db *DB) TakeBack(ctx context.Context, act uuid.UUID, by store.Actor) error {
	for first, more := true, true; more; first = false {
		err := db.write(ctx, func(tx *tx) (err error) {
			if first {
				if err := tx.beginTakeBack(act, by); err != nil {
					return err
				}
			}
			if more, err = tx.takeBack(act, takeBackBatch); err == nil && !more {
				err = tx.endTakenJob(act)
			}
			return err
		})
		if err != nil {
			return fmt.Errorf("taking back %s: %w", act, err)
		}
	}
	return nil
}

// beginTakeBack stops the job, if the act is one, so that it queues nothing more, and records who takes it back.
func (tx *tx) beginTakeBack(act uuid.UUID, by store.Actor) error {
	since := millis(tx.now.Add(-store.TakeBackFor))
	whose, of, err := tx.putBackOf(act, since)
	if err != nil {
		return err
	}
	j, err := tx.job(act)
	switch {
	case err == nil && j.CanStop(), err == nil && of > 0:
		whose = j.WebhookID()
		if j.State == store.JobRunning {
			j.State = store.JobStopped
			if err := tx.updateJob(&j); err != nil {
				return err
			}
		}
	case err != nil && !errors.Is(err, store.ErrNotFound):
		return err
	case of == 0:
		return store.ErrTooLate
	}
	var waits int
	if err := tx.row(`SELECT COUNT(*)`+putBackWaits, idBytes(act), since).Scan(&waits); err != nil {
		return err
	}
	return tx.addAudit(store.AuditEntry{By: by, Action: "delivery.take_back", BotID: whose.BotID, N: whose.N, Target: act.String(), Note: fmt.Sprintf("%d of %d", waits, of)})
}

// putBackOf counts what an act has queued; whose are its deliveries: of several webhooks no number, of several bots no bot.
func (tx *tx) putBackOf(act uuid.UUID, since int64) (whose store.WebhookID, of int, err error) {
	rows, err := tx.rows(`SELECT b.id, COALESCE(d.n, 0), COUNT(*) FROM put_back p JOIN bots b ON b.number = p.bot
		LEFT JOIN deliveries d ON d.bot = p.bot AND d.number = p.delivery WHERE p.act_id = ? AND p.at > ? GROUP BY b.id, d.n`, idBytes(act), since)
	if err != nil {
		return whose, 0, err
	}
	defer rows.Close()
	for rows.Next() {
		var id store.WebhookID
		var n int
		if err := rows.Scan(&id.BotID, &id.N, &n); err != nil {
			return whose, 0, err
		}
		switch {
		case of == 0:
			whose = id
		case id.BotID == whose.BotID:
			whose.N = 0
		default:
			whose = store.WebhookID{}
		}
		of += n
	}
	return whose, of, rows.Err()
}

// wasBefore is a delivery that an act queued, and what it was before.
type wasBefore struct {
	deliveryKey
	webhook     store.WebhookID
	now, status store.Status
	reason      string
	round       int
	due         sql.NullInt64
	late        bool
	updated     int64
}

// takeBack makes up to limit deliveries what they were before an act, and says whether there may be more. The feed tells of it, so
// that the engine drops its claims; a request that has left goes on, and is settled late.
func (tx *tx) takeBack(act uuid.UUID, limit int) (more bool, err error) {
	found, err := tx.whatWaitsOf(act, limit)
	if err != nil {
		return false, err
	}
	for _, v := range found {
		h, err := tx.healthOf(v.webhook)
		if err != nil {
			return false, err
		}
		tx.move(h, v.now, v.status, 1)
		if _, err := tx.exec(`UPDATE deliveries SET status = ?, reason = ?, round = ?, due_at = ?, late = ?, updated_at = ? WHERE bot = ? AND number = ?`,
			string(v.status), v.reason, v.round, v.due, v.late, v.updated, v.bot, v.number); err != nil {
			return false, err
		}
		if _, err := tx.exec(`UPDATE put_back SET taken_at = ? WHERE bot = ? AND delivery = ?`, millis(tx.now), v.bot, v.number); err != nil {
			return false, err
		}
		tx.changed(v.webhook, store.Revoked)
	}
	return len(found) == limit, nil
}

func (tx *tx) whatWaitsOf(act uuid.UUID, limit int) (found []wasBefore, err error) {
	rows, err := tx.rows(`SELECT p.bot, p.delivery, b.id, d.n, d.status, p.status, p.reason, p.round, p.due_at, p.late, p.updated_at`+
		putBackWaits+` ORDER BY p.delivery DESC LIMIT ?`, idBytes(act), millis(tx.now.Add(-store.TakeBackFor)), limit)
	if err != nil {
		return nil, err
	}
	return statement.Collect(rows, func(v *wasBefore, scan func(...any) error) error {
		return scan(&v.bot, &v.number, &v.webhook.BotID, &v.webhook.N, &v.now, &v.status, &v.reason, &v.round, &v.due, &v.late, &v.updated)
	})
}

// endTakenJob says on the job, if the act is one, that it was taken back.
func (tx *tx) endTakenJob(act uuid.UUID) error {
	j, err := tx.job(act)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	j.State, j.Reason = store.JobStopped, store.ReasonTakenBack
	return tx.updateJob(&j)
}

// TakenBack tells what has come of taking an act back, as it is now: a request that had left may be recorded later.
func (db *DB) TakenBack(ctx context.Context, act uuid.UUID) (t store.TakenBack, err error) {
	err = db.reader.Row(ctx, `SELECT COUNT(*), COUNT(CASE WHEN taken_at > 0 THEN 1 END) FROM put_back WHERE act_id = ?`, idBytes(act)).Scan(&t.Of, &t.Back)
	if err != nil {
		return t, fmt.Errorf("counting what was taken back: %w", err)
	}
	if t.Late, err = db.putBackIDs(ctx, `SELECT d.id FROM put_back p JOIN deliveries d ON d.bot = p.bot AND d.number = p.delivery
		JOIN attempts a ON a.bot = p.bot AND a.delivery = p.delivery AND a.number = p.attempts + 1
		WHERE p.act_id = ? AND a.started_at <= p.taken_at`, idBytes(act)); err != nil {
		return t, err
	}
	t.Back -= len(t.Late)
	t.Open, err = db.putBackIDs(ctx, `SELECT d.id FROM put_back p JOIN deliveries d ON d.bot = p.bot AND d.number = p.delivery
		WHERE p.act_id = ? AND p.taken_at > ? AND d.attempts = p.attempts ORDER BY p.delivery LIMIT ?`,
		idBytes(act), millis(db.cfg.Now().Add(-openFor)), openAtOnce)
	return t, err
}

const (
	// openFor is longer than a request takes, and openAtOnce more than are under way at once.
	openFor    = time.Minute
	openAtOnce = 2000
)

func (db *DB) putBackIDs(ctx context.Context, query string, args ...any) ([]uuid.UUID, error) {
	rows, err := db.reader.Rows(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("looking for what was taken back: %w", err)
	}
	return statement.Column[uuid.UUID](rows)
}

// DeleteOldPutBacks forgets up to limit deliveries of acts before a moment, and returns how many.
func (db *DB) DeleteOldPutBacks(ctx context.Context, before time.Time, limit int) (n int, err error) {
	err = db.write(ctx, func(tx *tx) error {
		gone, err := tx.exec(`DELETE FROM put_back WHERE (bot, delivery) IN (SELECT bot, delivery FROM put_back WHERE at < ? LIMIT ?)`,
			millis(before), limit)
		n = int(gone)
		return err
	})
	return n, err
}
