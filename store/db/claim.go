package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/google/uuid"

	"iozen/store"
)

// Lanes lists the bots after a given one that have deliveries waiting, in the order of their ids, each with the time at
// which its first is due. It goes from bot to bot by index and never reads the rows of one.
func (db *DB) Lanes(ctx context.Context, after uuid.UUID, limit int) ([]store.LaneDue, error) {
	var lanes []store.LaneDue
	for len(lanes) < limit {
		var l store.LaneDue
		var first, late sql.NullInt64
		err := db.reader.Row(ctx, `SELECT q.bot_id, `+firstDue+`, `+lateDue+` FROM (SELECT bot_id FROM deliveries INDEXED BY deliveries_due
			WHERE due_at IS NOT NULL AND bot_id > ? ORDER BY bot_id LIMIT 1) q`, idBytes(after)).Scan(&l.BotID, &first, &late)
		if errors.Is(err, sql.ErrNoRows) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("looking for waiting deliveries: %w", err)
		}
		l.DueAt = dueTimes{first, late}.earliest()
		lanes = append(lanes, l)
		after = l.BotID
	}
	return lanes, nil
}

// When the first delivery of each kind is due: of those that were never tried, and of those that are late.
const (
	firstDue = `(SELECT MIN(due_at) FROM deliveries WHERE bot_id = q.bot_id AND late = 0 AND due_at IS NOT NULL)`
	lateDue  = `(SELECT MIN(due_at) FROM deliveries WHERE bot_id = q.bot_id AND late = 1 AND due_at IS NOT NULL)`
)

// dueTimes are when the first delivery of each kind is due; not valid: none waits.
type dueTimes struct{ first, late sql.NullInt64 }

func (tx *tx) dueTimes(botID uuid.UUID) (d dueTimes, err error) {
	err = tx.row(`SELECT `+firstDue+`, `+lateDue+` FROM (SELECT ? AS bot_id) q`, idBytes(botID)).Scan(&d.first, &d.late)
	return d, err
}

func (d dueTimes) earliest() time.Time {
	if d.late.Valid && (!d.first.Valid || d.late.Int64 < d.first.Int64) {
		return fromMillis(d.late.Int64)
	}
	return fromMillis(d.first.Int64)
}

// places shares out a claim between first attempts and late deliveries. When both wait, three in four places go to first
// attempts, so that a thousand old retries do not keep a new event waiting, nor the reverse; with fewer than four places,
// the clock decides whose turn it is.
func (d dueTimes) places(limit int, now time.Time) (first, late int) {
	isDue := func(at sql.NullInt64) bool { return at.Valid && at.Int64 <= millis(now) }
	switch {
	case !isDue(d.late):
		return limit, 0
	case !isDue(d.first):
		return 0, limit
	}
	late = (limit + int(now.UnixMilli()%4)) / 4
	return limit - late, late
}

// Claim takes up to limit due deliveries of a bot for the caller alone, until the lease ends, with the current settings. It
// claims nothing in the quiet time after an edit, or while the webhook is off.
//
// A claim that is lost with the power is as if it had not been made, so it does not wait for the disk; but the first one
// with a version does: what was sent must be told from the history afterwards.
func (db *DB) Claim(ctx context.Context, botID uuid.UUID, limit int, lease time.Duration) (c store.Claimed, err error) {
	claim := func(tx *tx) error { return tx.claimFor(&c, botID, limit, lease) }
	if err = db.writeLazily(ctx, claim); errors.Is(err, errFirstUse) {
		err = db.write(ctx, claim)
	}
	return c, err
}

// errFirstUse says that a version is used for the first time in a transaction that does not wait for the disk.
var errFirstUse = errors.New("nothing was sent with this version yet")

func (tx *tx) claimFor(c *store.Claimed, botID uuid.UUID, limit int, lease time.Duration) (err error) {
	*c = store.Claimed{}
	if c.Webhook, err = tx.sending(botID); err != nil {
		return err
	}
	switch {
	case c.Webhook.Holds(tx.now) != "":
		c.Hold = true
	case tx.now.Before(c.Webhook.QuietUntil):
		c.NextDue = c.Webhook.QuietUntil
		return nil
	default:
		if c.Claims, err = tx.claimBoth(botID, limit, lease); err != nil {
			return fmt.Errorf("claiming deliveries of bot %s: %w", botID, err)
		}
		if len(c.Claims) > 0 {
			tx.changed(botID)
			first, err := tx.useVersion(botID, c.Webhook.Version)
			if err != nil {
				return err
			}
			if first && tx.lazy {
				return errFirstUse
			}
		}
	}
	h, err := tx.healthOf(botID)
	if err != nil {
		return err
	}
	c.Failing = h.FailsAt(c.Webhook.ChangedAt)
	due, err := tx.dueTimes(botID)
	c.NextDue = due.earliest()
	return err
}

func (tx *tx) claimBoth(botID uuid.UUID, limit int, lease time.Duration) ([]store.Claim, error) {
	due, err := tx.dueTimes(botID)
	if err != nil {
		return nil, err
	}
	first, late := due.places(limit, tx.now)
	claims, err := tx.claim(botID, 0, first, lease)
	if err != nil {
		return nil, err
	}
	if len(claims) < first { // the places that first attempts leave free
		late = limit - len(claims)
	}
	more, err := tx.claim(botID, 1, late, lease)
	return append(claims, more...), err
}

// claim takes due deliveries of one kind. Reading and marking them are two statements, because together (UPDATE …
// RETURNING) they cost twice as much: SQLite then keeps a journal of the statement.
func (tx *tx) claim(botID uuid.UUID, late, limit int, lease time.Duration) ([]store.Claim, error) {
	if limit == 0 {
		return nil, nil
	}
	claims, rowids, err := tx.claimable(botID, late, limit)
	if err != nil || len(claims) == 0 {
		return nil, err
	}
	until := tx.now.Add(lease)
	n, err := tx.exec(`UPDATE deliveries SET status = 'sending', due_at = ?, claim_token = claim_token + 1, updated_at = ?
		WHERE rowid IN (SELECT value FROM json_each(?))`, millis(until), millis(tx.now), mustJSON(rowids))
	if err == nil && int(n) != len(claims) {
		err = fmt.Errorf("%d of %d rows marked", n, len(claims))
	}
	for i := range claims {
		c := &claims[i]
		c.Status, c.DueAt, c.UpdatedAt, c.Token = store.Sending, fromMillis(millis(until)), tx.now.UTC(), c.Token+1
	}
	tx.onCommit(func() { tx.db.claims.note(claims) })
	return claims, err
}

// claimable reads due deliveries of one kind, the one that has waited longest first, and their rowids.
func (tx *tx) claimable(botID uuid.UUID, late, limit int) (claims []store.Claim, rowids []int64, err error) {
	rows, err := tx.rows(`SELECT `+claimColumns+` FROM deliveries
		WHERE bot_id = ? AND late = ? AND due_at IS NOT NULL AND due_at <= ? ORDER BY due_at LIMIT ?`,
		idBytes(botID), late, millis(tx.now), limit)
	if err != nil {
		return nil, nil, err
	}
	defer rows.Close()
	var rowid, token int64
	var payload []byte
	row := newDeliveryScan(&rowid, &token, &payload)
	for rows.Next() {
		d, err := row.read(rows.Scan)
		if err != nil {
			return nil, nil, err
		}
		d.Payload = payload
		claims, rowids = append(claims, store.Claim{Delivery: d, Token: token}), append(rowids, rowid)
	}
	return claims, rowids, rows.Err()
}

// claimColumns are deliveryColumns with the row's own number, the token and the payload.
const claimColumns = `bot_id, id, event_id, event_name, event_time, test, status, reason, attempts, round,
	due_at, created_at, updated_at, last_code, last_duration_us, last_outcome, last_detail, person, warnings, rowid, claim_token, payload`

// Unclaim hands back claims that were not sent: due at once, no attempt spent. A delivery that was claimed again meanwhile
// is left alone.
func (db *DB) Unclaim(ctx context.Context, claims []store.Claim) error {
	return db.writeLazily(ctx, func(tx *tx) error {
		tx.onCommit(func() {
			for _, c := range claims {
				tx.db.claims.end(c.ID, c.Token)
			}
		})
		for _, c := range claims {
			_, err := tx.exec(`UPDATE deliveries SET status = CASE WHEN round = 0 THEN 'queued' ELSE 'retrying' END, due_at = ?, updated_at = ?
				WHERE bot_id = ? AND id = ? AND claim_token = ? AND status = 'sending'`,
				millis(tx.now), millis(tx.now), idBytes(c.BotID), idBytes(c.ID), c.Token)
			if err != nil {
				return fmt.Errorf("handing back delivery %s: %w", c.ID, err)
			}
			tx.changed(c.BotID, store.Due)
		}
		return nil
	})
}

// ReserveFrom has reserve asked, before the transaction of each Accept, how many of up to n new deliveries of a bot can be
// sent at once. Those are written as claimed with the event itself, and handed over in memory: neither a second write nor
// reading them back stands between an event and its first attempt. Nil ends it.
func (db *DB) ReserveFrom(reserve func(botID uuid.UUID, n int) store.Reservation) {
	if reserve == nil {
		db.reserve.Store(nil)
		return
	}
	db.reserve.Store(&reserve)
}

// reserved is one Accept's way to hand over what it accepts.
type reserved struct {
	store.Reservation
	claimed store.Claimed
	ended   bool
}

func (db *DB) reserved(botID uuid.UUID, n int) *reserved {
	reserve := db.reserve.Load()
	if reserve == nil {
		return &reserved{}
	}
	return &reserved{Reservation: (*reserve)(botID, n)}
}

// end gives back what the reservation still holds.
func (r *reserved) end(c store.Claimed) {
	if r.ended || r.End == nil {
		return
	}
	r.ended = true
	r.End(c)
}

// claims says whether one more event may be claimed as it is accepted: there is a place, and the settings of this moment
// can be sent with. Settings that cannot are left to a claim, which reports it.
func (tx *tx) claims(r *reserved, botID uuid.UUID, g *gate) (bool, error) {
	if len(r.claimed.Claims) >= r.Places || tx.now.Before(g.state.QuietUntil) {
		return false, nil
	}
	if g.sending == nil {
		w, err := tx.sending(botID)
		if errors.Is(err, store.ErrUnreadable) {
			return false, nil
		}
		if err != nil {
			return false, err
		}
		if _, err := tx.useVersion(botID, w.Version); err != nil {
			return false, err
		}
		g.sending = &w
	}
	r.claimed.Webhook = *g.sending
	return true, nil
}

// claimNew notes a delivery that was claimed as it was accepted.
func (tx *tx) claimNew(r *reserved, botID uuid.UUID, e store.NewDelivery) {
	now := tx.now.UTC()
	r.claimed.Claims = append(r.claimed.Claims, store.Claim{Token: firstToken, Delivery: store.Delivery{
		BotID: botID, ID: e.ID, EventID: e.EventID, EventName: e.EventName, EventTime: fromMillis(millis(e.EventTime)), Status: store.Sending,
		Person: store.MaskedPerson(e.Email, e.Phone), Warnings: slices.Clone(e.Warnings), Payload: e.Payload,
		DueAt: fromMillis(millis(tx.now.Add(r.Lease))), CreatedAt: now, UpdatedAt: now,
	}})
}

// handOver gives what was claimed to who reserved the places, once it is on disk.
func (tx *tx) handOver(r *reserved, h *healthRow) {
	c := r.claimed
	if len(c.Claims) > 0 {
		c.NextDue = c.Claims[0].DueAt
		c.Failing = h.FailsAt(c.Webhook.ChangedAt)
	}
	tx.onCommit(func() {
		tx.db.claims.note(c.Claims)
		r.end(c)
	})
}

// firstToken is the token of a delivery's first claim.
const firstToken = 1

// claimsInFlight are the claims that are open: made by this process, and neither settled nor handed back. What is known of
// them here saves a settlement from reading the row. Tokens fence: while a row still has the claim's token, nobody else has
// claimed it.
type claimsInFlight map[uuid.UUID]openClaim

type openClaim struct {
	bot      uuid.UUID
	token    int64
	attempts int // made before the claim
	round    int
}

func (m claimsInFlight) note(claims []store.Claim) {
	for _, c := range claims {
		m[c.ID] = openClaim{bot: c.BotID, token: c.Token, attempts: c.Attempts, round: c.Round}
	}
}

// end forgets a claim, unless the delivery was claimed again since.
func (m claimsInFlight) end(id uuid.UUID, token int64) {
	if m[id].token == token {
		delete(m, id)
	}
}

// endAll forgets the claims of a bot.
func (m claimsInFlight) endAll(bot uuid.UUID) {
	maps.DeleteFunc(m, func(_ uuid.UUID, c openClaim) bool { return c.bot == bot })
}

// ended forgets a claim once its end is on disk.
func (tx *tx) ended(id uuid.UUID, token int64) {
	tx.onCommit(func() { tx.db.claims.end(id, token) })
}

// longestQuietTime is more than any edit waits to count: a time further ahead was written by a clock that has since
// been set back.
const longestQuietTime = time.Minute

// recover makes the deliveries due that a process which died had under way (SQLite has one process; with several, leases
// end by themselves), and counts what waits.
func (db *DB) recover(ctx context.Context) error {
	var waiting int64
	if err := db.reader.Row(ctx, `SELECT COALESCE(SUM(waiting), 0) FROM health`).Scan(&waiting); err != nil {
		return err
	}
	db.waiting.Store(waiting)
	return db.eachToRecover(ctx, (*tx).recoverLane)
}

// ReturnFromFuture is recover for a clock that was set back while this process runs: claims stay with their holders, but no
// lease ends later than it was meant to.
func (db *DB) ReturnFromFuture(ctx context.Context) error {
	return db.eachToRecover(ctx, func(tx *tx, bot uuid.UUID) error {
		until := tx.now.Add(longestLease)
		if _, err := tx.exec(`UPDATE deliveries SET due_at = ? WHERE bot_id = ? AND status = 'sending' AND due_at > ?`,
			millis(until), idBytes(bot), millis(until)); err != nil {
			return err
		}
		return tx.moveFromFuture(bot)
	})
}

const (
	// longestLease is longer than any claim lasts.
	longestLease = 5 * time.Minute
	// longestNotifyWait is longer than a notification waits for its next attempt.
	longestNotifyWait = 24 * time.Hour
)

// eachToRecover calls do for each bot whose deliveries may wait for a wrong time, after it has corrected quiet times and
// the times of notifications.
func (db *DB) eachToRecover(ctx context.Context, do func(*tx, uuid.UUID) error) error {
	err := db.write(ctx, func(tx *tx) error {
		if _, err := tx.exec(`UPDATE webhooks SET settles_at = ? WHERE settles_at > ?`, millis(tx.now), millis(tx.now.Add(longestQuietTime))); err != nil {
			return err
		}
		_, err := tx.exec(`UPDATE notification_sends SET due_at = ? WHERE due_at > ?`, millis(tx.now), millis(tx.now.Add(longestNotifyWait)))
		return err
	})
	if err != nil {
		return err
	}
	bots, err := db.botsToRecover(ctx)
	if err != nil {
		return err
	}
	for some := range slices.Chunk(bots, recoverBatch) {
		err := db.write(ctx, func(tx *tx) error {
			for _, bot := range some {
				if err := do(tx, bot); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// recoverBatch is how many bots one transaction recovers.
const recoverBatch = 1000

// botsToRecover lists the bots with something under way, or written by a clock that has since been set back. Bots that only
// have a queue are many, and need no recovery.
func (db *DB) botsToRecover(ctx context.Context) ([]uuid.UUID, error) {
	now := millis(db.cfg.Now())
	rows, err := db.reader.Rows(ctx, `SELECT h.bot_id FROM health h WHERE h.waiting > 0 AND (h.last_attempt_at > ?
		OR EXISTS (SELECT 1 FROM deliveries d WHERE d.bot_id = h.bot_id AND d.status = 'sending')
		OR EXISTS (SELECT 1 FROM deliveries d WHERE d.bot_id = h.bot_id AND d.late = 0 AND d.due_at IS NOT NULL AND d.due_at > ?))`, now, now)
	if err != nil {
		return nil, fmt.Errorf("looking for what was under way: %w", err)
	}
	return scanIDs(rows)
}

func (tx *tx) recoverLane(botID uuid.UUID) error {
	if _, err := tx.exec(`UPDATE deliveries SET status = CASE WHEN round = 0 THEN 'queued' ELSE 'retrying' END, due_at = ?
		WHERE bot_id = ? AND status = 'sending'`, millis(tx.now), idBytes(botID)); err != nil {
		return err
	}
	return tx.moveFromFuture(botID)
}

// moveFromFuture moves what was written before the clock was set back: it waits as long as was meant, not until the
// clock has caught up. A bot's rows are read only if its last attempt was in the future; its first attempts are due
// when their events come, so those that are not are found by index.
func (tx *tx) moveFromFuture(botID uuid.UUID) error {
	now := millis(tx.now)
	if _, err := tx.exec(`UPDATE deliveries SET due_at = ? WHERE bot_id = ? AND late = 0 AND due_at > ? AND status = 'queued'`,
		now, idBytes(botID), now); err != nil {
		return err
	}
	_, err := tx.exec(`UPDATE deliveries SET due_at = due_at - (updated_at - ?) WHERE bot_id = ? AND late = 1 AND due_at > ? AND updated_at > ?
		AND EXISTS (SELECT 1 FROM health WHERE bot_id = ? AND last_attempt_at > ?)`,
		now, idBytes(botID), now, now, idBytes(botID), now)
	return err
}
