package handlers

import (
	"fmt"
	"net/http"

	"github.com/labstack/echo/v4"

	"iozen/store"
)

// deliveryResend puts one delivery back into the queue and leads back to where the button was.
func (a *app) deliveryResend(c echo.Context) error {
	d, err := a.delivery(c)
	if err != nil {
		return err
	}
	w, err := a.webhook(c, d.BotID)
	if err != nil {
		return err
	}
	switch {
	case d.Test:
		return &Problem{Status: http.StatusConflict, Title: "A test is not resent", Detail: "Press Test Connection in the webhook settings to send another one."}
	case d.Reason == store.ReasonErased:
		return &Problem{Status: http.StatusConflict, Title: "Erased", Detail: "The personal data of this event was erased; there is nothing left to send."}
	case !w.Sends(): // it would be held at once
		return webhookOff()
	}
	if _, err := a.Store.Resend(c.Request().Context(), d.BotID, d.ID, actorOf(c)); err != nil {
		return fmt.Errorf("resend delivery %s: %w", d.ID, err)
	}
	return a.backOr(c, "/deliveries/"+d.ID.String())
}

// delivery loads the delivery that the address names.
func (a *app) delivery(c echo.Context) (store.Delivery, error) {
	id, err := idParam(c, "delivery")
	if err != nil {
		return store.Delivery{}, err
	}
	d, err := a.Store.Delivery(c.Request().Context(), id)
	if err != nil {
		return store.Delivery{}, fmt.Errorf("load delivery %s: %w", id, err)
	}
	return d, nil
}
