package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/google/uuid"
)

// CountResend counts what a resend of all that a filter shows would take, and stops at limit.
func (db *DB) CountResend(ctx context.Context, f DeliveryFilter, limit int) (n int, err error) {
	term, err := db.search(ctx, f.Query)
	if err != nil {
		return 0, err
	}
	for _, status := range f.ForResend().Status {
		where, args := f.resendWhere(term, status)
		var found int
		err := db.reader.db.QueryRowContext(ctx, `SELECT COUNT(*) FROM (SELECT 1 FROM deliveries d JOIN bots b ON b.id = d.bot_id WHERE `+
			where+` LIMIT ?) found`, append(args, limit-n)...).Scan(&found)
		if err != nil {
			return n, fmt.Errorf("counting what to resend: %w", err)
		}
		if n += found; n >= limit {
			break
		}
	}
	return n, nil
}

// resendWhere are the conditions for one status: each has its own range of the index, in the order of ids.
func (f DeliveryFilter) resendWhere(term search, status Status) (string, []any) {
	f = f.ForResend()
	f.Status = []Status{status}
	where, args := f.where(term)
	return strings.Join(where, " AND ") + " AND d.reason <> 'erased'", args
}

// findResend reads the next deliveries that a job takes, the oldest first.
func (db *DB) findResend(ctx context.Context, j ResendJob, limit int) ([]uuid.UUID, error) {
	term, err := db.search(ctx, j.Filter.Query)
	if err != nil {
		return nil, err
	}
	var ids []uuid.UUID
	for _, status := range j.Filter.Status {
		where, args := j.Filter.resendWhere(term, status)
		rows, err := db.reader.db.QueryContext(ctx, `SELECT d.id FROM deliveries d JOIN bots b ON b.id = d.bot_id WHERE `+
			where+` AND d.id > ? ORDER BY d.id LIMIT ?`, append(args, idBytes(j.reached), limit)...)
		if err != nil {
			return nil, fmt.Errorf("looking for what to resend: %w", err)
		}
		some, err := scanIDs(rows)
		if err != nil {
			return nil, fmt.Errorf("looking for what to resend: %w", err)
		}
		ids = append(ids, some...)
	}
	slices.SortFunc(ids, func(a, b uuid.UUID) int { return slices.Compare(a[:], b[:]) })
	return ids[:min(limit, len(ids))], nil
}

// StepResend puts the next few deliveries of a job back into the queue, in one transaction, and returns the job and the bots
// that have something to send now. It looks for them outside: a filter that finds little keeps no writer waiting.
func (db *DB) StepResend(ctx context.Context, j ResendJob, limit int) (ResendJob, []uuid.UUID, error) {
	if j.Total < 0 {
		total, err := db.CountResend(ctx, j.Filter, maxResend)
		if err != nil {
			return j, nil, err
		}
		j.Total = total
	}
	ids, err := db.findResend(ctx, j, limit)
	if err != nil {
		return j, nil, err
	}
	var bots []uuid.UUID
	total := j.Total
	err = db.write(ctx, func(tx *tx) (err error) {
		if j, err = tx.resendJob(j.ID); err != nil || j.State != ResendRunning {
			return err
		}
		j.Total = total
		if bots, err = tx.putBack(&j, ids); err != nil {
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
	return j, bots, err
}

// maxResend bounds the count of a job; a progress of more is told as well by what is done.
const maxResend = 1_000_000

// putBack queues deliveries for a job. A webhook that does not send ends the job of its bot, and is passed over by a
// job of all bots: its deliveries would be held.
func (tx *tx) putBack(j *ResendJob, ids []uuid.UUID) (bots []uuid.UUID, err error) {
	holds := map[uuid.UUID]string{}
	for _, id := range ids {
		d, err := scanDelivery(tx.row(`SELECT `+deliveryColumns+` FROM deliveries d WHERE d.id = ?`, idBytes(id)).Scan)
		if errors.Is(err, sql.ErrNoRows) {
			continue
		}
		if err != nil {
			return nil, err
		}
		reason, known := holds[d.BotID]
		if !known {
			g, err := tx.gate(d.BotID)
			if err != nil && !errors.Is(err, ErrNotFound) {
				return nil, err
			}
			if reason = g.state.holds(tx.now); err != nil {
				reason = "deleted"
			}
			holds[d.BotID] = reason
		}
		switch {
		case reason != "" && j.BotID != uuid.Nil:
			j.State, j.Reason = ResendStopped, reason
			return bots, nil
		case reason == "" && j.takes(d):
			if err := tx.requeue(&d, 1); err != nil {
				return nil, err
			}
			j.Done++
			if !slices.Contains(bots, d.BotID) {
				bots = append(bots, d.BotID)
			}
		}
		j.reached = id
	}
	return bots, nil
}
