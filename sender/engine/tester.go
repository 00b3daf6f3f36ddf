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
	w, err := t.Store.UseWebhook(ctx, id)
	if err != nil {
		return TestResult{}, fmt.Errorf("reading the webhook of %s: %w", id, err)
	}
	if w.URL == "" {
		return TestResult{}, ErrNoURL
	}
	d := t.delivery(w, eventName)
	a := t.Client.Attempt(ctx, w, d)
	d.Status, d.Attempts = store.Failed, 1
	if a.Delivered() {
		d.Status = store.Delivered
	}
	d.LastCode, d.LastDuration, d.LastOutcome, d.LastDetail = a.StatusCode, a.Duration, a.Outcome, a.Detail
	if err := t.Store.RecordTest(context.WithoutCancel(ctx), d, a); err != nil {
		return TestResult{}, fmt.Errorf("recording the test of %s: %w", id, err)
	}
	return TestResult{Delivery: d, Attempt: a, Webhook: w}, nil
}

func (t Tester) delivery(w store.Webhook, eventName string) store.Delivery {
	if eventName == "" {
		eventName = "Lead"
		if len(w.EventNames) > 0 {
			eventName = w.EventNames[0]
		}
	}
	now := t.Now()
	e := event.TestEvent(eventName, t.NewID(), now)
	return store.Delivery{
		BotID: w.BotID, Webhook: w.N, ID: t.NewID(), EventID: e.ID, EventName: e.Name, EventTime: e.Time,
		Test: true, Payload: e.Payload(), Status: store.Sending, CreatedAt: now, UpdatedAt: now,
	}
}
