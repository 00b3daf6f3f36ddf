package db

import (
	"errors"
	"slices"

	"github.com/google/uuid"

	"iozen/store"
)

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
		c.Failing = h.failsAt(c.Webhook)
	}
	tx.onCommit(func() {
		tx.db.claims.note(c.Claims)
		r.end(c)
	})
}

// firstToken is the token of a delivery's first claim.
const firstToken = 1
