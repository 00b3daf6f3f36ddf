package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
)

const resendColumns = `id, bot_id, filter, state, reason, total, done, reached, by_id, by_name, started_at, ended_at`

func resendPlace(id uuid.UUID) place { return place{"resend_jobs", id.String(), "filter"} }

func (db *DB) scanResend(scan func(...any) error) (ResendJob, error) {
	var j ResendJob
	var filter string
	var started, ended int64
	err := scan(&j.ID, &j.BotID, &filter, &j.State, &j.Reason, &j.Total, &j.Done, &j.reached, &j.By.ID, &j.By.Name, &started, &ended)
	if err != nil {
		return j, err
	}
	j.StartedAt, j.EndedAt = fromMillis(started), fromMillis(ended)
	plain, err := db.cfg.Keys.opened(resendPlace(j.ID), filter)
	if err != nil {
		return j, err
	}
	return j, json.Unmarshal([]byte(plain), &j.Filter)
}

// StartResend begins to put back all that a filter finds now (see ForResend), and returns at once. It fails with ErrExists
// while another such job of the same bot, or of all, is running, and with ErrOff if it is for one bot whose webhook does not send.
func (db *DB) StartResend(ctx context.Context, f DeliveryFilter, by Actor) (ResendJob, error) {
	id, err := db.newID(db.cfg.Now())
	if err != nil {
		return ResendJob{}, err
	}
	var j ResendJob
	err = db.write(ctx, func(tx *tx) error {
		if f.BotID != uuid.Nil {
			if err := tx.mustSend(f.BotID); err != nil {
				return err
			}
		}
		var running bool
		if err := tx.row(`SELECT EXISTS (SELECT 1 FROM resend_jobs WHERE state = ? AND bot_id = ?)`,
			string(ResendRunning), idBytes(f.BotID)).Scan(&running); err != nil {
			return err
		}
		if running {
			return fmt.Errorf("resend of bot %s: %w", f.BotID, ErrExists)
		}
		j = ResendJob{ID: id, BotID: f.BotID, Filter: f.ForResend(), State: ResendRunning, Total: -1, By: by, StartedAt: tx.now}
		if end := tx.now.Add(time.Millisecond); j.Filter.To.IsZero() || j.Filter.To.After(end) {
			j.Filter.To = end // what comes later was not shown
		}
		return tx.insertResend(j)
	})
	return j, err
}

func (tx *tx) insertResend(j ResendJob) error {
	_, err := tx.exec(`INSERT INTO resend_jobs (id, bot_id, filter, state, reached, by_id, by_name, started_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
		idBytes(j.ID), idBytes(j.BotID), tx.db.cfg.Keys.sealed(resendPlace(j.ID), mustJSON(j.Filter)), string(j.State),
		idBytes(uuid.Nil), idBytes(j.By.ID), j.By.Name, millis(j.StartedAt))
	if err != nil {
		return fmt.Errorf("starting a resend: %w", err)
	}
	tx.changed(j.BotID, Jobs)
	return tx.addAudit(AuditEntry{By: j.By, Action: "delivery.resend_all", BotID: j.BotID, Target: j.ID.String(), Note: j.Filter.words()})
}

// words describe a filter for the audit log. What was searched for is a person's, and stays out of it.
func (f DeliveryFilter) words() string {
	var parts []string
	for _, s := range f.Status {
		parts = append(parts, string(s))
	}
	words := "status " + strings.Join(parts, ", ")
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

// StopResend ends a running job; what it put back is sent. One that has ended stays as it is.
func (db *DB) StopResend(ctx context.Context, id uuid.UUID, by Actor) (ResendJob, error) {
	var j ResendJob
	err := db.write(ctx, func(tx *tx) (err error) {
		if j, err = tx.resendJob(id); err != nil || j.State != ResendRunning {
			return err
		}
		j.State, j.EndedAt = ResendStopped, tx.now
		if err := tx.updateResend(j); err != nil {
			return err
		}
		return tx.addAudit(AuditEntry{By: by, Action: "delivery.resend_stop", BotID: j.BotID, Target: id.String(), Note: fmt.Sprintf("after %d", j.Done)})
	})
	return j, err
}

const resendByID = `SELECT ` + resendColumns + ` FROM resend_jobs WHERE id = ?`

func (tx *tx) resendJob(id uuid.UUID) (ResendJob, error) {
	j, err := tx.db.scanResend(tx.row(resendByID, idBytes(id)).Scan)
	if errors.Is(err, sql.ErrNoRows) {
		return j, fmt.Errorf("resend %s: %w", id, ErrNotFound)
	}
	return j, err
}

// runningResends lists the jobs that run, the oldest first. Only their ids: one that cannot be read keeps no other waiting.
func (db *DB) runningResends(ctx context.Context) ([]uuid.UUID, error) {
	rows, err := db.reader.rows(ctx, `SELECT id FROM resend_jobs WHERE state = ? ORDER BY id`, string(ResendRunning))
	if err != nil {
		return nil, fmt.Errorf("looking for running resends: %w", err)
	}
	return scanIDs(rows)
}

func (db *DB) resend(ctx context.Context, id uuid.UUID) (ResendJob, error) {
	j, err := db.scanResend(db.reader.row(ctx, resendByID, idBytes(id)).Scan)
	if err != nil {
		return j, fmt.Errorf("resend %s: %w", id, err)
	}
	return j, nil
}

func (tx *tx) updateResend(j ResendJob) error {
	if j.State != ResendRunning {
		j.Filter = j.Filter.withoutSearch()
	}
	_, err := tx.exec(`UPDATE resend_jobs SET filter = ?, state = ?, reason = ?, total = ?, done = ?, reached = ?, ended_at = ? WHERE id = ?`,
		tx.db.cfg.Keys.sealed(resendPlace(j.ID), mustJSON(j.Filter)), string(j.State), j.Reason, j.Total, j.Done, idBytes(j.reached),
		millis(j.EndedAt), idBytes(j.ID))
	if err != nil {
		return fmt.Errorf("noting the progress of resend %s: %w", j.ID, err)
	}
	tx.changed(j.BotID)
	return nil
}

// ResendJobs lists the jobs that run, and those that ended after a moment, the newest first: of a bot (with those of all bots),
// or (uuid.Nil) every one.
func (db *DB) ResendJobs(ctx context.Context, botID uuid.UUID, endedAfter time.Time) ([]ResendJob, error) {
	query, args := `SELECT `+resendColumns+` FROM resend_jobs WHERE (state = ? OR ended_at > ?)`, []any{string(ResendRunning), millis(endedAfter)}
	if botID != uuid.Nil {
		query, args = query+` AND bot_id IN (?, ?)`, append(args, idBytes(botID), idBytes(uuid.Nil))
	}
	rows, err := db.reader.rows(ctx, query+` ORDER BY id DESC LIMIT 20`, args...)
	if err != nil {
		return nil, fmt.Errorf("listing resends: %w", err)
	}
	defer rows.Close()
	var jobs []ResendJob
	for rows.Next() {
		j, err := db.scanResend(rows.Scan)
		if err != nil {
			return nil, fmt.Errorf("listing resends: %w", err)
		}
		jobs = append(jobs, j)
	}
	return jobs, rows.Err()
}
