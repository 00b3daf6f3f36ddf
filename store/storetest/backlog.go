package storetest

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"iozen/store"
	"iozen/store/db"
)

var backlogRules = map[string]func(*testing.T, Open){
	"a bot's backlog is bounded":                             backlogOfBot,
	"the backlog of all bots is bounded":                     backlogOfAll,
	"what is not going to wait needs no room":                backlogOfHeld,
	"operations of one group see each other":                 backlogConcurrent,
	"what waits is still counted when the store is reopened": backlogReopened,
}

func bounds(perBot, inAll int) func(*db.Config) {
	return func(c *db.Config) { c.MaxPendingPerBot, c.MaxPending = perBot, inAll }
}

func backlogOfBot(t *testing.T, open Open) {
	b := setup(t, open, bounds(3, 100))
	b.accept(b.events(2)...)
	_, err := b.Accept(b.ctx(), b.bot, b.events(2))
	var full *store.BacklogError
	require.ErrorAs(t, err, &full)
	require.True(t, full.PerBot)
	require.Positive(t, full.RetryAfter)
	require.Equal(t, 2, b.summary().Waiting, "an array is all or nothing")
	last := b.event("last")
	b.accept(last)
	accepted, err := b.Accept(b.ctx(), b.bot, []store.NewDelivery{b.event("last")})
	require.NoError(t, err, "a repeat needs no room")
	require.Equal(t, last.ID, accepted[0].DeliveryID)

	c := b.claim(2)
	b.settle(delivered(b, c.Claims[0]))
	b.settle(retrying(b, c.Claims[1], 500, time.Minute))
	b.accept(b.event("one is free"))
	_, err = b.Accept(b.ctx(), b.bot, b.events(1))
	require.ErrorAs(t, err, &full, "what is being sent or retried waits too")
}

func backlogOfAll(t *testing.T, open Open) {
	b := setup(t, open, bounds(100, 3))
	other := b.newBot("Gutters bot")
	b.saveFor(other, store.WebhookChange{Enabled: new(true), URL: new(hook)})
	b.accept(b.events(2)...)
	_, err := b.Accept(b.ctx(), other, b.events(2))
	var full *store.BacklogError
	require.ErrorAs(t, err, &full)
	require.False(t, full.PerBot)
	b.acceptFor(other, b.events(1)...)

	require.NoError(t, b.DeleteBot(b.ctx(), b.bot, maria))
	b.sweep()
	require.Equal(t, 1, b.Waiting())
	b.acceptFor(other, b.events(2)...)
}

func backlogOfHeld(t *testing.T, open Open) {
	b := setup(t, open, bounds(1, 1))
	b.accept(b.events(1)...)
	b.save(store.WebhookChange{Enabled: new(false)})
	b.accept(b.events(2)...)
	require.Equal(t, 2, b.summary().Held)
	b.save(store.WebhookChange{EventNames: &[]string{"Purchase"}})
	b.accept(b.events(2)...)
}

func backlogConcurrent(t *testing.T, open Open) {
	b := setup(t, open, bounds(10, 100))
	answers := make(chan error, 40)
	for range cap(answers) {
		events := b.events(1)
		go func() {
			_, err := b.Accept(b.ctx(), b.bot, events)
			answers <- err
		}()
	}
	taken := 0
	for range cap(answers) {
		if err := <-answers; err == nil {
			taken++
		} else {
			var full *store.BacklogError
			require.ErrorAs(t, err, &full)
		}
	}
	require.Equal(t, 10, taken)
}

func backlogReopened(t *testing.T, open Open) {
	b := setup(t, open, bounds(3, 3))
	b.accept(b.events(2)...)
	again := b.reopen()
	require.Equal(t, 2, again.Waiting())
	_, err := again.Accept(b.ctx(), b.bot, b.events(2))
	var full *store.BacklogError
	require.ErrorAs(t, err, &full)
}

// reopen opens the same database once more, as the process after a crash does: nobody closed it.
func (b *bundle) reopen() *db.DB {
	b.t.Helper()
	db, err := db.Open(b.ctx(), b.config)
	require.NoError(b.t, err)
	b.t.Cleanup(func() { require.NoError(b.t, db.Close()) })
	return db
}
