package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
)

// Lanes lists the bots after a given one that have deliveries waiting, in the order of their ids, each with the
// time of its first. It goes from bot to bot by index and never reads a second row of one.
func (db *DB) Lanes(ctx context.Context, after uuid.UUID, limit int) ([]LaneDue, error) {
	var lanes []LaneDue
	for len(lanes) < limit {
		var l LaneDue
		var due int64
		err := db.reader.row(ctx, `SELECT bot_id, due_at FROM deliveries INDEXED BY deliveries_due
			WHERE due_at IS NOT NULL AND bot_id > ? ORDER BY bot_id, due_at LIMIT 1`, idBytes(after)).Scan(&l.BotID, &due)
		if errors.Is(err, sql.ErrNoRows) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("looking for waiting deliveries: %w", err)
		}
		l.DueAt = fromMillis(due)
		lanes = append(lanes, l)
		after = l.BotID
	}
	return lanes, nil
}

// Claim takes up to limit due deliveries of a bot for the caller alone, until the lease ends, with the settings
// that hold now. It claims nothing while the webhook settles or holds.
func (db *DB) Claim(ctx context.Context, botID uuid.UUID, limit int, lease time.Duration) (Claimed, error) {
	var c Claimed
	err := db.write(ctx, func(tx *tx) (err error) {
		c = Claimed{}
		if c.Webhook, err = tx.webhook(botID); err != nil {
			return err
		}
		switch {
		case c.Webhook.holds(tx.now) != "":
			c.Hold = true
		case tx.now.Before(c.Webhook.SettlesAt):
			c.NextDue = c.Webhook.SettlesAt
			return nil
		default:
			if c.Claims, err = tx.claim(botID, limit, lease); err != nil {
				return fmt.Errorf("claiming deliveries of bot %s: %w", botID, err)
			}
			if len(c.Claims) > 0 {
				tx.changed(botID)
				if err := tx.useVersion(botID, c.Webhook.Version); err != nil {
					return err
				}
			}
		}
		h, err := tx.healthOf(botID)
		if err != nil {
			return err
		}
		c.Failing = !h.FailingSince.IsZero()
		c.NextDue, err = tx.nextDue(botID)
		return err
	})
	return c, err
}

func (tx *tx) claim(botID uuid.UUID, limit int, lease time.Duration) ([]Claim, error) {
	rows, err := tx.rows(`UPDATE deliveries AS d SET status = 'sending', due_at = ?, claim_token = claim_token + 1, updated_at = ?
		WHERE d.bot_id = ? AND d.id IN (
			SELECT id FROM deliveries WHERE bot_id = ? AND due_at IS NOT NULL AND due_at <= ? ORDER BY due_at LIMIT ?)
		RETURNING `+claimColumns,
		millis(tx.now.Add(lease)), millis(tx.now), idBytes(botID), idBytes(botID), millis(tx.now), limit)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var claims []Claim
	for rows.Next() {
		tx.wrote = true
		var c Claim
		c.Delivery, err = scanDelivery(rows.Scan, &c.Token, &c.Payload)
		if err != nil {
			return nil, err
		}
		claims = append(claims, c)
	}
	return claims, rows.Err()
}

// claimColumns are deliveryColumns as RETURNING wants them, with the token and the payload.
const claimColumns = `bot_id, id, event_id, event_name, event_time, test, status, reason, attempts, round,
	due_at, created_at, updated_at, last_code, last_duration_us, last_outcome, last_detail, person, warnings, claim_token, payload`

func (tx *tx) nextDue(botID uuid.UUID) (time.Time, error) {
	var due sql.NullInt64
	err := tx.row(`SELECT MIN(due_at) FROM deliveries WHERE bot_id = ? AND due_at IS NOT NULL`, idBytes(botID)).Scan(&due)
	return fromMillis(due.Int64), err
}

// Unclaim hands back claims that were not sent: due at once, no attempt spent. What was claimed again meanwhile
// is left alone.
func (db *DB) Unclaim(ctx context.Context, claims []Claim) error {
	return db.write(ctx, func(tx *tx) error {
		for _, c := range claims {
			_, err := tx.exec(`UPDATE deliveries SET status = CASE WHEN round = 0 THEN 'queued' ELSE 'retrying' END, due_at = ?, updated_at = ?
				WHERE bot_id = ? AND id = ? AND claim_token = ? AND status = 'sending'`,
				millis(tx.now), millis(tx.now), idBytes(c.BotID), idBytes(c.ID), c.Token)
			if err != nil {
				return fmt.Errorf("handing back delivery %s: %w", c.ID, err)
			}
			tx.changed(c.BotID)
		}
		return nil
	})
}

// recover makes due at once what a process that died had under way (SQLite has one process; with several,
// leases end by themselves), and counts what waits.
func (db *DB) recover(ctx context.Context) error {
	var waiting int64
	if err := db.reader.row(ctx, `SELECT COALESCE(SUM(waiting), 0) FROM health`).Scan(&waiting); err != nil {
		return err
	}
	db.waiting.Store(waiting)
	var after uuid.UUID
	for {
		lanes, err := db.Lanes(ctx, after, 1000)
		if err != nil || len(lanes) == 0 {
			return err
		}
		after = lanes[len(lanes)-1].BotID
		err = db.write(ctx, func(tx *tx) error {
			for _, l := range lanes {
				if _, err := tx.exec(`UPDATE deliveries SET status = CASE WHEN round = 0 THEN 'queued' ELSE 'retrying' END, due_at = ?
					WHERE bot_id = ? AND status = 'sending'`, millis(tx.now), idBytes(l.BotID)); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
}
