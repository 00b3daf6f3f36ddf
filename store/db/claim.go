package db

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"iozen/store"
	"iozen/store/db/dialect"
	"iozen/store/db/number"
)

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
	var due dueTimes
	switch {
	case g.holds() != "":
		c.Hold = true
		due, err = tx.dueEver(g)
	case tx.now.Before(c.Webhook.QuietUntil):
		c.NextDue = c.Webhook.QuietUntil
		return nil
	default:
		if c.Claims, due, err = tx.claimBoth(g, limit, lease); err != nil {
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
	if err != nil {
		return err
	}
	if c.NextDue = due.earliest(); len(c.Claims) > 0 {
		c.NextDue = earlier(c.NextDue, c.Claims[0].DueAt) // a lease may end first
	}
	h, err := tx.healthOf(id)
	if err == nil {
		c.Failing = h.FailsAt(c.Webhook.ChangedAt)
	}
	return err
}

// claimBoth claims what is due of both kinds, and returns when the next of each is.
func (tx *tx) claimBoth(g *gate, limit int, lease time.Duration) (claims []store.Claim, due dueTimes, err error) {
	from := tx.db.watermarks.Of(g.id, tx.now)
	if due, err = tx.dueNow(g, from); err != nil {
		return nil, due, err
	}
	first, late := due.places(limit, tx.now)
	if claims, err = tx.claim(g, false, from.First, first, lease); err != nil {
		return nil, due, err
	}
	if len(claims) < first { // the places that first attempts leave free
		late = limit - len(claims)
	}
	more, err := tx.claim(g, true, from.Late, late, lease)
	if err != nil {
		return nil, due, err
	}
	if due, err = tx.dueNow(g, from); err == nil {
		tx.raise(g, from, due)
	}
	return append(claims, more...), due, err
}

// claim takes due deliveries of one kind. Reading and marking them are two statements, because together (UPDATE …
// RETURNING) they cost twice as much: SQLite then keeps a journal of the statement.
func (tx *tx) claim(g *gate, late bool, from int64, limit int, lease time.Duration) ([]store.Claim, error) {
	if limit == 0 {
		return nil, nil
	}
	claims, numbers, err := tx.claimable(g, late, from, limit)
	if err != nil || len(claims) == 0 {
		return nil, err
	}
	until := tx.now.Add(lease)
	// (+bot: the numbers alone find the rows. A database that thinks of few rows for each bot would read all of the bot's.)
	n, err := tx.exec(`UPDATE deliveries SET status = 'sending', due_at = ?, claim_token = claim_token + 1, owner = ?, updated_at = ?
		WHERE +bot = ? AND number`+dialect.AmongNumbers, millis(until), tx.owner, millis(tx.now), g.bot, mustJSON(numbers))
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
func (tx *tx) claimable(g *gate, late bool, from int64, limit int) (claims []store.Claim, numbers []int64, err error) {
	for range withholdings {
		var withheld []int64
		claims, numbers, withheld, err = tx.dueFirst(g, late, from, limit)
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
	n, err := tx.exec(`UPDATE deliveries SET status = ?, reason = ?, due_at = NULL, updated_at = ? WHERE +bot = ? AND number`+dialect.AmongNumbers,
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
func (tx *tx) dueFirst(g *gate, late bool, from int64, limit int) (claims []store.Claim, numbers, withheld []int64, err error) {
	rows, err := tx.rows(`SELECT `+deliveryColumns+`, d.number, d.claim_token, `+payloadOf+` FROM deliveries d
		WHERE d.bot = ? AND d.n = ? AND d.late = ? AND d.due_at >= ? AND d.due_at <= ? ORDER BY d.due_at LIMIT ?`+dialect.SkipLocked,
		g.bot, g.id.N, late, from, millis(tx.now), limit)
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

// firstToken is the token of a delivery's first claim.
const firstToken = 1

// ended forgets a claim once its end is on disk.
func (tx *tx) ended(id uuid.UUID, token int64) {
	tx.onCommit(func() { tx.db.claims.End(id, token) })
}
