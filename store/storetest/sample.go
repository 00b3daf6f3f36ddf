package storetest

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"iozen/store"
	"iozen/store/event"
)

var sampleRules = map[string]func(*testing.T, Open){
	"a sample is an event like any other, and its act is audited": sampleTaken,
	"a webhook that does not send takes none":                     sampleNeedsSending,
	"a log that has a sample says so":                             sampleRemembered,
}

// sample is one as the page makes it.
func (b *bundle) sample() store.NewDelivery {
	b.t.Helper()
	made, _, problems := event.DecodeEvents(event.Sample("Lead", b.newID(), b.clock.Now()).Payload(), b.clock.Now(), b.newID)
	require.Empty(b.t, problems)
	return made[0]
}

func (b *bundle) hasSample(botID uuid.UUID) bool {
	b.t.Helper()
	has, err := b.HasSample(b.ctx(), botID)
	require.NoError(b.t, err)
	return has
}

func sampleTaken(t *testing.T, open Open) {
	b := setup(t, open)
	sample := b.sample()
	got, err := b.AcceptSample(b.ctx(), b.bot, sample, maria)
	require.NoError(t, err)
	require.Equal(t, store.Accepted{EventID: sample.EventID, Status: store.Queued, DeliveryID: sample.ID}, got)
	d := b.delivery(sample.ID)
	require.False(t, d.Test, "it is real")
	require.Equal(t, store.Queued, d.Status)
	counts, err := b.AcceptedHours(b.ctx(), b.bot, began.Add(-time.Hour), began.Add(time.Hour))
	require.NoError(t, err)
	require.Len(t, counts, 1)
	require.Equal(t, 1, counts[0].N, "it is counted")
	entry := b.audited(b.bot, "delivery.sample")
	require.Equal(t, maria, entry.By)
	require.Equal(t, sample.ID.String(), entry.Target)
}

func sampleNeedsSending(t *testing.T, open Open) {
	b := setup(t, open)
	b.save(store.WebhookChange{Enabled: new(false)})
	_, err := b.AcceptSample(b.ctx(), b.bot, b.sample(), maria)
	require.ErrorIs(t, err, store.ErrOff)
	b.save(store.WebhookChange{Enabled: new(true), URL: new("")})
	_, err = b.AcceptSample(b.ctx(), b.bot, b.sample(), maria)
	require.ErrorIs(t, err, store.ErrOff)
	_, err = b.AcceptSample(b.ctx(), b.newID(), b.sample(), maria)
	require.ErrorIs(t, err, store.ErrNotFound)
	require.False(t, b.hasSample(b.bot))
	require.Zero(t, b.summary().Held)
}

func sampleRemembered(t *testing.T, open Open) {
	b := setup(t, open)
	other := b.bot
	b.accept(b.events(2)...)
	d, a := b.testEvent(b.webhook().Version, 200)
	require.NoError(t, b.RecordTest(b.ctx(), d, a))
	require.False(t, b.hasSample(b.bot), "neither an event nor a test is one")
	bot, err := b.CreateBot(b.ctx(), "Another", maria)
	require.NoError(t, err)
	_, err = b.AcceptSample(b.ctx(), other, b.sample(), maria)
	require.NoError(t, err)
	require.True(t, b.hasSample(other))
	require.False(t, b.hasSample(bot.ID))
}
