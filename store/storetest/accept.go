package storetest

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"iozen/store"
	"iozen/store/option"
)

var acceptRules = map[string]func(*testing.T, Open){
	"a filter's words are kept, without the person's":           acceptFiltered,
	"what lacks consent goes one by one, after an answer":       acceptNoConsent,
	"an event is one row with all that was given":               acceptKeepsAll,
	"settings decide where an event goes":                       acceptPlaces,
	"a repeat is a duplicate of the first":                      acceptDuplicate,
	"other content under the same id is refused":                acceptConflict,
	"within one array too":                                      acceptWithinArray,
	"an array is taken whole or not at all":                     acceptAllOrNothing,
	"ids that begin alike are kept apart":                       acceptSameBeginning,
	"a repeat within an array names the delivery that was made": acceptRepeatOfNewID,
	"event ids are apart between bots":                          acceptPerBot,
	"an unknown or deleted bot takes nothing":                   acceptUnknownBot,
	"while an edit settles, a missing URL may be about to come": acceptWhileSettling,
}

func acceptKeepsAll(t *testing.T, open Open) {
	b := setup(t, open)
	e := b.event("lead-1", func(e *store.NewDelivery) {
		e.EventTime = began.Add(-time.Hour)
		e.Warnings = []store.Warning{{Pointer: "/event_time", Message: "old"}}
		e.Email, e.Phone, e.ExternalID = "Jane@Example.com", "+1 (234) 567-890", "submission-1"
	})
	accepted, err := b.Accept(b.ctx(), b.bot, []store.NewDelivery{e})
	require.NoError(t, err)
	require.Equal(t, []store.Accepted{{EventID: "lead-1", Status: store.Queued, DeliveryID: e.ID}}, accepted)
	require.Equal(t, store.Delivery{
		BotID: b.bot, Webhook: 1, ID: e.ID, BotName: "Roofing quote bot", EventID: "lead-1", EventName: "Lead",
		EventTime: began.Add(-time.Hour), Payload: e.Payload, Person: "J•••@Example.com", Warnings: e.Warnings,
		Status: store.Queued, DueAt: began, CreatedAt: began, UpdatedAt: began,
	}, b.delivery(e.ID))

	none, err := b.Accept(b.ctx(), b.bot, nil)
	require.NoError(t, err)
	require.Empty(t, none)
}

func acceptPlaces(t *testing.T, open Open) {
	on := store.WebhookChange{Enabled: new(true), URL: new(hook)}
	type place struct {
		status store.Status
		reason string
	}
	for name, c := range map[string]struct {
		settings    store.WebhookChange
		switchedOff bool
		want        place
	}{
		"on":                  {on, false, place{store.Queued, ""}},
		"off":                 {store.WebhookChange{URL: new(hook)}, false, place{store.Held, store.ReasonOff}},
		"no URL":              {store.WebhookChange{Enabled: new(true)}, false, place{store.Held, store.ReasonNoURL}},
		"switched off by us":  {on, true, place{store.Held, store.ReasonSwitchedOff}},
		"name chosen":         {store.WebhookChange{Enabled: new(true), URL: new(hook), EventNames: &[]string{"Purchase", "Lead"}}, false, place{store.Queued, ""}},
		"name not chosen":     {store.WebhookChange{Enabled: new(true), URL: new(hook), EventNames: &[]string{"lead"}}, false, place{store.Skipped, store.ReasonNotChosen}},
		"filter matches":      {choose(option.Set{Filter: onlyValue}), false, place{store.Queued, ""}},
		"filter does not":     {choose(option.Set{Filter: option.Filter{Conditions: []option.Condition{{Field: "event_name", Op: option.OpIs, Value: `"Purchase"`}}}}), false, place{store.Skipped, store.ReasonFilter}},
		"off, filtered too":   {store.WebhookChange{Change: option.Change{Filter: new(option.Filter{Conditions: []option.Condition{{Field: "user_data.email", Op: option.OpExists}}})}}, false, place{store.Skipped, store.ReasonFilter}},
		"consent asked for":   {choose(option.Set{Consent: option.ConsentRequire}), false, place{store.Skipped, store.ReasonConsent}},
		"stripped is sent":    {choose(option.Set{Consent: option.ConsentStrip}), false, place{store.Queued, ""}},
		"off, not chosen too": {store.WebhookChange{EventNames: &[]string{"Purchase"}}, false, place{store.Skipped, store.ReasonNotChosen}},
	} {
		t.Run(name, func(t *testing.T) {
			b := setup(t, open)
			b.bot = b.newBot("another")
			b.save(c.settings)
			if c.switchedOff {
				require.NoError(t, b.SwitchOff(b.ctx(), store.FirstWebhook(b.bot), "gone"))
			}
			e := b.event("lead-1")
			accepted, err := b.Accept(b.ctx(), b.bot, []store.NewDelivery{e})
			require.NoError(t, err)
			require.Equal(t, c.want.status, accepted[0].Status)
			d := b.delivery(e.ID)
			require.Equal(t, c.want, place{d.Status, d.Reason})
		})
	}
}

// onlyValue lets through what bundle.event makes.
var onlyValue = option.Filter{Conditions: []option.Condition{{Field: "event_name", Op: option.OpIs, Value: `"lead"`}, {Field: "custom_data.value", Op: option.OpMissing}}}

// choose is a webhook that sends, and chooses something besides.
func choose(chosen option.Set) store.WebhookChange {
	return store.WebhookChange{Enabled: new(true), URL: new(hook), Change: chosen.Change()}
}

// acceptFiltered: the words of the filter are kept, without the person's; a refused event may be resent, by many too.
func acceptFiltered(t *testing.T, open Open) {
	b := setup(t, open)
	b.save(store.WebhookChange{Change: option.Change{Filter: new(option.Filter{Match: option.MatchAny, Conditions: []option.Condition{
		{Field: "custom_data.value", Op: option.OpOver, Value: "100"}, {Field: "user_data.email", Op: option.OpIsNot, Value: `"jane@example.com"`},
	}})}})
	e := b.event("lead-1", func(e *store.NewDelivery) {
		e.Payload = []byte(`{"event_name":"Lead","user_data":{"email":"jane@example.com"}}`)
	})
	id := b.accept(e)[0]
	d := b.delivery(id)
	require.Equal(t, map[string]string{store.DetailFilter: "its filter: value is over 100, or email is not •••"}, d.LastDetail)
	require.Zero(t, b.summary().Waiting)

	b.save(store.WebhookChange{Change: option.Change{Filter: new(option.Filter{})}})
	j := b.startResend(store.DeliveryFilter{BotID: b.bot, Status: []store.Status{store.Skipped}})
	b.step(j, 10)
	require.Equal(t, store.Queued, b.delivery(id).Status)
	b.settle(delivered(b, b.claimOne()))
	require.Equal(t, store.Delivered, b.delivery(id).Status)
}

func acceptNoConsent(t *testing.T, open Open) {
	b := setup(t, open)
	asks := store.WebhookChange{Change: option.Change{Consent: new(option.ConsentRequire)}}
	waiting := b.accept(b.event("waits"))[0]
	b.save(asks)
	held := b.accept(b.event("asked"))[0]
	granted := b.accept(b.event("granted", func(e *store.NewDelivery) {
		e.Payload = []byte(`{"event_name":"Lead","custom_data":{"ad_user_data":"Granted"}}`)
	}))[0]
	c := b.claimOne()
	require.Equal(t, granted, c.ID, "what waited is asked about again before it is sent")
	for _, id := range []uuid.UUID{waiting, held} {
		d := b.delivery(id)
		require.Equal(t, store.Skipped, d.Status)
		require.Equal(t, store.ReasonConsent, d.Reason)
		require.Zero(t, d.DueAt)
	}
	require.Equal(t, 1, b.summary().Waiting)
	b.settle(delivered(b, c))

	skipped := store.DeliveryFilter{BotID: b.bot, Status: []store.Status{store.Skipped}}
	n, err := b.CountResend(b.ctx(), skipped, 10)
	require.NoError(t, err)
	require.Zero(t, n, "many at once never")
	require.Zero(t, b.step(b.startResend(skipped), 10).Done)
	r, err := b.ResendSelected(b.ctx(), []uuid.UUID{waiting, held}, maria)
	require.NoError(t, err)
	require.Zero(t, r.Done)
	_, err = b.Resend(b.ctx(), b.bot, held, maria)
	require.ErrorIs(t, err, store.ErrNoConsent, "nor one without the answer")

	_, err = b.ResendAnyway(b.ctx(), b.bot, held, maria)
	require.NoError(t, err)
	require.Equal(t, held.String(), b.audited(b.bot, "delivery.resend_anyway").Target)
	c = b.claimOne()
	require.Equal(t, held, c.ID)
	b.settle(retrying(b, c, 503, time.Minute))
	b.clock.Add(time.Hour)
	c = b.claimOne()
	require.Equal(t, held, c.ID, "the answer counts for the retries of that resend")
	b.settle(delivered(b, c))
	require.Equal(t, store.ReasonSentAnyway, b.delivery(held).Reason)
	_, err = b.Resend(b.ctx(), b.bot, held, maria)
	require.ErrorIs(t, err, store.ErrNoConsent, "and for no other")
}

func acceptDuplicate(t *testing.T, open Open) {
	b := setup(t, open)
	first := b.event("lead-1")
	b.accept(first)
	again := b.event("lead-1")
	accepted, err := b.Accept(b.ctx(), b.bot, []store.NewDelivery{again, b.event("lead-2")})
	require.NoError(t, err)
	require.Equal(t, store.Accepted{EventID: "lead-1", Status: store.Duplicate, DeliveryID: first.ID}, accepted[0])
	require.Equal(t, store.Queued, accepted[1].Status)
	require.Equal(t, 2, b.summary().Waiting, "a duplicate stores nothing")

	b.settle(delivered(b, b.claimOne()))
	accepted, err = b.Accept(b.ctx(), b.bot, []store.NewDelivery{b.event("lead-1")})
	require.NoError(t, err)
	require.Equal(t, store.Duplicate, accepted[0].Status, "an event id is remembered after delivery")
}

func acceptConflict(t *testing.T, open Open) {
	b := setup(t, open)
	b.accept(b.event("lead-1"))
	other := b.event("lead-1", func(e *store.NewDelivery) { e.Payload = []byte(`{"value":2}`) })
	_, err := b.Accept(b.ctx(), b.bot, []store.NewDelivery{b.event("lead-2"), other})
	var conflict *store.EventConflictError
	require.ErrorAs(t, err, &conflict)
	require.Equal(t, store.EventConflictError{Index: 1, EventID: "lead-1"}, *conflict)
	require.Equal(t, 1, b.summary().Waiting, "the other event of the array was not taken")
}

func acceptWithinArray(t *testing.T, open Open) {
	b := setup(t, open)
	first, repeat := b.event("lead-1"), b.event("lead-1")
	accepted, err := b.Accept(b.ctx(), b.bot, []store.NewDelivery{first, repeat})
	require.NoError(t, err)
	require.Equal(t, store.Accepted{EventID: "lead-1", Status: store.Duplicate, DeliveryID: first.ID}, accepted[1])
	again, err := b.Accept(b.ctx(), b.bot, []store.NewDelivery{b.event("lead-1"), b.event("lead-1")})
	require.NoError(t, err)
	for _, a := range again {
		require.Equal(t, store.Accepted{EventID: "lead-1", Status: store.Duplicate, DeliveryID: first.ID}, a)
	}
	other := b.event("lead-2", func(e *store.NewDelivery) { e.Payload = []byte(`{"value":2}`) })
	_, err = b.Accept(b.ctx(), b.bot, []store.NewDelivery{b.event("lead-2"), other})
	var conflict *store.EventConflictError
	require.ErrorAs(t, err, &conflict)
	require.Equal(t, 1, conflict.Index)
}

// acceptSameBeginning: ids that begin alike, as those of two processes may, are kept apart by another id for the later one.
func acceptSameBeginning(t *testing.T, open Open) {
	b := setup(t, open)
	first := b.event("lead-1")
	second := b.event("lead-2", func(e *store.NewDelivery) { e.ID = first.ID; e.ID[15]++ })
	ids := b.accept(first, second)
	require.Equal(t, first.ID, ids[0])
	require.NotEqual(t, second.ID, ids[1])
	require.Equal(t, "lead-2", b.delivery(ids[1]).EventID)
	_, err := b.Delivery(b.ctx(), second.ID)
	require.ErrorIs(t, err, store.ErrNotFound, "the whole id counts")
}

// acceptRepeatOfNewID: an id that begins like another one is made anew, and a repeat in the same array must name the new one.
func acceptRepeatOfNewID(t *testing.T, open Open) {
	b := setup(t, open)
	taken, e := b.event("taken"), b.event("lead")
	copy(e.ID[:9], taken.ID[:9])
	e.ID[15]++
	repeat := e
	repeat.ID = b.newID()
	accepted, err := b.Accept(b.ctx(), b.bot, []store.NewDelivery{taken, e, repeat, repeat})
	require.NoError(t, err)
	require.Equal(t, "lead", b.delivery(accepted[1].DeliveryID).EventID)
	require.NotEqual(t, e.ID, accepted[1].DeliveryID)
	for _, again := range accepted[2:] {
		require.Equal(t, store.Accepted{EventID: "lead", Status: store.Duplicate, DeliveryID: accepted[1].DeliveryID}, again)
	}
}

func acceptAllOrNothing(t *testing.T, open Open) {
	b := setup(t, open)
	taken := b.event("lead-1")
	b.accept(taken)
	clash := b.event("lead-1", func(e *store.NewDelivery) { e.Payload = []byte(`{"value":2}`) })
	_, err := b.Accept(b.ctx(), b.bot, append(b.events(3), clash))
	var conflict *store.EventConflictError
	require.ErrorAs(t, err, &conflict)
	require.Equal(t, []uuid.UUID{taken.ID}, idsOf(b.list(store.DeliveryFilter{BotID: b.bot})))
	counts, err := b.HourCounts(b.ctx(), b.bot, began.Add(-time.Hour), began.Add(time.Hour))
	require.NoError(t, err)
	require.Equal(t, []store.HourCount{{Hour: began, Kind: store.CountAccepted, N: 1}}, counts)
}

func acceptPerBot(t *testing.T, open Open) {
	b := setup(t, open)
	other := b.newBot("Gutters bot")
	b.saveFor(other, store.WebhookChange{Enabled: new(true), URL: new(hook)})
	b.accept(b.event("lead-1"))
	accepted, err := b.Accept(b.ctx(), other, []store.NewDelivery{b.event("lead-1", func(e *store.NewDelivery) { e.Payload = []byte(`{}`) })})
	require.NoError(t, err)
	require.Equal(t, store.Queued, accepted[0].Status)
}

func acceptUnknownBot(t *testing.T, open Open) {
	b := setup(t, open)
	_, err := b.Accept(b.ctx(), b.newID(), b.events(1))
	require.ErrorIs(t, err, store.ErrNotFound)
	require.NoError(t, b.DeleteBot(b.ctx(), b.bot, maria))
	_, err = b.Accept(b.ctx(), b.bot, b.events(1))
	require.ErrorIs(t, err, store.ErrNotFound)
}

func acceptWhileSettling(t *testing.T, open Open) {
	b := setup(t, open)
	b.save(store.WebhookChange{URL: new(""), QuietFor: 5 * time.Second})
	early := b.accept(b.event("early"))[0]
	require.Equal(t, store.Queued, b.delivery(early).Status)
	b.clock.Add(5 * time.Second)
	late := b.accept(b.event("late"))[0]
	require.Equal(t, store.ReasonNoURL, b.delivery(late).Reason)
}
