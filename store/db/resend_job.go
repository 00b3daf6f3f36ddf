package db

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"iozen/store"
)

// StartResend begins to put back all that a filter finds now (see ForResend), and returns at once. It fails with ErrExists
// while another resend of the same bot, or of all, is running, and with ErrOff if it is for one bot and none of the bot's webhooks
// that it is for sends.
func (db *DB) StartResend(ctx context.Context, f store.DeliveryFilter, by store.Actor) (store.Job, error) {
	id, err := db.newID(db.cfg.Now())
	if err != nil {
		return store.Job{}, err
	}
	var j store.Job
	err = db.write(ctx, func(tx *tx) error {
		webhook := 0 // a number names a webhook together with its bot only
		if f.BotID != uuid.Nil {
			webhook = f.Webhook
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
		j = store.Job{ID: id, Kind: store.JobResend, BotID: f.BotID, Webhook: webhook, Filter: f.ForResend(), State: store.JobRunning, Total: -1, By: by, StartedAt: tx.now}
		if end := tx.now.Add(time.Millisecond); j.Filter.To.IsZero() || j.Filter.To.After(end) {
			j.Filter.To = end // later deliveries were not shown
		}
		return tx.insertJob(j, store.AuditEntry{Action: "delivery.resend_all", Target: id.String(), Note: filterWords(j.Filter)})
	})
	return j, err
}

// filterWords describe a filter for the audit log. The search term is personal, and stays out of it.
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
