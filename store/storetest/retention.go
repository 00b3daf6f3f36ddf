package storetest

import (
	"log/slog"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"iozen/store"
	"iozen/store/db"
	"iozen/store/upkeep"
)

var retentionRules = map[string]func(*testing.T, Open){
	"what is older leaves with its attempts, oldest first": retentionDeletes,
	"what still waits or is held stays":                    retentionKeeps,
	"rows that stay do not stop the ones behind them":      retentionPasses,
	"an event id is free again":                            retentionForgets,
	"counters older than the charts go too":                retentionOfCounters,
}

func (b *bundle) deleteOld(before time.Time, limit int) int {
	b.t.Helper()
	n, err := b.DeleteOld(b.ctx(), before, limit)
	require.NoError(b.t, err)
	return n
}

func retentionDeletes(t *testing.T, open Open) {
	b := setup(t, open)
	var old []uuid.UUID
	for range 5 {
		old = append(old, b.deliver(b.events(1)[0]))
		b.clock.Add(time.Second)
	}
	d, a := b.testEvent(b.webhook().Version, 500)
	require.NoError(t, b.RecordTest(b.ctx(), d, a))
	b.clock.Add(time.Second)
	end := b.clock.Now()
	kept := b.deliver(b.event("kept"))
	require.Equal(t, 4, b.deleteOld(end, 4))
	_, err := b.Delivery(b.ctx(), old[3])
	require.ErrorIs(t, err, store.ErrNotFound)
	require.NotEmpty(t, b.attemptsOf(old[4]))
	require.Equal(t, 2, b.deleteOld(end, 4))
	require.Zero(t, b.deleteOld(end, 4))
	require.Equal(t, []uuid.UUID{kept}, idsOf(b.list(store.DeliveryFilter{})))
	for _, id := range append(old, d.ID) {
		require.Empty(t, b.attemptsOf(id))
	}
	require.Len(t, b.attemptsOf(kept), 1)
}

func retentionKeeps(t *testing.T, open Open) {
	b := setup(t, open)
	b.accept(b.event("retrying"))
	b.settle(retrying(b, b.claimOne(), 500, time.Hour))
	b.accept(b.event("sending"))
	b.claimOne()
	b.accept(b.event("queued"))
	b.save(store.WebhookChange{Enabled: new(false)})
	b.accept(b.event("held"))
	b.clock.Add(30 * 24 * time.Hour)
	require.Zero(t, b.deleteOld(b.clock.Now(), 10))
	require.Len(t, b.list(store.DeliveryFilter{}), 4)
}

func retentionPasses(t *testing.T, open Open) {
	b := setup(t, open)
	for range 5 {
		b.accept(b.events(1)...)
		b.settle(retrying(b, b.claimOne(), 500, time.Hour))
	}
	behind := b.deliver(b.event("behind"))
	b.clock.Add(time.Second)
	require.Equal(t, 1, b.deleteOld(b.clock.Now(), 2))
	_, err := b.Delivery(b.ctx(), behind)
	require.ErrorIs(t, err, store.ErrNotFound)
}

func retentionForgets(t *testing.T, open Open) {
	b := setup(t, open)
	b.deliver(b.event("lead-1"))
	b.clock.Add(time.Second)
	b.deleteOld(b.clock.Now(), 10)
	accepted, err := b.Accept(b.ctx(), b.bot, []store.NewDelivery{b.event("lead-1", func(e *store.NewDelivery) { e.Payload = []byte(`{}`) })})
	require.NoError(t, err)
	require.Equal(t, store.Queued, accepted[0].Status)
}

func retentionOfCounters(t *testing.T, open Open) {
	b := setup(t, open)
	other := b.newBot("another")
	for range 3 {
		b.accept(b.events(1)...)
		b.acceptFor(other, b.events(1)...)
		b.clock.Add(time.Hour)
	}
	for {
		n, err := b.DeleteOldCounters(b.ctx(), began.Add(2*time.Hour), 1)
		require.NoError(t, err)
		if n == 0 {
			break
		}
	}
	for _, bot := range []uuid.UUID{b.bot, other} {
		counts, err := b.HourCounts(b.ctx(), bot, began, b.clock.Now())
		require.NoError(t, err)
		require.Equal(t, []store.HourCount{{Hour: began.Add(2 * time.Hour), Kind: store.CountAccepted, N: 1}}, counts)
	}
}

var maintenanceRules = map[string]func(*testing.T, Open){
	"a round removes and moves all that is past its time": maintenanceRound,
	"without retention the log is kept":                   maintenanceKeeps,
	"what the workspace has chosen counts":                maintenanceChosen,
	"started and stopped in any order, twice":             maintenanceLifeCycle,
}

func (b *bundle) maintenance(retention time.Duration) *upkeep.Maintenance {
	return &upkeep.Maintenance{
		DB: b.DB, Retention: store.Retention{Usual: retention}, Log: slog.New(slog.DiscardHandler),
		Elapsed: func() time.Duration { return b.clock.Now().Sub(began) }, // what the clock says has really passed
	}
}

func maintenanceRound(t *testing.T, open Open) {
	b := setup(t, open)
	maintenance := b.maintenance(db.HeldFor + time.Hour)
	require.NoError(t, maintenance.Round(b.ctx()))
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
	b.clock.Add(db.HeldFor + time.Second)
	require.NoError(t, maintenance.Round(b.ctx()))
	rows := b.list(store.DeliveryFilter{})
	require.Equal(t, []string{"held"}, eventIDs(rows))
	require.Equal(t, store.Skipped, b.delivery(held).Status)
}

func maintenanceKeeps(t *testing.T, open Open) {
	b := setup(t, open)
	b.deliver(b.event("lead-1"))
	b.clock.Add(1000 * 24 * time.Hour)
	require.NoError(t, b.maintenance(0).Round(b.ctx()))
	require.Len(t, b.list(store.DeliveryFilter{}), 1)
}

func maintenanceLifeCycle(t *testing.T, open Open) {
	b := setup(t, open)
	never := b.maintenance(time.Hour)
	never.Stop()
	never.Start(b.ctx())
	never.Stop()
	h := b.maintenance(time.Hour)
	h.Start(b.ctx())
	h.Start(b.ctx())
	h.Stop()
	h.Stop()
}

func maintenanceChosen(t *testing.T, open Open) {
	b := setup(t, open)
	maintenance := b.maintenance(0)
	require.NoError(t, maintenance.Round(b.ctx()))
	b.accept(b.events(3)...)
	for _, c := range b.claim(3).Claims {
		b.settle(delivered(b, c))
	}
	left := func() int {
		n, err := b.DeliveryCount(b.ctx(), b.bot, 10)
		require.NoError(t, err)
		return n
	}
	for range 3 * 24 {
		b.clock.Add(time.Hour)
		require.NoError(t, maintenance.Round(b.ctx()))
	}
	require.Equal(t, 3, left(), "nobody has chosen, and the server keeps it forever")
	require.NoError(t, b.SetRetentionDays(b.ctx(), 4, maria))
	require.NoError(t, maintenance.Round(b.ctx()))
	require.Equal(t, 3, left())
	require.NoError(t, b.SetRetentionDays(b.ctx(), 2, maria))
	require.NoError(t, maintenance.Round(b.ctx()))
	require.Zero(t, left(), "without a restart")
}
