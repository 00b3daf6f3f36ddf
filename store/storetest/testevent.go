package storetest

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"iozen/store"
	"iozen/store/event"
)

var testEventRules = map[string]func(*testing.T, Open){
	"a test is one finished row with its attempt":                 testRecorded,
	"it counts nowhere":                                           testCountsNowhere,
	"it cannot be resent":                                         testNotResent,
	"the settings it was made with stay, however they are edited": testKeepsVersion,
	"a bot that went meanwhile gets no row":                       testOfDeletedBot,
}

// testEvent is a test as the tester hands it over.
func (b *bundle) testEvent(version int64, status int) (store.Delivery, store.Attempt) {
	d := store.Delivery{
		BotID: b.bot, Webhook: 1, ID: b.newID(), EventID: "test_" + b.newID().String(), EventName: "Lead", EventTime: b.clock.Now(), Test: true,
		Payload: []byte(`{"event_name":"Lead"}`), Status: store.Failed, Attempts: 1, CreatedAt: b.clock.Now(), UpdatedAt: b.clock.Now(),
		LastCode: status, LastDuration: 40 * time.Millisecond,
	}
	if status == 200 {
		d.Status = store.Delivered
	}
	return d, store.Attempt{
		BotID: b.bot, DeliveryID: d.ID, Number: 1, StartedAt: b.clock.Now(), WebhookVersion: version, StatusCode: status,
		Duration: 40 * time.Millisecond,
	}
}

func testRecorded(t *testing.T, open Open) {
	b := setup(t, open)
	d, a := b.testEvent(b.webhook().Version, 401)
	b.clock.Add(time.Second)
	require.NoError(t, b.RecordTest(b.ctx(), d, a))
	got := b.delivery(d.ID)
	d.BotName, d.Round, d.UpdatedAt = "Roofing quote bot", 1, b.clock.Now()
	require.Equal(t, d, got)
	a.URL, a.Claim = hook, 1
	require.Equal(t, []store.Attempt{a}, b.attemptsOf(d.ID))
	require.Zero(t, b.healthNow(), "a failing test says nothing")
}

func testCountsNowhere(t *testing.T, open Open) {
	b := setup(t, open)
	for range 2 {
		d, a := b.testEvent(b.webhook().Version, 410)
		require.NoError(t, b.RecordTest(b.ctx(), d, a))
	}
	d, a := b.testEvent(b.webhook().Version, 200)
	require.NoError(t, b.RecordTest(b.ctx(), d, a))
	require.Equal(t, store.Health{LastTestOKAt: b.clock.Now()}, b.healthNow())
	counts, err := b.HourCounts(b.ctx(), b.bot, began.Add(-time.Hour), began.Add(time.Hour))
	require.NoError(t, err)
	require.Empty(t, counts)
	require.Zero(t, b.summary().Waiting)
}

func testNotResent(t *testing.T, open Open) {
	b := setup(t, open)
	d, a := b.testEvent(b.webhook().Version, 500)
	require.NoError(t, b.RecordTest(b.ctx(), d, a))
	_, err := b.Resend(b.ctx(), b.bot, d.ID, maria)
	require.ErrorIs(t, err, store.ErrTest)
}

func testKeepsVersion(t *testing.T, open Open) {
	b := setup(t, open)
	w, err := b.UseWebhook(b.ctx(), store.FirstWebhook(b.bot))
	require.NoError(t, err)
	d, a := b.testEvent(w.Version, 200)
	b.save(store.WebhookChange{URL: new("https://new.example/hook")}) // while the test is under way
	require.NoError(t, b.RecordTest(b.ctx(), d, a))
	require.Equal(t, hook, b.attemptsOf(d.ID)[0].URL)
	v, err := b.WebhookVersion(b.ctx(), store.FirstWebhook(b.bot), w.Version)
	require.NoError(t, err)
	require.True(t, v.Used)
}

func testOfDeletedBot(t *testing.T, open Open) {
	b := setup(t, open)
	d, a := b.testEvent(b.webhook().Version, 200)
	require.NoError(t, b.DeleteBot(b.ctx(), b.bot, maria))
	require.ErrorIs(t, b.RecordTest(b.ctx(), d, a), store.ErrNotFound)
	b.sweep()
	require.ErrorIs(t, b.RecordTest(b.ctx(), d, a), store.ErrNotFound)
	_, err := b.UseWebhook(b.ctx(), store.FirstWebhook(b.bot))
	require.ErrorIs(t, err, store.ErrNotFound)
	_, err = b.Delivery(b.ctx(), d.ID)
	require.ErrorIs(t, err, store.ErrNotFound)
}

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
	got, err := b.AcceptSample(b.ctx(), store.FirstWebhook(b.bot), sample, maria)
	require.NoError(t, err)
	require.Equal(t, store.Accepted{EventID: sample.EventID, Status: store.Queued, DeliveryID: sample.ID}, got)
	d := b.delivery(sample.ID)
	require.False(t, d.Test, "it is real")
	require.Equal(t, store.Queued, d.Status)
	counts, err := b.AcceptedHours(b.ctx(), store.FirstWebhook(b.bot), began.Add(-time.Hour), began.Add(time.Hour))
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
	_, err := b.AcceptSample(b.ctx(), store.FirstWebhook(b.bot), b.sample(), maria)
	require.ErrorIs(t, err, store.ErrOff)
	b.save(store.WebhookChange{Enabled: new(true), URL: new("")})
	_, err = b.AcceptSample(b.ctx(), store.FirstWebhook(b.bot), b.sample(), maria)
	require.ErrorIs(t, err, store.ErrOff)
	_, err = b.AcceptSample(b.ctx(), store.FirstWebhook(b.newID()), b.sample(), maria)
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
	_, err = b.AcceptSample(b.ctx(), store.FirstWebhook(other), b.sample(), maria)
	require.NoError(t, err)
	require.True(t, b.hasSample(other))
	require.False(t, b.hasSample(bot.ID))
}
