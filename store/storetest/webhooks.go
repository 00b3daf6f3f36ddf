package storetest

import (
	"context"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"iozen/store"
)

var webhooksRules = map[string]func(*testing.T, Open){
	"every one gets its own delivery of the same bytes":            webhooksEach,
	"each chooses and holds for itself":                            webhooksApart,
	"a repeat stays one, whatever webhooks exist by then":          webhooksRepeat,
	"each has its own claims, health and switch":                   webhooksHealth,
	"numbers are never reused, and the first one stays":            webhooksNumbers,
	"there are twenty at most":                                     webhooksMany,
	"they are renamed and put in order":                            webhooksOrder,
	"what waits for a deleted one is skipped, and its log stays":   webhooksDeleted,
	"maintenance finds what a crash left of a deletion":            webhooksSwept,
	"a person is erased from all deliveries of an event":           webhooksErase,
	"an event is found with all its deliveries":                    webhooksSearch,
	"the event's bytes stay as long as a delivery needs them":      webhooksRetention,
	"a release is one webhook's":                                   webhooksRelease,
	"a place is reserved with each":                                webhooksReserve,
	"the backlog of a bot is that of all its webhooks":             webhooksBacklog,
	"settings, history and secrets are each one's own, and sealed": webhooksSettings,
	"the log shows what went to one of them":                       webhooksLog,
	"one is added with its settings, or not at all":                webhooksAddWith,
	"a name is saved along with settings, and makes no version":    webhooksNamed,
	"their names are known, those of deleted ones too":             webhooksNames,
	"one is deleted by whoever types what it is called":            webhooksCalled,
	"each has its own figures":                                     webhooksFigures,
	"only those in trouble are listed as such":                     webhooksTroubled,
	"a resend of what went to one of them needs that one to send":  webhooksResendOff,
	"a sample of one of them is its delivery":                      webhooksSample,
	"nothing is left of a deleted one":                             webhooksLeft,
	"each is called by its name where there are others":            webhooksCalledAmong,
	"home lists a bot by the worst of them":                        webhooksHome,
	"the audit log says to which of them something was done":       webhooksAudited,
	"a notification says which of them it is about":                webhooksNotified,
}

// second gives the bundle's bot another webhook that sends.
func (b *bundle) second() store.WebhookID {
	b.t.Helper()
	w, err := b.AddWebhook(b.ctx(), b.bot, "Slack", maria)
	require.NoError(b.t, err)
	b.saveAt(w.WebhookID, store.WebhookChange{Enabled: new(true), URL: new("https://hooks.example.com/slack")})
	return w.WebhookID
}

func (b *bundle) saveAt(id store.WebhookID, c store.WebhookChange) store.Webhook {
	b.t.Helper()
	c.By = maria
	w, err := b.SaveWebhook(b.ctx(), id, c)
	require.NoError(b.t, err)
	return w
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

func webhooksNumbers(t *testing.T, open Open) {
	b := setup(t, open)
	second := b.second()
	require.Equal(t, 2, second.N)
	require.NoError(t, b.DeleteWebhook(b.ctx(), second, maria))
	require.Equal(t, 3, b.second().N)
	require.ErrorIs(t, b.DeleteWebhook(b.ctx(), second, maria), store.ErrNotFound)
	require.ErrorIs(t, b.DeleteWebhook(b.ctx(), store.FirstWebhook(b.bot), maria), store.ErrFirstWebhook)
	_, err := b.Webhook(b.ctx(), second)
	require.ErrorIs(t, err, store.ErrNotFound)
	_, err = b.AddWebhook(b.ctx(), b.newID(), "x", maria)
	require.ErrorIs(t, err, store.ErrNotFound)
}

func webhooksMany(t *testing.T, open Open) {
	b := setup(t, open)
	for range store.MaxWebhooks - 1 {
		b.second()
	}
	_, err := b.AddWebhook(b.ctx(), b.bot, "one more", maria)
	require.ErrorIs(t, err, store.ErrTooMany)
	require.NoError(t, b.DeleteWebhook(b.ctx(), store.WebhookID{BotID: b.bot, N: 5}, maria))
	require.Equal(t, store.MaxWebhooks+1, b.second().N)
	require.Len(t, b.acceptAll(b.event("lead")), store.MaxWebhooks)
}

func (b *bundle) webhookNumbers() (numbers []int) {
	b.t.Helper()
	all, err := b.Webhooks(b.ctx(), b.bot)
	require.NoError(b.t, err)
	for _, w := range all {
		numbers = append(numbers, w.N)
	}
	return numbers
}

func webhooksOrder(t *testing.T, open Open) {
	b := setup(t, open)
	second, third := b.second(), b.second()
	require.Equal(t, []int{1, 2, 3}, b.webhookNumbers())
	require.NoError(t, b.OrderWebhooks(b.ctx(), b.bot, []int{3, 1, 2}, maria))
	require.Equal(t, []int{3, 1, 2}, b.webhookNumbers())
	for _, wrong := range [][]int{{1, 2}, {1, 2, 3, 3}, {1, 2, 4}, nil} {
		require.ErrorIs(t, b.OrderWebhooks(b.ctx(), b.bot, wrong, maria), store.ErrOtherWebhooks)
	}
	require.NoError(t, b.RenameWebhook(b.ctx(), third, "CRM", maria))
	all, err := b.Webhooks(b.ctx(), b.bot)
	require.NoError(t, err)
	require.Equal(t, []string{"CRM", "", "Slack"}, []string{all[0].Name, all[1].Name, all[2].Name})
	require.NoError(t, b.DeleteWebhook(b.ctx(), second, maria))
	require.Equal(t, []int{3, 1}, b.webhookNumbers())
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

func webhooksSettings(t *testing.T, open Open) {
	b := setup(t, open)
	second := b.second()
	headers := []store.HeaderChange{{Name: "Authorization", Value: new("Bearer slack")}}
	w := b.saveAt(second, store.WebhookChange{Headers: &headers})
	require.Equal(t, "Bearer slack", w.Headers[0].Value)
	require.Empty(t, b.webhook().Headers)
	require.NotEqual(t, b.webhook().Secret, w.Secret)
	rotated, err := b.RotateSecret(b.ctx(), second, maria)
	require.NoError(t, err)
	require.Equal(t, w.Secret, rotated.PreviousSecret)
	require.Empty(t, b.webhook().PreviousSecret)
	page, err := b.WebhookVersions(b.ctx(), second, "", 10)
	require.NoError(t, err)
	require.Equal(t, w.Version, page.Versions[0].Version)
	require.Equal(t, w.Headers, page.Versions[0].Headers)
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

func webhooksAddWith(t *testing.T, open Open) {
	b := setup(t, open)
	w, err := b.AddWebhookWith(b.ctx(), b.bot, store.WebhookChange{
		Name: new("CRM"), Enabled: new(true), URL: new("https://crm.example.com/2"), Headers: &[]store.HeaderChange{{Name: "X-A", Value: new("1")}}, By: maria,
	})
	require.NoError(t, err)
	require.Equal(t, []any{2, "CRM", true, "https://crm.example.com/2", "1"}, []any{w.N, w.Name, w.Enabled, w.URL, w.Headers[0].Value})
	require.Equal(t, store.Queued, b.acceptAll(b.event("lead"))[1].Status)
	_, err = b.AddWebhookWith(b.ctx(), b.bot, store.WebhookChange{Headers: &[]store.HeaderChange{{Name: "X-A"}}, By: maria})
	var keep *store.KeepError
	require.ErrorAs(t, err, &keep)
	require.Equal(t, []int{1, 2}, b.webhookNumbers())
}

func webhooksNamed(t *testing.T, open Open) {
	b := setup(t, open)
	second := b.second()
	before, err := b.Webhook(b.ctx(), second)
	require.NoError(t, err)
	saved := b.saveAt(second, store.WebhookChange{Name: new("CRM")})
	require.Equal(t, []any{"CRM", before.Version}, []any{saved.Name, saved.Version})
	saved = b.saveAt(second, store.WebhookChange{Enabled: new(false)})
	require.Equal(t, "CRM", saved.Name, "no name, no change of it")
	stale := before.Version
	_, err = b.ChangeWebhook(b.ctx(), second, store.WebhookChange{IfVersion: &stale, Name: new("Lost"), By: maria})
	var conflict *store.StaleError
	require.ErrorAs(t, err, &conflict)
	after, err := b.Webhook(b.ctx(), second)
	require.NoError(t, err)
	require.Equal(t, "CRM", after.Name)
}

func webhooksNames(t *testing.T, open Open) {
	b := setup(t, open)
	second := b.second()
	third, err := b.AddWebhook(b.ctx(), b.bot, "", maria)
	require.NoError(t, err)
	require.NoError(t, b.OrderWebhooks(b.ctx(), b.bot, []int{3, 2, 1}, maria))
	require.NoError(t, b.DeleteWebhook(b.ctx(), second, maria))
	names, err := b.WebhookNames(b.ctx(), b.bot)
	require.NoError(t, err)
	require.Equal(t, []store.WebhookName{
		{N: third.N}, {N: 1, URL: b.webhook().URL}, {N: 2, Name: "Slack", URL: "https://hooks.example.com/slack", Deleted: true},
	}, names)
	require.Equal(t, []string{"Endpoint 3", "Endpoint 1", "Slack"}, []string{names[0].Label(), names[1].Label(), names[2].Label()})
	none, err := b.WebhookNames(b.ctx(), b.newID())
	require.NoError(t, err)
	require.Empty(t, none)
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

func webhooksFigures(t *testing.T, open Open) {
	b := setup(t, open)
	second := b.second()
	b.acceptAll(b.event("lead"))
	b.settle(delivered(b, b.claimAt(second, 1)[0]))
	sums := map[string]int{}
	for _, id := range []store.WebhookID{store.FirstWebhook(b.bot), second} {
		hours, err := b.WebhookHours(b.ctx(), id, began.Add(-time.Hour), began.Add(time.Hour))
		require.NoError(t, err)
		for _, h := range hours {
			sums[h.Kind+" "+id.String()] += h.N
		}
	}
	require.Equal(t, 1, sums[store.CountDelivered+" "+second.String()])
	require.Zero(t, sums[store.CountDelivered+" "+store.FirstWebhook(b.bot).String()])
}

func webhooksTroubled(t *testing.T, open Open) {
	b := setup(t, open)
	switchedOff, failing, deleted, holding := b.second(), b.second(), b.second(), b.second()
	b.second()
	b.saveAt(holding, store.WebhookChange{Enabled: new(false)})
	b.acceptAll(b.event("lead"))
	for range 5 {
		b.acceptAll(b.event(b.newID().String()))
	}
	for _, id := range []store.WebhookID{failing, deleted} {
		for _, c := range b.claimAt(id, 10) {
			b.settle(failed(b, c, 500))
		}
	}
	require.NoError(t, b.SwitchOff(b.ctx(), switchedOff, "gone"))
	require.NoError(t, b.DeleteWebhook(b.ctx(), deleted, maria))
	listed := func(read func(context.Context, int) ([]store.BotState, error)) (ids []store.WebhookID) {
		states, err := read(b.ctx(), 10)
		require.NoError(t, err)
		for _, s := range states {
			ids = append(ids, s.WebhookID())
		}
		return ids
	}
	require.Equal(t, []store.WebhookID{switchedOff, failing}, listed(b.TroubledBots), "not their neighbours")
	require.Equal(t, []store.WebhookID{switchedOff, failing, holding}, listed(b.BotsNeedingAttention))
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

func webhooksLeft(t *testing.T, open Open) {
	b := setup(t, open)
	second := b.second()
	require.NoError(t, b.DeleteWebhook(b.ctx(), second, maria))
	require.ErrorIs(t, b.LeaveHeld(b.ctx(), second, maria), store.ErrNotFound)
	require.ErrorIs(t, b.LeaveHeld(b.ctx(), store.WebhookID{BotID: b.bot, N: 9}, maria), store.ErrNotFound)
	_, err := b.HeldCount(b.ctx(), second)
	require.ErrorIs(t, err, store.ErrNotFound)
}

func webhooksCalledAmong(t *testing.T, open Open) {
	b := setup(t, open)
	endpoint := func(id store.WebhookID) string {
		t.Helper()
		state, err := b.BotState(b.ctx(), id)
		require.NoError(t, err)
		return state.Endpoint
	}
	first := store.FirstWebhook(b.bot)
	require.Empty(t, endpoint(first), "it is the only one")
	second := b.second()
	require.Equal(t, []string{"Endpoint 1", "Slack"}, []string{endpoint(first), endpoint(second)})
	require.NoError(t, b.DeleteWebhook(b.ctx(), second, maria))
	require.Empty(t, endpoint(first), "it is the only one again")
}

func webhooksHome(t *testing.T, open Open) {
	b := setup(t, open)
	several := b.bot
	b.acceptFor(b.newBot("it only holds events"), b.events(2)...)
	second, third := b.second(), b.second()
	require.NoError(t, b.OrderWebhooks(b.ctx(), several, []int{third.N, second.N, 1}, maria))
	b.acceptAll(b.event("lead"))
	b.settle(failed(b, b.claimAt(second, 1)[0], 500))
	first := func() store.BotSummary {
		t.Helper()
		bots, _, err := b.HomeBots(b.ctx(), "", 0)
		require.NoError(t, err)
		return bots[0]
	}
	found := first()
	require.Equal(t, []any{several, "Endpoint 1"}, []any{found.ID, found.Endpoint})
	require.Len(t, found.Others, 2)
	require.Equal(t, []int{third.N, second.N}, []int{found.Others[0].N, found.Others[1].N})
	require.False(t, found.Others[1].Health.FailingSince.IsZero())
	require.NoError(t, b.DeleteWebhook(b.ctx(), second, maria))
	b.sweep()
	require.NotEqual(t, several, first().ID, "the one that failed is gone")
}

func webhooksAudited(t *testing.T, open Open) {
	b := setup(t, open)
	second := b.second()
	b.acceptAll(b.event("lead"))
	failedOne := b.claimAt(second, 1)[0]
	b.settle(failed(b, failedOne, 401))
	_, err := b.Resend(b.ctx(), b.bot, failedOne.ID, maria)
	require.NoError(t, err)
	_, err = b.RotateSecret(b.ctx(), second, maria)
	require.NoError(t, err)
	_, err = b.EndSecretOverlap(b.ctx(), second, maria)
	require.NoError(t, err)
	_, err = b.AcceptSample(b.ctx(), second, b.sample(), maria)
	require.NoError(t, err)
	require.NoError(t, b.LeaveHeld(b.ctx(), second, maria))
	_, err = b.StartRelease(b.ctx(), second, maria)
	require.NoError(t, err)
	require.NoError(t, b.RenameWebhook(b.ctx(), second, "Sales", maria))
	require.NoError(t, b.SwitchOff(b.ctx(), second, "gone"))
	require.NoError(t, b.DeleteWebhook(b.ctx(), second, maria))
	for _, action := range []string{
		"webhook.add", "delivery.resend", "webhook.rotate_secret", "webhook.end_old_secret", "delivery.sample", "held.leave", "held.send", "webhook.rename",
		"webhook.switch_off", "webhook.delete",
	} {
		require.Equal(t, second.N, b.audited(b.bot, action).N, action)
	}
}

func webhooksNotified(t *testing.T, open Open) {
	b := setup(t, open)
	second := b.second()
	change := store.AlertChange{WebhookID: second, Kind: "failing", Holds: true}
	require.NoError(t, b.ChangeAlerts(b.ctx(), []store.AlertChange{change}, false, func([]store.AlertChange) []store.Notification {
		return []store.Notification{{ID: b.newID(), Kind: "failing", BotID: b.bot, N: second.N}}
	}))
	told, err := b.Notifications(b.ctx(), 1)
	require.NoError(t, err)
	require.Equal(t, second, store.WebhookID{BotID: told[0].BotID, N: told[0].N})
}
