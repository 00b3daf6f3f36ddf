package handlers

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"iozen/sender/engine"
	"iozen/store"
	"iozen/store/event/consent"
	"iozen/views"
	"iozen/views/ui"
)

// testAsked is what a person wants to be sent by Test Connection.
type testAsked struct {
	name   string    // of the example; "" leaves the choice to the sender
	like   string    // the name of the event whose last real one is the model; "" for the example
	person bool      // the real person too
	sure   uuid.UUID // the delivery whose person may be sent: the answer to the question
}

// readTestAsked reads the choice beside Test Connection. An event name has no colon.
func readTestAsked(form url.Values) (asked testAsked) {
	if id, err := uuid.Parse(form.Get("test_sure")); err == nil {
		asked.sure, asked.person = id, true
		return asked
	}
	kind, name, _ := strings.Cut(form.Get("test_event"), ":")
	switch kind {
	case views.TestShape:
		asked.like = name
	case views.TestPerson:
		asked.like, asked.person = name, true
	default:
		asked.name = form.Get("test_event")
	}
	return asked
}

// errNoRealEvent says that there is no event to make a test like.
var errNoRealEvent = errors.New("no real event of that name is in the log")

// errHeldBack says that the event is one whose person the webhook may not be sent, in no test either.
var errHeldBack = errors.New("the consent rule holds its person back")

// lastReal finds the last real event of a name that still says something: no test, no sample, not erased.
func (a *app) lastReal(ctx context.Context, botID uuid.UUID, name string) (store.Delivery, error) {
	const few = 50 // samples and erased events that may stand before it
	page, err := a.Store.Deliveries(ctx, store.DeliveryFilter{BotID: botID, EventName: name, Test: new(false), Limit: few})
	if err != nil {
		return store.Delivery{}, fmt.Errorf("look for the last real event: %w", err)
	}
	for _, d := range page.Deliveries {
		if isReal(d) {
			return d, nil
		}
	}
	return store.Delivery{}, errNoRealEvent
}

func isReal(d store.Delivery) bool { return d.Resendable() == nil && !store.IsSample(d.EventID) }

// model is the real event that a test of a webhook is to be like, with its payload.
func (a *app) model(ctx context.Context, w store.Webhook, asked testAsked) (store.Delivery, error) {
	id := asked.sure
	if id == uuid.Nil {
		last, err := a.lastReal(ctx, w.BotID, asked.like)
		if err != nil {
			return last, err
		}
		id = last.ID
	}
	d, err := a.Store.Delivery(ctx, id)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return d, errNoRealEvent
	case err != nil:
		return d, fmt.Errorf("load the event that a test is like: %w", err)
	case d.BotID != w.BotID || !isReal(d):
		return d, errNoRealEvent
	}
	if _, did := consent.Apply(w.Consent, d.Payload); asked.person && did == consent.HeldBack {
		return d, errHeldBack
	}
	return d, nil
}

// sendTest sends what was asked for. That a person's data are sent is in the audit log before it.
func (a *app) sendTest(ctx context.Context, c echo.Context, id store.WebhookID, asked testAsked, model store.Delivery) (engine.TestResult, error) {
	switch {
	case model.ID == uuid.Nil:
		return a.Tester.Test(ctx, id, asked.name)
	case !asked.person:
		return a.Tester.TestLike(ctx, id, model)
	}
	if err := a.audit(c, store.AuditEntry{Action: "delivery.reveal_test", BotID: id.BotID, N: id.N, Target: model.ID.String()}); err != nil {
		return engine.TestResult{}, err
	}
	return a.Tester.TestWithPerson(ctx, id, model)
}

// askAboutPerson asks before a real person's data are sent in a test.
func askAboutPerson(w store.Webhook, d store.Delivery) (int, views.TestResult) {
	return http.StatusOK, views.TestResult{
		Kind: ui.Warn, Headline: "Send a real person’s data in a test?", Brief: "Waiting for your answer",
		Ask: &views.TestAsk{Action: refOf(w.WebhookID).At("webhook/test#test-panel"), Delivery: d.ID.String(), EventName: d.EventName, Person: d.Person, At: d.CreatedAt, Host: hostOf(w.URL)},
	}
}

// noModel is the answer while there is no event to make a test like.
func noModel() (int, views.TestResult) {
	return http.StatusUnprocessableEntity, views.TestResult{
		Kind: ui.Warn, Headline: "There is no real event to test with yet", Brief: "No real event yet",
		Fix: "Test with the example, or wait for the first real event. Erased events and samples do not count.",
	}
}

// heldBack is the answer when the webhook is sent nobody without consent, and the person of the event has not given it.
func heldBack() (int, views.TestResult) {
	return http.StatusUnprocessableEntity, views.TestResult{
		Kind: ui.Warn, Headline: "This visitor has not given consent", Brief: "No consent",
		Fix: "The Consent setting keeps data without consent from this endpoint, even in a test. Test with the last real event, masked, or with the example instead: both use an invented person.",
	}
}

// testChoice is what a person can choose to test with.
func (a *app) testChoice(ctx context.Context, w store.Webhook, seen []string) (views.TestChoice, error) {
	choice := views.TestChoice{Names: testEvents(w, seen)}
	switch last, err := a.lastReal(ctx, w.BotID, sampleName(w)); {
	case errors.Is(err, errNoRealEvent):
	case err != nil:
		return choice, err
	default:
		choice.Real = last.EventName
	}
	return choice, nil
}
