package engine

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"iozen/store"
	"iozen/store/event"
)

// ErrNoURL says that a test was asked for while the webhook has no URL.
var ErrNoURL = errors.New("the webhook has no URL")

// TestStore is what a test needs of the store.
type TestStore interface {
	UseWebhook(ctx context.Context, id store.WebhookID) (store.Webhook, error)
	RecordTest(ctx context.Context, d store.Delivery, a store.Attempt) error
	RecordPersonalTest(ctx context.Context, d store.Delivery, a store.Attempt, email, phone, externalID string) error
}

// Tester sends test events: with the saved settings, through the client of real deliveries, one attempt, never a retry.
type Tester struct {
	Store  TestStore
	Client Attempter
	Now    func() time.Time
	NewID  func() uuid.UUID // UUIDv7
}

// TestResult is what was sent, with which settings, and what became of it.
type TestResult struct {
	Delivery store.Delivery
	Attempt  store.Attempt
	Webhook  store.Webhook
}

// Test sends one test event. eventName "" means the first chosen one, or Lead. It works while the webhook
// is off, and ends the quiet time after an edit: who presses Test Connection has finished typing.
// A cancelled ctx cuts the request and is recorded as cancelled.
func (t Tester) Test(ctx context.Context, id store.WebhookID, eventName string) (TestResult, error) {
	return t.test(ctx, id, func(w store.Webhook) store.Delivery {
		if eventName == "" {
			eventName = firstName(w)
		}
		now := t.Now()
		e := event.TestEvent(eventName, t.NewID(), now)
		return t.delivery(w, store.Delivery{EventID: e.ID, EventName: e.Name, EventTime: e.Time, Payload: e.Payload()})
	})
}

// TestLike is Test with an event in the shape of a real one, about the person of the example.
func (t Tester) TestLike(ctx context.Context, id store.WebhookID, like store.Delivery) (TestResult, error) {
	return t.testAs(ctx, id, like, event.TestLike, "")
}

// TestWithPerson is Test with what a real event says, its person included. The result's delivery has a Person.
func (t Tester) TestWithPerson(ctx context.Context, id store.WebhookID, like store.Delivery) (TestResult, error) {
	return t.testAs(ctx, id, like, event.TestWithPerson, event.MaskedPersonIn(like.Payload))
}

func (t Tester) testAs(ctx context.Context, id store.WebhookID, like store.Delivery, as func([]byte, uuid.UUID, time.Time) []byte, who string) (TestResult, error) {
	return t.test(ctx, id, func(w store.Webhook) store.Delivery {
		now, eventID := t.Now(), t.NewID()
		return t.delivery(w, store.Delivery{
			EventID: event.TestID(eventID), EventName: like.EventName, EventTime: now, Payload: as(like.Payload, eventID, now), Person: who,
		})
	})
}

func (t Tester) test(ctx context.Context, id store.WebhookID, made func(store.Webhook) store.Delivery) (TestResult, error) {
	w, err := t.Store.UseWebhook(ctx, id)
	if err != nil {
		return TestResult{}, fmt.Errorf("reading the webhook of %s: %w", id, err)
	}
	if w.URL == "" {
		return TestResult{}, ErrNoURL
	}
	d := made(w)
	a := t.Client.Attempt(ctx, w, d)
	d.Status, d.Attempts = store.Failed, 1
	if a.Delivered() {
		d.Status = store.Delivered
	}
	d.LastCode, d.LastDuration, d.LastOutcome, d.LastDetail = a.StatusCode, a.Duration, a.Outcome, a.Detail
	if err := t.record(context.WithoutCancel(ctx), d, a); err != nil {
		return TestResult{}, fmt.Errorf("recording the test of %s: %w", id, err)
	}
	return TestResult{Delivery: d, Attempt: a, Webhook: w}, nil
}

// record keeps a test in the log. What names a person is kept so that it can be found and erased with them.
func (t Tester) record(ctx context.Context, d store.Delivery, a store.Attempt) error {
	if d.Person == "" {
		return t.Store.RecordTest(ctx, d, a)
	}
	who := event.UserIn(d.Payload)
	return t.Store.RecordPersonalTest(ctx, d, a, who.Email, who.Phone, who.ExternalID)
}

// firstName is the name of an event that the webhook sends.
func firstName(w store.Webhook) string {
	if len(w.EventNames) > 0 {
		return w.EventNames[0]
	}
	return "Lead"
}

// delivery makes of an event the test's delivery to a webhook.
func (t Tester) delivery(w store.Webhook, d store.Delivery) store.Delivery {
	d.BotID, d.Webhook, d.ID, d.Test, d.Status = w.BotID, w.N, t.NewID(), true, store.Sending
	d.CreatedAt = t.Now()
	d.UpdatedAt = d.CreatedAt
	return d
}
