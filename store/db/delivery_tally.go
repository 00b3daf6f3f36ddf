package db

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"iozen/store"
)

// TallyDeliveries tells how the deliveries fare that a filter shows, whatever its page. It looks at up to limit rows of the
// index that the list is read along, the newest first, so that it takes no longer in a long log than in a short one.
func (db *DB) TallyDeliveries(ctx context.Context, f store.DeliveryFilter, limit int) (t store.DeliveryTally, err error) {
	f.Cursor = ""
	w, err := db.walk(ctx, f, cursor{}, false)
	if err != nil || w.ended {
		return t, err
	}
	last, more, err := w.tally(ctx, limit, &t)
	if err != nil {
		return t, fmt.Errorf("tallying deliveries: %w", err)
	}
	if more {
		t.SearchedTo = timeOf(last)
	}
	return t, nil
}

// tally looks at up to n rows of the walk and marks those that the filter shows. last is where it came to.
func (w *walk) tally(ctx context.Context, n int, t *store.DeliveryTally) (last uuid.UUID, more bool, err error) {
	shown := condition{sql: "d.bot_id NOT IN (SELECT id FROM bots WHERE deleted_at <> 0)"}
	at := condition{sql: "d.id = q.id"}
	if w.f.BotID != uuid.Nil {
		at = condition{"d.bot_id = ? AND d.id = q.id", []any{idBytes(w.f.BotID)}}
	}
	for _, c := range w.route.rest {
		shown = shown.and(c.sql, c.args...)
	}
	query, args := w.query(n + 1)
	rows, err := w.db.reader.db.QueryContext(ctx, `SELECT d.id, d.status, d.attempts > 0 AND d.last_code > 0, d.last_duration_us, d.test = 0 AND d.reason <> '`+store.ReasonErased+`', `+shown.sql+`
		FROM (`+query+`) q CROSS JOIN deliveries d ON `+at.sql+` ORDER BY d.id DESC`, append(append(shown.args, args...), at.args...)...)
	if err != nil {
		return last, false, err
	}
	defer rows.Close()
	for looked := 0; rows.Next(); looked++ {
		var m store.DeliveryMark
		var id uuid.UUID
		var duration int64
		var fits bool
		if err := rows.Scan(&id, &m.Status, &m.Answered, &duration, &m.Resends, &fits); err != nil {
			return last, false, err
		}
		if looked == n {
			return last, true, nil
		}
		last = id
		if fits {
			m.At, m.Duration = timeOf(id), time.Duration(duration)*time.Microsecond
			t.Marks = append(t.Marks, m)
		}
	}
	return last, false, rows.Err()
}

// outcomeLooked bounds what is looked at, of each status, for the outcome of a job.
const outcomeLooked = 1000

// JobOutcome tells what has become of the deliveries that a resend or a release put back. Only those that did not get
// through, or not yet, are looked at: there are few, however many were delivered.
func (db *DB) JobOutcome(ctx context.Context, j store.Job) (o store.JobOutcome, err error) {
	o.Known = true
	for _, status := range []store.Status{store.Queued, store.Sending, store.Held, store.Retrying, store.Failed} {
		n, known, err := db.putBackAndNow(ctx, j, status)
		if err != nil {
			return o, fmt.Errorf("looking for the outcome of job %s: %w", j.ID, err)
		}
		o.Known = o.Known && known
		if status == store.Retrying || status == store.Failed {
			o.Failed += n
		} else {
			o.Waiting += n
		}
	}
	return o, nil
}

// putBackAndNow counts the deliveries that a job put back and that have a status now. A retry of another time has as many
// attempts as its round; one that a job put back began its round anew.
func (db *DB) putBackAndNow(ctx context.Context, j store.Job, status store.Status) (n int, known bool, err error) {
	of, args := `bot_id = ? AND status = ?`, []any{idBytes(j.BotID), string(status)}
	if j.BotID == uuid.Nil {
		of, args = `status = ?`, []any{string(status)}
		if status.OnItsWay() {
			of = `due_at IS NOT NULL AND status = ?`
		}
	}
	anew := `attempts > round`
	if j.Kind == store.JobRelease || j.Filter.Shows(store.Held) || j.Filter.Shows(store.Skipped) {
		anew = `TRUE` // they may never have been tried
	}
	var looked int
	err = db.reader.db.QueryRowContext(ctx, `SELECT COUNT(*), COALESCE(SUM(updated_at >= ? AND `+anew+`), 0)
		FROM (SELECT attempts, round, updated_at FROM deliveries WHERE `+of+` AND id <= ? LIMIT ?) found`,
		append(append([]any{millis(j.StartedAt)}, args...), idBytes(j.Reached), outcomeLooked)...).Scan(&looked, &n)
	return n, looked < outcomeLooked, err
}
