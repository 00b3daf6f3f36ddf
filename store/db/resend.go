package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"iozen/store"
	"iozen/store/db/statement"
)

// forgetSearches ends the resends that search for a person: they would find nothing any longer, and their filter names the
// person.
func (tx *tx) forgetSearches(p store.Person) error {
	jobs, err := tx.runningResends()
	if err != nil {
		return err
	}
	for _, j := range jobs {
		if !j.Filter.LooksFor(p) {
			continue
		}
		j.State = store.JobStopped
		if err := tx.updateJob(&j); err != nil {
			return err
		}
	}
	return nil
}

// runningResends reads the resends that run. One that cannot be read is damaged, or was sealed with a key that is gone: it
// reveals nothing, and does not block an erasure.
func (tx *tx) runningResends() (jobs []store.Job, err error) {
	rows, err := tx.rows(`SELECT `+jobColumns+` FROM jobs WHERE state = ? AND kind = ?`, string(store.JobRunning), string(store.JobResend))
	if err != nil {
		return nil, fmt.Errorf("reading resends: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		if j, err := tx.db.scanJob(rows.Scan); err == nil {
			jobs = append(jobs, j)
		}
	}
	return jobs, rows.Err()
}

// DeleteOldJobs removes up to limit jobs that ended before a moment, and returns how many.
func (db *DB) DeleteOldJobs(ctx context.Context, before time.Time, limit int) (n int, err error) {
	err = db.write(ctx, func(tx *tx) error {
		gone, err := tx.exec(`DELETE FROM jobs WHERE id IN (SELECT id FROM jobs WHERE state <> ? AND ended_at < ? LIMIT ?)`,
			string(store.JobRunning), millis(before), limit)
		n = int(gone)
		return err
	})
	return n, err
}

// StartResend begins to put back all that a filter finds now (see ForResend), and returns at once. It fails with ErrExists
// while another resend of the same bot, or of all, is running, and with ErrOff if it is for one bot and none of the webhooks that it is for
// sends.
func (db *DB) StartResend(ctx context.Context, f store.DeliveryFilter, by store.Actor) (store.Job, error) {
	id, err := db.newID(db.cfg.Now())
	if err != nil {
		return store.Job{}, err
	}
	var j store.Job
	err = db.write(ctx, func(tx *tx) error {
		if f.BotID != uuid.Nil {
			if err := tx.mustSendOne(f); err != nil {
				return err
			}
		}
		var running bool
		if err := tx.row(`SELECT EXISTS (SELECT 1 FROM jobs WHERE state = ? AND kind = ? AND bot_id = ?)`,
			string(store.JobRunning), string(store.JobResend), idBytes(f.BotID)).Scan(&running); err != nil {
			return err
		}
		if running {
			return fmt.Errorf("resend of bot %s: %w", f.BotID, store.ErrExists)
		}
		j = store.Job{ID: id, Kind: store.JobResend, BotID: f.BotID, Filter: f.ForResend(), State: store.JobRunning, Total: -1, By: by, StartedAt: tx.now}
		if end := tx.now.Add(time.Millisecond); j.Filter.To.IsZero() || j.Filter.To.After(end) {
			j.Filter.To = end // later deliveries were not shown
		}
		return tx.insertJob(j, store.AuditEntry{Action: "delivery.resend_all", Target: id.String(), Note: filterWords(j.Filter)})
	})
	return j, err
}

// words describe a filter for the audit log. The search term is personal, and stays out of it.
func filterWords(f store.DeliveryFilter) string {
	var parts []string
	for _, s := range f.Status {
		parts = append(parts, string(s))
	}
	words := "status " + strings.Join(parts, ", ")
	if f.Webhook != 0 {
		words += "; endpoint " + strconv.Itoa(f.Webhook)
	}
	if f.EventName != "" {
		words += "; event " + f.EventName
	}
	if f.Code != "" {
		words += "; code " + f.Code
	}
	if f.Query != "" {
		words += "; a search"
	}
	if !f.From.IsZero() {
		words += "; from " + f.From.UTC().Format(time.RFC3339)
	}
	return words + "; until " + f.To.UTC().Format(time.RFC3339)
}

// CountResend counts what a resend of all that a filter shows would take, and stops at limit.
func (db *DB) CountResend(ctx context.Context, f store.DeliveryFilter, limit int) (n int, err error) {
	w, err := db.resendWalk(ctx, f, uuid.Nil)
	for err == nil && !w.ended && n < limit {
		var found int
		found, err = w.count(ctx, limit-n)
		n += found
	}
	if err != nil {
		return n, fmt.Errorf("counting what to resend: %w", err)
	}
	return n, nil
}

// findResend reads the next deliveries that a job takes, the oldest first.
func (db *DB) findResend(ctx context.Context, j store.Job, limit int) (ids []uuid.UUID, err error) {
	w, err := db.resendWalk(ctx, j.Filter, j.Reached)
	for err == nil && !w.ended && len(ids) < limit {
		var found []store.Delivery
		found, err = w.step(ctx, limit)
		for _, d := range found {
			ids = append(ids, d.ID)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("looking for what to resend: %w", err)
	}
	return ids[:min(limit, len(ids))], nil
}

// notByMany leaves out what is never sent again, and what is sent only after a question of its own.
const notByMany = `d.reason NOT IN ('` + store.ReasonErased + `', '` + store.ReasonConsent + `', '` + store.ReasonSentAnyway + `')`

// resendWalk goes over what a resend takes, the oldest first.
func (db *DB) resendWalk(ctx context.Context, f store.DeliveryFilter, after uuid.UUID) (*walk, error) {
	f = f.ForResend()
	if len(f.Status) == 0 {
		return &walk{ended: true}, nil
	}
	w, err := db.walk(ctx, f, store.Cursor{ID: after, Newer: true}, true)
	if err == nil {
		w.route.rest = append(w.route.rest, condition{sql: notByMany})
	}
	return w, err
}

func (db *DB) stepResend(ctx context.Context, j store.Job, limit int) (store.Job, error) {
	if j.Total < 0 {
		total, err := db.CountResend(ctx, j.Filter, maxResend)
		if err != nil {
			return j, err
		}
		j.Total = total
	}
	ids, err := db.findResend(ctx, j, limit)
	if err != nil {
		return j, err
	}
	id, total := j.ID, j.Total
	err = db.write(ctx, func(tx *tx) (err error) {
		if j, err = tx.job(id); err != nil || j.State != store.JobRunning {
			return err
		}
		j.Total = total
		switch off, err := tx.putBack(&j, ids); {
		case err != nil:
			return err
		case off != "":
			return tx.endJob(&j, store.JobStopped, off)
		case len(ids) < limit:
			return tx.endJob(&j, store.JobDone, "")
		}
		return tx.updateJob(&j)
	})
	return j, err
}

// maxResend bounds the count of a job; beyond it, the number done is enough to show progress.
const maxResend = 1_000_000

// putBack queues deliveries for a job. A webhook that does not send is passed over: its deliveries would be held. If the job
// is for one bot and none of its webhooks sends, it ends; off is why.
func (tx *tx) putBack(j *store.Job, ids []uuid.UUID) (off string, err error) {
	for _, id := range ids {
		d, err := tx.delivery(id)
		if errors.Is(err, store.ErrNotFound) {
			continue
		}
		if err != nil {
			return "", err
		}
		reason, err := tx.whyNotSent(d.WebhookID())
		switch {
		case err != nil:
			return "", err
		case reason != "" && j.BotID != uuid.Nil && tx.mustSendOne(j.Filter) != nil:
			return reason, nil
		case reason == "" && j.Takes(d):
			if err := tx.requeue(&d, true, j.ID, ""); err != nil {
				return "", err
			}
			j.Done++
		}
		j.Reached = id
	}
	return "", nil
}

// whyNotSent says why it would be useless for a job to queue a webhook's deliveries, or "".
func (tx *tx) whyNotSent(id store.WebhookID) (string, error) {
	g, err := tx.gate(id)
	if errors.Is(err, store.ErrNotFound) {
		return store.ReasonDeleted, nil
	}
	if err != nil {
		return "", err
	}
	return g.holds(), nil
}

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

// ResendSelected puts several deliveries back into the queue, as Resend does with each, in one transaction. Those that
// cannot be resent are skipped. It takes at most as many as a page shows.
func (db *DB) ResendSelected(ctx context.Context, ids []uuid.UUID, by store.Actor) (r store.Resent, err error) {
	act, err := db.newID(db.cfg.Now())
	if err != nil {
		return r, err
	}
	err = db.write(ctx, func(tx *tx) error {
		r = store.Resent{Act: act}
		for _, id := range ids[:min(len(ids), store.MaxLimit)] {
			d, err := tx.delivery(id)
			if err == nil {
				err = tx.resend(&d, act, by, false)
			}
			if errors.Is(err, store.ErrNotFound) || errors.Is(err, store.ErrTest) || errors.Is(err, store.ErrErased) || errors.Is(err, store.ErrOff) || errors.Is(err, store.ErrNoConsent) {
				continue
			}
			if err != nil {
				return fmt.Errorf("resending delivery %s: %w", id, err)
			}
			r.Done++
		}
		return nil
	})
	return r, err
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
	bot, of, err := tx.putBackOf(act, since)
	if err != nil {
		return err
	}
	webhook := 0 // of one delivery, the delivery says which
	j, err := tx.job(act)
	switch {
	case err == nil && j.CanStop(), err == nil && of > 0:
		bot, webhook = j.BotID, j.Webhook
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
	return tx.addAudit(store.AuditEntry{By: by, Action: "delivery.take_back", BotID: bot, N: webhook, Target: act.String(), Note: fmt.Sprintf("%d of %d", waits, of)})
}

// putBackOf counts what an act has queued; bot is whose deliveries they are, uuid.Nil of more than one.
func (tx *tx) putBackOf(act uuid.UUID, since int64) (bot uuid.UUID, of int, err error) {
	rows, err := tx.rows(`SELECT b.id, COUNT(*) FROM put_back p JOIN bots b ON b.number = p.bot WHERE p.act_id = ? AND p.at > ? GROUP BY b.id`, idBytes(act), since)
	if err != nil {
		return bot, 0, err
	}
	defer rows.Close()
	for rows.Next() {
		var n int
		one := of == 0
		if err := rows.Scan(&bot, &n); err != nil {
			return bot, 0, err
		}
		if of += n; !one {
			bot = uuid.Nil
		}
	}
	return bot, of, rows.Err()
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
