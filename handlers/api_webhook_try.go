package handlers

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"iozen/sender/engine"
	"iozen/sender/outcome"
	"iozen/sender/target"
	"iozen/store"
	"iozen/store/event"
)

// testAnswer is one attempt, and what it showed.
type testAnswer struct {
	OK         bool            `json:"ok"`
	DeliveryID string          `json:"delivery_id"`
	Warnings   []store.Warning `json:"warnings"`
	attemptAnswer
}

// apiWebhookTest is Test Connection for programs. Whatever the endpoint did, the answer is 200: the test itself
// worked, and ok tells what it showed.
func (a *app) apiWebhookTest(c echo.Context) error {
	bot, err := a.bot(c)
	if err != nil {
		return err
	}
	asked, real, err := testBody(c)
	if err != nil {
		return err
	}
	w, err := a.webhook(c, bot.ID)
	if err != nil {
		return err
	}
	ctx, end, err := a.beginTest(c, testKey{webhookOf(c, bot.ID), keyOf(c).ID}, w.RateLimit)
	if err != nil {
		return err
	}
	defer end()
	var model store.Delivery
	if real && w.URL != "" {
		asked.like = cmp.Or(asked.name, sampleName(w))
		switch model, err = a.model(ctx, w, asked); {
		case errors.Is(err, errNoRealEvent):
			return invalid([]FieldError{{"/real", "no real " + asked.like + " is in the log to make a test of"}})
		case errors.Is(err, errHeldBack):
			return invalid([]FieldError{{"/real", "the visitor of the last real " + asked.like + " has not given consent, which this webhook requires; masked sends its shape"}})
		case err != nil:
			return err
		}
	}
	result, err := a.sendTest(ctx, c, webhookOf(c, bot.ID), asked, model)
	if errors.Is(err, engine.ErrNoURL) {
		return invalid([]FieldError{{"/url", "enter a Webhook URL first"}})
	}
	if err != nil {
		return fmt.Errorf("test webhook: %w", err)
	}
	attempt, err := a.answerOfAttempt(result.Webhook, result.Delivery, result.Attempt, result.Delivery.Payload)
	if err != nil {
		return err
	}
	return answerJSON(c, http.StatusOK, testAnswer{
		OK: result.Attempt.Delivered(), DeliveryID: result.Delivery.ID.String(), Warnings: testWarnings(result),
		attemptAnswer: attempt,
	})
}

// testBody reads {"event_name":"Lead","real":"masked"}; the body may be left out. real asks for the last real event. With
// its person, if a program says so: that is the answer to the question that a page would ask.
func testBody(c echo.Context) (asked testAsked, real bool, err error) {
	if c.Request().ContentLength == 0 {
		return asked, false, nil
	}
	err = bodyFields(c, map[string]takeField{
		"event_name": func(d *document, pointer string, value json.RawMessage) {
			text, ok := d.text(pointer, value)
			if problem := event.CheckEventName(text); ok && problem != "" {
				d.refuse(pointer, problem)
			}
			asked.name = text
		},
		"real": func(d *document, pointer string, value json.RawMessage) {
			if isNull(value) {
				return
			}
			switch text, ok := d.text(pointer, value); {
			case !ok:
			case text == "masked" || text == "with_person":
				real, asked.person = true, text == "with_person"
			default:
				d.refuse(pointer, "must be masked or with_person; leave it out to test with the example")
			}
		},
	})
	return asked, real, err
}

// testWarnings are remarks about a passing test: an unusual answer, and what the URL gives away.
func testWarnings(r engine.TestResult) []store.Warning {
	warnings := []store.Warning{}
	if r.Attempt.Delivered() && r.Attempt.Outcome != "" {
		d := outcome.DiagnoseAttempt(r.Attempt)
		warnings = append(warnings, store.Warning{Message: strings.TrimSpace(d.Cause + ". " + d.Fix)})
	}
	for _, h := range target.URLHints(r.Webhook.URL) {
		warnings = append(warnings, store.Warning{Pointer: "/url", Message: h.Message})
	}
	return warnings
}
