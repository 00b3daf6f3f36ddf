package handlers

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"iozen/sender/outcome"
	"iozen/store"
	"iozen/store/event"
)

// logBot is a bot with a webhook that sends, and what tests put into its log.
type logBot struct {
	store.Bot
	ta *testApp
}

// newLogBot makes a bot whose webhook is on, with one header.
func (ta *testApp) newLogBot(name string) logBot {
	ta.t.Helper()
	b := logBot{ta.newBot(name), ta}
	b.save("https://crm.example.com/hook", "secret-1")
	return b
}

// save changes the webhook; a version that something was sent with stays in the history.
func (b logBot) save(url, authorization string) {
	b.ta.t.Helper()
	on := true
	_, err := b.ta.Store.SaveWebhook(context.Background(), store.FirstWebhook(b.ID), store.WebhookChange{
		Enabled: &on, URL: &url, By: store.Actor{Name: testEmail},
		Headers: &[]store.HeaderChange{{Name: "Authorization", Value: &authorization}},
	})
	require.NoError(b.ta.t, err)
}

// accept takes an event as the API does. Each is a moment later than the one before.
func (b logBot) accept(body string) store.Delivery {
	b.ta.t.Helper()
	b.ta.clock.Add(time.Millisecond)
	events, _, problems := event.DecodeEvents([]byte(body), b.ta.clock.Now(), b.ta.clock.NewID)
	require.Empty(b.ta.t, problems)
	accepted, err := b.ta.Store.Accept(context.Background(), b.ID, events)
	require.NoError(b.ta.t, err)
	require.NotEqual(b.ta.t, store.Duplicate, accepted[0].Status)
	return b.load(accepted[0].DeliveryID)
}

// lead accepts a small Lead.
func (b logBot) lead(eventID string) store.Delivery {
	b.ta.t.Helper()
	return b.accept(`{"event_name":"Lead","event_id":"` + eventID + `","user_data":{"email":"jane@example.com"}}`)
}

// attempted records the outcome of one attempt of the delivery that is due first.
func (b logBot) attempted(a store.Attempt, status store.Status) {
	b.ta.t.Helper()
	b.attemptedAt(store.FirstWebhook(b.ID), a, status)
}

func (b logBot) attemptedAt(id store.WebhookID, a store.Attempt, status store.Status) {
	b.ta.t.Helper()
	ctx := context.Background()
	claimed, err := b.ta.Store.Claim(ctx, id, 1, time.Minute)
	require.NoError(b.ta.t, err)
	require.Len(b.ta.t, claimed.Claims, 1)
	claim := claimed.Claims[0]
	a.BotID, a.DeliveryID, a.WebhookVersion = b.ID, claim.ID, claimed.Webhook.Version
	a.StartedAt, a.Number = b.ta.clock.Now(), claim.Attempts+1
	s := store.Settlement{Token: claim.Token, Attempt: a, Status: status}
	if status == store.Retrying {
		s.DueAt = b.ta.clock.Now().Add(time.Hour)
	}
	_, err = b.ta.Store.Settle(ctx, s)
	require.NoError(b.ta.t, err)
	b.ta.clock.Add(time.Millisecond)
}

func (b logBot) load(id uuid.UUID) store.Delivery {
	b.ta.t.Helper()
	d, err := b.ta.Store.Delivery(context.Background(), id)
	require.NoError(b.ta.t, err)
	return d
}

// answered is an attempt that got an answer.
func answered(status int, body string) store.Attempt {
	a := store.Attempt{
		StatusCode: status, Protocol: "HTTP/1.1", RemoteAddr: "203.0.113.7:443", Duration: 92 * time.Millisecond,
		Phases:   store.Phases{DNS: time.Millisecond, Connect: 2 * time.Millisecond, TLS: 3 * time.Millisecond, FirstByte: 86 * time.Millisecond, Body: -1},
		Response: store.Response{Headers: []store.Header{{Name: "Content-Type", Value: "text/plain"}}, Body: []byte(body)},
	}
	if !a.Delivered() {
		a.Outcome = outcome.OutcomeHTTP(status)
	}
	return a
}
