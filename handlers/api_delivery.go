package handlers

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/labstack/echo/v4"

	"iozen/sender/attempt"
	"iozen/store"
	"iozen/store/event/format"
	"iozen/store/strictjson"
)

// deliveryDetail is one delivery with everything that is known about it.
type deliveryDetail struct {
	deliveryAnswer
	Payload    json.RawMessage `json:"payload"` // as sent: with the format of the last attempt; for a viewer's key with personal data masked
	AttemptLog []attemptAnswer `json:"attempt_log"`
}

func (a *app) apiDelivery(c echo.Context) error {
	d := deliveryOf(c)
	attempts, err := a.Store.Attempts(c.Request().Context(), d.BotID, d.ID)
	if err != nil {
		return fmt.Errorf("load attempts: %w", err)
	}
	// A role that may not reveal personal data on the page may not read it here either.
	answer, err := a.detailOf(c.Request().Context(), d, attempts, includes(keyOf(c).Role, store.RoleEditor))
	if err != nil {
		return err
	}
	return answerJSON(c, http.StatusOK, answer)
}

// detailOf describes a delivery and its attempts, with personal data or without.
func (a *app) detailOf(ctx context.Context, d store.Delivery, attempts []store.Attempt, personal bool) (deliveryDetail, error) {
	settings, err := a.attemptSettings(ctx, d.WebhookID(), attempts)
	if err != nil {
		return deliveryDetail{}, err
	}
	shown := d
	if !personal {
		shown, attempts = masked(d, attempts)
	}
	detail := deliveryDetail{deliveryAnswer: answerOfDelivery(shown), Payload: json.RawMessage(shown.Payload), AttemptLog: make([]attemptAnswer, len(attempts))}
	for i, at := range attempts {
		if detail.AttemptLog[i], err = a.answerOfAttempt(settings[at.WebhookVersion], d, at, shown.Payload); err != nil {
			return detail, err
		}
	}
	if len(attempts) > 0 {
		detail.Payload = payloadAnswer(sentBody(settings[attempts[len(attempts)-1].WebhookVersion], shown.Payload))
	}
	return detail, nil
}

// payloadAnswer is a body as it stands in JSON: as it is, or, of form fields, as a text; null if there was none.
func payloadAnswer(body attempt.Body) json.RawMessage {
	switch {
	case len(body.Bytes) == 0:
		return json.RawMessage("null")
	case body.ContentType == format.ContentJSON:
		return body.Bytes
	}
	return strictjson.AppendString(nil, string(body.Bytes))
}

// apiDeliveryResend puts a delivery back into the queue. One that is being sent just now stays as it is.
func (a *app) apiDeliveryResend(c echo.Context) error {
	d := deliveryOf(c)
	anyway, err := resendBody(c)
	if err != nil {
		return err
	}
	resend := a.Store.Resend
	if anyway {
		resend = a.Store.ResendAnyway
	}
	queued, err := resend(c.Request().Context(), d.BotID, d.ID, actorOf(c))
	if err != nil {
		return fmt.Errorf("resend delivery %s: %w", d.ID, err)
	}
	return answerJSON(c, http.StatusAccepted, answerOfDelivery(queued))
}

// resendBody reads {"anyway":true}; the body may be left out.
func resendBody(c echo.Context) (anyway bool, err error) {
	if c.Request().ContentLength == 0 {
		return false, nil
	}
	err = bodyFields(c, map[string]takeField{"anyway": func(d *document, pointer string, value json.RawMessage) {
		if !isNull(value) {
			anyway, _ = d.boolean(pointer, value)
		}
	}})
	return anyway, err
}
