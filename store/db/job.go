package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"iozen/store"
	"iozen/store/db/number"
	"iozen/store/db/statement"
	"iozen/store/secret"
)

const jobColumns = `id, kind, bot_id, n, about, state, reason, total, done, reached, by_id, by_name, started_at, ended_at`

func (db *DB) scanJob(scan func(...any) error) (store.Job, error) {
	var j store.Job
	var about string
	var started, ended int64
	err := scan(&j.ID, &j.Kind, &j.BotID, &j.Webhook, &about, &j.State, &j.Reason, &j.Total, &j.Done, &j.Reached, &j.By.ID, &j.By.Name, &started, &ended)
	if err != nil {
		return j, err
	}
	j.StartedAt, j.EndedAt = fromMillis(started), fromMillis(ended)
	plain, err := db.cfg.Keys.Opened(secret.JobPlace(j.ID), about)
	if err != nil {
		return j, err
	}
	return j, j.ReadAbout(plain)
}

// insertJob begins a job and records in the audit log who began it: the act counts as requested once both are on disk.
func (tx *tx) insertJob(j store.Job, begun store.AuditEntry) error {
	_, err := tx.exec(`INSERT INTO jobs (id, kind, bot_id, n, about, state, total, reached, by_id, by_name, started_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		idBytes(j.ID), string(j.Kind), idBytes(j.BotID), j.Webhook, tx.db.cfg.Keys.Sealed(secret.JobPlace(j.ID), mustJSON(j.About())), string(j.State), j.Total,
		idBytes(uuid.Nil), idBytes(j.By.ID), j.By.Name, millis(j.StartedAt))
	if err != nil {
		return fmt.Errorf("starting a job: %w", err)
	}
	tx.changedBot(j.BotID, store.Jobs)
	begun.By, begun.BotID, begun.N = j.By, j.BotID, j.Webhook
	return tx.addAudit(begun)
}

// StopJob ends a running job; what it has done stays. One that has ended stays as it is. It fails with ErrNoStop for an
// erasure that runs.
func (db *DB) StopJob(ctx context.Context, id uuid.UUID, by store.Actor) (store.Job, error) {
	var j store.Job
	err := db.write(ctx, func(tx *tx) (err error) {
		if j, err = tx.job(id); err != nil || j.State != store.JobRunning {
			return err
		}
		if !j.CanStop() {
			return fmt.Errorf("job %s: %w", id, store.ErrNoStop)
		}
		j.State = store.JobStopped
		if err := tx.updateJob(&j); err != nil {
			return err
		}
		return tx.auditJob(j, j.StopEntry(), by, fmt.Sprintf("after %d", j.Done))
	})
	return j, err
}

// auditJob records in the audit log how far a job got, and why.
func (tx *tx) auditJob(j store.Job, entry store.AuditEntry, by store.Actor, note string) error {
	entry.By, entry.BotID, entry.N, entry.Target, entry.Note = by, j.BotID, j.Webhook, j.ID.String(), note
	return tx.addAudit(entry)
}

// endJob ends a job that has nothing left to do, or (with a reason) cannot go on, and says in the audit log how far it got.
func (tx *tx) endJob(j *store.Job, state store.JobState, reason string) error {
	j.State, j.Reason = state, reason
	if err := tx.updateJob(j); err != nil {
		return err
	}
	note := fmt.Sprintf("%d of %d", j.Done, max(j.Total, j.Done))
	if reason != "" {
		note += ", " + reason
	}
	return tx.auditJob(*j, j.EndEntry(), j.By, note)
}

const jobByID = `SELECT ` + jobColumns + ` FROM jobs WHERE id = ?`

func (tx *tx) job(id uuid.UUID) (store.Job, error) {
	j, err := tx.db.scanJob(tx.row(jobByID, idBytes(id)).Scan)
	return j, jobError(id, err)
}

// Job reads a job.
func (db *DB) Job(ctx context.Context, id uuid.UUID) (store.Job, error) {
	j, err := db.scanJob(db.reader.Row(ctx, jobByID, idBytes(id)).Scan)
	return j, jobError(id, err)
}

func jobError(id uuid.UUID, err error) error {
	if errors.Is(err, sql.ErrNoRows) {
		return fmt.Errorf("job %s: %w", id, store.ErrNotFound)
	}
	if err != nil {
		return fmt.Errorf("job %s: %w", id, err)
	}
	return nil
}

// AwaitJob waits for the end of a job, until ctx ends, and returns the job as it is then.
func (db *DB) AwaitJob(ctx context.Context, id uuid.UUID, patience time.Duration) (store.Job, error) {
	j, err := db.Job(ctx, id)
	if err != nil || j.State != store.JobRunning {
		return j, err
	}
	news, botID := make(chan struct{}, 1), j.BotID
	defer db.Subscribe(func(notices []store.Notice) { // the writer calls it: it uses only what never changes
		if slices.ContainsFunc(notices, func(n store.Notice) bool { return n.BotID == botID }) {
			select {
			case news <- struct{}{}:
			default: // one is waiting already
			}
		}
	})()
	over := time.NewTimer(patience)
	defer over.Stop()
	for waits := true; waits; {
		if j, err = db.Job(ctx, id); err != nil || j.State != store.JobRunning {
			return j, err
		}
		select {
		case <-news:
		case <-over.C:
			waits = false
		case <-ctx.Done():
			return j, ctx.Err()
		}
	}
	return j, nil
}

// RunningJobs lists the jobs of some kinds that run, the oldest first. It returns only their ids, so that a job which
// cannot be read does not hold up the others.
func (db *DB) RunningJobs(ctx context.Context, kinds []store.JobKind) ([]uuid.UUID, error) {
	of, args := ofKinds(kinds)
	rows, err := db.reader.Rows(ctx, `SELECT id FROM jobs WHERE `+of+` AND state = ? ORDER BY id`, append(args, string(store.JobRunning))...)
	if err != nil {
		return nil, fmt.Errorf("looking for running jobs: %w", err)
	}
	return statement.Column[uuid.UUID](rows)
}

func ofKinds(kinds []store.JobKind) (condition string, args []any) {
	for _, k := range kinds {
		args = append(args, string(k))
	}
	return "kind IN (" + strings.TrimPrefix(strings.Repeat(", ?", len(kinds)), ", ") + ")", args
}

// updateJob records how far a job is. Once a job has ended, it keeps nothing about a person.
func (tx *tx) updateJob(j *store.Job) error {
	if j.State != store.JobRunning {
		j.EndedAt = tx.now
		j.Filter, j.Person = j.Filter.WithoutSearch(), store.Person{}
	}
	_, err := tx.exec(`UPDATE jobs SET about = ?, state = ?, reason = ?, total = ?, done = ?, reached = ?, ended_at = ? WHERE id = ?`,
		tx.db.cfg.Keys.Sealed(secret.JobPlace(j.ID), mustJSON(j.About())), string(j.State), j.Reason, j.Total, j.Done, idBytes(j.Reached),
		millis(j.EndedAt), idBytes(j.ID))
	if err != nil {
		return fmt.Errorf("noting the progress of job %s: %w", j.ID, err)
	}
	tx.changedBot(j.BotID, 0)
	return nil
}

// Jobs lists the newest jobs of some kinds.
func (db *DB) Jobs(ctx context.Context, f store.JobFilter) ([]store.Job, error) {
	of, args := ofKinds(f.Kinds)
	query, args := `SELECT `+jobColumns+` FROM jobs WHERE `+of+` AND (state = ? OR ended_at > ?)`, append(args, string(store.JobRunning), millis(f.EndedAfter))
	if f.BotID != uuid.Nil {
		query, args = query+` AND bot_id IN (?, ?)`, append(args, idBytes(f.BotID), idBytes(uuid.Nil))
	}
	rows, err := db.reader.Rows(ctx, query+` ORDER BY id DESC LIMIT 20`, args...)
	if err != nil {
		return nil, fmt.Errorf("listing jobs: %w", err)
	}
	jobs, err := statement.CollectBy(rows, db.scanJob)
	if err != nil {
		return nil, fmt.Errorf("listing jobs: %w", err)
	}
	return jobs, nil
}

// StepJob does the next part of a job, up to limit deliveries of it in one transaction, and returns the job. It looks for
// them outside the transaction, so that a slow search does not hold up the writer. without makes the payload that an
// erasure keeps instead of a whole one.
func (db *DB) StepJob(ctx context.Context, j store.Job, limit int, without func(payload []byte) []byte) (store.Job, error) {
	switch j.Kind {
	case store.JobResend:
		return db.stepResend(ctx, j, limit)
	case store.JobRelease:
		return db.stepRelease(ctx, j, limit)
	case store.JobErase:
		return db.stepErase(ctx, j, limit, without)
	}
	return j, fmt.Errorf("job %s: its kind %q is unknown", j.ID, j.Kind)
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
	of, args := troubled, []any{}
	if status.OnItsWay() {
		of = `due_at IS NOT NULL AND late = TRUE`
	}
	if j.BotID != uuid.Nil {
		of, args = of+` AND bot = `+theBot, append(args, idBytes(j.BotID))
	}
	if !status.OnItsWay() {
		of, args = of+` AND d.status = ?`, append(args, string(status))
	}
	anew := `attempts > round`
	if j.Kind == store.JobRelease || j.Filter.Shows(store.Held) || j.Filter.Shows(store.Skipped) {
		anew = `TRUE` // they may never have been tried
	}
	args = append(append([]any{string(status), millis(j.StartedAt), number.Of(j.Reached)}, args...), outcomeLooked)
	var looked int
	err = db.reader.RowOnce(ctx, `SELECT COUNT(*), COUNT(*) FILTER (WHERE status = ? AND updated_at >= ? AND number <= ? AND `+anew+`)
		FROM (SELECT number, status, attempts, round, updated_at FROM deliveries d WHERE `+of+` LIMIT ?) found`, args...).Scan(&looked, &n)
	return n, looked < outcomeLooked, err
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
