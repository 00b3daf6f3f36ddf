package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/google/uuid"
)

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
func (db *DB) findResend(ctx context.Context, j ResendJob, limit int) (ids []uuid.UUID, err error) {
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

// StepResend puts the next few deliveries of a job back into the queue, in one transaction, and returns the job. It looks
// for them outside: a filter that finds little keeps no writer waiting.
func (db *DB) StepResend(ctx context.Context, j ResendJob, limit int) (ResendJob, error) {
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
	total := j.Total
	err = db.write(ctx, func(tx *tx) (err error) {
		if j, err = tx.resendJob(j.ID); err != nil || j.State != ResendRunning {
			return err
		}
		j.Total = total
		if err = tx.putBack(&j, ids); err != nil {
			return err
		}
		if len(ids) < limit && j.State == ResendRunning {
			j.State = ResendDone
		}
		if j.State != ResendRunning {
			j.EndedAt = tx.now
		}
		return tx.updateResend(j)
	})
	return j, err
}

// maxResend bounds the count of a job; a progress of more is told as well by what is done.
const maxResend = 1_000_000

// putBack queues deliveries for a job. A webhook that does not send ends the job of its bot, and is passed over by a
// job of all bots: its deliveries would be held.
func (tx *tx) putBack(j *ResendJob, ids []uuid.UUID) error {
	holds := map[uuid.UUID]string{}
	for _, id := range ids {
		d, err := scanDelivery(tx.row(`SELECT `+deliveryColumns+` FROM deliveries d WHERE d.id = ?`, idBytes(id)).Scan)
		if errors.Is(err, sql.ErrNoRows) {
			continue
		}
		if err != nil {
			return err
		}
		reason, known := holds[d.BotID]
		if !known {
			g, err := tx.gate(d.BotID)
			if err != nil && !errors.Is(err, ErrNotFound) {
				return err
			}
			if reason = g.state.holds(tx.now); err != nil {
				reason = "deleted"
			}
			holds[d.BotID] = reason
		}
		switch {
		case reason != "" && j.BotID != uuid.Nil:
			j.State, j.Reason = ResendStopped, reason
			return nil
		case reason == "" && j.takes(d):
			if err := tx.requeue(&d, 1); err != nil {
				return err
			}
			j.Done++
		}
		j.reached = id
	}
	return nil
}
