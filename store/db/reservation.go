package db

import (
	"errors"
	"slices"

	"github.com/google/uuid"

	"iozen/store"
)

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
