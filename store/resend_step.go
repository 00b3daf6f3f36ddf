package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
)

// StartResend begins to put back all that a filter finds now (see ForResend), and returns at once. It fails with ErrExists
// while another resend of the same bot, or of all, is running, and with ErrOff if it is for one bot whose webhook does not send.
func (db *DB) StartResend(ctx context.Context, f DeliveryFilter, by Actor) (Job, error) {
	id, err := db.newID(db.cfg.Now())
	if err != nil {
		return Job{}, err
	}
	var j Job
	err = db.write(ctx, func(tx *tx) error {
		if f.BotID != uuid.Nil {
			if err := tx.mustSend(f.BotID); err != nil {
				return err
			}
		}
		var running bool
		if err := tx.row(`SELECT EXISTS (SELECT 1 FROM resend_jobs WHERE state = ? AND kind = ? AND bot_id = ?)`,
			string(JobRunning), string(JobResend), idBytes(f.BotID)).Scan(&running); err != nil {
			return err
		}
		if running {
			return fmt.Errorf("resend of bot %s: %w", f.BotID, ErrExists)
		}
		j = Job{ID: id, Kind: JobResend, BotID: f.BotID, Filter: f.ForResend(), State: JobRunning, Total: -1, By: by, StartedAt: tx.now}
		if end := tx.now.Add(time.Millisecond); j.Filter.To.IsZero() || j.Filter.To.After(end) {
			j.Filter.To = end // what comes later was not shown
		}
		return tx.insertJob(j, AuditEntry{Action: "delivery.resend_all", Target: id.String(), Note: j.Filter.words()})
	})
	return j, err
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

// CountResend counts what a resend of all that a filter shows would take, and stops at limit.
func (db *DB) CountResend(ctx context.Context, f DeliveryFilter, limit int) (n int, err error) {
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
func (db *DB) findResend(ctx context.Context, j Job, limit int) (ids []uuid.UUID, err error) {
	w, err := db.resendWalk(ctx, j.Filter, j.reached)
	for err == nil && !w.ended && len(ids) < limit {
		var found []Delivery
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

// resendWalk goes over what a resend takes, the oldest first.
func (db *DB) resendWalk(ctx context.Context, f DeliveryFilter, after uuid.UUID) (*walk, error) {
	f = f.ForResend()
	if len(f.Status) == 0 {
		return &walk{ended: true}, nil
	}
	w, err := db.walk(ctx, f, cursor{id: after, newer: true}, true)
	if err == nil {
		w.route.rest = append(w.route.rest, condition{sql: "d.reason <> '" + ReasonErased + "'"})
	}
	return w, err
}

func (db *DB) stepResend(ctx context.Context, j Job, limit int) (Job, error) {
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
		if j, err = tx.job(id); err != nil || j.State != JobRunning {
			return err
		}
		j.Total = total
		switch off, err := tx.putBack(&j, ids); {
		case err != nil:
			return err
		case off != "":
			return tx.endJob(&j, JobStopped, off)
		case len(ids) < limit:
			return tx.endJob(&j, JobDone, "")
		}
		return tx.updateJob(&j)
	})
	return j, err
}

// maxResend bounds the count of a job; a progress of more is told as well by what is done.
const maxResend = 1_000_000

// putBack queues deliveries for a job. A webhook that does not send ends the job of its bot, and is passed over by a
// job of all bots: its deliveries would be held. off is why it does not.
func (tx *tx) putBack(j *Job, ids []uuid.UUID) (off string, err error) {
	for _, id := range ids {
		d, err := scanDelivery(tx.row(`SELECT `+deliveryColumns+` FROM deliveries d WHERE d.id = ?`, idBytes(id)).Scan)
		if errors.Is(err, sql.ErrNoRows) {
			continue
		}
		if err != nil {
			return "", err
		}
		reason, err := tx.whyNotSent(d.BotID)
		switch {
		case err != nil:
			return "", err
		case reason != "" && j.BotID != uuid.Nil:
			return reason, nil
		case reason == "" && j.takes(d):
			if err := tx.requeue(&d, 1); err != nil {
				return "", err
			}
			j.Done++
		}
		j.reached = id
	}
	return "", nil
}

// whyNotSent says why a job would queue in vain what it has of a bot, or "".
func (tx *tx) whyNotSent(botID uuid.UUID) (string, error) {
	g, err := tx.gate(botID)
	if errors.Is(err, ErrNotFound) {
		return ReasonDeleted, nil
	}
	if err != nil {
		return "", err
	}
	return g.state.holds(tx.now), nil
}
