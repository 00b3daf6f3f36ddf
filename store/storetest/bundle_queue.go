package storetest

import (
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"iozen/store"
)

// claim takes what is due of the bundle's bot.
func (b *bundle) claim(limit int) store.Claimed {
	b.t.Helper()
	c, err := b.Claim(b.ctx(), b.bot, limit, lease)
	require.NoError(b.t, err)
	return c
}

// claimOne takes exactly one delivery.
func (b *bundle) claimOne() store.Claim {
	b.t.Helper()
	c := b.claim(1)
	require.Len(b.t, c.Claims, 1)
	return c.Claims[0]
}

// attempt is a request that was made for a claim and answered with a status (0: not at all).
func (b *bundle) attempt(c store.Claim, status int) store.Attempt {
	return store.Attempt{
		BotID: c.BotID, DeliveryID: c.ID, StartedAt: b.clock.Now(), WebhookVersion: 2,
		StatusCode: status, Duration: 92 * time.Millisecond,
		Phases: store.Phases{DNS: -1, Connect: -1, TLS: -1},
	}
}

func delivered(b *bundle, c store.Claim) store.Settlement {
	return store.Settlement{Token: c.Token, Attempt: b.attempt(c, 200), Status: store.Delivered}
}

func failed(b *bundle, c store.Claim, status int) store.Settlement {
	return store.Settlement{Token: c.Token, Attempt: b.attempt(c, status), Status: store.Failed}
}

func retrying(b *bundle, c store.Claim, status int, wait time.Duration) store.Settlement {
	return store.Settlement{Token: c.Token, Attempt: b.attempt(c, status), Status: store.Retrying, DueAt: b.clock.Now().Add(wait)}
}

func (b *bundle) settle(s store.Settlement) store.Health {
	b.t.Helper()
	h, err := b.Settle(b.ctx(), s)
	require.NoError(b.t, err)
	return h
}

// deliver accepts one event and delivers it.
func (b *bundle) deliver(e store.NewDelivery) uuid.UUID {
	b.t.Helper()
	id := b.accept(e)[0]
	b.settle(delivered(b, b.claimOne()))
	return id
}

// list reads a whole list, page by page.
func (b *bundle) list(f store.DeliveryFilter) []store.Delivery {
	b.t.Helper()
	var all []store.Delivery
	for f.Limit = 200; ; {
		page, err := b.Deliveries(b.ctx(), f)
		require.NoError(b.t, err)
		all = append(all, page.Deliveries...)
		if page.Next == "" {
			return all
		}
		f.Cursor = page.Next
	}
}

func idsOf(deliveries []store.Delivery) []uuid.UUID {
	ids := make([]uuid.UUID, len(deliveries))
	for i, d := range deliveries {
		ids[i] = d.ID
	}
	return ids
}

func claimIDs(claims []store.Claim) []uuid.UUID {
	ids := make([]uuid.UUID, len(claims))
	for i, c := range claims {
		ids[i] = c.ID
	}
	return ids
}
