package handlers

import (
	"context"
	"errors"
	"fmt"

	"iozen/sender/engine"
	"iozen/sender/outcome"
	"iozen/store"
	"iozen/views"
)

// lastTest is the answer to the last press of Test Connection, as it was shown then: the page may have been loaded again since.
// It is nil before the first one, and when it is too old to be in the log.
func (a *app) lastTest(ctx context.Context, t traffic) (*views.TestResult, error) {
	if t.test == nil {
		return nil, nil
	}
	d, err := a.Store.Delivery(ctx, t.test.ID)
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil // its time was over a moment ago
	}
	if err != nil {
		return nil, fmt.Errorf("load the last test: %w", err)
	}
	attempts, err := a.Store.Attempts(ctx, d.BotID, d.ID)
	if err != nil || len(attempts) == 0 {
		return nil, err
	}
	at := attempts[len(attempts)-1]
	then, err := a.settingsOf(ctx, at, t.w)
	if err != nil {
		return nil, err
	}
	view, err := a.testResult(engine.TestResult{Delivery: d, Attempt: at, Webhook: then})
	if err != nil {
		return nil, err
	}
	view.Stale = t.w.ChangedAt.After(at.StartedAt)
	view.Before = testBeforeWords(t.before)
	if at.Delivered() && !view.Stale {
		if view.Failed, err = a.failedEvents(ctx, t.w); err != nil {
			return nil, err
		}
	}
	return &view, nil
}

// testBefore finds the test before one.
func (a *app) testBefore(ctx context.Context, d store.Delivery) (*views.TestBefore, error) {
	tests, err := a.Store.Deliveries(ctx, store.DeliveryFilter{BotID: d.BotID, Webhook: d.Webhook, Test: new(true), Limit: 2})
	if err != nil {
		return nil, fmt.Errorf("load the test before: %w", err)
	}
	for _, other := range tests.Deliveries {
		if other.ID != d.ID {
			return testBeforeWords(&other), nil
		}
	}
	return nil, nil
}

// testBeforeWords say what the test before the last one came to.
func testBeforeWords(d *store.Delivery) *views.TestBefore {
	if d == nil {
		return nil
	}
	text := "got HTTP " + answerWord(*d)
	switch {
	case d.LastOutcome == outcome.OutcomeCancelled:
		text = "was cancelled"
	case d.LastCode == 0:
		text = "got no answer (" + outcome.Diagnose(d.LastOutcome, 0, d.LastDetail).Error + ")"
	}
	return &views.TestBefore{At: d.CreatedAt, Text: text}
}
