package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"iozen/store"
	"iozen/store/db/dialect"
	"iozen/store/db/number"
	"iozen/store/db/statement"
)

// Lanes lists the webhooks after a given one that have deliveries waiting, each with the time at which its first is due. It
// goes from webhook to webhook by index and never reads the rows of one. Webhooks of one bot follow each other by number;
// bots are in the order in which they were made. (+l.n: SQLite compares pairs along an index only with values of no affinity.)
func (db *DB) Lanes(ctx context.Context, after store.WebhookID, limit int) (lanes []store.LaneDue, err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("looking for waiting deliveries: %w", err)
		}
	}()
	var bot int64
	if err := db.reader.Row(ctx, `SELECT COALESCE(`+theBot+`, 0)`, idBytes(after.BotID)).Scan(&bot); err != nil {
		return nil, err
	}
	rows, err := db.reader.Rows(ctx, `WITH RECURSIVE lanes (bot, n, place) AS (
			SELECT CAST(? AS BIGINT), CAST(? AS BIGINT), 0
			UNION ALL
			SELECT d.bot, d.n, l.place + 1 FROM lanes l JOIN deliveries d ON l.place < ? AND d.number = (
				SELECT number FROM deliveries`+dialect.AlongDue+` WHERE due_at IS NOT NULL AND (bot, n) > (l.bot, +l.n) ORDER BY bot, n LIMIT 1)
		) SELECT q.n, b.id, `+firstDue+`, `+lateDue+` FROM lanes q LEFT JOIN bots b ON b.number = q.bot WHERE q.place > 0 ORDER BY q.place`, bot, after.N, limit)
	if err != nil {
		return nil, err
	}
	return statement.Collect(rows, func(l *store.LaneDue, scan func(...any) error) error {
		var due dueTimes
		var id []byte
		if err := scan(&l.N, &id, &due.first, &due.late); err != nil {
			return err
		}
		l.DueAt = due.earliest()
		l.BotID, err = uuid.FromBytes(id)
		return err
	})
}

// When the first delivery of each kind is due: of those that were never tried, and of those that are late.
const (
	firstDue = `(SELECT MIN(due_at) FROM deliveries WHERE bot = q.bot AND n = q.n AND late = FALSE AND due_at IS NOT NULL)`
	lateDue  = `(SELECT MIN(due_at) FROM deliveries WHERE bot = q.bot AND n = q.n AND late = TRUE AND due_at IS NOT NULL)`
)

// dueTimes are when the first delivery of each kind is due; not valid: none waits.
type dueTimes struct{ first, late sql.NullInt64 }

func (tx *tx) dueTimes(g *gate) (d dueTimes, err error) {
	err = tx.row(`SELECT `+firstDue+`, `+lateDue+` FROM (SELECT CAST(? AS BIGINT) AS bot, CAST(? AS BIGINT) AS n) q`, g.bot, g.id.N).Scan(&d.first, &d.late)
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

// Claim takes up to limit due deliveries of a webhook for the caller alone, until the lease ends, with the current settings. It
// claims nothing in the quiet time after an edit, or while the webhook is off.
//
// A claim that is lost with the power is as if it had not been made, so it does not wait for the disk; but the first one
// with a version does: what was sent must be told from the history afterwards.
func (db *DB) Claim(ctx context.Context, id store.WebhookID, limit int, lease time.Duration) (c store.Claimed, err error) {
	claim := func(tx *tx) error { return tx.claimFor(&c, id, limit, lease) }
	if err = db.writeLazily(ctx, claim); errors.Is(err, errFirstUse) {
		err = db.write(ctx, claim)
	}
	return c, err
}

// errFirstUse says that a version is used for the first time in a transaction that does not wait for the disk.
var errFirstUse = errors.New("nothing was sent with this version yet")

func (tx *tx) claimFor(c *store.Claimed, id store.WebhookID, limit int, lease time.Duration) (err error) {
	*c = store.Claimed{}
	g, err := tx.gate(id)
	if err != nil {
		return err
	}
	if g.gone {
		c.Hold = true
		return nil
	}
	if c.Webhook, err = tx.sending(g); err != nil {
		return err
	}
	switch {
	case g.holds() != "":
		c.Hold = true
	case tx.now.Before(c.Webhook.QuietUntil):
		c.NextDue = c.Webhook.QuietUntil
		return nil
	default:
		if c.Claims, err = tx.claimBoth(g, limit, lease); err != nil {
			return fmt.Errorf("claiming deliveries of %s: %w", id, err)
		}
		if len(c.Claims) > 0 {
			tx.changed(id, 0)
			first, err := tx.useVersion(g, c.Webhook.Version)
			if err != nil {
				return err
			}
			if first && tx.lazy {
				return errFirstUse
			}
		}
	}
	h, err := tx.healthOf(id)
	if err != nil {
		return err
	}
	c.Failing = h.FailsAt(c.Webhook.ChangedAt)
	due, err := tx.dueTimes(g)
	c.NextDue = due.earliest()
	return err
}

func (tx *tx) claimBoth(g *gate, limit int, lease time.Duration) ([]store.Claim, error) {
	due, err := tx.dueTimes(g)
	if err != nil {
		return nil, err
	}
	first, late := due.places(limit, tx.now)
	claims, err := tx.claim(g, false, first, lease)
	if err != nil {
		return nil, err
	}
	if len(claims) < first { // the places that first attempts leave free
		late = limit - len(claims)
	}
	more, err := tx.claim(g, true, late, lease)
	return append(claims, more...), err
}

// claim takes due deliveries of one kind. Reading and marking them are two statements, because together (UPDATE …
// RETURNING) they cost twice as much: SQLite then keeps a journal of the statement.
func (tx *tx) claim(g *gate, late bool, limit int, lease time.Duration) ([]store.Claim, error) {
	if limit == 0 {
		return nil, nil
	}
	claims, numbers, err := tx.claimable(g, late, limit)
	if err != nil || len(claims) == 0 {
		return nil, err
	}
	until := tx.now.Add(lease)
	n, err := tx.exec(`UPDATE deliveries SET status = 'sending', due_at = ?, claim_token = claim_token + 1, owner = ?, updated_at = ?
		WHERE bot = ? AND number`+dialect.AmongNumbers, millis(until), tx.owner, millis(tx.now), g.bot, mustJSON(numbers))
	if err == nil && int(n) != len(claims) {
		err = fmt.Errorf("%d of %d rows marked", n, len(claims))
	}
	for i := range claims {
		c := &claims[i]
		c.Status, c.DueAt, c.UpdatedAt, c.Token = store.Sending, fromMillis(millis(until)), tx.now.UTC(), c.Token+1
	}
	tx.onCommit(func() { tx.db.claims.Note(claims) })
	return claims, err
}

// withholdings is how often a claim looks on when nothing that it found may be sent. The next claim goes on from there.
const withholdings = 10

// claimable reads due deliveries that may be sent, and their numbers; those that may not are held back.
func (tx *tx) claimable(g *gate, late bool, limit int) (claims []store.Claim, numbers []int64, err error) {
	for range withholdings {
		var withheld []int64
		claims, numbers, withheld, err = tx.dueFirst(g, late, limit)
		if err == nil {
			err = tx.withhold(g, withheld)
		}
		if err != nil || len(claims) > 0 || len(withheld) == 0 {
			break
		}
	}
	return claims, numbers, err
}

// withhold ends deliveries that wait although their visitors have not consented: the webhook asks for that now.
func (tx *tx) withhold(g *gate, numbers []int64) error {
	if len(numbers) == 0 {
		return nil
	}
	h, err := tx.healthOf(g.id)
	if err != nil {
		return err
	}
	n, err := tx.exec(`UPDATE deliveries SET status = ?, reason = ?, due_at = NULL, updated_at = ? WHERE bot = ? AND number`+dialect.AmongNumbers,
		string(store.Skipped), store.ReasonConsent, millis(tx.now), g.bot, mustJSON(numbers))
	if err != nil {
		return fmt.Errorf("holding back what lacks consent: %w", err)
	}
	tx.move(h, store.Queued, store.Skipped, int(n))
	tx.changed(g.id, 0)
	return nil
}

// dueFirst reads due deliveries of one kind, the one that has waited longest first, and their numbers; withheld are the
// numbers of those that may not be sent.
func (tx *tx) dueFirst(g *gate, late bool, limit int) (claims []store.Claim, numbers, withheld []int64, err error) {
	rows, err := tx.rows(`SELECT `+deliveryColumns+`, d.number, d.claim_token, `+payloadOf+` FROM deliveries d
		WHERE d.bot = ? AND d.n = ? AND d.late = ? AND d.due_at IS NOT NULL AND d.due_at <= ? ORDER BY d.due_at LIMIT ?`+dialect.SkipLocked,
		g.bot, g.id.N, late, millis(tx.now), limit)
	if err != nil {
		return nil, nil, nil, err
	}
	defer rows.Close()
	var number, token int64
	var payload []byte
	row := newDeliveryScan(&number, &token, &payload)
	for rows.Next() {
		d, err := row.read(rows.Scan)
		if err != nil {
			return nil, nil, nil, err
		}
		if g.rules.Withholds(d.Reason, payload) {
			withheld = append(withheld, number)
			continue
		}
		d.BotID, d.Payload = g.id.BotID, payload
		claims, numbers = append(claims, store.Claim{Delivery: d, Token: token}), append(numbers, number)
	}
	return claims, numbers, withheld, rows.Err()
}

// Unclaim hands back claims that were not sent: due at once, no attempt spent. A delivery that was claimed again meanwhile
// is left alone.
func (db *DB) Unclaim(ctx context.Context, claims []store.Claim) error {
	return db.writeLazily(ctx, func(tx *tx) error {
		tx.onCommit(func() {
			for _, c := range claims {
				tx.db.claims.End(c.ID, c.Token)
			}
		})
		for _, c := range claims {
			bot, err := tx.bot(c.BotID)
			if err != nil {
				return err
			}
			_, err = tx.exec(`UPDATE deliveries SET status = CASE WHEN round = 0 THEN 'queued' ELSE 'retrying' END, due_at = ?, updated_at = ?
				WHERE bot = ? AND number = ? AND claim_token = ? AND status = 'sending'`,
				millis(tx.now), millis(tx.now), bot, number.Of(c.ID), c.Token)
			if err != nil {
				return fmt.Errorf("handing back delivery %s: %w", c.ID, err)
			}
			tx.changed(c.WebhookID(), store.Due)
		}
		return nil
	})
}

// ReserveFrom has reserve asked, before the transaction of each Accept, how many of up to n new deliveries of a webhook can be
// sent at once. Those are written as claimed with the event itself, and handed over in memory: neither a second write nor
// reading them back stands between an event and its first attempt. Nil ends it.
func (db *DB) ReserveFrom(reserve func(id store.WebhookID, n int) store.Reservation) {
	if reserve == nil {
		db.reserve.Store(nil)
		return
	}
	db.reserve.Store(&reserve)
}

// reserved is one Accept's way to hand over what it accepts for one webhook.
type reserved struct {
	store.Reservation
	n       int
	claimed store.Claimed
	ended   bool
}

// reservations are those of all webhooks of a bot.
type reservations []*reserved

func (db *DB) reservedFor(botID uuid.UUID, n int) (all reservations) {
	reserve := db.reserve.Load()
	if reserve == nil {
		return nil
	}
	for _, webhook := range db.known.Webhooks(botID) {
		all = append(all, &reserved{Reservation: (*reserve)(store.WebhookID{BotID: botID, N: webhook}, n), n: webhook})
	}
	return all
}

// of is the reservation of a webhook; one without places if nothing was reserved for it.
func (all reservations) of(n int) *reserved {
	for _, r := range all {
		if r.n == n {
			return r
		}
	}
	return &reserved{}
}

// begin forgets what a transaction has claimed that is run again.
func (all reservations) begin() {
	for _, r := range all {
		r.claimed = store.Claimed{}
	}
}

// end gives back what the reservations still hold.
func (all reservations) end() {
	for _, r := range all {
		r.end(store.Claimed{})
	}
}

func (r *reserved) end(c store.Claimed) {
	if r.ended || r.End == nil {
		return
	}
	r.ended = true
	r.End(c)
}

// claims says whether one more event may be claimed as it is accepted: there is a place, and the settings of this moment
// can be sent with. Settings that cannot are left to a claim, which reports it.
func (tx *tx) claims(r *reserved, g *gate) (bool, error) {
	if len(r.claimed.Claims) >= r.Places || tx.now.Before(g.state.QuietUntil) {
		return false, nil
	}
	if g.sending == nil {
		w, err := tx.sending(g)
		if errors.Is(err, store.ErrUnreadable) {
			return false, nil
		}
		if err != nil {
			return false, err
		}
		if _, err := tx.useVersion(g, w.Version); err != nil {
			return false, err
		}
		g.sending = &w
	}
	r.claimed.Webhook = *g.sending
	return true, nil
}

// claimNew notes a delivery that was claimed as it was accepted.
func (tx *tx) claimNew(r *reserved, id store.WebhookID, e store.NewDelivery, row newRow) {
	now := tx.now.UTC()
	r.claimed.Claims = append(r.claimed.Claims, store.Claim{Token: row.token, Delivery: store.Delivery{
		BotID: id.BotID, Webhook: id.N, ID: e.ID, EventID: e.EventID, EventName: e.EventName, EventTime: fromMillis(millis(e.EventTime)), Status: row.status,
		Person: store.MaskedPerson(e.Email, e.Phone), Warnings: slices.Clone(row.warnings), Payload: e.Payload,
		DueAt: fromMillis(millis(row.dueAt)), CreatedAt: now, UpdatedAt: now,
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
		tx.db.claims.Note(c.Claims)
		r.end(c)
	})
}

// firstToken is the token of a delivery's first claim.
const firstToken = 1

// ended forgets a claim once its end is on disk.
func (tx *tx) ended(id uuid.UUID, token int64) {
	tx.onCommit(func() { tx.db.claims.End(id, token) })
}

// longestQuietTime is more than any edit waits to count: a time further ahead was written by a clock that has since
// been set back.
const longestQuietTime = time.Minute

// readWriter is what recovering reads by and writes by: the queues of everybody, or the writer's own connection.
type readWriter struct {
	read  *statement.Statements
	write func(func(*tx) error) error
}

func (db *DB) inTurn(ctx context.Context) readWriter {
	return readWriter{db.reader.Statements, func(op func(*tx) error) error { return db.write(ctx, op) }}
}

// recover makes the deliveries due that a process which died had under way, and counts what waits.
func (db *DB) recover(ctx context.Context) error {
	if err := db.countWaiting(ctx, db.reader.Statements); err != nil {
		return err
	}
	of := everybody
	if number := db.Number(); number > 0 {
		of = nobodyBut(number)
	}
	return db.eachToRecover(ctx, db.inTurn(ctx), func(tx *tx, l laneKey) error { return tx.recoverLane(l, of, nil) })
}

func (db *DB) countWaiting(ctx context.Context, read *statement.Statements) error {
	var waiting int64
	err := read.Row(ctx, `SELECT COALESCE(SUM(waiting), 0) FROM health`).Scan(&waiting)
	if err == nil {
		db.waiting.Store(waiting)
	}
	return err
}

// takeUpAgain is takeUp after the writer's connection was cut, in its own goroutine. What this process has in hand stays with
// it; what a commit of unknown outcome has claimed is in nobody's hands.
func (db *DB) takeUpAgain(ctx context.Context, on readWriter) error {
	if err := db.readJournal(ctx, on.read); err != nil || db.cfg.Beside {
		return err
	}
	if err := db.countWaiting(ctx, on.read); err != nil {
		return err
	}
	inHand := map[store.WebhookID][]int64{}
	for id, c := range db.claims {
		inHand[c.Webhook] = append(inHand[c.Webhook], number.Of(id))
	}
	return db.eachToRecover(ctx, on, func(tx *tx, l laneKey) error {
		tx.changed(l.id, store.Due)
		return tx.recoverLane(l, claimedBy(tx.owner), inHand[l.id])
	})
}

// ReturnFromFuture is recover for a clock that was set back while this process runs: claims stay with their holders, but no
// lease ends later than it was meant to.
func (db *DB) ReturnFromFuture(ctx context.Context) error {
	return db.eachToRecover(ctx, db.inTurn(ctx), func(tx *tx, l laneKey) error {
		until := tx.now.Add(longestLease)
		if _, err := tx.exec(`UPDATE deliveries SET due_at = ? WHERE bot = ? AND n = ? AND late IN (FALSE, TRUE) AND due_at > ? AND status = 'sending'`,
			millis(until), l.bot, l.n, millis(until)); err != nil {
			return err
		}
		return tx.moveFromFuture(l)
	})
}

const (
	// longestLease is longer than any claim lasts.
	longestLease = 5 * time.Minute
	// longestNotifyWait is longer than a notification waits for its next attempt.
	longestNotifyWait = 24 * time.Hour
)

// laneKey is a webhook by its bot's number.
type laneKey struct {
	bot int64
	n   int
	id  store.WebhookID
}

// eachToRecover calls do for each webhook whose deliveries may wait for a wrong time, after it has corrected quiet times and
// the times of notifications.
func (db *DB) eachToRecover(ctx context.Context, on readWriter, do func(*tx, laneKey) error) error {
	err := on.write(func(tx *tx) error {
		if _, err := tx.exec(`UPDATE webhooks SET settles_at = ? WHERE settles_at > ?`, millis(tx.now), millis(tx.now.Add(longestQuietTime))); err != nil {
			return err
		}
		_, err := tx.exec(`UPDATE notification_sends SET due_at = ? WHERE due_at > ?`, millis(tx.now), millis(tx.now.Add(longestNotifyWait)))
		return err
	})
	if err != nil {
		return err
	}
	lanes, err := db.lanesToRecover(ctx, on.read)
	if err != nil {
		return err
	}
	for some := range slices.Chunk(lanes, recoverBatch) {
		err := on.write(func(tx *tx) error {
			for _, l := range some {
				if err := do(tx, l); err != nil {
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

// recoverBatch is how many webhooks one transaction recovers.
const recoverBatch = 1000

// lanesToRecover lists the webhooks with something under way, or written by a clock that has since been set back. A first
// attempt is due when its event comes, so that one which is due later is under way, or from the future; what is late and
// under way is due before the longest lease ends. Webhooks that only have a queue are many, and need no recovery.
func (db *DB) lanesToRecover(ctx context.Context, read *statement.Statements) (lanes []laneKey, err error) {
	now := db.cfg.Now()
	rows, err := read.Rows(ctx, `SELECT h.bot, h.n, b.id FROM health h JOIN bots b ON b.number = h.bot WHERE h.waiting > 0 AND (h.last_attempt_at > ?
		OR (SELECT MAX(d.due_at) FROM deliveries d WHERE d.bot = h.bot AND d.n = h.n AND d.late = FALSE AND d.due_at IS NOT NULL) > ?
		OR (SELECT MIN(d.due_at) FROM deliveries d WHERE d.bot = h.bot AND d.n = h.n AND d.late = TRUE AND d.due_at IS NOT NULL AND d.due_at > ?) <= ?)`,
		millis(now), millis(now), millis(now), millis(now.Add(longestLease)))
	if err != nil {
		return nil, fmt.Errorf("looking for what was under way: %w", err)
	}
	return statement.Collect(rows, func(l *laneKey, scan func(...any) error) error {
		err := scan(&l.bot, &l.n, &l.id.BotID)
		l.id.N = l.n
		return err
	})
}

// recoverLane makes due what was under way, and moves what waits for a wrong time.
func (tx *tx) recoverLane(l laneKey, of owners, inHand []int64) error {
	if err := tx.makeDue(l, of, inHand); err != nil {
		return err
	}
	return tx.moveFromFuture(l)
}

// makeDue makes due what some owners had under way, and is not in hand. A lease that has ended already needs nothing: its
// delivery is due.
func (tx *tx) makeDue(l laneKey, of owners, inHand []int64) error {
	now := millis(tx.now)
	for _, late := range []bool{false, true} {
		args := append([]any{now, l.bot, l.n, late, now, millis(tx.now.Add(longestLease)), mustJSON(append([]int64{}, inHand...))}, of.args...)
		if _, err := tx.exec(`UPDATE deliveries SET status = CASE WHEN round = 0 THEN 'queued' ELSE 'retrying' END, due_at = ?
			WHERE bot = ? AND n = ? AND late = ? AND due_at > ? AND due_at <= ? AND status = 'sending' AND NOT number`+dialect.AmongNumbers+of.sql, args...); err != nil {
			return err
		}
	}
	return nil
}

// moveFromFuture moves what was written before the clock was set back: it waits as long as was meant, not until the
// clock has caught up. A webhook's rows are read only if its last attempt was in the future; its first attempts are due
// when their events come, so those that are not are found by index. One of them that is due after the longest lease was
// under way.
func (tx *tx) moveFromFuture(l laneKey) error {
	now := millis(tx.now)
	if _, err := tx.exec(`UPDATE deliveries SET due_at = ? WHERE bot = ? AND n = ? AND late = FALSE AND due_at > ? AND (status = 'queued' OR due_at > ?)`,
		now, l.bot, l.n, now, millis(tx.now.Add(longestLease))); err != nil {
		return err
	}
	_, err := tx.exec(`UPDATE deliveries SET due_at = due_at - (updated_at - ?) WHERE bot = ? AND n = ? AND late = TRUE AND due_at > ? AND updated_at > ?
		AND EXISTS (SELECT 1 FROM health WHERE bot = ? AND n = ? AND last_attempt_at > ?)`,
		now, l.bot, l.n, now, now, l.bot, l.n, now)
	return err
}
