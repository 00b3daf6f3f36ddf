package storetest

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"iozen/store"
	"iozen/store/db"
)

var heldRules = map[string]func(*testing.T, Open){
	"what is held is counted, since when":                  heldCounted,
	"left ones raise no banner, later ones do":             heldLeft,
	"after seven days they are skipped, and may be resent": heldExpires,
	"the seven days begin when an event is held":           heldExpiresLate,
	"expiry works in batches, bot by bot":                  heldExpiresInBatches,
	"a bot that is gone has nothing held":                  heldUnknownBot,
	"what a deleted bot holds expires when it is restored": heldOfDeletedBot,
}

func (b *bundle) heldCount() store.HeldCount {
	b.t.Helper()
	c, err := b.HeldCount(b.ctx(), store.FirstWebhook(b.bot))
	require.NoError(b.t, err)
	return c
}

func (b *bundle) expire(limit int) int {
	b.t.Helper()
	n, err := b.ExpireHeld(b.ctx(), b.clock.Now(), limit)
	require.NoError(b.t, err)
	return n
}

func heldCounted(t *testing.T, open Open) {
	b := setup(t, open)
	require.Zero(t, b.heldCount())
	b.save(store.WebhookChange{Enabled: new(false)})
	b.accept(b.events(2)...)
	b.clock.Add(time.Hour)
	b.accept(b.events(1)...)
	require.Equal(t, store.HeldCount{Count: 3, Since: began}, b.heldCount())
	require.Equal(t, 3, b.summary().Held)
	require.Zero(t, b.Waiting())
}

func heldLeft(t *testing.T, open Open) {
	b := setup(t, open)
	b.save(store.WebhookChange{Enabled: new(false)})
	left := b.accept(b.events(2)...)
	b.clock.Add(time.Minute)
	require.NoError(t, b.LeaveHeld(b.ctx(), store.FirstWebhook(b.bot), maria))
	require.Equal(t, maria, b.audited(b.bot, "held.leave").By)
	require.Zero(t, b.heldCount())
	require.Equal(t, 2, b.summary().Held, "they stay held")
	require.Equal(t, store.Held, b.delivery(left[0]).Status)
	b.clock.Add(time.Minute)
	b.accept(b.events(1)...)
	require.Equal(t, store.HeldCount{Count: 1, Since: b.clock.Now()}, b.heldCount())
}

func heldExpires(t *testing.T, open Open) {
	b := setup(t, open)
	b.save(store.WebhookChange{Enabled: new(false)})
	id := b.accept(b.event("lead-1"))[0]
	b.clock.Add(db.HeldFor)
	require.Zero(t, b.expire(10))
	b.clock.Add(time.Second)
	require.Equal(t, 1, b.expire(10))
	d := b.delivery(id)
	require.Equal(t, store.Skipped, d.Status)
	require.Equal(t, store.ReasonHeldTooLong, d.Reason)
	require.Zero(t, b.summary().Held)
	require.Zero(t, b.healthNow(), "it never counts as failed")
	_, err := b.Resend(b.ctx(), b.bot, id, maria)
	require.ErrorIs(t, err, store.ErrOff, "it would be held at once")
	b.save(store.WebhookChange{Enabled: new(true)})
	_, err = b.Resend(b.ctx(), b.bot, id, maria)
	require.NoError(t, err)
}

func heldExpiresLate(t *testing.T, open Open) {
	b := setup(t, open)
	id := b.accept(b.event("old"))[0]
	b.settle(retrying(b, b.claimOne(), 500, time.Hour))
	b.clock.Add(6 * 24 * time.Hour)
	require.NoError(t, b.SwitchOff(b.ctx(), store.FirstWebhook(b.bot), "no_success_5_days"))
	b.hold(10)
	b.clock.Add(6 * 24 * time.Hour)
	require.Zero(t, b.expire(10), "it has been held for six days")
	require.Equal(t, store.HeldCount{Count: 1, Since: began.Add(6 * 24 * time.Hour)}, b.heldCount())
	b.clock.Add(25 * time.Hour)
	require.Equal(t, 1, b.expire(10))
	require.Equal(t, store.Skipped, b.delivery(id).Status)
}

func heldExpiresInBatches(t *testing.T, open Open) {
	b := setup(t, open)
	other := b.newBot("Gutters bot")
	b.save(store.WebhookChange{Enabled: new(false)})
	b.accept(b.events(3)...)
	b.acceptFor(other, b.events(3)...)
	b.clock.Add(db.HeldFor + time.Second)
	later := b.acceptFor(other, b.events(1)...)
	for _, want := range []int{4, 2, 0} {
		require.Equal(t, want, b.expire(4))
		b.requireConsistent()
	}
	require.Equal(t, store.Held, b.delivery(later[0]).Status)
}

func heldUnknownBot(t *testing.T, open Open) {
	b := setup(t, open)
	require.NoError(t, b.DeleteBot(b.ctx(), b.bot, maria))
	for _, bot := range []uuid.UUID{b.bot, b.newID()} {
		_, err := b.HeldCount(b.ctx(), store.FirstWebhook(bot))
		require.ErrorIs(t, err, store.ErrNotFound)
		require.ErrorIs(t, b.LeaveHeld(b.ctx(), store.FirstWebhook(bot), maria), store.ErrNotFound)
		_, err = b.StartRelease(b.ctx(), store.FirstWebhook(bot), maria)
		require.ErrorIs(t, err, store.ErrNotFound)
		_, err = b.HoldWaiting(b.ctx(), store.FirstWebhook(bot), 10)
		require.ErrorIs(t, err, store.ErrNotFound)
	}
}

var holdingRules = map[string]func(*testing.T, Open){
	"what waits becomes held, in batches":                  holdingBatches,
	"what is being sent is left to its attempt":            holdingSending,
	"an attempt whose lease ended is held like the others": holdingLapsed,
	"nothing is held while the webhook sends":              holdingNothing,
	"the reason is the current one":                        holdingReason,
}

func (b *bundle) hold(limit int) int {
	b.t.Helper()
	n, err := b.HoldWaiting(b.ctx(), store.FirstWebhook(b.bot), limit)
	require.NoError(b.t, err)
	return n
}

func holdingBatches(t *testing.T, open Open) {
	b := setup(t, open)
	b.accept(b.events(4)...)
	b.settle(retrying(b, b.claimOne(), 500, time.Hour))
	b.save(store.WebhookChange{Enabled: new(false)})
	for _, want := range []int{3, 1, 0} {
		require.Equal(t, want, b.hold(3))
		b.requireConsistent()
	}
	require.Equal(t, 4, b.heldCount().Count)
	require.Zero(t, b.Waiting())
}

func holdingSending(t *testing.T, open Open) {
	b := setup(t, open)
	b.accept(b.events(2)...)
	c := b.claimOne()
	b.save(store.WebhookChange{Enabled: new(false)})
	require.Equal(t, 1, b.hold(10))
	require.Equal(t, store.Sending, b.delivery(c.ID).Status)
	b.settle(delivered(b, c))
}

func holdingLapsed(t *testing.T, open Open) {
	b := setup(t, open)
	b.accept(b.events(1)...)
	c := b.claimOne()
	b.save(store.WebhookChange{Enabled: new(false)})
	b.clock.Add(lease)
	require.Equal(t, 1, b.hold(10))
	require.Equal(t, store.Held, b.delivery(c.ID).Status)
}

func holdingNothing(t *testing.T, open Open) {
	b := setup(t, open)
	b.accept(b.events(1)...)
	require.Zero(t, b.hold(10))
	require.Equal(t, 1, b.Waiting())
}

func holdingReason(t *testing.T, open Open) {
	for reason, stop := range map[string]func(*bundle){
		store.ReasonOff:         func(b *bundle) { b.save(store.WebhookChange{Enabled: new(false)}) },
		store.ReasonNoURL:       func(b *bundle) { b.save(store.WebhookChange{URL: new("")}) },
		store.ReasonSwitchedOff: func(b *bundle) { require.NoError(b.t, b.SwitchOff(b.ctx(), store.FirstWebhook(b.bot), "gone")) },
	} {
		t.Run(reason, func(t *testing.T) {
			b := setup(t, open)
			id := b.accept(b.event("lead-1"))[0]
			stop(b)
			require.Equal(t, 1, b.hold(10))
			require.Equal(t, reason, b.delivery(id).Reason)
		})
	}
}

// heldOfDeletedBot: the sums of all bots are without a deleted bot, and get back what it brought when it is restored.
func heldOfDeletedBot(t *testing.T, open Open) {
	b := setup(t, open)
	b.save(store.WebhookChange{Enabled: new(false)})
	id := b.accept(b.event("held"))[0]
	b.clock.Add(db.HeldFor + time.Second)
	bot, err := b.Bot(b.ctx(), b.bot)
	require.NoError(t, err)
	lost := func() int {
		t.Helper()
		sums, err := b.HomeSums(b.ctx())
		require.NoError(t, err)
		return sums.Lost
	}
	require.NoError(t, b.DeleteBotCalled(b.ctx(), b.bot, bot.Name, maria))
	require.Zero(t, b.expire(10))
	require.Zero(t, lost())
	_, err = b.RestoreBot(b.ctx(), b.bot, maria)
	require.NoError(t, err)
	require.Zero(t, lost())
	require.Equal(t, 1, b.expire(10))
	require.Equal(t, 1, lost())
	require.Equal(t, store.Skipped, b.delivery(id).Status)
}
