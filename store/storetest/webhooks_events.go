package storetest

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"iozen/store"
)

var eventsOfWebhooksRules = map[string]func(*testing.T, Open){
	"every one gets its own delivery of the same bytes":           webhooksEach,
	"each chooses and holds for itself":                           webhooksApart,
	"a repeat stays one, whatever webhooks exist by then":         webhooksRepeat,
	"each has its own claims, health and switch":                  webhooksHealth,
	"a person is erased from all deliveries of an event":          webhooksErase,
	"an event is found with all its deliveries":                   webhooksSearch,
	"the event's bytes stay as long as a delivery needs them":     webhooksRetention,
	"a release is one webhook's":                                  webhooksRelease,
	"a place is reserved with each":                               webhooksReserve,
	"the backlog of a bot is that of all its webhooks":            webhooksBacklog,
	"the log shows what went to one of them":                      webhooksLog,
	"a resend of what went to one of them needs that one to send": webhooksResendOff,
	"a sample of one of them is its delivery":                     webhooksSample,
}

// acceptAll accepts one event and returns what it became: the deliveries in the order of their webhooks.
func (b *bundle) acceptAll(e store.NewDelivery) []store.AcceptedDelivery {
	b.t.Helper()
	accepted, err := b.Accept(b.ctx(), b.bot, []store.NewDelivery{e})
	require.NoError(b.t, err)
	return accepted[0].Deliveries
}

func (b *bundle) claimAt(id store.WebhookID, limit int) []store.Claim {
	b.t.Helper()
	c, err := b.Claim(b.ctx(), id, limit, lease)
	require.NoError(b.t, err)
	return c.Claims
}

func webhooksEach(t *testing.T, open Open) {
	b := setup(t, open)
	second := b.second()
	e := b.event("lead-1")
	accepted, err := b.Accept(b.ctx(), b.bot, []store.NewDelivery{e})
	require.NoError(t, err)
	a := accepted[0]
	require.Equal(t, []any{store.Queued, e.ID}, []any{a.Status, a.DeliveryID}, "those of the first")
	require.Len(t, a.Deliveries, 2)
	require.Equal(t, store.AcceptedDelivery{Webhook: 1, Status: store.Queued, DeliveryID: e.ID}, a.Deliveries[0])
	require.Equal(t, 2, a.Deliveries[1].Webhook)
	for i, id := range []store.WebhookID{store.FirstWebhook(b.bot), second} {
		claims := b.claimAt(id, 10)
		require.Len(t, claims, 1)
		require.Equal(t, a.Deliveries[i].DeliveryID, claims[0].ID)
		require.Equal(t, e.Payload, claims[0].Payload)
		d := b.delivery(claims[0].ID)
		require.Equal(t, e.Payload, d.Payload)
		require.Equal(t, id, d.WebhookID())
		require.Equal(t, "lead-1", d.EventID)
	}
	require.Len(t, b.list(store.DeliveryFilter{BotID: b.bot}), 2)
	require.Equal(t, 1, b.summary().Daily[store.DaysShown-1].Total, "one event came")
}

func webhooksApart(t *testing.T, open Open) {
	b := setup(t, open)
	second := b.second()
	b.saveAt(second, store.WebhookChange{EventNames: &[]string{"Purchase"}})
	all := b.acceptAll(b.event("lead"))
	require.Equal(t, []store.Status{store.Queued, store.Skipped}, []store.Status{all[0].Status, all[1].Status})
	require.Equal(t, store.ReasonNotChosen, b.delivery(all[1].DeliveryID).Reason)
	b.save(store.WebhookChange{Enabled: new(false)})
	all = b.acceptAll(b.event("purchase", named("Purchase")))
	require.Equal(t, []store.Status{store.Held, store.Queued}, []store.Status{all[0].Status, all[1].Status})
	require.Equal(t, 1, b.heldCount().Count)
	held, err := b.HeldCount(b.ctx(), second)
	require.NoError(t, err)
	require.Zero(t, held.Count)
}

func webhooksRepeat(t *testing.T, open Open) {
	b := setup(t, open)
	e := b.event("lead-1")
	first := b.accept(e)[0]
	second := b.second()
	accepted, err := b.Accept(b.ctx(), b.bot, []store.NewDelivery{b.event("lead-1")})
	require.NoError(t, err)
	require.Equal(t, []store.Accepted{{
		EventID: "lead-1", Status: store.Duplicate, DeliveryID: first, Deliveries: []store.AcceptedDelivery{{Webhook: 1, Status: store.Duplicate, DeliveryID: first}},
	}}, accepted)
	require.Empty(t, b.claimAt(second, 10), "an event goes to the webhooks of its time")

	both := b.acceptAll(b.event("lead-2"))
	again, err := b.Accept(b.ctx(), b.bot, []store.NewDelivery{b.event("lead-2"), b.event("lead-3"), b.event("lead-3")})
	require.NoError(t, err)
	for i, of := range [][]store.AcceptedDelivery{both, nil, again[1].Deliveries} {
		if of == nil {
			continue
		}
		require.Equal(t, store.Duplicate, again[i].Status)
		require.Equal(t, of[0].DeliveryID, again[i].DeliveryID)
		require.Equal(t, []store.AcceptedDelivery{
			{Webhook: 1, Status: store.Duplicate, DeliveryID: of[0].DeliveryID}, {Webhook: second.N, Status: store.Duplicate, DeliveryID: of[1].DeliveryID},
		}, again[i].Deliveries)
	}
	require.NoError(t, b.DeleteWebhook(b.ctx(), second, maria))
	alone, err := b.Accept(b.ctx(), b.bot, []store.NewDelivery{b.event("lead-2")})
	require.NoError(t, err)
	require.Equal(t, []store.Accepted{{EventID: "lead-2", Status: store.Duplicate, DeliveryID: both[0].DeliveryID}}, alone, "a bot with one webhook has no list")
}

func webhooksHealth(t *testing.T, open Open) {
	b := setup(t, open)
	second := b.second()
	b.acceptAll(b.event("lead-1"))
	b.settle(delivered(b, b.claimOne()))
	s := failed(b, b.claimAt(second, 1)[0], 410)
	require.Equal(t, second, b.settle(s).WebhookID)
	require.Zero(t, b.healthNow().FailingEvents)
	h, err := b.Health(b.ctx(), second)
	require.NoError(t, err)
	require.Equal(t, 1, h.FailingEvents)
	require.NoError(t, b.SwitchOff(b.ctx(), second, "gone"))
	require.Nil(t, b.webhook().SwitchedOff)
	state, err := b.BotState(b.ctx(), second)
	require.NoError(t, err)
	require.Equal(t, "gone", state.Webhook.SwitchedOff.Reason)
	troubled, err := b.TroubledBots(b.ctx(), 10)
	require.NoError(t, err)
	var ids []store.WebhookID
	for _, s := range troubled {
		ids = append(ids, s.WebhookID())
	}
	require.Contains(t, ids, second)
}

func webhooksErase(t *testing.T, open Open) {
	b := setup(t, open)
	second := b.second()
	all := b.acceptAll(b.event("lead", func(e *store.NewDelivery) { e.Email = "jane@example.com" }))
	b.settle(delivered(b, b.claimOne()))
	j, err := b.StartErase(b.ctx(), store.Person{Kind: store.PersonEmail, Value: "jane@example.com"}, maria)
	EndJob(t, b.DB, j, err)
	for i, want := range []store.Status{store.Delivered, store.Skipped} {
		d := b.delivery(all[i].DeliveryID)
		require.Equal(t, []any{want, store.ReasonErased, ""}, []any{d.Status, d.Reason, d.Person})
	}
	require.Empty(t, b.claimAt(second, 10))
}

func webhooksSearch(t *testing.T, open Open) {
	b := setup(t, open)
	b.second()
	all := b.acceptAll(b.event("lead-7", func(e *store.NewDelivery) { e.Email = "jane@example.com" }))
	b.acceptAll(b.event("lead-8"))
	both := []uuid.UUID{all[0].DeliveryID, all[1].DeliveryID}
	for _, query := range []string{"lead-7", "jane@example.com"} {
		for _, bot := range []uuid.UUID{b.bot, uuid.Nil} {
			require.ElementsMatch(t, both, idsOf(b.list(store.DeliveryFilter{BotID: bot, Query: query})), query)
		}
	}
	require.Equal(t, both[1:], idsOf(b.list(store.DeliveryFilter{Query: both[1].String()})))
	events := 0
	for e, err := range b.PersonEvents(b.ctx(), store.Person{Kind: store.PersonEmail, Value: "jane@example.com"}) {
		require.NoError(t, err)
		require.Equal(t, all[events].DeliveryID, e.Delivery.ID)
		events++
	}
	require.Equal(t, 2, events)
}

func webhooksRetention(t *testing.T, open Open) {
	b := setup(t, open)
	second := b.second()
	e := b.event("lead")
	all := b.acceptAll(e)
	b.settle(delivered(b, b.claimOne()))
	b.clock.Add(48 * time.Hour)
	for range 2 {
		_, err := b.DeleteOld(b.ctx(), b.clock.Now().Add(-time.Hour), 10)
		require.NoError(t, err)
	}
	claims := b.claimAt(second, 1)
	require.Equal(t, e.Payload, claims[0].Payload, "the first delivery had them")
	b.settle(delivered(b, claims[0]))
	for range 2 { // the others go before the first
		_, err := b.DeleteOld(b.ctx(), b.clock.Now().Add(-time.Hour), 10)
		require.NoError(t, err)
	}
	for _, d := range all {
		_, err := b.Delivery(b.ctx(), d.DeliveryID)
		require.ErrorIs(t, err, store.ErrNotFound)
	}
	require.Len(t, b.acceptAll(b.event("lead")), 2, "it is not remembered any longer")
}

func webhooksRelease(t *testing.T, open Open) {
	b := setup(t, open)
	second := b.second()
	b.save(store.WebhookChange{Enabled: new(false)})
	b.saveAt(second, store.WebhookChange{Enabled: new(false)})
	all := b.acceptAll(b.event("lead"))
	b.save(store.WebhookChange{Enabled: new(true)})
	b.saveAt(second, store.WebhookChange{Enabled: new(true)})
	j, err := b.StartRelease(b.ctx(), second, maria)
	require.Equal(t, 1, EndJob(t, b.DB, j, err).Done)
	require.Equal(t, store.Held, b.delivery(all[0].DeliveryID).Status)
	require.Equal(t, store.Queued, b.delivery(all[1].DeliveryID).Status)
}

func webhooksReserve(t *testing.T, open Open) {
	b := setup(t, open)
	second := b.second()
	b.acceptAll(b.event("before"))
	handed := map[store.WebhookID][]store.Claim{}
	b.ReserveFrom(func(id store.WebhookID, _ int) store.Reservation {
		return store.Reservation{Places: 1, Lease: lease, End: func(c store.Claimed) { handed[id] = append(handed[id], c.Claims...) }}
	})
	e := b.event("lead")
	all := b.acceptAll(e)
	for i, id := range []store.WebhookID{store.FirstWebhook(b.bot), second} {
		require.Len(t, handed[id], 1)
		require.Equal(t, all[i].DeliveryID, handed[id][0].ID)
		require.Equal(t, e.Payload, handed[id][0].Payload)
		require.Equal(t, store.Queued, all[i].Status)
	}
}

func webhooksBacklog(t *testing.T, open Open) {
	b := setup(t, open, bounds(3, 100))
	b.second()
	b.acceptAll(b.event("one"))
	_, err := b.Accept(b.ctx(), b.bot, []store.NewDelivery{b.event("two")})
	var full *store.BacklogError
	require.ErrorAs(t, err, &full)
	require.True(t, full.PerBot)
}

func webhooksLog(t *testing.T, open Open) {
	b := setup(t, open)
	second := b.second()
	b.acceptAll(b.event("lead", named("Purchase")))
	b.acceptAll(b.event("other"))
	for _, f := range []store.DeliveryFilter{
		{}, {EventName: "Purchase"}, {Status: []store.Status{store.Queued}, EventName: "Purchase"}, {Query: "lead"}, {Test: new(false)},
	} {
		f.BotID = b.bot
		both := b.list(f)
		var apart int
		for n := range 4 {
			f.Webhook = n + 1
			for _, d := range b.list(f) {
				require.Equal(t, n+1, d.Webhook)
				apart++
			}
		}
		require.Len(t, both, apart)
		require.NotZero(t, apart)
	}
	n, err := b.CountResend(b.ctx(), store.DeliveryFilter{BotID: b.bot, Webhook: second.N, Status: []store.Status{store.Failed}}, 10)
	require.NoError(t, err)
	require.Zero(t, n)
	claims := b.claimAt(second, 1) // of two that came in the same millisecond, either
	require.Len(t, claims, 1)
	b.settle(failed(b, claims[0], 401))
	for number, want := range map[int]int{1: 0, 2: 1, 3: 0} {
		n, err := b.CountResend(b.ctx(), store.DeliveryFilter{BotID: b.bot, Webhook: number, Status: []store.Status{store.Failed}}, 10)
		require.NoError(t, err)
		require.Equal(t, want, n, number)
	}
	d := b.delivery(claims[0].ID)
	require.Equal(t, []any{store.Failed, second.N}, []any{d.Status, d.Webhook})
}

func webhooksResendOff(t *testing.T, open Open) {
	b := setup(t, open)
	second := b.second()
	b.acceptAll(b.event("lead"))
	b.settle(failed(b, b.claimAt(second, 1)[0], 401))
	b.saveAt(second, store.WebhookChange{Enabled: new(false)})
	_, err := b.StartResend(b.ctx(), store.DeliveryFilter{BotID: b.bot, Webhook: second.N}, maria)
	require.ErrorIs(t, err, store.ErrOff)
	b.saveAt(second, store.WebhookChange{Enabled: new(true)})
	j, err := b.StartResend(b.ctx(), store.DeliveryFilter{BotID: b.bot, Webhook: second.N}, maria)
	require.NoError(t, err)
	b.saveAt(second, store.WebhookChange{Enabled: new(false)})
	require.Equal(t, second, j.WebhookID())
	require.Equal(t, second.N, b.audited(b.bot, "delivery.resend_all").N)
	j = EndJob(t, b.DB, j, nil)
	require.Equal(t, []any{store.JobStopped, store.ReasonOff, 0}, []any{j.State, j.Reason, j.Done}, "another webhook that sends is no use to it")
}

func webhooksSample(t *testing.T, open Open) {
	b := setup(t, open)
	second := b.second()
	b.save(store.WebhookChange{Enabled: new(false)})
	got, err := b.AcceptSample(b.ctx(), second, b.sample(), maria)
	require.NoError(t, err)
	require.Equal(t, store.Queued, got.Status)
	require.Equal(t, second, b.delivery(got.DeliveryID).WebhookID())
	require.Equal(t, got.DeliveryID.String(), b.audited(b.bot, "delivery.sample").Target)
}
