package storetest

import (
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"iozen/store"
)

var housekeeperRules = map[string]func(*testing.T, Open){
	"a round removes and moves all that is past its time": keeperRound,
	"without retention the log is kept":                   keeperKeeps,
	"started and stopped in any order, twice":             keeperLifeCycle,
}

func (b *bundle) keeper(retention time.Duration) *store.Housekeeper {
	return &store.Housekeeper{
		DB: b.DB, Retention: retention, Log: slog.New(slog.DiscardHandler),
		Elapsed: func() time.Duration { return b.clock.Now().Sub(began) }, // what the clock says has really passed
	}
}

func keeperRound(t *testing.T, open Open) {
	b := setup(t, open)
	keeper := b.keeper(store.HeldFor + time.Hour)
	require.NoError(t, keeper.Round(b.ctx()))
	gone := b.newBot("gone")
	b.acceptFor(gone, b.events(1)...)
	require.NoError(t, b.DeleteBot(b.ctx(), gone, maria))
	for range 3 { // more than one batch of deliveries
		b.accept(b.events(150)...)
	}
	for _, c := range b.claim(450).Claims {
		b.settle(delivered(b, c))
	}
	require.NoError(t, b.CommitSession(b.ctx(), "token", []byte("x"), began.Add(time.Hour), store.Session{ID: b.newID()}))
	b.clock.Add(24 * time.Hour)
	b.save(store.WebhookChange{Enabled: new(false)})
	held := b.accept(b.event("held"))[0]
	b.clock.Add(store.HeldFor + time.Second)
	require.NoError(t, keeper.Round(b.ctx()))
	rows := b.list(store.DeliveryFilter{})
	require.Equal(t, []string{"held"}, eventIDs(rows))
	require.Equal(t, store.Skipped, b.delivery(held).Status)
}

func keeperKeeps(t *testing.T, open Open) {
	b := setup(t, open)
	b.deliver(b.event("lead-1"))
	b.clock.Add(1000 * 24 * time.Hour)
	require.NoError(t, b.keeper(0).Round(b.ctx()))
	require.Len(t, b.list(store.DeliveryFilter{}), 1)
}

func keeperLifeCycle(t *testing.T, open Open) {
	b := setup(t, open)
	never := b.keeper(time.Hour)
	never.Stop()
	never.Start(b.ctx())
	never.Stop()
	h := b.keeper(time.Hour)
	h.Start(b.ctx())
	h.Start(b.ctx())
	h.Stop()
	h.Stop()
}
