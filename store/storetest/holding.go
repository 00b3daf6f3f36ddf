package storetest

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"iozen/store"
)

var holdingRules = map[string]func(*testing.T, Open){
	"what waits becomes held, in batches":                  holdingBatches,
	"what is being sent is left to its attempt":            holdingSending,
	"an attempt whose lease ended is held like the others": holdingLapsed,
	"nothing is held while the webhook sends":              holdingNothing,
	"the reason is the one of now":                         holdingReason,
}

func (b *bundle) hold(limit int) int {
	b.t.Helper()
	n, err := b.HoldWaiting(b.ctx(), b.bot, limit)
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
		store.ReasonSwitchedOff: func(b *bundle) { require.NoError(b.t, b.SwitchOff(b.ctx(), b.bot, "gone")) },
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
