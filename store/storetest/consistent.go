package storetest

import (
	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"iozen/store"
)

// requireConsistent counts the rows of every bot and holds the counts that the store keeps beside them against
// it: how many wait and are held, of each bot and in all.
func (b *bundle) requireConsistent() {
	b.t.Helper()
	b.sweep() // a deleted bot's rows are in no list, but are counted until they go
	waiting := 0
	f := store.BotFilter{Limit: 200}
	for {
		page, err := b.Bots(b.ctx(), f)
		require.NoError(b.t, err)
		for _, bot := range page.Bots {
			require.Equal(b.t, b.countRows(bot.ID, store.Queued, store.Sending, store.Retrying), bot.Waiting, "waiting of bot %s", bot.Name)
			require.Equal(b.t, b.countRows(bot.ID, store.Held), bot.Held, "held of bot %s", bot.Name)
			waiting += bot.Waiting
		}
		if f.Cursor = page.Next; f.Cursor == "" {
			break
		}
	}
	require.Equal(b.t, waiting, b.Waiting(), "waiting of all bots")
	b.requireSchedules()
}

// requireSchedules holds every delivery's time against its state: what waits has one, and nothing else.
func (b *bundle) requireSchedules() {
	b.t.Helper()
	for _, d := range b.list(store.DeliveryFilter{}) {
		waits := d.Status == store.Queued || d.Status == store.Sending || d.Status == store.Retrying
		require.Equal(b.t, waits, !d.DueAt.IsZero(), "delivery %s is %s and due at %s", d.EventID, d.Status, d.DueAt)
	}
}

func (b *bundle) countRows(bot uuid.UUID, of ...store.Status) int {
	b.t.Helper()
	return len(b.list(store.DeliveryFilter{BotID: bot, Status: of}))
}

// sweep removes all that is left of deleted bots.
func (b *bundle) sweep() {
	b.t.Helper()
	for {
		n, err := b.Sweep(b.ctx(), 100)
		require.NoError(b.t, err)
		if n == 0 {
			return
		}
	}
}
