package storetest

import (
	"testing"

	"github.com/stretchr/testify/require"

	"iozen/store"
)

var deletedWebhooksRules = map[string]func(*testing.T, Open){
	"what waits for a deleted one is skipped, and its log stays": webhooksDeleted,
	"maintenance finds what a crash left of a deletion":          webhooksSwept,
	"one is deleted by whoever types what it is called":          webhooksCalled,
	"nothing is left of a deleted one":                           webhooksLeft,
}

func webhooksDeleted(t *testing.T, open Open) {
	b := setup(t, open)
	second := b.second()
	sent := b.acceptAll(b.event("sent"))
	b.settle(delivered(b, b.claimAt(second, 1)[0]))
	b.saveAt(second, store.WebhookChange{Enabled: new(false)})
	held := b.acceptAll(b.event("held"))
	b.saveAt(second, store.WebhookChange{Enabled: new(true)})
	waits := b.acceptAll(b.event("waits"))
	require.NoError(t, b.DeleteWebhook(b.ctx(), second, maria))
	c, err := b.Claim(b.ctx(), second, 10, lease)
	require.NoError(t, err)
	require.True(t, c.Hold)
	require.Empty(t, c.Claims)
	n, err := b.HoldWaiting(b.ctx(), second, 10)
	require.NoError(t, err)
	require.Equal(t, 2, n)
	for _, d := range []store.AcceptedDelivery{held[1], waits[1]} {
		got := b.delivery(d.DeliveryID)
		require.Equal(t, []any{store.Skipped, store.ReasonWebhookDeleted}, []any{got.Status, got.Reason})
		_, err := b.Resend(b.ctx(), b.bot, d.DeliveryID, maria)
		require.ErrorIs(t, err, store.ErrOff)
	}
	require.Equal(t, store.Delivered, b.delivery(sent[1].DeliveryID).Status)
	require.Len(t, b.attemptsOf(sent[1].DeliveryID), 1)
	require.Empty(t, b.acceptAll(b.event("later")), "there is one webhook now")
	require.Len(t, b.claim(10).Claims, 4)
}

func webhooksSwept(t *testing.T, open Open) {
	b := setup(t, open)
	second := b.second()
	b.saveAt(second, store.WebhookChange{Enabled: new(false)})
	held := b.acceptAll(b.event("held"))
	require.NoError(t, b.DeleteWebhook(b.ctx(), second, maria))
	b.sweep()
	require.Equal(t, store.Skipped, b.delivery(held[1].DeliveryID).Status)
}

func webhooksCalled(t *testing.T, open Open) {
	b := setup(t, open)
	second := b.second()
	for _, other := range []string{"", "Slac", "Endpoint 2", "2"} {
		require.ErrorIs(t, b.DeleteWebhookCalled(b.ctx(), second, other, maria), store.ErrOtherName, other)
	}
	require.NoError(t, b.DeleteWebhookCalled(b.ctx(), second, " slack ", maria))
	third, err := b.AddWebhook(b.ctx(), b.bot, "", maria)
	require.NoError(t, err)
	require.NoError(t, b.DeleteWebhookCalled(b.ctx(), third.WebhookID, "endpoint 3", maria))
	require.ErrorIs(t, b.DeleteWebhookCalled(b.ctx(), store.FirstWebhook(b.bot), "Endpoint 1", maria), store.ErrFirstWebhook)
}

func webhooksLeft(t *testing.T, open Open) {
	b := setup(t, open)
	second := b.second()
	require.NoError(t, b.DeleteWebhook(b.ctx(), second, maria))
	require.ErrorIs(t, b.LeaveHeld(b.ctx(), second, maria), store.ErrNotFound)
	require.ErrorIs(t, b.LeaveHeld(b.ctx(), store.WebhookID{BotID: b.bot, N: 9}, maria), store.ErrNotFound)
	_, err := b.HeldCount(b.ctx(), second)
	require.ErrorIs(t, err, store.ErrNotFound)
}
